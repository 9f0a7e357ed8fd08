"""Locks of the operating system on files: they end with the process that holds them, however it ends.

They are POSIX locks, which belong to a process and not to those that it forks. A lock's file is there as long as the
lock is held; one that is found without a holder is what a killed process has left. Windows has none of this kind: there
two commands on one folder do not notice each other.
"""

import errno
import logging
import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from wesam_packshot.errors import OutputError, UserError

if sys.platform != "win32":
    import fcntl

log = logging.getLogger(__name__)

# Seconds to wait for a lock: a process that was killed a moment ago may not have ended.
PATIENCE = 1.0
PAUSE = 0.05
TAKEN = (errno.EACCES, errno.EAGAIN)


@dataclass(frozen=True)
class Lock:
    """A lock that is held.

    Attributes:
        file: there as long as the lock is held.
        thread: that has asked for it.
        abandoned: whether the file was left by a process that was killed, or is another's who shares the lock.
    """

    file: Path
    descriptor: int
    thread: int
    abandoned: bool

    @property
    def intact(self) -> bool:
        """Whether the file is still the one that was locked."""
        return _same(self.file, self.descriptor)


_held: dict[Path, Lock] = {}


def check_held() -> None:
    """See that the folders which this process writes into are still there.

    Raises:
        OutputError: naming the folder that was removed, or replaced.
    """
    for lock in list(_held.values()):
        if not lock.intact:
            raise OutputError(f"{lock.file.parent}: was removed while it was written to; run the command again")


@contextmanager
def locked(file: Path, shared: bool = False) -> Iterator[Lock]:
    """Hold a lock; the thread that holds it already may ask for it again.

    Args:
        shared: others may hold it at the same time, if they share it as well.

    Raises:
        UserError: when it is held by another process or thread.
        OSError: when the file cannot be made.
    """
    if sys.platform == "win32":
        yield Lock(file, -1, threading.get_ident(), abandoned=False)
        return
    place = file.resolve()
    if place in _held:
        if _held[place].thread != threading.get_ident():
            raise _busy(place)
        yield replace(_held[place], abandoned=False)
        return
    lock = _held[place] = _acquire(place, shared)
    try:
        yield lock
    finally:
        del _held[place]
        _release(lock)


def _acquire(file: Path, shared: bool) -> Lock:
    ends = time.monotonic() + PATIENCE
    while True:
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o644)
        if _try(descriptor, shared):
            if _same(file, descriptor):
                return _signed(file, descriptor)
            ends = time.monotonic() + PATIENCE  # the holder of before has just removed it
        elif time.monotonic() > ends:
            os.close(descriptor)
            raise _busy(file)
        os.close(descriptor)
        time.sleep(PAUSE)


def _signed(file: Path, descriptor: int) -> Lock:
    """The lock, with the number of this process in its file."""
    try:
        abandoned = os.fstat(descriptor).st_size > 0
        os.ftruncate(descriptor, 0)
        os.write(descriptor, str(os.getpid()).encode())
    except OSError:
        os.close(descriptor)
        raise
    return Lock(file, descriptor, threading.get_ident(), abandoned)


def _try(descriptor: int, shared: bool) -> bool:
    """Whether the lock is ours now; on disks that know no locks it always is."""
    if sys.platform == "win32":
        return True
    try:
        fcntl.lockf(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in TAKEN:
            return False
        log.warning("this disk has no locks (%s); see that no other command writes into the folder", error.strerror)
    return True


def _release(lock: Lock) -> None:
    """Remove the file, unless others share the lock, or it is another's by now; then let go."""
    with suppress(OSError):
        if lock.intact and _try(lock.descriptor, shared=False):
            lock.file.unlink()
    os.close(lock.descriptor)


def _same(file: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(file.stat(), os.fstat(descriptor))
    except OSError:
        return False


def _busy(file: Path) -> UserError:
    number = ""
    if file not in _held:  # to close a file gives up the locks that one has on it
        with suppress(OSError):
            number = file.read_text()
    who = f" (process {number})" if number.isdigit() else ""
    return UserError(f"{file.parent}: another command{who} is writing there; wait for it, or take another --output")
