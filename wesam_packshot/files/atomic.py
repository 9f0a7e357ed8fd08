"""Files that are either whole or absent: written beside their place, then renamed onto it."""

import errno
import io
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PIL import Image

from wesam_packshot.errors import OutputError, UserError, first_line
from wesam_packshot.files.leftovers import temporary_name
from wesam_packshot.files.locks import check_held

# What an operating system says of a disk that takes no more.
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)
# Bytes below which a disk on which something could not be written counts as full: the least that it was asked for.
LITTLE = 1 << 16
PICTURES = {".png": "PNG", ".jpg": "JPEG"}


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary path beside `path`, of the same suffix, that becomes `path` when the block succeeds.

    What was written there is on the disk before it gets its name, so that a power cut leaves no torn file.

    Raises:
        UserError: when the folder or file cannot be written; an `OutputError` when no other could be, either.
    """
    check_held()
    make_folder(path.parent)
    temporary = path.with_name(temporary_name(path))
    try:
        yield temporary
        flush(temporary)
        temporary.replace(path)
    except OSError as error:
        raise unwritable(path, error) from error
    except Exception as error:  # libraries have their own words for a full disk
        if _is_full(path.parent) and not isinstance(error, UserError):
            raise unwritable(path, error) from error
        raise
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def replacing_folder(path: Path) -> Iterator[Path]:
    """As `replacing`, for a folder of files; an earlier one at its place is removed at the end."""
    check_held()
    make_folder(path.parent)
    temporary = path.with_name(temporary_name(path))
    try:
        shutil.rmtree(temporary, ignore_errors=True)
        temporary.mkdir()
        yield temporary
        shutil.rmtree(path, ignore_errors=True)
        temporary.rename(path)
    except OSError as error:
        raise unwritable(path, error) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def flush(path: Path) -> None:
    """Have a file's content on the disk."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def unwritable(path: Path, error: Exception) -> UserError:
    """The error for something that could not be written; an `OutputError` when nothing else could be, either."""
    reason = (error.strerror if isinstance(error, OSError) else None) or first_line(error)
    message = f"{path}: cannot be written ({reason})"
    if getattr(error, "errno", None) in FULL or _is_full(path.parent):
        return OutputError(f"{message}; make room there, then run the command again")
    return UserError(f"{message}; choose another --output")


def _is_full(folder: Path) -> bool:
    try:
        return shutil.disk_usage(folder).free < LITTLE
    except OSError:
        return False


def make_folder(path: Path) -> Path:
    """The folder, made with its parents.

    Raises:
        OutputError: when it cannot be made, or nothing can be written into it.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{path}: cannot be made a folder ({error.strerror}); choose another --output") from error
    if not os.access(path, os.W_OK):
        raise OutputError(f"{path}: the folder is read-only; choose another --output")
    return path


def write_text(path: Path, text: str) -> None:
    """Write a text in UTF-8; halves of surrogate pairs, which JSON and file names may hold, as escapes."""
    with replacing(path) as temporary:
        temporary.write_text(text, "utf-8", "backslashreplace")


def write_bytes(path: Path, content: bytes) -> None:
    """Replace a file by these bytes."""
    with replacing(path) as temporary:
        temporary.write_bytes(content)


def write_json(path: Path, value: Any) -> None:
    """Replace a file by a value as indented JSON."""
    write_text(path, json.dumps(value, indent=2) + "\n")


def write_picture(path: Path, picture: Image.Image, **options: Any) -> None:
    """Write a picture in the format of the path's suffix, .png or .jpg.

    It is encoded first: where Pillow writes the file by itself, a full disk can leave it short without an error.
    """
    content = io.BytesIO()
    picture.save(content, PICTURES[path.suffix], **options)
    write_bytes(path, content.getvalue())
