"""The demo's doorkeeper: refuses requests before gradio sees them."""

from http import HTTPStatus
from pathlib import Path
from typing import Any

from wesam_packshot.demo.access import UPLOAD, Access, Asgi, RefusedError
from wesam_packshot.demo.uploads import tidy

# Files of the largest size that may lie in the folder at once; further uploads have to wait.
FILES = 16


class Guard:
    """ASGI middleware that lets through what `Access.check` does, as long as there is room for uploads.

    Args:
        folder: that uploads are written into.
    """

    def __init__(self, app: Asgi, access: Access, folder: Path) -> None:
        self.app = app
        self.access = access
        self.folder = folder
        self._coming = 0

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
        elif scope["type"] == "http":
            await self._answer(scope, receive, send)
        else:  # websockets, which the page does without
            await send({"type": "websocket.close", "code": 1008})

    async def _answer(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        try:
            length = self.access.check(scope["method"], scope["path"], scope["headers"])
            coming = length if scope["path"] == UPLOAD else 0
            self._check_room(coming)
        except RefusedError as refused:
            await _tell(send, refused)
            return
        self._coming += coming
        try:
            await self.app(scope, receive, send)
        finally:
            self._coming -= coming

    def _check_room(self, coming: int) -> None:
        """Refuse an upload that there is no room for, beside what is on its way."""
        if coming and tidy(self.folder) + self._coming + coming > FILES * self.access.max_upload:
            message = "too many photos have been sent to the demo; try again in ten minutes"
            raise RefusedError(HTTPStatus.SERVICE_UNAVAILABLE, message)


async def _tell(send: Any, refused: RefusedError) -> None:
    body = f"{refused}\n".encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode())]
    # what is left of the request is not read: the connection ends
    headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": int(refused.status), "headers": headers})
    await send({"type": "http.response.body", "body": body})
