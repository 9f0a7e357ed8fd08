"""Temporary files: named so that it can be seen, after a kill, that they are ours and nobody writes them any more."""

import os
import platform
import re
import shutil
import time
from contextlib import suppress
from functools import cache
from hashlib import sha256
from pathlib import Path

# This package, the machine, the process, the file's own name in short, and its suffix, which tells the format.
_NAME = ".wesam_packshot-{machine}-{process}-{name}{suffix}"
_PATTERN = re.compile(r"\.wesam_packshot-(?P<machine>[0-9a-f]{8})-(?P<process>\d+)-[0-9a-f]{16}(\..*)?")
# Seconds after which nobody still writes one file: no output of this package takes minutes.
LONG_AGO = 86_400.0


def temporary_name(path: Path) -> str:
    """A name for what is to become `path`, of its suffix, and short however long its name is."""
    name = sha256(os.fsencode(path.name)).hexdigest()[:16]
    return _NAME.format(machine=_machine(), process=os.getpid(), name=name, suffix=path.suffix)


def sweep(folder: Path) -> None:
    """Remove temporary files and folders below a folder that a process has left which is no more."""
    for place, folders, files in os.walk(folder):
        for name in (*folders, *files):
            if is_abandoned(path := Path(place) / name):
                with suppress(OSError):
                    shutil.rmtree(path) if path.is_dir() else path.unlink()


def is_abandoned(path: Path) -> bool:
    """Whether it is a temporary file, or folder, whose process is no more; of another machine, if it is a day old."""
    found = _PATTERN.fullmatch(path.name)
    if not found:
        return False
    if found["machine"] == _machine():
        return not _is_alive(int(found["process"]))
    with suppress(OSError):
        return time.time() - path.lstat().st_mtime > LONG_AGO
    return False


def _is_alive(process: int) -> bool:
    """Whether a process runs that is not this one, which has nothing under way when it sweeps."""
    if process == os.getpid():
        return False
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    with suppress(OSError, IndexError):  # one that has ended, but whose parent does not ask for it
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    return True


@cache
def _machine() -> str:
    """Tells where numbers of processes mean the same: this machine, and this container on it."""
    space = ""
    with suppress(OSError):
        space = str(Path("/proc/self/ns/pid").readlink())
    return sha256(f"{platform.node()} {space}".encode()).hexdigest()[:8]
