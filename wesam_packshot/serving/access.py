"""What the service answers, and how much of it at once."""

from dataclasses import dataclass
from typing import ClassVar

from wesam_packshot.errors import UsageError
from wesam_packshot.web import access

CUTOUT, REMBG = "/cutout", "/api/remove"


@dataclass(frozen=True)
class Access(access.Access):
    """Who may ask the service."""

    name: ClassVar[str] = "service"
    posts: ClassVar[tuple[str, ...]] = (CUTOUT, REMBG)
    uploads: ClassVar[tuple[str, ...]] = (CUTOUT, REMBG)

    host: str = "127.0.0.1"
    port: int = 8000
    origins: tuple[str, ...] = ()
    max_upload: int = 50 * access.MEGABYTE


@dataclass(frozen=True)
class Limits:
    """How much is worked on at once.

    Attributes:
        places: requests that are read, wait or are answered at once; a further one is refused.
        seconds: that a request may take, from its header to the answer.
    """

    places: int = 16
    seconds: float = 60.0

    def __post_init__(self) -> None:
        if self.places < 1:
            raise UsageError(f"--queue {self.places}: at least 1 is needed")
        if not 0 < self.seconds < float("inf"):
            raise UsageError(f"--timeout {self.seconds:g}: a number of seconds above 0 is needed")
