"""Inputs of a fuzzer, each tried in a process that may die of it: what came of them, and which did harm.

Processes are forked from one that has loaded everything already, work through a range of numbers, and are watched:
for memory, for time, and for the signal that ends them. An input follows from (fuzzer, seed, number) alone.
"""

import json
import os
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.hostile.forking import CONTEXT
from tests.hostile.verdicts import HARMLESS, Hunt, Limits, Task, Tried, computes, generator, megabytes

POLL = 0.02
# Seconds until the first input, in which the process that the others are forked from loads everything.
START = 300
LIMITS = Limits()


def hunt(
    fuzzer: str, seed: int, numbers: range, workers: int = 2, keep: Path | None = None, limits: Limits = LIMITS
) -> Hunt:
    """Try the inputs of these numbers.

    Args:
        keep: folder that receives every input that did harm, with `finding.json`.
    """
    found = Hunt(fuzzer, seed)
    parts = [numbers[start::workers] for start in range(min(workers, len(numbers)))]
    with TemporaryDirectory(prefix="hostile-") as name:
        running = [
            _Worker(Task(fuzzer, seed, Path(name) / str(place), limits), part) for place, part in enumerate(parts)
        ]
        while running:
            for worker in running:
                for tried in worker.look():
                    found.add(tried)
                    if keep and tried.verdict not in HARMLESS:
                        _keep(keep, fuzzer, seed, tried)
            running = [worker for worker in running if not worker.done]
            time.sleep(POLL)
    return found


def _work(task: Task, numbers: range, connection: Connection) -> None:
    from tests.hostile.trying import work  # in the process that has it already

    work(task, numbers, connection)


class _Worker:
    """A process and those that take its place, for some of the inputs."""

    def __init__(self, task: Task, numbers: range) -> None:
        self.task = task
        self.left = numbers
        self._start()

    def _start(self) -> None:
        self.connection, theirs = CONTEXT.Pipe()
        self.process: BaseProcess = CONTEXT.Process(target=_work, args=(self.task, self.left, theirs))
        self.process.start()
        theirs.close()
        self.since = time.monotonic()
        self.ready = self.gone = False

    @property
    def done(self) -> bool:
        return not self.left

    def look(self) -> Iterator[Tried]:
        """What has been tried since the last look; harm ends the process, and another goes on behind it."""
        try:
            while self.left and self.connection.poll():
                tried = self.connection.recv()
                self.since = time.monotonic()
                if tried is None:
                    self.ready = True
                    continue
                self.left = self.left[1:]
                yield tried
        except (EOFError, ConnectionResetError):
            self.gone = True
        if not self.left:
            self.process.join()
        elif harm := self._harm():
            self._kill()
            yield Tried(self.left[0], *harm)
            self.left = self.left[1:]
            if self.left:
                self._start()

    def _harm(self) -> tuple[str, str, float, float] | None:
        seconds = time.monotonic() - self.since
        if self.gone:
            self.process.join()
            code = self.process.exitcode or 0
            if code == -signal.SIGXCPU:
                return "slow", f"more than {self.task.limits.seconds:g} s", self.task.limits.seconds, 0.0
            told = signal.Signals(-code).name if code < 0 else f"exit code {code}"
            return ("killed" if code < 0 else "exited"), told, seconds, 0.0
        memory, limits = megabytes(self.process.pid), self.task.limits
        if memory > limits.megabytes and self.ready:
            return "memory", f"more than {limits.megabytes:g} MB", seconds, memory
        if seconds > (limits.patience if self.ready else START) and not computes(self.process.pid):
            return "endless", f"waited for more than {limits.patience:g} s", seconds, memory
        return None

    def _kill(self) -> None:
        with suppress(ProcessLookupError, TypeError):
            os.killpg(self.process.pid or 0, signal.SIGKILL)  # with whatever it has started
        self.process.join()


def _keep(folder: Path, fuzzer: str, seed: int, tried: Tried) -> None:
    """The input, made again, beside what it did."""
    from tests.hostile.attacks import FUZZERS, HARMFUL

    place = folder / f"{fuzzer}-{seed}-{tried.number}"
    shutil.rmtree(place, ignore_errors=True)
    (place / "input").mkdir(parents=True)
    FUZZERS.get(fuzzer, HARMFUL).write(generator(fuzzer, seed, tried.number), place / "input")
    (place / "finding.json").write_text(json.dumps({"fuzzer": fuzzer, "seed": seed} | asdict(tried), indent=2) + "\n")
