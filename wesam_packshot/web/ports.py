"""The address that a server listens on."""

import socket

from wesam_packshot.errors import UsageError


def bound(host: str, port: int) -> socket.socket:
    """A socket that has the address, and does not listen yet: a taken port is told of before models are loaded.

    Raises:
        UsageError: when the address cannot be listened on.
    """
    found = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        found.bind((host.strip("[]"), port))
    except OSError as error:
        found.close()
        reason = error.strerror or error
        raise UsageError(f"--host {host} --port {port}: cannot be listened on ({reason}); choose others") from error
    return found


def address_of(host: str, port: int) -> str:
    """What to type into a browser; an IPv6 address stands in brackets."""
    return f"http://[{host}]:{port}" if ":" in host and not host.startswith("[") else f"http://{host}:{port}"
