"""What surroundings can do to a command: full disks, folders that vanish, signals, no network; and what it must do.

Each fault returns what was wrong. A command that cannot go on says so in one line; run again, it finishes to the same
bytes as a run that nothing happened to.
"""

import errno
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import NoReturn

from tests.hostile.commands import Studio, start
from tests.hostile.kills import differences, finish, last_line

# Of a disk that holds a few outputs and not all.
SMALL_DISK = "size=40k"
LARGE_DISK = "size=100m"
# Seconds in which a command comes to the point that is waited for, and data workers see that theirs is no more.
SECONDS = 120
LINGERING = 10
MORE = {"adapt": ("data.workers=1", "data.cache_mb=50")}


def begin(
    studio: Studio, command: str, output: Path, log: Path, before: Callable[[], None] | None = None
) -> BaseProcess:
    return start(studio, command, [*studio.arguments(command, output), *MORE.get(command, ())], log, before)


def again(studio: Studio, command: str, output: Path, log: Path) -> list[str]:
    """What was wrong when the same command was run again, without a network."""
    code = finish(begin(studio, command, output, log.with_suffix(".again"), offline))
    found = [] if code == 0 else [f"run again it ends with {code}: {last_line(log.with_suffix('.again'))}"]
    return found + list(differences(undisturbed(studio, command), output))


def told_wrongly(log: Path, code: int, expected: int, *words: str) -> list[str]:
    """What was wrong with what a command said at its end, and with its exit code."""
    text = log.read_text()
    found = [] if code == expected else [f"exit code {code}, not {expected}: {last_line(log)}"]
    if "Traceback" in text:
        found.append(f"a traceback: {text}")
    errors = [line for line in text.splitlines() if line.startswith("error: ")]
    if len(errors) > 1:
        found.append(f"{len(errors)} lines of error: {text}")
    return found + [f"no word of {word!r}: {text}" for word in words if word not in text]


def undisturbed(studio: Studio, command: str) -> Path:
    """The output of a run that nothing happens to, as deep as the others', since some files hold relative paths."""
    whole, log = studio.folder / "whole" / command, studio.folder / f"{command}.log"
    if not whole.exists() and (code := finish(begin(studio, command, whole, log))):
        raise RuntimeError(f"{command} fails without any fault, with {code}: {last_line(log)}")
    return whole


def when(reached: Callable[[], bool], process: BaseProcess) -> None:
    """Wait until something is so.

    Raises:
        RuntimeError: when the process ends before, or takes too long.
    """
    ends = time.monotonic() + SECONDS
    while not reached():
        if not process.is_alive() or time.monotonic() > ends:
            raise RuntimeError("the command has not come to what was waited for")
        time.sleep(0.002)


@contextmanager
def disk(folder: Path, options: str) -> Iterator[Callable[[str], None]]:
    """A disk of its own, in memory, and how to give it other options.

    Raises:
        PermissionError: where disks cannot be mounted.
    """
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", options, "hostile", str(folder)], capture_output=True).returncode:
        raise PermissionError("needs the right to mount a disk")

    def remount(more: str) -> None:
        subprocess.run(["mount", "-o", f"remount,{more}", str(folder)], check=True)

    try:
        yield remount
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def full_disk(studio: Studio, folder: Path) -> list[str]:
    with disk(folder / "out", SMALL_DISK) as remount:
        code = finish(begin(studio, "segment", folder / "out", folder / "log"))
        remount(LARGE_DISK)
        found = told_wrongly(folder / "log", code, 1, "make room there, then run the command again")
        return found + again(studio, "segment", folder / "out", folder / "log")


def read_only(studio: Studio, folder: Path) -> list[str]:
    with disk(folder / "out", f"{LARGE_DISK},ro") as remount:
        code = finish(begin(studio, "segment", folder / "out", folder / "log"))
        remount("rw")
        found = told_wrongly(folder / "log", code, 1, "the folder is read-only")
        return found + again(studio, "segment", folder / "out", folder / "log")


