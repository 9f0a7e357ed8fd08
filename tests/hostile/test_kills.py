"""`kill -9` at random moments, and the same command again: ten kills, over all commands."""

import json
from pathlib import Path

import pytest

from tests.hostile.commands import Studio, write_studio
from tests.hostile.kills import differences, kill_at_random

KILLS = {"adapt": 2, "segment": 2, "pseudolabel": 2, "export": 2, "evaluate": 1, "sweep": 1}


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Studio:
    return write_studio(tmp_path_factory.mktemp("studio"), runs=1)


@pytest.mark.parametrize("command", KILLS)
def test_a_killed_command_is_finished_by_running_it_again(command: str, studio: Studio, tmp_path: Path) -> None:
    found = kill_at_random(studio, command, KILLS[command], tmp_path / command)
    assert found.kills == KILLS[command]
    assert not found.wrong, "\n".join(found.wrong)


def test_what_differs_is_seen(tmp_path: Path) -> None:
    """The comparison itself: stray, missing, torn and changed files, and figures of time that may differ."""
    for name in ("whole", "others"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "row.jsonl").write_text(json.dumps({"id": "a", "seconds": len(name)}) + "\n")
        (tmp_path / name / "torn.json").write_text('{"id": 1}' if name == "whole" else '{"id": ')
        (tmp_path / name / "mask.png").write_bytes(name.encode())
    (tmp_path / "whole" / "gone.png").touch()
    (tmp_path / "others" / ".12-mask.png").touch()
    found = list(differences(tmp_path / "whole", tmp_path / "others"))
    assert found == ["stray .12-mask.png", "missing gone.png", "differs mask.png", "differs torn.json"]
