"""What comes of hostile inputs, and what they may take."""

from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

HARMLESS = ("result", "refused")


@dataclass(frozen=True)
class Limits:
    """What one input may take.

    Attributes:
        megabytes: of the whole process, torch included.
        seconds: of computing; the process is ended soon after.
        patience: seconds by the clock, for what waits and does not compute.
    """

    megabytes: float = 3000
    seconds: float = 10
    patience: float = 40


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


@dataclass(frozen=True)
class Task:
    """What all processes of a worker do, in a folder of their own."""

    fuzzer: str
    seed: int
    folder: Path
    limits: Limits


def computes(pid: int | None) -> bool:
    """Whether a process runs, or would if others left it a processor."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "R"
    return False


def megabytes(pid: int | None, what: str = "VmRSS") -> float:
    with suppress(OSError, StopIteration):
        lines = Path(f"/proc/{pid or 'self'}/status").read_text().splitlines()
        return int(next(line for line in lines if line.startswith(what)).split()[1]) / 1000
    return 0.0
