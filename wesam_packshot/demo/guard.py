"""Room for what visitors of the demo upload."""

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path

from wesam_packshot.demo.access import UPLOAD, Access
from wesam_packshot.demo.uploads import tidy
from wesam_packshot.web import guard
from wesam_packshot.web.access import RefusedError

# Files of the largest size that may lie in the folder at once; further uploads have to wait.
FILES = 16


class Guard(guard.Guard):
    """ASGI middleware that lets through what `Access.check` does, as long as there is room for uploads.

    Args:
        folder: that uploads are written into.
    """

    def __init__(self, app: guard.Asgi, access: Access, folder: Path) -> None:
        super().__init__(app, access)
        self.folder = folder
        self._coming = 0

    @contextmanager
    def admitted(self, path: str, length: int) -> Iterator[None]:
        """Refuse an upload that there is no room for, beside what is on its way."""
        coming = length if path == UPLOAD else 0
        if coming and tidy(self.folder) + self._coming + coming > FILES * self.access.max_upload:
            message = "too many photos have been sent to the demo; try again in ten minutes"
            raise RefusedError(HTTPStatus.SERVICE_UNAVAILABLE, message)
        self._coming += coming
        try:
            yield
        finally:
            self._coming -= coming
