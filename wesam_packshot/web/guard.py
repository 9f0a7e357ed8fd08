"""A server's doorkeeper: refuses requests before anything else sees them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from wesam_packshot.web.access import Access, RefusedError

Asgi = Callable[[dict[str, Any], Any, Any], Any]


class Guard:
    """ASGI middleware that lets through what `Access.check` does."""

    def __init__(self, app: Asgi, access: Access) -> None:
        self.app = app
        self.access = access

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
        elif scope["type"] == "http":
            await self._answer(scope, receive, send)
        else:  # websockets, which no page needs
            await send({"type": "websocket.close", "code": 1008})

    async def _answer(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        try:
            length = self.access.check(scope["method"], scope["path"], scope["headers"])
            with self.admitted(scope["path"], length):
                await self.app(scope, receive, send)
        except RefusedError as refused:
            await tell(send, refused)

    @contextmanager
    def admitted(self, path: str, length: int) -> Iterator[None]:  # noqa: ARG002, for servers with less room
        """Around the answer to a request that is going to send `length` bytes.

        Raises:
            RefusedError: when there is no room for it.
        """
        yield


async def tell(send: Any, refused: RefusedError) -> None:
    """Answer with what the error says; what is left of the request is not read."""
    body = f"{refused}\n".encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode())]
    headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": int(refused.status), "headers": headers})
    await send({"type": "http.response.body", "body": body})
