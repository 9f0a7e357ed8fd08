"""Visitors' files: gone when the demo ends, however it does, and without harm to what is not the demo's."""

import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Timer

import pytest

from wesam_packshot.demo.uploads import tidy, upload_folder
from wesam_packshot.web.stopping import Stop

HOLDER = """
import sys
from wesam_packshot.web.stopping import Stop
from wesam_packshot.demo.uploads import upload_folder
with Stop() as stop, upload_folder() as folder:
    (folder / "photo.jpg").write_text("a face")
    print(folder, flush=True)
    stop.wait()
"""


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for temporary files, of this process and of those that it starts."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    return tmp_path


@contextmanager
def holder() -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """A process that holds a photo in a folder of its own; killed if it still runs afterwards."""
    with subprocess.Popen([sys.executable, "-c", HOLDER], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            yield process, Path(process.stdout.readline().strip())
        finally:
            process.kill()


def test_only_the_owner_can_read_it_and_it_goes_with_its_block(temporary: Path) -> None:
    with upload_folder() as folder:
        assert folder.parent == temporary
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        (folder / "deep").mkdir()
        (folder / "deep" / "photo.jpg").touch()
    assert list(temporary.iterdir()) == []
    with pytest.raises(RuntimeError), upload_folder():
        raise RuntimeError
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signals_end_it_cleanly(temporary: Path, number: signal.Signals) -> None:
    with holder() as (process, folder):
        assert (folder / "photo.jpg").is_file()
        process.send_signal(number)
        assert process.wait(20) in (0, -signal.SIGINT)  # the latter when the signal comes before it waits
    assert list(temporary.iterdir()) == []


def test_the_next_start_deletes_what_a_killed_demo_left_and_nothing_else(temporary: Path) -> None:
    with holder() as (process, left):
        process.kill()
    assert (left / "photo.jpg").is_file()
    foreign = temporary / "wesam-demo-of-my-own"  # no demo has made it: there is no lock
    foreign.mkdir()
    (foreign / "thesis.txt").touch()
    with holder() as (_, running), upload_folder() as own:
        assert own.is_dir()
        assert (running / "photo.jpg").is_file()
        assert (foreign / "thesis.txt").is_file()
        assert not left.exists()
        assert not left.with_name(f"{left.name}.lock").exists()


def test_links_of_that_name_are_not_followed(temporary: Path) -> None:
    (temporary / "kept").mkdir()
    (temporary / "wesam-demo-0").symlink_to(temporary / "kept")
    (temporary / "wesam-demo-0.lock").touch()
    with upload_folder():
        assert (temporary / "kept").is_dir()


def test_files_are_kept_for_as_long_as_they_are_of_use(tmp_path: Path) -> None:
    for name, age in {"old/cut.png": 700, "new/photo.jpg": 500}.items():
        path = tmp_path / name
        path.parent.mkdir()
        path.write_bytes(bytes(10))
        then = path.stat().st_mtime - age
        os.utime(path, (then, then))
        os.utime(path.parent, (then, then))
    assert tidy(tmp_path) >= 10
    assert not (tmp_path / "old" / "cut.png").exists()
    assert (tmp_path / "new" / "photo.jpg").is_file()


def test_a_signal_is_waited_for_and_further_ones_do_not_disturb() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with Stop() as stop:
        Timer(0.1, os.kill, (os.getpid(), signal.SIGTERM)).start()
        stop.wait()
        signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGTERM) is before


def test_before_it_waits_a_signal_ends_the_block_at_once() -> None:
    with Stop():
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGTERM)  # while it clears up
