"""Progress for people: a bar with the time left on a terminal, a plain line now and then elsewhere."""

import logging
import sys
import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

from tqdm import tqdm

log = logging.getLogger(__name__)

T = TypeVar("T")

SECONDS_BETWEEN_LINES = 10.0
# Of the first steps, which load and compile, no time is foretold.
FORETOLD_FROM = 3


def track(items: Iterable[T], label: str, total: int, start: int = 0) -> Iterator[T]:
    """The items, with progress on standard error.

    Args:
        total: number of steps of the whole work, of which `start` are already done.
    """
    if sys.stderr.isatty():
        yield from tqdm(items, desc=label, total=total, initial=start, leave=False, dynamic_ncols=True)
        return
    began = last = time.monotonic()
    if start < total:
        log.info("%s %d/%d", label, start, total)
    for done, item in enumerate(items, start=start + 1):
        yield item
        now = time.monotonic()
        if now - last >= SECONDS_BETWEEN_LINES or done == total:
            left = (now - began) / (done - start) * (total - done)
            foretold = f", {left:.0f} s left" if done - start >= FORETOLD_FROM or done == total else ""
            log.info("%s %d/%d%s", label, done, total, foretold)
            last = now