def output_removed(studio: Studio, folder: Path) -> list[str]:
    process = begin(studio, "segment", folder / "out", folder / "log")
    when(lambda: any((folder / "out").glob("masks/*.png")), process)
    (folder / "out").rename(folder / "away")  # at once, as no removal of many files is
    shutil.rmtree(folder / "away")
    found = told_wrongly(folder / "log", finish(process), 1, "was removed while it was written to")
    return found + again(studio, "segment", folder / "out", folder / "log")


def two_on_one_output(studio: Studio, folder: Path) -> list[str]:
    first = begin(studio, "segment", folder / "out", folder / "first.log")
    when(lambda: (folder / "out" / "manifest.jsonl").is_file(), first)
    os.kill(first.pid or 0, signal.SIGSTOP)  # it must not be done before the other comes
    second = finish(begin(studio, "pseudolabel", folder / "out", folder / "second.log"))
    os.kill(first.pid or 0, signal.SIGCONT)
    told = f"another command (process {first.pid}) is writing there"
    found = told_wrongly(folder / "second.log", second, 1, told) + told_wrongly(folder / "first.log", finish(first), 0)
    return found + list(differences(undisturbed(studio, "segment"), folder / "out"))


def _signalled(studio: Studio, command: str, folder: Path, number: int, moment: str) -> list[str]:
    """Send a signal when there is something that `moment` matches."""
    process = begin(studio, command, folder / "out", folder / "log")
    when(lambda: any((folder / "out").glob(moment)), process)
    os.kill(process.pid or 0, number)
    found = told_wrongly(folder / "log", finish(process), 128 + number, "the same command goes on from there")
    if left := _left_behind(process.pid or 0):
        found.append(f"processes {left} are left behind")
    return found + again(studio, command, folder / "out", folder / "log")


def _left_behind(session: int) -> list[int]:
    """Processes of a session that are still there after a while."""
    ends = time.monotonic() + LINGERING
    while (left := list(_running(session))) and time.monotonic() < ends:
        time.sleep(0.1)
    return left


def _running(session: int) -> Iterator[int]:
    for file in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it has ended meanwhile
            state, _, _, own = file.read_text().rpartition(")")[2].split()[:4]
            if int(own) == session and state not in "ZX":
                yield int(file.parent.name)


def terminated(studio: Studio, folder: Path) -> list[str]:
    return _signalled(studio, "segment", folder, signal.SIGTERM, "manifest.jsonl")


def interrupted(studio: Studio, folder: Path) -> list[str]:
    return _signalled(studio, "segment", folder, signal.SIGINT, "manifest.jsonl")


def adaptation_terminated(studio: Studio, folder: Path) -> list[str]:
    return _signalled(studio, "adapt", folder, signal.SIGTERM, "checkpoints/1")


def adaptation_interrupted(studio: Studio, folder: Path) -> list[str]:
    return _signalled(studio, "adapt", folder, signal.SIGINT, "pseudolabels/labels.jsonl")


def _refuse(*_: object) -> NoReturn:
    raise OSError(errno.ENETUNREACH, "Network is unreachable")


def offline() -> None:
    """No name is known and no address reached; sockets within the machine, as data workers have, go on."""
    connect = socket.socket.connect
    vars(socket)["getaddrinfo"] = _refuse
    socket.socket.connect = lambda own, to: connect(own, to) if own.family == socket.AF_UNIX else _refuse()  # type: ignore[method-assign]


FAULTS: dict[str, Callable[[Studio, Path], list[str]]] = {
    "disk full": full_disk,
    "output read-only": read_only,
    "output removed while running": output_removed,
    "two commands on one output": two_on_one_output,
    "SIGTERM to segment": terminated,
    "Ctrl-C in segment": interrupted,
    "SIGTERM to adapt": adaptation_terminated,
    "Ctrl-C in adapt": adaptation_interrupted,
}
