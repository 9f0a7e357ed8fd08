"""Which run is gone on with: the one that was begun last, whatever the clock says."""

from datetime import datetime
from pathlib import Path

import pytest

from wesam_packshot.adaptation import run_folder
from wesam_packshot.adaptation.run_folder import open_run
from wesam_packshot.config import Config, load_config


@pytest.fixture(autouse=True)
def inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def opened(config: Config, resume: bool) -> Path:
    with open_run(config, resume) as (folder, _):
        return folder


def begin(hour: int, monkeypatch: pytest.MonkeyPatch, config: Config) -> Path:
    class Clock(datetime):
        @classmethod
        def now(cls, tz: object = None) -> "Clock":  # noqa: ARG003
            return cls(2026, 10, 25, hour, 30)

    monkeypatch.setattr(run_folder, "datetime", Clock)
    return opened(config, resume=False)


def test_a_clock_set_back_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """As it is every autumn: the hour is repeated, and the run begun last has the earlier name."""
    config = load_config(None)
    folders = [begin(hour, monkeypatch, config) for hour in (3, 2, 2)]
    assert len(set(folders)) == 3
    assert folders[1].name == "adapt-20261025-023000"
    assert opened(config, resume=True) == folders[2]


def test_a_chosen_name_is_not_taken_for_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    config = load_config(None)
    opened(load_config(None, ["output=runs/zebra"]), resume=False)
    begun = begin(2, monkeypatch, config)
    assert opened(config, resume=True) == begun
    # runs of before, of which none is noted
    (run_folder.RUNS / run_folder.LAST).unlink()
    assert opened(config, resume=True) == Path("runs/zebra")


def test_a_run_that_was_removed_is_not_gone_on_with(monkeypatch: pytest.MonkeyPatch) -> None:
    config = load_config(None)
    first, second = (begin(hour, monkeypatch, config) for hour in (2, 3))
    (second / "config.yaml").unlink()
    assert opened(config, resume=True) == first
