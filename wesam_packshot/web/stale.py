"""A page that was loaded before its server was replaced by another version."""

from wesam_packshot.errors import UserError


def stale_page() -> UserError:
    """What to raise for a request that no page of this version sends."""
    return UserError("the page is of another version than its server; reload it")
