"""The bookkeeping of the long attack: pieces that survive a stop, sums, tables, and what counts as flat memory."""

from pathlib import Path
from typing import Any

import pytest

from tests.hostile.pieces import Pieces
from tests.hostile.soak import drift_of
from tests.hostile.tables import replace_table, summed, table


def test_a_piece_is_done_once_for_each_code(tmp_path: Path) -> None:
    done: list[str] = []

    def work(name: str) -> dict[str, Any]:
        done.append(name)
        return {"harm": len(done)}

    pieces = Pieces(tmp_path / "found" / "pieces.jsonl", "one")
    assert pieces.do({"fuzzer": "images", "first": 0}, lambda: work("first")) == {"harm": 1}
    with pytest.raises(KeyboardInterrupt):
        pieces.do({"fuzzer": "images", "first": 500}, interrupted)
    again = Pieces(tmp_path / "found" / "pieces.jsonl", "one")
    assert again.do({"fuzzer": "images", "first": 0}, lambda: work("not done")) == {"harm": 1}
    assert again.do({"fuzzer": "images", "first": 500}, lambda: work("second")) == {"harm": 2}
    other = Pieces(tmp_path / "found" / "pieces.jsonl", "two")
    assert other.do({"fuzzer": "images", "first": 0}, lambda: work("third")) == {"harm": 3}
    assert done == ["first", "second", "third"]


def interrupted() -> dict[str, Any]:
    raise KeyboardInterrupt


def test_counts_are_added_and_costs_at_their_largest() -> None:
    pieces = [
        {"fuzzer": "yaml", "tried": 500, "seconds": 0.5, "megabytes": 700.0, "told": ["yaml raised: 1"]},
        {"fuzzer": "yaml", "tried": 20, "seconds": 2.0, "megabytes": 600.0, "told": []},
    ]
    expected = {"fuzzer": "yaml", "tried": 520, "seconds": 2.0, "megabytes": 700.0, "told": ["yaml raised: 1"]}
    assert summed(pieces) == expected


def test_a_table_on_its_page(tmp_path: Path) -> None:
    rows = [{"command": "adapt", "kills": 6, "seconds": 5.04, "wrong": ["stray a", "torn b"]}]
    lines = table("kills", rows)
    assert lines[2:] == ["| adapt | 6 | 5.0 | 2 |", "", "- stray a", "- torn b"]
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- kills -->\nold\n<!-- end of kills -->\nbehind\n")
    replace_table(page, "kills", ["new", r"\1"])
    assert page.read_text() == "before\n<!-- kills -->\nnew\n\\1\n<!-- end of kills -->\nbehind\n"
    with pytest.raises(SystemExit, match="no place for soak"):
        replace_table(page, "soak", [])


def test_drift_is_seen_behind_the_first_photos_alone() -> None:
    growing = [(done, 500.0 + done) for done in range(500)]
    flat = [(done, 1000.0 + done % 3) for done in range(500, 900)]
    assert drift_of(growing + flat, 500) == (1001.0, 0.0)
    leaking = [(done, 1000.0 + done / 10) for done in range(500, 900)]
    settled, drift = drift_of(leaking, 500)
    assert settled == pytest.approx(1054.95)
    assert drift == pytest.approx(30 / 1054.95)
