"""Whole runs of the command: what they write, that they repeat, and that they survive a kill."""

import json
import subprocess
import sys
import time
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest
import torch
import yaml
from PIL import Image
from safetensors.torch import load_file

from tests.browser import chromium, watched_page
from tests.conftest import draw_packshot
from tests.hostile.commands import Studio, start, write_studio
from tests.hostile.kills import finish, last_line
from wesam_packshot.cli.adapt import main
from wesam_packshot.config import load_config
from wesam_packshot.evaluation.evaluate import model_masks
from wesam_packshot.io.records import Record
from wesam_packshot.masks.binary import mask_iou
from wesam_packshot.samples import read_samples
from wesam_packshot.segment import Segmenter

ROOT = Path(__file__).parents[2]
SHORT = (
    "adapter.start=none",
    "warmup.epochs=12",
    "warmup.lr=0.003",
    "warmup.batch_size=2",
    "train.min_steps=6",
    "train.max_steps=6",
    "train.batch_size=1",
    "selection.photos=1",
    "train.checkpoint_every=2",
    "train.log_every=2",
    "data.cache_mb=0",
)


# The same on a tiny model, whose own labels are none.
TINY = (
    "adapter.start=none",
    "pseudolabel.source=masks",
    "warmup.epochs=1",
    "train.min_steps=3",
    "train.max_steps=3",
    "train.batch_size=1",
    "train.checkpoint_every=2",
    "selection.every=3",
    "selection.photos=1",
    "composites.min_confidence=0.5",
    "composites.min_steps=0",
)


def arguments(data: Path, output: Path) -> list[str]:
    return ["--config", "weak.yaml", "--data", str(data), "--output", str(output), *SHORT]


