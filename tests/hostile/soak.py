"""Thousands of small photos through a command: what memory does after the first few hundred."""

import statistics
import time
from dataclasses import dataclass
from pathlib import Path

from tests.hostile.commands import Studio
from tests.hostile.kills import begin, finish
from tests.hostile.verdicts import megabytes

# Photos in which allocators and caches find their size.
SETTLING = 500
EVERY = 0.25


@dataclass(frozen=True)
class Soak:
    """Memory of a command on many photos.

    Attributes:
        settled: MB, the median of the hundred photos after the first `SETTLING`.
        drift: largest departure of any later hundred's median from that, as a share.
        peak: MB, of the whole command.
    """

    command: str
    photos: int
    code: int
    seconds: float
    settled: float
    drift: float
    peak: float


def soak(studio: Studio, command: str, folder: Path) -> Soak:
    """Run the command on the studio's photos, and look at its memory as it goes on."""
    folder.mkdir(parents=True)
    process, began = begin(studio, command, folder / "out", folder / "log"), time.monotonic()
    manifest, seen, peak = folder / "out" / "manifest.jsonl", list[tuple[int, float]](), 0.0
    while process.is_alive():
        done = manifest.read_bytes().count(b"\n") if manifest.is_file() else 0
        if memory := megabytes(process.pid):
            seen.append((done, memory))
        peak = max(peak, megabytes(process.pid, "VmHWM"))
        time.sleep(EVERY)
    photos, code = len(list((studio.data / "images").iterdir())), finish(process)
    medians = hundreds(seen, min(SETTLING, photos // 2))
    drift = max((abs(median / medians[0] - 1) for median in medians[1:]), default=0.0)
    return Soak(command, photos, code, time.monotonic() - began, medians[0], drift, peak)


def hundreds(seen: list[tuple[int, float]], settling: int) -> list[float]:
    """Medians of memory over each hundred of photos after the first `settling`, from (photos done, MB)."""
    found: dict[int, list[float]] = {}
    for done, memory in seen:
        if done >= settling:
            found.setdefault((done - settling) // 100, []).append(memory)
    return [statistics.median(values) for _, values in sorted(found.items())]
