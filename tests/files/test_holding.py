"""One command at a time in a folder, whatever ends it; what a killed one leaves there goes, and nothing else."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tests.files.holders import HOLD, holder
from wesam_packshot.errors import OutputError, UserError
from wesam_packshot.files import locks
from wesam_packshot.files.atomic import write_text
from wesam_packshot.files.holding import holding
from wesam_packshot.files.json_lines import append_row
from wesam_packshot.files.leftovers import LONG_AGO, temporary_name


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locks, "PATIENCE", 0.1)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_a_killed_command_leaves_neither_a_lock_nor_half_a_file(tmp_path: Path) -> None:
    foreign = [".hidden.png", ".wesam_packshot-notes.txt", "a.tmp"]
    for name in foreign:
        (tmp_path / name).touch()
    with holder(tmp_path) as other:
        with (
            pytest.raises(UserError, match=rf"another command \(process {other.pid}\) is writing there; wait"),
            holding(tmp_path),
        ):
            pass
        assert len(names(tmp_path)) == len(foreign) + 2
        other.send_signal(signal.SIGKILL)
        other.wait()
        with holding(tmp_path):
            assert names(tmp_path / "deep") == []
    assert names(tmp_path) == sorted(foreign)


def test_what_others_are_writing_stays(tmp_path: Path) -> None:
    with holder(tmp_path / "inner") as other:
        (tmp_path / ".wesam_packshot.lock").write_text("4711")  # as a killed command leaves it
        elsewhere = tmp_path / ".wesam_packshot-00000000-4711-0123456789abcdef.png"  # of another machine
        elsewhere.touch()
        with holding(tmp_path):
            assert any(str(other.pid) in name for name in names(tmp_path / "inner" / "deep"))
            assert elsewhere.is_file()
        os.utime(elsewhere, (time.time() - 2 * LONG_AGO,) * 2)
        (tmp_path / ".wesam_packshot.lock").write_text("4711")
        with holding(tmp_path):
            assert not elsewhere.exists()


def test_parts_share_a_folder_and_the_whole_does_not(tmp_path: Path) -> None:
    with holder(tmp_path, "-1-of-2"):
        with holding(tmp_path, "-2-of-2"):
            pass
        for part in ("-1-of-2", ""):
            with pytest.raises(UserError, match="another command"), holding(tmp_path, part):
                pass
    with holding(tmp_path), holding(tmp_path):
        pass
    assert names(tmp_path) == []


def test_another_thread_is_another_command(tmp_path: Path) -> None:
    told = list[str]()

    def intrude() -> None:
        try:
            with holding(tmp_path):
                told.append("let in")
        except UserError as error:
            told.append(str(error))

    with holding(tmp_path):
        thread = threading.Thread(target=intrude)
        thread.start()
        thread.join()
        assert "another command is writing there" in told[0]
        with subprocess.Popen(
            [sys.executable, "-c", HOLD, str(tmp_path), ""], stderr=subprocess.PIPE, text=True
        ) as other:
            assert "another command" in other.communicate()[1]  # the lock is still there


def test_nothing_is_written_where_the_folder_was_removed(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    with holding(folder):
        write_text(folder / "deep" / "a.txt", "whole")
        folder.rename(tmp_path / "away")
        for write in (lambda: write_text(folder / "deep" / "b.txt", "lost"), lambda: append_row(folder / "rows", {})):
            with pytest.raises(OutputError, match="out: was removed while it was written to; run the command again"):
                write()
        assert not folder.exists()


def test_temporary_names_are_short_and_differ() -> None:
    found = {temporary_name(Path(name)) for name in (f"{'x' * 250}.png", "a.png", "b.png", "a.jpg", "ä\udcff.png")}
    assert len(found) == 5
    assert all(len(os.fsencode(name)) < 80 for name in found)
