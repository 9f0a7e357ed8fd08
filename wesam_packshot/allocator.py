"""How the C library treats the memory of tensors."""

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

# Parameters of glibc's mallopt, by their numbers in malloc.h.
TRIM_THRESHOLD, MMAP_THRESHOLD, MMAP_MAX = -1, -3, -4
KEPT = {TRIM_THRESHOLD: -1, MMAP_MAX: 0}
# What glibc adjusts itself to once large blocks have been freed, and its default of MMAP_MAX (mallopt(3), malloc.c).
USUAL = {MMAP_THRESHOLD: 32 << 20, TRIM_THRESHOLD: 64 << 20, MMAP_MAX: 65_536}

_users = 0
_changing = Lock()


def keep_freed_memory() -> None:
    """Let the C library keep what torch frees, instead of returning each large tensor to the system.

    Glibc maps tensors of a megabyte and more anew each time, and the system clears their pages: half of a CPU's
    training time. Elsewhere than on glibc this does nothing. It is for whoever owns the process, such as a command.
    """
    _count(1)


@contextmanager
def freed_memory_kept() -> Iterator[None]:
    """`keep_freed_memory` for the length of a block, after which the host's allocator is as usual again."""
    _count(1)
    try:
        yield
    finally:
        _count(-1)


def _count(change: int) -> None:
    global _users
    with _changing:
        before, _users = _users, _users + change
        if bool(before) != bool(_users):
            _set(KEPT if _users else USUAL)


def _set(values: dict[int, int]) -> None:
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return
    for parameter, value in values.items():
        mallopt(parameter, value)
