"""Folders of rendered pictures, and the processes that fill them; the pictures are stand-ins."""

import json
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any, TypeVar

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("trimesh", reason="the extra `render` is not installed")

from wesam_packshot.cli.render import main
from wesam_packshot.errors import UsageError, UserError
from wesam_packshot.files.json_lines import read_rows
from wesam_packshot.io.records import read_records
from wesam_packshot.studio import farm, scene
from wesam_packshot.studio.farm import Outcome, render_series
from wesam_packshot.studio.folder import LAYERS, RenderFolder, Series, write_picture
from wesam_packshot.studio.picture import Picture
from wesam_packshot.studio.truth import Truth

T = TypeVar("T")
SERIES = Series(seed=7, split="train", size=32)


def picture(index: int) -> Picture:
    """A grey photo, whose layers are quarters of it."""
    alpha = np.zeros((24, 32), np.float32)
    alpha[:12, :16], alpha[12, :16] = 1.0, 0.4
    shadow, reflection = np.zeros((2, 24, 32), bool)
    shadow[16:, :16], reflection[16:, 16:] = True, True
    image = np.full((24, 32, 3), 10 * index, np.uint8)
    return Picture(
        image, 90, Truth(alpha, alpha * np.float32(0.5), shadow, reflection), {"family": "jar", "index": index}
    )


def render(series: Series, index: int, folder: Path) -> Outcome:
    return Outcome(index, write_picture(folder, series.name(index), picture(index)))


def render_but_die_at_2(series: Series, index: int, folder: Path) -> Outcome:
    if index == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return render(series, index, folder)


def fail_at_2(series: Series, index: int, folder: Path) -> Outcome:
    return Outcome(index, error="ValueError: no such lid") if index == 2 else render(series, index, folder)


def full_disk_at_2(series: Series, index: int, folder: Path) -> Outcome:
    if index == 2:
        return Outcome(index, error="masks: cannot be written (No space left on device)", fatal=True)
    return render(series, index, folder)


class Here(Executor):
    """Runs what it is given at once, in this process."""

    def submit(self, task: Callable[..., T], /, *arguments: Any, **named: Any) -> "Future[T]":
        future: Future[T] = Future()
        future.set_result(task(*arguments, **named))
        return future


@pytest.fixture(autouse=True)
def no_renderer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(farm, "renderer", lambda: None)
    monkeypatch.setattr(farm, "_render", render)
    monkeypatch.setattr(farm, "_pool", lambda _: Here())


def test_layers_are_read_as_those_of_any_data_folder(tmp_path: Path) -> None:
    write_picture(tmp_path, SERIES.name(3), picture(3))
    (record,) = read_records(tmp_path)
    assert record.id == "train-7-000003"
    mask = record.read_mask(24, 32)
    assert (mask[:12, :16] == 255).all() and mask.sum() == 255 * 12 * 16
    shadow = record.read_layer("shadows", 24, 32)
    assert shadow is not None and (shadow[16:, :16] == 255).all()
    levels = {layer: np.array(Image.open(tmp_path / layer / "train-7-000003.png")) for layer in LAYERS}
    assert levels["alpha"][12, 0] == 102 and levels["transparency"][12, 0] == 51
    assert set(np.unique(levels["reflections"])) == {0, 255}


def test_a_folder_is_added_to(tmp_path: Path) -> None:
    first = render_series(SERIES, 2, tmp_path, 1)
    before = (tmp_path / "images" / "train-7-000000.jpg").stat().st_mtime_ns
    second = render_series(SERIES, 5, tmp_path, 2)
    assert (first["ok"], second["ok"], second["failed"]) == (2, 5, 0)
    assert (tmp_path / "images" / "train-7-000000.jpg").stat().st_mtime_ns == before
    assert [row["index"] for row in read_rows(tmp_path / "manifest.jsonl")] == [0, 1, 2, 3, 4]


