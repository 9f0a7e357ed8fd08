"""Hostile input of every kind: a result, or one line of error; little memory, little time, and no process dies.

A failure names fuzzer and numbers; `python -m benchmarks.hostile --only FUZZER --first NUMBER --count 1 --keep FOLDER`
makes that input again and keeps it.
"""

import json
from pathlib import Path

import pytest

from tests.hostile.attacks import FUZZERS
from tests.hostile.harms import HARMS
from tests.hostile.hunting import hunt
from tests.hostile.verdicts import Limits, generator

SEED = 0


@pytest.mark.parametrize("fuzzer", FUZZERS)
def test_hostile_input_does_no_harm(fuzzer: str) -> None:
    found = hunt(fuzzer, SEED, range(FUZZERS[fuzzer].short))
    assert found.verdicts.total() == FUZZERS[fuzzer].short
    assert not found.harm, "\n".join(f"{fuzzer} {numbers[:5]}: {kind}" for kind, numbers in found.kinds.items())
    assert found.verdicts["result"], "not one input was of use, so hardly any code was reached"


@pytest.mark.parametrize("fuzzer", FUZZERS)
def test_the_same_number_is_the_same_input(fuzzer: str, tmp_path: Path) -> None:
    found = []
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        FUZZERS[fuzzer].write(generator(fuzzer, SEED, 7), tmp_path / name)
        files = sorted(path for path in (tmp_path / name).rglob("*") if path.is_file())
        found.append({path.relative_to(tmp_path / name): path.read_bytes() for path in files})
    assert found[0] == found[1]


def test_every_kind_of_harm_is_seen(tmp_path: Path) -> None:
    """The watch itself: what is known to do harm is told to do its kind of it, and the rest is tried all the same."""
    found = hunt("harmful", SEED, range(len(HARMS)), keep=tmp_path, limits=Limits(900, seconds=1, patience=3))
    assert {tried.number: tried.verdict for tried in found.harm} == dict(enumerate(HARMS.values()))
    assert {path.name for path in tmp_path.iterdir()} == {f"harmful-{SEED}-{number}" for number in range(len(HARMS))}
    assert json.loads((tmp_path / f"harmful-{SEED}-0" / "finding.json").read_text())["detail"] == "SIGSEGV"
