"""The process that tries hostile inputs, one after the other, and tells what came of each."""

import math
import os
import resource
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from tests.hostile.attacks import FUZZERS, HARMFUL, check_line
from tests.hostile.verdicts import Limits, Task, Tried, generator, megabytes
from wesam_packshot.errors import UserError

# What no input may bring a process to: to run a program, call a stranger, load code.
FORBIDDEN = ("subprocess.Popen", "os.system", "os.posix_spawn", "os.exec", "socket.connect", "pickle.find_class")


def work(task: Task, numbers: range, connection: Connection) -> None:
    """The process: make an input, try it, tell; in a session of its own, without the right to dump its memory."""
    os.setsid()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with Path(os.devnull).open("w") as nothing:
        os.dup2(nothing.fileno(), 1)
        os.dup2(nothing.fileno(), 2)
    escapes = _watch(task.folder)
    one = FUZZERS.get(task.fuzzer, HARMFUL)
    for number in numbers:
        place = task.folder / str(number)
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        os.chdir(place)
        path = one.write(generator(task.fuzzer, task.seed, number), place)
        connection.send(None)
        with _limited(task.limits.seconds):
            tried = _tried(number, partial(one.attack, path), escapes, task.limits)
        connection.send(tried)
        os.chdir(task.folder)
        shutil.rmtree(place, ignore_errors=True)


def _tried(number: int, attack: Callable[[], None], escapes: list[str], limits: Limits) -> Tried:
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
    seconds, memory = time.process_time() - began, megabytes(None, "VmHWM")
    if escapes:
        verdict, detail = "escaped", escapes[0]
    elif memory > limits.megabytes:
        verdict, detail = "memory", f"more than {limits.megabytes:g} MB"
    elif seconds > limits.seconds:
        verdict, detail = "slow", f"more than {limits.seconds:g} s"
    return Tried(number, verdict, detail, seconds, memory)


@contextmanager
def _limited(seconds: float) -> Iterator[None]:
    """The system ends the process, by SIGXCPU, a second of computing after so many in the block."""
    usual = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(time.process_time() + seconds) + 1, usual[1]))
    yield
    resource.setrlimit(resource.RLIMIT_CPU, usual)


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
            target = os.path.abspath(os.fsdecode(arguments[0]))  # noqa: PTH100, as resolving opens files itself
            if not target.startswith((str(folder), "/dev/", "/proc/")):
                escapes.append(f"writes {target}")

    sys.addaudithook(hear)
    return escapes
