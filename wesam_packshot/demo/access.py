"""What the demo's page asks for."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import ClassVar

from wesam_packshot.web import access, guard
from wesam_packshot.web.access import RefusedError

UPLOAD, CUT, DOWNLOAD = "/api/photo", "/api/cut", "/api/download"
# Photos of the largest size that may be on their way at once; further ones have to wait.
AT_ONCE = 4


@dataclass(frozen=True)
class Access(access.Access):
    """What the demo answers."""

    name: ClassVar[str] = "demo"
    posts: ClassVar[tuple[str, ...]] = (UPLOAD, CUT, DOWNLOAD)
    uploads: ClassVar[tuple[str, ...]] = (UPLOAD,)

    host: str = "127.0.0.1"
    port: int = 7860
    origins: tuple[str, ...] = ()
    max_upload: int = 100 * access.MEGABYTE


class Guard(guard.Guard):
    """ASGI middleware that lets through what `Access.check` does, as long as there is memory for uploads."""

    def __init__(self, app: guard.Asgi, access: Access) -> None:
        super().__init__(app, access)
        self._coming = 0

    @contextmanager
    def admitted(self, path: str, length: int) -> Iterator[None]:
        """Refuse an upload that there is no room for beside those on their way."""
        coming = length if path == UPLOAD else 0
        if coming and self._coming + coming > AT_ONCE * self.access.max_upload:
            message = "too many photos are on their way to the demo; try again in a minute"
            raise RefusedError(HTTPStatus.SERVICE_UNAVAILABLE, message)
        self._coming += coming
        try:
            yield
        finally:
            self._coming -= coming
