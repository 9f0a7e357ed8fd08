"""What the review's page may be asked for."""

import getpass
from dataclasses import dataclass
from typing import ClassVar

from wesam_packshot.web import access

# What is posted to, and the name of the method that answers.
ACTIONS = {
    f"/api/{name}": name
    for name in ("rows", "next", "ahead", "open", "keep", "release", "draw", "accept", "reject", "undo")
}


@dataclass(frozen=True)
class Access(access.Access):
    """Who may review."""

    name: ClassVar[str] = "review"
    posts: ClassVar[tuple[str, ...]] = tuple(ACTIONS)
    uploads: ClassVar[tuple[str, ...]] = ()

    host: str = "127.0.0.1"
    port: int = 7861
    origins: tuple[str, ...] = ()
    max_upload: int = access.MEGABYTE


def user_name() -> str:
    """Who runs the command: the reviewer, until another name is given."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # a container's user need not have a name
        return "reviewer"
