"""Who may ask a server of this machine for what: hosts, origins, requests and their sizes.

A page of another origin could post to a server that runs on its visitor's machine, and one whose name is made to point
at that machine (DNS rebinding) could read the answers as well. Browsers tell both in headers that pages cannot change.
"""

import ipaddress
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import ClassVar, TypeVar
from urllib.parse import urlsplit

from wesam_packshot.errors import UsageError

ANY_HOST = "0.0.0.0"  # noqa: S104, what the user gives is compared with it
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
# Bytes of a request that is no upload; a click takes some hundred.
SMALL = 1 << 20
# Bytes that multipart puts around a file: two boundaries of 70 characters, the header, 8 KB at most, and
# the other fields of a form.
WRAPPING = 16 << 10
MEGABYTE = 1_000_000

Own = TypeVar("Own", bound="Access")


class RefusedError(Exception):
    """A request that is not answered; its words are for whoever has sent it."""

    def __init__(self, status: HTTPStatus, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class Access:
    """What the options of a command allow; each server derives its own.

    Attributes:
        name: what errors call the server.
        posts: paths that may be posted to.
        uploads: those of them that take a photo's file.
        host: that is listened on; 0.0.0.0 are all of the machine's addresses.
        port: of the server.
        origins: other addresses that it is reached at, such as a proxy's: `https://demo.example.com`.
        max_upload: bytes of a photo's file.
    """

    name: ClassVar[str]
    posts: ClassVar[tuple[str, ...]]
    uploads: ClassVar[tuple[str, ...]]

    host: str
    port: int
    origins: tuple[str, ...]
    max_upload: int

    @classmethod
    def of(cls: "type[Own]", host: str, port: int, origins: Sequence[str], max_upload_mb: int) -> "Own":
        """From the command's options.

        Raises:
            UsageError: for a port or a size that cannot be, or an origin that is none.
        """
        if not 0 < port < 65536:
            raise UsageError(f"--port {port}: a number from 1 to 65535 is needed")
        if max_upload_mb < 1:
            raise UsageError(f"--max-upload {max_upload_mb}: at least 1 MB is needed")
        return cls(host, port, tuple(map(_origin, origins)), max_upload_mb * MEGABYTE)

    def check(self, method: str, path: str, headers: Sequence[tuple[bytes, bytes]]) -> int:
        """The bytes that the request is going to send.

        Raises:
            RefusedError: when it comes from elsewhere, is of another kind, or is too large.
        """
        given: dict[str, list[str]] = {}
        for name, value in headers:
            given.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1"))
        hosts = given.get("host", [])
        if len(hosts) != 1 or not self._is_ours(hosts[0]):
            message = f"this address is not the {self.name}'s; to reach it under this one, start it with --allow-origin"
            raise RefusedError(HTTPStatus.MISDIRECTED_REQUEST, message)
        if any(not self._may_ask(origin, hosts[0]) for origin in given.get("origin", [])):
            message = f"pages of other origins may not ask the {self.name}; to allow one, start it with --allow-origin"
            raise RefusedError(HTTPStatus.FORBIDDEN, message)
        if method in ("GET", "HEAD", "OPTIONS"):
            return 0
        if method != "POST" or path not in self.posts:
            raise RefusedError(HTTPStatus.METHOD_NOT_ALLOWED, f"the {self.name} answers nothing of that kind")
        return self._length(given.get("content-length", []), path)

    def _length(self, lengths: Sequence[str], path: str) -> int:
        if len(lengths) != 1 or not (lengths[0].isascii() and lengths[0].isdigit()):
            raise RefusedError(HTTPStatus.LENGTH_REQUIRED, "the request's length is missing")
        length = int(lengths[0][:20])
        if length > (self.max_upload + WRAPPING if path in self.uploads else SMALL):
            limit = f"the file is larger than {self.max_upload // MEGABYTE} MB (--max-upload)"
            raise RefusedError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, limit)
        return length

    def _is_ours(self, host: str) -> bool:
        """Whether a `Host` names this server. By an address nobody can be led astray, only by a name."""
        name = _name(f"//{host}")
        if name in LOOPBACK | {self.host.lower().strip("[]")} | {_name(origin) for origin in self.origins}:
            return True
        return self.host == ANY_HOST and (_is_address(name) or name in own_names())

    def _may_ask(self, origin: str, host: str) -> bool:
        return origin.lower() in self.origins or origin.lower().partition("://")[2] == host.lower()


def own_names() -> frozenset[str]:
    """What the machine is called in its network, also by multicast DNS."""
    name = socket.gethostname().lower()
    return frozenset({name, f"{name.partition('.')[0]}.local"})


def _origin(given: str) -> str:
    """As browsers send it.

    Raises:
        UsageError: when it is none.
    """
    plain = given.lower().rstrip("/")
    scheme, _, place = plain.partition("://")
    if scheme not in ("http", "https") or not _name(plain) or any(mark in place for mark in "/?#@*"):
        raise UsageError(f"--allow-origin {given}: an address such as https://demo.example.com is needed")
    return plain


def _name(address: str) -> str:
    """The host of an address, without its port; nothing when it has none."""
    try:
        return urlsplit(address).hostname or ""
    except ValueError:  # such as a bracket that is not closed
        return ""


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
