"""Inputs of a fuzzer, each tried in a process that may die of it: what came of them, and which did harm.

Processes are forked from one that has loaded everything already, work through a range of numbers, and are watched:
for memory, for time, and for the signal that ends them. An input follows from (fuzzer, seed, number) alone.
"""

import json
import os
import resource
import shutil
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

CONTEXT = get_context("forkserver")
CONTEXT.set_forkserver_preload(["tests.hostile.attacks", "tests.hostile.commands"])

MEGABYTES = 3000
# Of computing; a process that only waits, or runs beside many others, has more.
SECONDS, SECONDS_BY_THE_CLOCK = 10, 40
POLL = 0.02
HARMLESS = ("result", "refused")
# What no input may bring a process to: to run a program, call a stranger, load code.
FORBIDDEN = ("subprocess.Popen", "os.system", "os.posix_spawn", "os.exec", "socket.connect", "pickle.find_class")


@dataclass(frozen=True)
class Tried:
    """What came of one input: "result", "refused", or the kind of harm that it did."""

    number: int
    verdict: str
    detail: str = ""
    seconds: float = 0.0
    megabytes: float = 0.0


@dataclass
class Hunt:
    """What came of all inputs of a fuzzer."""

    fuzzer: str
    seed: int
    verdicts: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    megabytes: float = 0.0
    harm: list[Tried] = field(default_factory=list)

    def add(self, tried: Tried) -> None:
        self.verdicts[tried.verdict] += 1
        self.seconds, self.megabytes = max(self.seconds, tried.seconds), max(self.megabytes, tried.megabytes)
        if tried.verdict not in HARMLESS:
            self.harm.append(tried)

    @property
    def kinds(self) -> dict[str, list[int]]:
        """Numbers of the inputs that did the same harm."""
        found: dict[str, list[int]] = {}
        for tried in sorted(self.harm, key=lambda one: one.number):
            found.setdefault(f"{tried.verdict}: {tried.detail}", []).append(tried.number)
        return found


def generator(fuzzer: str, seed: int, number: int) -> Random:
    return Random(f"{fuzzer}/{seed}/{number}")


def hunt(fuzzer: str, seed: int, numbers: range, workers: int = 2, keep: Path | None = None) -> Hunt:
    """Try the inputs of these numbers.

    Args:
        keep: folder that receives every input that did harm, with `finding.json`.
    """
    found = Hunt(fuzzer, seed)
    parts = [numbers[start::workers] for start in range(min(workers, len(numbers)))]
    with TemporaryDirectory(prefix="hostile-") as name:
        running = [_Worker(fuzzer, seed, part, Path(name) / str(place)) for place, part in enumerate(parts)]
        while running:
            for worker in running:
                for tried in worker.look():
                    found.add(tried)
                    if keep and tried.verdict not in HARMLESS:
                        _keep(keep, fuzzer, seed, tried)
            running = [worker for worker in running if not worker.done]
            time.sleep(POLL)
    return found


class _Worker:
    """A process and those that take its place, for some of the inputs."""

    def __init__(self, fuzzer: str, seed: int, numbers: range, folder: Path) -> None:
        self.task = (fuzzer, seed, folder)
        self.left = numbers
        self._start()

    def _start(self) -> None:
        self.connection, theirs = CONTEXT.Pipe()
        self.process: BaseProcess = CONTEXT.Process(target=work, args=(*self.task, self.left, theirs))
        self.process.start()
        theirs.close()
        self.since = time.monotonic()
        self.ready = False

    @property
    def done(self) -> bool:
        return not self.left

    def look(self) -> Iterator[Tried]:
        """What has been tried since the last look; harm ends the process, and another goes on behind it."""
        with suppress(EOFError):
            while self.left and self.connection.poll():
                tried = self.connection.recv()
                self.since = time.monotonic()
                if tried is None:
                    self.ready = True
                    continue
                self.left = self.left[1:]
                yield tried
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
        if not self.process.is_alive() and not self.connection.poll():
            code = self.process.exitcode or 0
            told = signal.Signals(-code).name if code < 0 else f"exit code {code}"
            return ("killed" if code < 0 else "exited"), told, seconds, 0.0
        memory = _megabytes(self.process.pid)
        if memory > MEGABYTES and self.ready:
            return "memory", f"more than {MEGABYTES} MB", seconds, memory
        if seconds > SECONDS_BY_THE_CLOCK * (1 if self.ready else 5):
            return "endless", f"more than {SECONDS_BY_THE_CLOCK} s", seconds, memory
        return None

    def _kill(self) -> None:
        with suppress(ProcessLookupError, TypeError):
            os.killpg(self.process.pid or 0, signal.SIGKILL)  # with whatever it has started
        self.process.join()


