"""Command lines: exit codes, one-line errors, the summary on the last line, and bad input of every kind."""

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
import yaml
from PIL import Image
from scipy import ndimage

from tests.conftest import draw_packshot
from wesam_packshot import __version__
from wesam_packshot.cli import adapt, demo, evaluate, pseudolabel, segment
from wesam_packshot.cli.common import make_parser, run
from wesam_packshot.config import Config

ROOT = Path(__file__).parents[2]
Main = Callable[[Sequence[str]], int]

NEEDED = {
    "adapt": (adapt.main, []),
    "pseudolabel": (pseudolabel.main, ["--input", "in", "--output", "out"]),
    "segment": (segment.main, ["--input", "in", "--output", "out"]),
    "evaluate": (evaluate.main, ["--data", "in", "--zero-shot"]),
    "demo": (demo.main, []),
}


def complaint(capsys: pytest.CaptureFixture[str], main: Main, *arguments: str | Path, code: int = 2) -> str:
    """The one line on standard error of a command that is to fail with `code`."""
    assert main([str(argument) for argument in arguments]) == code
    captured = capsys.readouterr()
    assert captured.out == ""
    lines = [line for line in captured.err.splitlines() if line.startswith("error: ")]
    assert len(lines) == 1
    return lines[0]


@pytest.mark.parametrize("name", NEEDED)
def test_every_script_has_help(name: str) -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "scripts" / f"{name}.py"), "--help"], capture_output=True, text=True
    )
    assert done.returncode == 0
    assert "--config" in done.stdout


