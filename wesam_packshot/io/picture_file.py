"""A picture's file as decoders take it: on disk, or in memory as it came over a network."""

from dataclasses import dataclass
from io import BufferedReader, BytesIO
from pathlib import Path


@dataclass(frozen=True)
class InMemory:
    """A file that is nowhere on disk.

    Attributes:
        name: that errors call it.
        content: its bytes.
    """

    name: str
    content: bytes

    def __str__(self) -> str:
        return self.name


PictureFile = Path | InMemory


def open_picture(file: PictureFile) -> BytesIO | BufferedReader:
    """The file, opened for reading; the caller closes it."""
    return BytesIO(file.content) if isinstance(file, InMemory) else file.open("rb")


def read_picture(file: PictureFile) -> bytes:
    """All bytes of the file."""
    return file.content if isinstance(file, InMemory) else file.read_bytes()
