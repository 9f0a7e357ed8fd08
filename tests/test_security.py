"""SECURITY.md says what the code does."""

import importlib
import re
from pathlib import Path

import pytest

from wesam_packshot.config import Config

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "SECURITY.md").read_text()
# What is limited: the limit as the page tells it, and where it says that the limit is.
LIMITS = {
    what: (limit, place)
    for what, limit, place in re.findall(r"^\| ([^|]+) \| ([^|]+) \| `([^`]+)` \|$", PAGE, re.MULTILINE)
}


def number(told: str) -> float:
    return float(re.findall(r"\d+", told)[0])


def in_code(place: str) -> object:
    """The value of a constant, given as `module.NAME`, or of a setting."""
    module, _, name = place.rpartition(".")
    if name.isupper():
        return getattr(importlib.import_module(f"wesam_packshot.{module}"), name)
    return getattr(getattr(Config(), module), name)


@pytest.mark.parametrize("what", [what for what, (limit, _) in LIMITS.items() if re.search(r"\d", limit)])
def test_limits_are_the_code_s(what: str, capsys: pytest.CaptureFixture[str]) -> None:
    limit, place = LIMITS[what]
    if ".py --" in place:
        script, option = place.split(".py ")
        with pytest.raises(SystemExit):
            importlib.import_module(f"wesam_packshot.cli.{script}").main(["--help"])
        told = " ".join(capsys.readouterr().out.split())
        (explained,) = re.findall(rf" {option} [A-Z]+ ([^)]+\))", told.partition("options:")[2])
        assert explained.endswith(f"({number(limit):g})")
    else:
        assert in_code(place) == number(limit)


def test_formats_are_the_code_s() -> None:
    limit, place = LIMITS["formats"]
    assert tuple(limit.split(", ")) == in_code(place)


def test_the_table_is_found() -> None:
    assert len(LIMITS) == PAGE.partition("## Limits")[2].partition("## The demo")[0].count("\n| ") - 2


@pytest.mark.parametrize("page", re.findall(r"\]\((.+?)\)", PAGE))
def test_links_lead_somewhere(page: str) -> None:
    assert (ROOT / page).is_file()