def _megabytes(pid: int | None, what: str = "VmRSS") -> float:
    with suppress(OSError, StopIteration):
        lines = Path(f"/proc/{pid or 'self'}/status").read_text().splitlines()
        return int(next(line for line in lines if line.startswith(what)).split()[1]) / 1000
    return 0.0


def _keep(folder: Path, fuzzer: str, seed: int, tried: Tried) -> None:
    """The input, made again, beside what it did."""
    from tests.hostile.attacks import FUZZERS

    place = folder / f"{fuzzer}-{seed}-{tried.number}"
    shutil.rmtree(place, ignore_errors=True)
    (place / "input").mkdir(parents=True)
    FUZZERS[fuzzer].write(generator(fuzzer, seed, tried.number), place / "input")
    (place / "finding.json").write_text(json.dumps({"fuzzer": fuzzer, "seed": seed} | asdict(tried), indent=2) + "\n")


def work(fuzzer: str, seed: int, folder: Path, numbers: range, connection: Connection) -> None:
    """The process: make an input, try it, tell; in a session of its own, without the right to dump its memory."""
    from tests.hostile.attacks import FUZZERS

    os.setsid()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with Path(os.devnull).open("w") as nothing:
        os.dup2(nothing.fileno(), 1)
        os.dup2(nothing.fileno(), 2)
    escapes = _watch(folder)
    one = FUZZERS[fuzzer]
    for number in numbers:
        place = folder / str(number)
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        os.chdir(place)
        path = one.write(generator(fuzzer, seed, number), place)
        connection.send(None)
        connection.send(_tried(number, lambda path=path: one.attack(path), escapes))  # type: ignore[misc]
        os.chdir(folder)
        shutil.rmtree(place, ignore_errors=True)


def _tried(number: int, attack: Callable[[], None], escapes: list[str]) -> Tried:
    from tests.hostile.attacks import check_line
    from wesam_packshot.errors import UserError

    escapes.clear()
    Path("/proc/self/clear_refs").write_text("5")  # the peak of memory counts from here
    escapes.clear()
    began = time.process_time()
    verdict, detail = "result", ""
    try:
        attack()
    except UserError as error:
        verdict = "refused"
        try:
            check_line(error)
        except AssertionError as unreadable:
            verdict, detail = "raised", f"{unreadable}: {_described(error)}"
    except BaseException as error:
        verdict, detail = "raised", _described(error)
    seconds, memory = time.process_time() - began, _megabytes(None, "VmHWM")
    if escapes:
        verdict, detail = "escaped", escapes[0]
    elif memory > MEGABYTES:
        verdict, detail = "memory", f"more than {MEGABYTES} MB"
    elif seconds > SECONDS:
        verdict, detail = "slow", f"more than {SECONDS} s"
    return Tried(number, verdict, detail, seconds, memory)


def _described(error: BaseException) -> str:
    """Kind of an exception, and the last place in the product that it passed."""
    trace, place = error.__traceback__, ""
    while trace:
        file = trace.tb_frame.f_code.co_filename
        if "wesam_packshot" in file:
            place = f" in {Path(file).name}:{trace.tb_lineno}"
        trace = trace.tb_next
    told = f" ({str(error)[:200]})" if isinstance(error, AssertionError) else ""
    return f"{type(error).__name__}{place}{told}"


def _watch(folder: Path) -> list[str]:
    """A list that receives whatever the process does that no input may bring it to."""
    escapes: list[str] = []

    def hear(event: str, arguments: tuple[Any, ...]) -> None:
        if event in FORBIDDEN:
            escapes.append(f"{event} {str(arguments[:2])[:100]}")
        elif event == "open" and isinstance(arguments[0], (str, bytes)) and arguments[2] & (os.O_WRONLY | os.O_RDWR):
            target = os.path.abspath(os.fsdecode(arguments[0]))
            if not target.startswith((str(folder), "/dev/", "/proc/")):
                escapes.append(f"writes {target}")

    sys.addaudithook(hear)
    return escapes
