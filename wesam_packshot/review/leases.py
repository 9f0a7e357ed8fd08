"""Who has which photo before them, so that no two reviewers have the same."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from wesam_packshot.errors import UserError

# Seconds that a photo stays with a page that is not heard of; a page asks for more every 20 seconds, and browsers let
# those in the background do so once a minute (https://developer.chrome.com/blog/timer-throttling-in-chrome-88).
LENGTH = 150.0


class TakenError(UserError):
    """Another reviewer has the photo, or has decided on it."""


@dataclass(frozen=True)
class Lease:
    """Who has a photo, and until when, in seconds of `time.monotonic`."""

    holder: str
    ends: float


class Leases:
    """Leases by the photo's id; a holder, which is a page, has one at a time.

    Args:
        clock: seconds that only grow.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._leases: dict[str, Lease] = {}

    def is_free(self, identity: str, holder: str) -> bool:
        """Whether the holder may take a photo."""
        lease = self._leases.get(identity)
        return lease is None or lease.holder == holder or lease.ends <= self._clock()

    def take(self, identity: str, holder: str) -> None:
        """Take a photo in place of the one before, or keep it for longer.

        Raises:
            TakenError: when another holder has it.
        """
        if not self.is_free(identity, holder):
            raise TakenError(f"{identity}: another reviewer has this photo before them; go on to the next one")
        self.release(holder)
        self._leases[identity] = Lease(holder, self._clock() + LENGTH)

    def release(self, holder: str) -> None:
        """Give back what the holder has."""
        self._leases = {name: lease for name, lease in self._leases.items() if lease.holder != holder}

    def taken(self, holder: str) -> set[str]:
        """Photos that others have."""
        return {identity for identity in self._leases if not self.is_free(identity, holder)}