def weights(run: Path) -> bytes:
    return (run / "adapter" / "adapter_model.safetensors").read_bytes()


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three packshots with masks, a file that is no photo, and a picture without a product."""
    folder = tmp_path_factory.mktemp("data")
    for name in ("images", "masks"):
        (folder / name).mkdir()
    for number, colour in enumerate([(200, 60, 40), (40, 90, 180), (60, 140, 70)]):
        image, mask = draw_packshot(240, 320, colour)
        Image.fromarray(image).save(folder / "images" / f"ball_{number}.png")
        Image.fromarray(mask).save(folder / "masks" / f"ball_{number}.png")
    (folder / "images" / "notes.jpg").write_text("not a photo")
    Image.new("RGB", (320, 240), "white").save(folder / "images" / "white.png")
    return folder


@pytest.fixture(scope="module")
def run(data: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """One uninterrupted run."""
    output = tmp_path_factory.mktemp("runs") / "whole"
    command = [sys.executable, str(ROOT / "scripts" / "adapt.py"), *arguments(data, output)]
    return output, subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Studio:
    return write_studio(tmp_path_factory.mktemp("studio"), photos=2)


def test_a_run_tells_what_it_did(run: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    folder, done = run
    assert done.returncode == 1, done.stderr  # one file is no photo
    summary = json.loads(done.stdout.splitlines()[-1])
    assert (summary["photos"], summary["labelled"], summary["abstained"], summary["failed"]) == (5, 3, 1, 1)
    assert summary["inverted_by_anchor"] >= 3
    assert summary["iou_before"] < 0.1
    assert summary["iou_after"] > 0.85
    assert summary["scores_after"]["images"] == 3
    assert "notes.jpg: not an image" in done.stderr
    assert summary == json.loads((folder / "summary.json").read_text()) | {
        "run": str(folder),
        "adapter": str(folder / "adapter"),
    }


def test_the_run_folder_is_complete(run: tuple[Path, subprocess.CompletedProcess[str]], data: Path) -> None:
    folder, _ = run
    assert load_config(folder / "config.yaml").data.path == data
    rows = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    assert [row["step"] for row in rows if row["stage"] == "train"] == [1, 3, 5, 6]
    training = [row for row in rows if row["stage"] == "train"]
    assert {"loss", "focal", "dice", "anchor", "contrastive", "lr", "teacher"} <= set(training[-1])
    checks = [row for row in rows if row["stage"] == "selection"]
    assert [row["step"] for row in checks] == [0, 6]
    assert {row["teacher"] for row in rows if row["stage"] == "train"} == {checks[0]["teach"]}
    assert sorted(path.name for path in (folder / "checkpoints").iterdir()) == ["4", "6", "best.safetensors", "last"]
    with Image.open(folder / "samples" / "before_after.jpg") as sheet:
        assert sheet.width == 960
    scores = json.loads((folder / "summary.json").read_text())
    values = [scores[f"scores_{stage}"]["iou"] for stage in ("before", "pseudo", "after")]
    assert "".join(f"<td>{value:.3f}</td>" for value in values) in (folder / "report.html").read_text()
    card = (folder / "adapter" / "README.md").read_text()
    assert yaml.safe_load(card.split("---")[1])["base_model"] == "dhkim2810/MobileSAM"
    assert " | ".join(f"{value:.3f}" for value in values) in card
    assert f"`{json.loads((folder / 'adapter' / 'adapter_config.json').read_text())['base_sha256']}`" in card


def test_the_summary_is_written_last(run: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    """A sweep takes a run with a summary for finished, so nothing may be missing by then."""
    files = [path for path in run[0].rglob("*") if path.is_file()]
    assert max(files, key=lambda path: path.stat().st_mtime_ns).name == "summary.json"


def test_the_samples_show_every_stage(run: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    samples = {sample.facts["id"]: sample for sample in read_samples(run[0])}
    assert sorted(samples) == ["ball_0", "ball_1", "ball_2", "white"]
    ball = samples["ball_1"]
    _, truth = draw_packshot(240, 320)
    assert ball.facts["iou_before"] < 0.1 < 0.85 < ball.facts["iou_after"]
    assert mask_iou(ball.mask("adapted"), truth) == pytest.approx(ball.facts["iou_after"], abs=0.02)
    assert mask_iou(ball.mask("anchor"), truth) < 0.1
    assert mask_iou(ball.mask("pseudo"), truth) > 0.9
    assert 0 < ball.mask("shadow").mean() < 0.3
    assert (ball.mask("shadow") & truth).sum() < 0.03 * truth.sum()
    assert samples["white"].facts["status"] == "abstained"


def test_the_report_works_in_a_browser(run: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    with chromium() as browser:
        for width, dark in ((1200, False), (400, True)):
            with watched_page(browser, width=width, dark=dark) as page:
                page.goto((run[0] / "report.html").as_uri())
                loaded = "image => image.complete && image.naturalWidth > 0"
                assert page.locator("img").count() > 8
                assert page.evaluate(f"[...document.images].every({loaded})")
                assert page.evaluate("document.documentElement.scrollWidth") <= width
                slider = page.locator(".slider input").first
                slider.fill("20")
                top = page.locator(".slider .top").first
                assert "20%" in top.evaluate("image => getComputedStyle(image).clipPath")
                shadow = page.locator(".layer-shadow").first
                assert shadow.is_visible()
                page.get_by_label("shadow").uncheck()
                assert not shadow.is_visible()
                assert page.locator(".charts svg").count() == 4
                assert "left out" in page.locator("body").inner_text()


def test_the_adapter_changes_the_mask(run: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    image, truth = draw_packshot(240, 320)
    levels = truth.astype("uint8") * 255
    segmenter = Segmenter.load(adapter=run[0])
    adapted = model_masks(segmenter, "whole")(Record("a", Path("a")), image, levels)
    segmenter.scale = 0.0
    published = model_masks(segmenter, "whole")(Record("a", Path("a")), image, levels)
    assert (published & truth).sum() < 0.1 * truth.sum()
    assert (adapted & truth).sum() > 0.85 * (adapted | truth).sum()


def test_a_killed_run_goes_on_to_the_same_adapter(studio: Studio, tmp_path: Path) -> None:
    """Killed after labelling and after a checkpoint, with composites, checks and a teacher; on a tiny model."""
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    assert finish(begin(studio, whole)) == 0, last_line(log_of(whole))
    kill_when(killed / "pseudolabels" / "labels.jsonl", begin(studio, killed))
    assert not (killed / "checkpoints").exists()
    kill_when(killed / "checkpoints" / "2", begin(studio, killed))
    assert not (killed / "adapter").exists()
    assert finish(begin(studio, killed)) == 0, last_line(log_of(killed))
    assert weights(killed) == weights(whole), "nor would the same command, run twice, give the same adapter"
    rows = [json.loads(line) for line in (killed / "metrics.jsonl").read_text().splitlines()]
    steps = [row["step"] for row in rows if row["stage"] == "train"]
    assert steps == sorted(set(steps))


def begin(studio: Studio, output: Path, *more: str) -> BaseProcess:
    arguments = ["--data", str(studio.data), "--output", str(output), *TINY, *(more or ("--resume",))]
    return start(studio, "adapt", arguments, log_of(output))


def log_of(output: Path) -> Path:
    return output.with_suffix(".log")


def kill_when(reached: Path, process: BaseProcess) -> None:
    """Kill the run with SIGKILL as soon as a file or folder of its is there."""
    deadline = time.monotonic() + 300
    while not reached.exists():
        assert process.is_alive(), "the run ended before it could be killed"
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.kill()
    process.join()


def test_resuming_needs_the_same_settings_and_an_empty_or_own_folder(
    run: tuple[Path, subprocess.CompletedProcess[str]], data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = weights(run[0])
    assert main([*arguments(data, run[0]), "--resume", "train.seed=5"]) == 2
    changed = capsys.readouterr().err
    assert "train.seed was 0, now 5" in changed
    assert len(changed.splitlines()) == 1
    assert main(arguments(data, run[0])) == 2
    assert "the folder is not empty; add --resume" in capsys.readouterr().err
    assert weights(run[0]) == before


def test_a_rehearsal_writes_nothing(studio: Studio, tmp_path: Path) -> None:
    output = tmp_path / "none"
    assert finish(begin(studio, output, "--dry-run")) == 0, last_line(log_of(output))
    plan = json.loads(last_line(log_of(output)))
    assert plan["dry_run"]
    assert (plan["photos"], plan["with_masks"], plan["steps"], plan["rehearsed_on"]) == (2, 2, 3, 2)
    assert not output.exists()


def test_training_moved_every_adapted_part(run: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    state = load_file(run[0] / "adapter" / "adapter_model.safetensors")
    ups = {name: tensor for name, tensor in state.items() if name.endswith("lora_up.weight")}
    moved = [name for name, tensor in ups.items() if tensor.abs().max() > 0]
    for part in ("image_encoder.layers.1", "image_encoder.neck", "mask_decoder.transformer"):
        assert any(name.startswith(part) for name in moved), part
    assert all(torch.isfinite(tensor).all() for tensor in state.values())
