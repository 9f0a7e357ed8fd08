"""Visitors' files on disk: a folder that goes with the demo, and keeps no file for longer than it takes to use it."""

import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import gettempdir
from threading import Event, Thread

from filelock import FileLock, Timeout

from wesam_packshot.errors import UserError

PREFIX = "wesam-demo-"
# Seconds that a file is kept: a photo is read as soon as it is there, a cut-out fetched as soon as it is announced, and
# the slowest answer that docs/demo.md knows takes under a minute.
KEPT = 600.0
# Seconds between two looks for files that are older.
PERIOD = 30.0


@contextmanager
def upload_folder() -> Iterator[Path]:
    """A folder that nobody else can read, deleted with all that is in it when the block ends.

    What demos have left behind that were killed is deleted first. A lock beside the folder tells them from those that
    run: the system drops it with the process. It is taken before the folder is made, so that a folder whose lock is
    free is always a leftover, and one without a lock is none of the demo's.

    Raises:
        UserError: when the folder cannot be made, or not be deleted.
    """
    parent = Path(gettempdir())
    folder = parent / f"{PREFIX}{secrets.token_hex(8)}"
    lock = _lock(folder)
    try:
        lock.acquire(blocking=False)
        folder.mkdir(mode=0o700)
    except OSError as error:
        raise UserError(f"{folder}: cannot be made ({error.strerror}); set TMPDIR to a folder for uploads") from error
    try:
        _delete_leftovers(folder)
        with _tidied(folder):
            yield folder
    finally:
        _delete(folder, lock)


def tidy(folder: Path, age: float = KEPT) -> int:
    """Delete files that are older than `age` seconds; returns the bytes that the others take."""
    taken, oldest = 0, time.time() - age
    for path in sorted(folder.rglob("*"), reverse=True):  # what is in a folder comes before it
        with suppress(OSError):  # another thread is faster, or a folder is not empty
            facts = path.lstat()
            if facts.st_mtime >= oldest:
                taken += facts.st_size
            elif path.is_dir():
                path.rmdir()
            else:
                path.unlink()
    return taken


@contextmanager
def _tidied(folder: Path) -> Iterator[None]:
    """`tidy` now and then, for the length of the block."""
    done = Event()

    def work() -> None:
        while not done.wait(PERIOD):
            tidy(folder)

    thread = Thread(target=work, name="tidy", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _delete_leftovers(own: Path) -> None:
    """Of this user's demos that have ended without doing so themselves."""
    owner = own.stat().st_uid
    for folder in own.parent.glob(f"{PREFIX}*/"):
        lock = _lock(folder)
        with suppress(Timeout, OSError):  # it runs, or another demo is clearing it away as well
            if folder.is_symlink() or folder.lstat().st_uid != owner or not Path(lock.lock_file).is_file():
                continue
            lock.acquire(blocking=False)
            _delete(folder, lock)


def _delete(folder: Path, lock: FileLock) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    left = folder.exists()
    lock.release()
    if left:
        raise UserError(f"{folder}: visitors' photos in it could not be deleted; delete the folder yourself")
    Path(lock.lock_file).unlink(missing_ok=True)


def _lock(folder: Path) -> FileLock:
    return FileLock(folder.with_name(f"{folder.name}.lock"))
