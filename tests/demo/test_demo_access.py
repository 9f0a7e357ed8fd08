"""Who may ask the demo for what: hosts (DNS rebinding), origins, requests and their sizes."""

import asyncio
import socket
from http import HTTPStatus
from typing import Any

import pytest

from wesam_packshot.demo.access import AT_ONCE, CUT, UPLOAD, Access, Guard
from wesam_packshot.errors import UsageError
from wesam_packshot.web.access import RefusedError

HERE = "127.0.0.1:7860"
Headers = list[tuple[bytes, bytes]]


def headers(host: str | None = HERE, origin: str | None = None, length: str | None = "10") -> Headers:
    given = {"Host": host, "Origin": origin, "Content-Length": length}
    return [(name.encode(), value.encode()) for name, value in given.items() if value is not None]


def refusal(access: Access, method: str = "GET", path: str = "/", **given: str | None) -> int:
    """Status that the request is refused with; 0 where it is let through."""
    try:
        access.check(method, path, headers(**given))
    except RefusedError as refused:
        assert "\n" not in str(refused)
        return int(refused.status)
    return 0


@pytest.mark.parametrize("host", ["localhost:7860", "127.0.0.1:7860", "[::1]:7860", "LOCALHOST", "127.0.0.1"])
def test_the_machines_own_names_are_the_demos(host: str) -> None:
    assert refusal(Access(), host=host) == 0


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:7860", "localhost.evil.example", "192.168.0.7:7860", "[::1", "", None]
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_names_that_were_made_to_point_here_are_refused(host: str | None, method: str) -> None:
    assert refusal(Access(), method, CUT, host=host, origin=f"http://{host}") == HTTPStatus.MISDIRECTED_REQUEST


def test_two_hosts_are_none() -> None:
    with pytest.raises(RefusedError):
        Access().check("GET", "/", headers() + headers("evil.example"))


def test_the_host_that_is_listened_on_is_the_demos() -> None:
    named = Access.of("shop.lan", 7860, [], 100)
    assert refusal(named, host="shop.lan:7860") == refusal(named, host=HERE) == 0
    assert refusal(named, host="192.168.0.7:7860") == HTTPStatus.MISDIRECTED_REQUEST
    everywhere = Access.of("0.0.0.0", 7860, [], 100)
    for host in ("192.168.0.7:7860", "[fe80::1]:7860", f"{socket.gethostname()}:7860"):
        assert refusal(everywhere, host=host) == 0
    assert refusal(everywhere, host="evil.example:7860") == HTTPStatus.MISDIRECTED_REQUEST


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "http://127.0.0.1:3000", "http://localhost:7860", ""]
)
@pytest.mark.parametrize(("method", "path"), [("POST", CUT), ("POST", UPLOAD), ("GET", "/api/about")])
def test_pages_of_other_origins_are_refused(origin: str, method: str, path: str) -> None:
    assert refusal(Access(), method, path, origin=origin) == HTTPStatus.FORBIDDEN


@pytest.mark.parametrize("path", [CUT, UPLOAD])
def test_the_page_itself_may_ask(path: str) -> None:
    assert refusal(Access(), "POST", path, origin=f"http://{HERE}") == 0
    assert refusal(Access(), "POST", path) == 0  # no browser, which would name an origin


def test_a_proxy_is_allowed_by_its_origin() -> None:
    access = Access.of("127.0.0.1", 7860, ["https://Demo.example.com/"], 100)
    origin = "https://demo.example.com"
    assert refusal(access, "POST", CUT, host="demo.example.com", origin=origin) == 0
    assert refusal(access, "POST", CUT, host=HERE, origin=origin) == 0
    assert refusal(access, "POST", CUT, host=HERE, origin="https://evil.example") == HTTPStatus.FORBIDDEN
    assert refusal(access, host="evil.example") == HTTPStatus.MISDIRECTED_REQUEST


@pytest.mark.parametrize(("method", "path"), [("POST", "/api/about"), ("DELETE", "/"), ("PUT", UPLOAD)])
def test_only_what_the_page_asks_is_answered(method: str, path: str) -> None:
    assert refusal(Access(), method, path) == HTTPStatus.METHOD_NOT_ALLOWED


@pytest.mark.parametrize(
    ("path", "length", "status"),
    [
        (UPLOAD, "1000000", 0),
        (UPLOAD, "1020000", HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
        (UPLOAD, "9" * 5000, HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
        (CUT, "1000000", 0),
        (CUT, "1100000", HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
        (UPLOAD, None, HTTPStatus.LENGTH_REQUIRED),
        (UPLOAD, "-1", HTTPStatus.LENGTH_REQUIRED),
        (UPLOAD, "many", HTTPStatus.LENGTH_REQUIRED),
    ],
)
def test_lengths_are_told_and_limited(path: str, length: str | None, status: int) -> None:
    assert refusal(Access.of("127.0.0.1", 7860, [], 1), "POST", path, length=length) == status


@pytest.mark.parametrize(
    ("port", "origins", "size", "told"),
    [
        (0, [], 1, "--port 0: a number from 1 to 65535"),
        (1, [], 0, "--max-upload 0: at least 1 MB"),
        (1, ["demo.example.com"], 1, "--allow-origin demo.example.com: an address such as"),
        (1, ["*"], 1, "--allow-origin"),
        (1, ["https://demo.example.com/page"], 1, "--allow-origin"),
        (1, ["ftp://demo.example.com"], 1, "--allow-origin"),
        (1, ["https://[demo"], 1, "--allow-origin"),
    ],
)
def test_options_that_cannot_be(port: int, origins: list[str], size: int, told: str) -> None:
    with pytest.raises(UsageError, match=r"^--") as raised:
        Access.of("127.0.0.1", port, origins, size)
    assert told in str(raised.value)


class Visit:
    """A request to a guarded app; the app reads the whole body."""

    def __init__(self, access: Access | None = None) -> None:
        self.guard = Guard(self._app, access or Access(max_upload=1000))
        self.read = 0
        self.inner: Any = None
        self.depth = 0

    async def _app(self, _scope: dict[str, Any], _receive: Any, send: Any) -> None:
        if self.inner:
            await self.inner()
        self.read += 1
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def ask(self, length: int, kind: str = "http") -> dict[str, Any]:
        """What is sent first in answer."""
        sent: list[dict[str, Any]] = []

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        scope = {"type": kind, "method": "POST", "path": UPLOAD, "headers": headers(length=str(length))}
        await self.guard(scope, None, send)  # a body that is asked for would fail
        return sent[0]


def test_what_is_refused_is_never_read() -> None:
    visit = Visit()
    assert asyncio.run(visit.ask(50_000))["status"] == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    assert visit.read == 0
    assert asyncio.run(visit.ask(900))["status"] == 200
    assert visit.read == 1


def test_websockets_are_closed() -> None:
    assert asyncio.run(Visit().ask(0, "websocket"))["type"] == "websocket.close"


def test_uploads_at_once_have_to_fit_into_memory() -> None:
    """Each begins another before it ends; the one too many is refused, and nothing stays counted."""
    visit, answers = Visit(), list[int]()

    async def another() -> None:
        if len(answers) + visit.depth < AT_ONCE:
            visit.depth += 1
            answers.append((await visit.ask(1000))["status"])

    visit.inner = another
    assert asyncio.run(visit.ask(1000))["status"] == 200
    assert answers.count(HTTPStatus.SERVICE_UNAVAILABLE) == 1
    visit.inner = None
    assert asyncio.run(visit.ask(1000))["status"] == 200