def test_pictures_that_lack_a_file_are_made_again(tmp_path: Path) -> None:
    render_series(SERIES, 3, tmp_path, 1)
    (tmp_path / "alpha" / "train-7-000001.png").unlink()
    with (tmp_path / "manifest.jsonl").open("a") as rows:
        rows.write('{"id": "train-7-0000')
    assert render_series(SERIES, 3, tmp_path, 1)["ok"] == 3
    assert (tmp_path / "alpha" / "train-7-000001.png").is_file()
    assert [row["index"] for row in read_rows(tmp_path / "manifest.jsonl")] == [0, 1, 2]


@pytest.mark.parametrize(
    "other", [Series(8, "train", 32), Series(7, "test", 32), Series(7, "train", 64), Series(7, "train", 32, version=0)]
)
def test_a_folder_of_another_series_is_refused(tmp_path: Path, other: Series) -> None:
    RenderFolder(tmp_path, SERIES)
    with pytest.raises(UsageError, match=r"holds pictures of .*choose another --output"):
        RenderFolder(tmp_path, other)


def test_a_folder_of_photos_is_refused(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    with pytest.raises(UsageError, match="not rendered"):
        RenderFolder(tmp_path, SERIES)


def test_a_damaged_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / ".render.json").write_text("{")
    with pytest.raises(UsageError, match="is damaged"):
        RenderFolder(tmp_path, SERIES)


def test_a_process_that_dies_costs_its_picture_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    forked = multiprocessing.get_context("fork")  # quicker than the product's own, which loads everything anew
    monkeypatch.setattr(farm, "_pool", lambda workers: ProcessPoolExecutor(workers, forked))
    monkeypatch.setattr(farm, "_render", render_but_die_at_2)
    summary = render_series(SERIES, 5, tmp_path, 1)
    assert summary["ok"] >= 3 and summary["failed"] == 5 - summary["ok"]
    monkeypatch.setattr(farm, "_render", render)
    monkeypatch.setattr(farm, "_pool", lambda _: Here())
    assert render_series(SERIES, 5, tmp_path, 1)["ok"] == 5


def test_a_family_that_fails_is_named_and_counted(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(farm, "_render", fail_at_2)
    code = main(["--count", "4", "--seed", "7", "--size", "32", "--output", str(tmp_path)])
    summary = json.loads(capsys.readouterr().out)
    assert code == 1 and summary["ok"] == 3
    assert list(summary["failed_families"].values()) == [1]
    assert f"({next(iter(summary['failed_families']))}): ValueError: no such lid" in caplog.text


def test_a_full_disk_ends_the_run_and_keeps_what_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(farm, "_render", full_disk_at_2)
    with pytest.raises(UserError, match="No space left"):
        render_series(SERIES, 9, tmp_path, 1)
    assert [row["index"] for row in read_rows(tmp_path / "manifest.jsonl")] == [0, 1]
    monkeypatch.setattr(farm, "_render", render)
    assert render_series(SERIES, 3, tmp_path, 1)["ok"] == 3


@pytest.mark.parametrize(
    "wrong", [["--count", "0"], ["--count", "1", "--workers", "0"], ["--count", "1", "--seed", "-1"]]
)
def test_wrong_numbers_are_refused(wrong: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*wrong, "--output", str(tmp_path / "new")]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert not (tmp_path / "new").exists()


def test_without_the_extra_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mitsuba", None)
    scene.renderer.cache_clear()
    with pytest.raises(UserError, match=r"wesam-packshot\[render\]"):
        scene.renderer()


def test_an_llvm_that_would_abort_is_refused_before_it_compiles(monkeypatch: pytest.MonkeyPatch) -> None:
    def abort(_: object) -> None:
        pytest.fail("compiled with LLVM 15, which ends the process")

    detail = SimpleNamespace(llvm_version=lambda: (15, 0, 6))
    monkeypatch.setitem(
        sys.modules, "drjit", SimpleNamespace(detail=detail, eval=abort, set_thread_count=lambda _: None)
    )
    monkeypatch.setitem(sys.modules, "mitsuba", SimpleNamespace(set_variant=lambda _: None, Float=float))
    scene.renderer.cache_clear()
    with pytest.raises(UserError, match=r"LLVM 16 or newer \(LLVM 15 was found\).*apt install"):
        scene.renderer()
