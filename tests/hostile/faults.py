"""What surroundings can do to a command: full disks, folders that vanish, signals, clocks; and what it must do then.

Each fault returns what was wrong. A command that cannot go on says so in one line; run again, it finishes to the same
bytes as a run that nothing happened to.
"""

import itertools
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

from PIL import Image

from tests.hostile.commands import Studio
from tests.hostile.kills import begin, differences, finish, last_line

# Bytes of a disk that holds a few outputs and not all.
SMALL_DISK = 60_000
SECONDS = 120


def wrong(
    studio: Studio, command: str, output: Path, whole: Path, log: Path, code: int, codes: tuple[int, ...]
) -> list[str]:
    """What was wrong with a disturbed run, and with the same command again."""
    found = told_wrongly(log, code, codes)
    again = finish(begin(studio, command, output, log.with_suffix(".again")))
    if again:
        found.append(f"run again it ends with {again}: {last_line(log.with_suffix('.again'))}")
    return found + list(differences(whole, output))


def told_wrongly(log: Path, code: int, codes: tuple[int, ...]) -> list[str]:
    text = log.read_text()
    found = [] if code in codes else [f"exit code {code}, not {' or '.join(map(str, codes))}: {last_line(log)}"]
    if "Traceback" in text:
        found.append(f"a traceback: {last_line(log)}")
    if sum(line.startswith("error: ") for line in text.splitlines()) > 1:
        found.append("more than one line of error")
    return found


def undisturbed(studio: Studio, command: str, folder: Path) -> Path:
    if not (folder / "whole").exists() and (code := finish(begin(studio, command, folder / "whole", folder / "log"))):
        raise RuntimeError(f"{command} fails without any fault, with {code}: {last_line(folder / 'log')}")
    return folder / "whole"


@contextmanager
def disk(folder: Path, options: str) -> Iterator[Path]:
    """A disk of its own, in memory; needs the right to mount."""
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "hostile", str(folder)], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def full_disk(studio: Studio, folder: Path) -> list[str]:
    whole, log = undisturbed(studio, "segment", folder), folder / "full.log"
    with disk(folder / "disk", f"size={SMALL_DISK}") as place:
        code = finish(begin(studio, "segment", place / "out", log))
        subprocess.run(["mount", "-o", "remount,size=100m", str(place)], check=True)
        return wrong(studio, "segment", place / "out", whole, log, code, (1,))


def read_only(studio: Studio, folder: Path) -> list[str]:
    whole, log = undisturbed(studio, "segment", folder), folder / "read-only.log"
    with disk(folder / "disk", "size=100m,ro") as place:
        code = finish(begin(studio, "segment", place / "out", log))
        subprocess.run(["mount", "-o", "remount,rw", str(place)], check=True)
        return wrong(studio, "segment", place / "out", whole, log, code, (1,))


def when(reached: Callable[[], bool], process: Any) -> None:
    """Wait until something is so, or the process has ended."""
    ends = time.monotonic() + SECONDS
    while not reached() and process.is_alive() and time.monotonic() < ends:
        time.sleep(0.005)


def output_removed(studio: Studio, folder: Path) -> list[str]:
    whole, log, output = undisturbed(studio, "segment", folder), folder / "removed.log", folder / "removed"
    process = begin(studio, "segment", output, log)
    when(lambda: any(output.glob("masks/*.png")), process)
    shutil.rmtree(output, ignore_errors=True)
    return wrong(studio, "segment", output, whole, log, finish(process), (0, 1))


def photo_lost(studio: Studio, folder: Path) -> list[str]:
    return _meddled(studio, folder, lambda photo: photo.unlink())


def photo_replaced(studio: Studio, folder: Path) -> list[str]:
    return _meddled(studio, folder, lambda photo: Image.new("RGB", (31, 200)).save(photo))


def _meddled(studio: Studio, folder: Path, meddle: Callable[[Path], None]) -> list[str]:
    """Something happens to the photo between labelling and training."""
    other = Studio(folder / "studio")
    shutil.copytree(studio.folder, other.folder)
    process = begin(other, "adapt", folder / "run", folder / "log")
    when(lambda: (folder / "run" / "pseudolabels" / "labels.jsonl").is_file(), process)
    meddle(sorted((other.data / "images").iterdir())[0])
    return told_wrongly(folder / "log", finish(process), (0, 1))


