"""Renders series of pictures in several processes, and goes on where an earlier run was stopped."""

import logging
import multiprocessing
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wesam_packshot.errors import UsageError, UserError, first_line
from wesam_packshot.files.json_lines import Row
from wesam_packshot.progress import track
from wesam_packshot.studio.drawing import SPLITS, draw_family
from wesam_packshot.studio.folder import RenderFolder, Series, write_picture
from wesam_packshot.studio.scene import renderer

log = logging.getLogger(__name__)

# Pictures after which a process is replaced by a new one, since compiled kernels stay in its memory.
PICTURES_PER_PROCESS = 200
# A picture whose process dies is tried again once: it may not have been its fault.
TRIES = 2


@dataclass(frozen=True)
class Outcome:
    """What became of one picture: its row, or what is wrong.

    Attributes:
        fatal: every other picture would fail as well.
    """

    index: int
    row: Row | None = None
    error: str = ""
    fatal: bool = False


def render_series(series: Series, count: int, output: Path, workers: int) -> dict[str, Any]:
    """Pictures 0 to `count` - 1 of a series, in a data folder; returns the summary.

    Raises:
        UsageError: for a count or workers below 1, an unknown split, or a folder that holds something else.
        UserError: when the renderer is missing or the folder cannot be written; what is written stays.
    """
    if count < 1 or workers < 1 or series.seed < 0 or series.size < 16 or series.split not in SPLITS:
        raise UsageError("--count and --workers are at least 1, --seed at least 0, --size at least 16")
    renderer()
    folder = RenderFolder(output, series)
    finished = folder.finished()
    wanted = [index for index in range(count) if index not in finished]
    began, failed = time.monotonic(), Counter[str]()
    outcomes = _rendered(series, wanted, folder.path, workers)
    for outcome in track(outcomes, "rendered", count, count - len(wanted)):
        _note(outcome, folder, failed)
    rows = folder.settle()
    summary = {"ok": sum(index < count for index in rows), "failed": failed.total(), "output": str(output)}
    if failed:
        summary["failed_families"] = dict(failed.most_common())
    return summary | {"seconds": round(time.monotonic() - began, 1)}


def _note(outcome: Outcome, folder: RenderFolder, failed: Counter[str]) -> None:
    if outcome.row:
        folder.append(outcome.row)
        return
    if outcome.fatal:
        raise UserError(outcome.error)
    family = draw_family(folder.series.seed, outcome.index, folder.series.split).family
    failed[family] += 1
    log.warning("picture %d (%s): %s", outcome.index, family, outcome.error)


def _rendered(series: Series, wanted: Sequence[int], folder: Path, workers: int) -> Iterator[Outcome]:
    """An outcome per wanted picture, as they come; processes that die are replaced."""
    tries: Counter[int] = Counter()
    left = list(wanted)
    while left:
        done = set()
        with _pool(workers) as pool:
            try:
                for outcome in _through(pool, series, left, folder, 2 * workers):
                    done.add(outcome.index)
                    yield outcome
            except _DeadError as dead:
                tries.update(dead.indices)
            finally:
                pool.shutdown(wait=False, cancel_futures=True)
        for index in [index for index in left if tries[index] >= TRIES and index not in done]:
            done.add(index)
            yield Outcome(index, error="its process was killed; is there enough memory? Try fewer --workers")
        left = [index for index in left if index not in done]


class _DeadError(Exception):
    """A process has died; `indices` were in work."""

    def __init__(self, indices: set[int]) -> None:
        self.indices = indices


def _pool(workers: int) -> ProcessPoolExecutor:
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(workers, context, max_tasks_per_child=PICTURES_PER_PROCESS)


def _through(
    pool: ProcessPoolExecutor, series: Series, indices: Sequence[int], folder: Path, ahead: int
) -> Iterator[Outcome]:
    """Outcomes of pictures, never more than `ahead` of them in work."""
    waiting = iter(indices)
    running: dict[Future[Outcome], int] = {}
    while True:
        while len(running) < ahead and (index := next(waiting, None)) is not None:
            running[pool.submit(_render, series, index, folder)] = index
        if not running:
            return
        for future in sorted(wait(running, return_when=FIRST_COMPLETED).done, key=running.__getitem__):
            try:
                outcome = future.result()
            except BrokenProcessPool as error:
                raise _DeadError(set(running.values())) from error
            del running[future]
            yield outcome


def _render(series: Series, index: int, folder: Path) -> Outcome:
    """Render and write a picture, in a process of its own."""
    from wesam_packshot.studio.picture import render_picture  # each process loads the renderer once

    try:
        picture = render_picture(series.seed, index, series.split, series.size)
        return Outcome(index, write_picture(folder, series.name(index), picture))
    except UserError as error:
        return Outcome(index, error=str(error), fatal=True)
    except Exception as error:
        return Outcome(index, error=f"{type(error).__name__}: {first_line(error)}")