@pytest.mark.parametrize("name", NEEDED)
def test_every_script_prints_its_configuration(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    main, needed = NEEDED[name]
    assert main([*needed, "--print-config", "--config", "weak.yaml", "train.seed=4"]) == 0
    printed = Config.model_validate(yaml.safe_load(capsys.readouterr().out))
    assert printed.train.seed == 4


@pytest.mark.parametrize("name", NEEDED)
def test_usage_errors_are_one_line_and_exit_with_2(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    main, needed = NEEDED[name]
    assert "unknown key train.sed (did you mean train.seed?)" in complaint(capsys, main, *needed, "train.sed=4")
    assert "train.seed" in complaint(capsys, main, *needed, "train.seed=many")
    assert "absent.yaml: no such configuration file" in complaint(capsys, main, *needed, "--config", "absent.yaml")
    assert "see --help" in complaint(capsys, main, *needed, "--no-such-option")


@pytest.mark.parametrize("name", ["pseudolabel", "segment", "evaluate"])
def test_missing_paths_are_named(name: str, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    main, _ = NEEDED[name]
    source = "--data" if name == "evaluate" else "--input"
    rest = ["--zero-shot"] if name == "evaluate" else ["--output", tmp_path / "out"]
    assert "absent: no such file or folder" in complaint(capsys, main, source, tmp_path / "absent", *rest)
    (tmp_path / "empty").mkdir()
    assert "empty: the folder holds no photos" in complaint(capsys, main, source, tmp_path / "empty", *rest)


def test_adapting_to_nothing(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    told = complaint(capsys, adapt.main, "--data", tmp_path / "empty", "--output", tmp_path / "run")
    assert "empty: the folder holds no photos" in told
    assert not (tmp_path / "run").exists()
    (tmp_path / "white").mkdir()
    Image.new("RGB", (200, 200), "white").save(tmp_path / "white" / "a.png")
    told = complaint(capsys, adapt.main, "--data", tmp_path / "white", "--output", tmp_path / "run", code=1)
    assert "no photo got a pseudo-mask" in told


def test_a_configuration_that_names_a_missing_file(
    capsys: pytest.CaptureFixture[str], packshot_folder: Callable[..., Path], tmp_path: Path
) -> None:
    folder = packshot_folder(1)
    told = complaint(
        capsys, segment.main, "--input", folder, "--output", tmp_path / "out", "model.weights=gone.pt", code=1
    )
    assert "gone.pt: no such file; set model.weights" in told


def test_every_kind_of_bad_photo_is_reported_and_the_rest_is_done(
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    packshot_folder: Callable[..., Path],
    tmp_path: Path,
) -> None:
    photos, output = packshot_folder(1) / "images", tmp_path / "out"
    whole = (photos / "ball_0.png").read_bytes()
    (photos / "cut.png").write_bytes(whole[: len(whole) // 2])
    (photos / "empty.jpg").touch()
    (photos / "text.jpg").write_text("not a photo")
    Image.new("RGB", (1, 1)).save(photos / "dot.png")
    Image.new("RGB", (300, 200), "white").save(photos / "white.png")
    Image.new("1", (12_000, 9_000)).save(photos / "vast.png")
    assert pseudolabel.main(["--input", str(photos), "--output", str(output)]) == 1
    captured = capsys.readouterr()
    summary = json.loads(captured.out.splitlines()[-1])
    assert (summary["images"], summary["ok"], summary["abstained"], summary["failed"]) == (7, 1, 1, 5)
    rows = {row["id"]: row for row in map(json.loads, (output / "manifest.jsonl").read_text().splitlines())}
    assert {name for name, row in rows.items() if row["status"] == "failed"} == {"cut", "empty", "text", "dot", "vast"}
    assert rows["white"]["status"] == "abstained"
    assert rows["white"]["error"] == "no product found"
    assert "12000x9000 pixels exceed the limit" in rows["vast"]["error"]
    assert (output / "masks" / "ball_0.png").is_file()
    for name in ("cut.png", "empty.jpg", "text.jpg", "dot.png", "vast.png"):
        assert name in caplog.text
    assert "5 photos failed" in captured.err


def test_an_output_that_cannot_be_written(
    capsys: pytest.CaptureFixture[str], packshot_folder: Callable[..., Path], tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("kept")
    folder = packshot_folder(1)
    for main, source in ((pseudolabel.main, "--input"), (segment.main, "--input"), (adapt.main, "--data")):
        told = complaint(capsys, main, source, folder, "--output", tmp_path / "file" / "out", code=1)
        assert "file/out: cannot be made a folder" in told
        assert "choose another --output" in told
    assert (tmp_path / "file").read_text() == "kept"


def test_a_read_only_output(
    capsys: pytest.CaptureFixture[str],
    packshot_folder: Callable[..., Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder, output = packshot_folder(1), tmp_path / "out"
    output.mkdir()
    monkeypatch.setattr(os, "access", lambda *_: False)  # permissions do not bind the superuser, who runs some CIs
    for main, source in ((pseudolabel.main, "--input"), (segment.main, "--input"), (adapt.main, "--data")):
        told = complaint(capsys, main, source, folder, "--output", output, code=1)
        assert "out: the folder is read-only; choose another --output" in told
    assert list(output.iterdir()) == []


def test_an_adapter_for_another_backbone_is_refused(
    capsys: pytest.CaptureFixture[str], packshot_folder: Callable[..., Path], tmp_path: Path
) -> None:
    adapter = tmp_path / "adapter"
    adapter.mkdir()
    config = {"base": "sam_vit_b", "base_sha256": "0" * 64, "base_official": True, "ranks": {}}
    (adapter / "adapter_config.json").write_text(json.dumps(config))
    (adapter / "adapter_model.safetensors").write_bytes(b"")
    arguments = ["--input", str(packshot_folder(1)), "--output", str(tmp_path / "out"), "--adapter", str(adapter)]
    told = complaint(capsys, segment.main, *arguments, "model.name=mobile_sam", code=1)
    assert "made for sam_vit_b, not mobile_sam; use it with model.name=sam_vit_b" in told
    told = complaint(capsys, segment.main, *arguments[:-1], tmp_path, code=1)
    assert "adapter_model.safetensors" in told or "no weights" in told


def test_a_rehearsal_refuses_an_output_that_is_a_file(
    capsys: pytest.CaptureFixture[str], packshot_folder: Callable[..., Path], tmp_path: Path
) -> None:
    (tmp_path / "out").touch()
    arguments = ["--data", str(packshot_folder(1)), "--output", str(tmp_path / "out"), "--dry-run"]
    assert "out: is a file; choose another --output" in complaint(capsys, adapt.main, *arguments, code=1)


def test_a_prompt_outside_a_photo_names_the_photo(
    capsys: pytest.CaptureFixture[str], packshot_folder: Callable[..., Path], tmp_path: Path
) -> None:
    folder = packshot_folder(1)
    assert segment.main(["--input", str(folder), "--output", str(tmp_path / "out"), "--point", "999,5"]) == 1
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["failed"] == 1
    row = json.loads((tmp_path / "out" / "manifest.jsonl").read_text())
    assert "ball_0.png: prompt at 999,5 lies outside its 300x200 pixels" in row["error"]
    (folder / "prompts.jsonl").write_text('{"id": "ball_0", "box": [10, 10, 900, 100]}')
    assert pseudolabel.main(["--input", str(folder), "--output", str(tmp_path / "labels")]) == 1
    row = json.loads((tmp_path / "labels" / "manifest.jsonl").read_text())
    assert "ball_0.png: prompt at 900,100 lies outside its 300x200 pixels" in row["error"]


def test_pseudo_labels_through_the_command(
    capsys: pytest.CaptureFixture[str], packshot_folder: Callable[..., Path], tmp_path: Path
) -> None:
    folder, output = packshot_folder(2), tmp_path / "out"
    arguments = [
        "--input",
        str(folder),
        "--output",
        str(output),
        "--format",
        "mask,overlay,coco",
        "--config",
        "weak.yaml",
    ]
    assert pseudolabel.main(arguments) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["ok"] == 2
    for number in range(2):
        with Image.open(output / "masks" / f"ball_{number}.png") as picture:
            mask = np.asarray(picture) > 0
        _, truth = draw_packshot(200 + 20 * number, 300)
        assert (mask & truth).sum() > 0.93 * (mask | truth).sum()
    rows = (output / "manifest.jsonl").read_text()
    assert pseudolabel.main([*arguments, "--shard", "2/2"]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["ok"] == 1
    assert pseudolabel.main(arguments) == 0
    assert (output / "manifest.jsonl").read_text() == rows  # with the seconds of the first run
    capsys.readouterr()
    for predictions in (output, output / "masks"):
        assert evaluate.main(["--data", str(folder), "--predictions", str(predictions)]) == 0
        scores = json.loads(capsys.readouterr().out.splitlines()[-1])
        assert scores["iou"] > 0.93
        assert scores["made_by"]["version"] == __version__
        assert scores["made_by"]["pseudolabel"]["min_confidence"] == 0.3


def test_shadows_become_layers_where_they_are_wanted(
    capsys: pytest.CaptureFixture[str], packshot_folder: Callable[..., Path], tmp_path: Path
) -> None:
    arguments = ["--input", str(packshot_folder(1)), "--output", str(tmp_path / "out"), "--format", "rgba"]
    assert pseudolabel.main([*arguments, "--shadow", "separate"]) == 0
    with Image.open(tmp_path / "out" / "shadows" / "ball_0.png") as picture:
        shadow = np.asarray(picture).astype(float) / 255
    _, truth = draw_packshot(200, 300)
    fallen = ndimage.gaussian_filter(np.roll(truth, (10, 30), (0, 1)).astype(float), 200 / 30) * 0.35
    outside = ~ndimage.binary_dilation(truth, iterations=4)
    assert np.abs(shadow - fallen)[outside].mean() < 0.01
    assert shadow[outside].max() == pytest.approx(0.35, abs=0.05)
    rows = [json.loads((tmp_path / "out" / "manifest.jsonl").read_text())]
    assert pseudolabel.main([*arguments, "--shadow", "keep"]) == 0  # another policy is another output
    rows.append(json.loads((tmp_path / "out" / "manifest.jsonl").read_text()))
    assert rows[0]["shadow_removed"] > 0.02
    assert rows[1]["shadow_removed"] == 0
    with Image.open(tmp_path / "out" / "rgba" / "ball_0.png") as picture:
        assert np.asarray(picture)[..., 3][outside].max() == round(shadow[outside].max() * 255)
    capsys.readouterr()
    told = complaint(capsys, pseudolabel.main, *arguments, "--shadow", "hide", code=2)
    assert "--shadow: invalid choice: 'hide'" in told


@pytest.mark.parametrize(
    ("number", "code", "word"), [(signal.SIGTERM, 143, "terminated"), (signal.SIGINT, 130, "interrupted")]
)
def test_signals_end_a_command_in_order(
    number: int, code: int, word: str, capsys: pytest.CaptureFixture[str], request: pytest.FixtureRequest
) -> None:
    tidied = []
    if number == signal.SIGINT:  # a shell has background jobs ignore it, and with them the tests
        earlier = signal.signal(signal.SIGINT, signal.default_int_handler)
        request.addfinalizer(lambda: signal.signal(signal.SIGINT, earlier))

    def work(_: argparse.Namespace) -> dict[str, int]:
        try:
            os.kill(os.getpid(), number)
            time.sleep(5)
        finally:
            tidied.append(True)
        return {}

    before = signal.getsignal(signal.SIGTERM)
    assert run(make_parser("work", "", configured=False), work, None, []) == code
    assert tidied == [True]
    assert signal.getsignal(signal.SIGTERM) == before
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith(f"error: {word}; what is written is whole, and the same command goes on")
    assert len(captured.err.splitlines()) == 1


def test_a_file_that_fails_anywhere_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    def work(_: argparse.Namespace) -> dict[str, int]:
        Path("gone/away").read_text()
        return {}

    assert run(make_parser("work", "", configured=False), work, None, []) == 1
    assert capsys.readouterr().err == "error: gone/away: No such file or directory; mend that, then run it again\n"