def two_on_one_output(studio: Studio, folder: Path) -> list[str]:
    whole, output = undisturbed(studio, "segment", folder), folder / "shared"
    first = begin(studio, "segment", output, folder / "first.log")
    when(lambda: (output / "manifest.jsonl").is_file(), first)
    second = finish(begin(studio, "segment", output, folder / "second.log"))
    found = told_wrongly(folder / "first.log", finish(first), (0,))
    return found + told_wrongly(folder / "second.log", second, (1, 2)) + list(differences(whole, output))


def two_on_one_cache(studio: Studio, folder: Path) -> list[str]:
    whole = undisturbed(studio, "adapt", folder)
    both = [(folder / name, folder / f"{name}.log") for name in ("first", "second")]
    running = [begin(studio, "adapt", output, log) for output, log in both]
    found = [told_wrongly(log, finish(process), (0,)) for process, (_, log) in zip(running, both, strict=True)]
    compared = (difference for output, _ in both for difference in differences(whole, output))
    return [*itertools.chain(*found), *compared]


def _signalled(studio: Studio, command: str, folder: Path, number: int, code: int) -> list[str]:
    whole, log, output = undisturbed(studio, command, folder), folder / "told.log", folder / "told"
    process = begin(studio, command, output, log)
    started = ("pseudolabels/labels.jsonl", "manifest.jsonl")
    when(lambda: any((output / name).is_file() for name in started), process)
    os.kill(process.pid or 0, number)
    return wrong(studio, command, output, whole, log, finish(process), (code,))


def terminated(studio: Studio, folder: Path) -> list[str]:
    return _signalled(studio, "segment", folder, signal.SIGTERM, 143)


def adaptation_terminated(studio: Studio, folder: Path) -> list[str]:
    return _signalled(studio, "adapt", folder, signal.SIGTERM, 143)


def interrupted(studio: Studio, folder: Path) -> list[str]:
    return _signalled(studio, "segment", folder, signal.SIGINT, 130)


def adaptation_interrupted(studio: Studio, folder: Path) -> list[str]:
    return _signalled(studio, "adapt", folder, signal.SIGINT, 130)


def _backwards() -> None:
    """The clock goes back an hour each time that it is looked at."""
    told = itertools.count(2e9, -3600)
    vars(time)["time"] = lambda: next(told)


def clock_backwards(studio: Studio, folder: Path) -> list[str]:
    return _prepared(studio, folder, _backwards)


def _refuse(*_: object) -> NoReturn:
    raise OSError(101, "Network is unreachable")


def _offline() -> None:
    for name in ("connect", "connect_ex"):
        setattr(socket.socket, name, _refuse)
    socket.getaddrinfo = _refuse  # type: ignore[assignment]


def no_network(studio: Studio, folder: Path) -> list[str]:
    return _prepared(studio, folder, _offline)


def _prepared(studio: Studio, folder: Path, before: Callable[[], None]) -> list[str]:
    found = []
    for command in ("segment", "adapt"):
        place = folder / command
        place.mkdir()
        whole, log = undisturbed(studio, command, place), place / "told.log"
        code = finish(begin(studio, command, place / "told", log, before))
        found += [
            f"{command}: {one}" for one in told_wrongly(log, code, (0,)) + list(differences(whole, place / "told"))
        ]
    return found


FAULTS: dict[str, Callable[[Studio, Path], list[str]]] = {
    "disk full": full_disk,
    "output read-only": read_only,
    "output removed while running": output_removed,
    "photo deleted between labelling and training": photo_lost,
    "photo replaced between labelling and training": photo_replaced,
    "two commands on one output": two_on_one_output,
    "two adaptations at once on one cache": two_on_one_cache,
    "SIGTERM to segment": terminated,
    "SIGTERM to adapt": adaptation_terminated,
    "Ctrl-C in segment": interrupted,
    "Ctrl-C in adapt": adaptation_interrupted,
    "clock going backwards": clock_backwards,
    "no network": no_network,
}
