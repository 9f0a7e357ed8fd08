"""Thousands of small photos through a command: what memory does after the first few hundred."""

import statistics
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tests.hostile.commands import Studio
from tests.hostile.kills import begin, finish
from tests.hostile.verdicts import megabytes
from wesam_packshot.files.json_lines import read_rows

# Photos in which allocators and caches find their size.
SETTLING = 500
EVERY = 0.25
# Departure from the settled memory, as a share, that counts as flat.
FLAT = 0.03


@dataclass(frozen=True)
class Soak:
    """Memory of a command on many photos.

    Attributes:
        failed: rows that say so, or are not there.
        settled: MB, the median of the hundred photos after the first `SETTLING`.
        drift: largest departure of any later hundred's median from that, as a share.
        peak: MB, of the whole command.
    """

    command: str
    photos: int
    code: int
    failed: int
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
    sound = sum(row["status"] != "failed" for row in read_rows(manifest))
    settled, drift = drift_of(seen, min(SETTLING, photos // 2))
    return Soak(command, photos, code, photos - sound, time.monotonic() - began, settled, drift, peak)


def drift_of(seen: Iterable[tuple[int, float]], settling: int) -> tuple[float, float]:
    """Median memory of the first hundred photos after `settling`, and the largest departure of later hundreds' from it.

    Args:
        seen: photos done, and MB.
    """
    found: dict[int, list[float]] = {}
    for done, memory in seen:
        if done >= settling:
            found.setdefault((done - settling) // 100, []).append(memory)
    medians = [statistics.median(values) for _, values in sorted(found.items())] or [0.0]
    return medians[0], max((abs(median / medians[0] - 1) for median in medians[1:]), default=0.0)
