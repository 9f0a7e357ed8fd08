"""Inputs that do harm for certain, by which the watch over the others is tested."""

import os
import signal
import subprocess
from contextlib import suppress
from pathlib import Path
from random import Random

import numpy as np

from wesam_packshot.errors import UserError


def crash() -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def take_memory() -> None:
    kept = [np.ones(10_000_000) for _ in range(60)]
    kept.clear()


def never_end() -> None:
    while True:
        signal.pause()


def compute_on() -> None:
    while True:
        pass


def raise_another() -> None:
    raise ZeroDivisionError("not a UserError")


def say_nothing() -> None:
    raise UserError("")


def run_a_program() -> None:
    with suppress(OSError):
        subprocess.run(["no-such-program"])


def write_elsewhere() -> None:
    (Path("..") / ".." / "elsewhere").write_text("escaped")


HARMS = {
    crash: "killed",
    take_memory: "memory",
    never_end: "endless",
    compute_on: "slow",
    raise_another: "raised",
    say_nothing: "raised",
    run_a_program: "escaped",
    write_elsewhere: "escaped",
}


def write(_: Random, folder: Path) -> Path:
    """The harm whose number the folder ends in."""
    return folder


def attack(folder: Path) -> None:
    list(HARMS)[int(folder.name)]()
