"""`kill -9` at random moments, then the same command again: what comes of it is what an undisturbed run gives."""

import itertools
import json
import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from pathlib import Path
from random import Random
from typing import Any

from tests.hostile.commands import Studio, start
from tests.hostile.forking import wait_until_loaded

COMMANDS = ("adapt", "segment", "pseudolabel", "export", "evaluate", "sweep")
# Figures of time and memory, which no two runs share.
MEASURED = ("seconds", "images_per_second", "peak_memory_mb")
# Pages for people, with times in them.
UNCOMPARED = (".html", ".md")
TEXTS = (".json", ".jsonl", ".csv", ".yaml")
FINISHED_WITHIN = 300


@dataclass
class Kills:
    """Kills of one command.

    Attributes:
        seconds: of the undisturbed run.
        kills: of a command that was running.
        late: those that came after it had ended by itself, and do not count.
        wrong: what differed from the undisturbed run.
    """

    command: str
    seconds: float = 0.0
    kills: int = 0
    late: int = 0
    wrong: list[str] = field(default_factory=list)


def kill_at_random(
    studio: Studio, command: str, kills: int, folder: Path, seed: int = 0, together: int = 3, keep: Path | None = None
) -> Kills:
    """Kill a command as often as told, in rounds of up to `together` kills on one output and an undisturbed run.

    Args:
        keep: folder that receives the outputs of rounds that went wrong.
    """
    folder.mkdir(parents=True, exist_ok=True)
    wait_until_loaded()
    found, rng = Kills(command), Random(f"{command}/{seed}")
    whole, began = folder / "whole", time.monotonic()
    code = finish(begin(studio, command, whole, folder / "whole.log"))
    found.seconds = time.monotonic() - began
    for number in itertools.count():
        if found.kills >= kills:
            break
        output, log = folder / f"killed-{number}", folder / f"killed-{number}.log"
        for _ in range(min(together, kills - found.kills)):
            if not killed_after(rng.random() * found.seconds, begin(studio, command, output, log)):
                found.late += 1
                break
            found.kills += 1
        again = finish(begin(studio, command, output, log))
        wrong = [f"exit code {again}, not {code}: {last_line(log)}"] if again != code else []
        wrong += list(differences(whole, output))
        found.wrong += [f"{command}, seed {seed}, round {number}: {one}" for one in wrong]
        if wrong and keep:
            shutil.copytree(output, keep / f"{command}-{seed}-{number}", dirs_exist_ok=True)
        shutil.rmtree(output, ignore_errors=True)
    return found


def begin(
    studio: Studio, command: str, output: Path, log: Path, before: Callable[[], None] | None = None
) -> BaseProcess:
    return start(studio, command, studio.arguments(command, output), log, before)


def finish(process: BaseProcess) -> int:
    """The exit code of a process, which is given time."""
    process.join(FINISHED_WITHIN)
    if process.exitcode is None:
        killed_after(0, process)
        return 124
    return process.exitcode


def killed_after(seconds: float, process: BaseProcess) -> bool:
    """Kill a process and what it has started, as a power cut does; whether it was still running."""
    process.join(seconds)
    running = process.is_alive()
    with suppress(ProcessLookupError):
        os.killpg(process.pid or 0, signal.SIGKILL)
    process.kill()  # where it had no time to open a session of its own
    process.join()
    return running


def last_line(log: Path) -> str:
    return ([line for line in log.read_text().splitlines() if line.strip()] or [""])[-1][:300]


def differences(whole: Path, other: Path) -> Iterator[str]:
    """How a folder differs from that of an undisturbed run: stray, missing, torn and changed files."""
    expected, found = ({str(path.relative_to(folder)) for path in folder.rglob("*")} for folder in (whole, other))
    yield from (f"stray {name}" for name in sorted(found - expected))
    yield from (f"missing {name}" for name in sorted(expected - found))
    for name in sorted(expected & found):
        files = whole / name, other / name
        if all(file.is_file() for file in files) and _content(files[0], whole) != _content(files[1], other):
            yield f"differs {name}"


def _content(file: Path, folder: Path) -> Any:
    """What of a file is the same in each run; torn files have none."""
    if file.suffix in UNCOMPARED:
        return file.stat().st_size > 0
    if file.suffix not in TEXTS:
        return file.read_bytes()
    text = file.read_text().replace(str(folder), "")
    if file.suffix not in (".json", ".jsonl"):
        return text
    try:
        values = [json.loads(line) for line in text.splitlines()] if file.suffix == ".jsonl" else json.loads(text)
    except ValueError:
        return f"torn: {text[-200:]}"
    return _untimed(values)


def _untimed(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _untimed(each) for key, each in value.items() if key not in MEASURED}
    return [_untimed(each) for each in value] if isinstance(value, list) else value
