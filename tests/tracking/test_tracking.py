"""Runs in W&B: read back from its own offline files, and from a stand-in for its server."""

import json
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import wandb
from PIL import Image

from tests.oracles.wandb_file import offline
from tests.tracking.wandb_server import ENTITY, WandbServer, serving
from wesam_packshot.cli import evaluate, pseudolabel
from wesam_packshot.comparison.fetch import fetch_run
from wesam_packshot.config import load_config
from wesam_packshot.errors import UserError
from wesam_packshot.samples import Sample
from wesam_packshot.tracking.lineage import Artifact, photos_artifact, photos_sha256
from wesam_packshot.tracking.pictures import Table
from wesam_packshot.tracking.tracker import Tracker

ROOT = Path(__file__).parents[2]
KEY = "0123456789" * 4


@pytest.fixture
def no_account(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    wandb.teardown()  # it reads its settings once in a process
    for name in ("WANDB_MODE", "WANDB_API_KEY", "WANDB_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setenv("WANDB_CONFIG_DIR", str(tmp_path / "settings"))
    yield
    wandb.teardown()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, no_account: None) -> Iterator[WandbServer]:
    with serving() as found:
        monkeypatch.setenv("WANDB_BASE_URL", found.url)
        monkeypatch.setenv("WANDB_API_KEY", KEY)
        yield found


def track(folder: Path, *overrides: str) -> Tracker:
    return Tracker(folder, load_config(None, ["train.seed=7", *overrides]), "adapt")


def training(step: int) -> dict[str, Any]:
    return {"stage": "train", "step": step, "loss": 1 / step}


def sample() -> Sample:
    mask = np.zeros((40, 30), np.uint8)
    mask[10:20, 5:25] = 255
    facts = {"id": "chair", "folder": "000", "status": "ok", "error": "", "confidence": 0.9}
    return Sample(facts, Image.new("RGB", (30, 40), "white"), {"anchor": Image.fromarray(mask)})


def finish(tracker: Tracker) -> None:
    photos = photos_artifact({"chair": "aa", "table": "bb"})
    adapter = Artifact("adapter", "model", {"README.md": "a card"}, {"dataset_sha256": photos.facts["sha256"]})
    summary = {"iou_after": 0.9, "scores_after": {"iou": 0.9, "images": 2}, "confidence_histogram": [0, 0, 1, 3]}
    tracker.finish(summary, Table([sample()]), [photos], [adapter])


def test_without_an_account_a_run_is_kept_for_later(no_account: None, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    tracker = track(folder, "tracking.tags=[autumn]", "tracking.group=chairs")
    tracker.log({"stage": "pseudolabels", "step": 0, "labelled": 2, "confidence_histogram": [0, 0, 1, 3]})
    for step in (1, 2):
        tracker.log(training(step))
    (folder / "report.html").write_text("<p>a report</p>")
    finish(tracker)

    found = offline(folder)
    assert (found.run.project, found.run.display_name) == ("wesam-packshot", "mine")
    assert (found.run.run_group, found.run.job_type) == ("chairs", "adapt")
    assert list(found.run.tags) == ["mobile_sam", "autumn"]
    assert found.config["train"]["seed"] == 7
    assert found.metrics["train/*"] == "train/step"
    assert [row["train/loss"] for row in found.history if "train/loss" in row] == [1, 0.5]
    assert [row["_step"] for row in found.history] == [0, 1, 2, 3]
    assert found.history[0]["pseudolabels/confidence_histogram.values"] == [0, 0, 1, 3]
    assert found.summary["iou_after"] == 0.9
    assert found.summary["scores_after/iou"] == 0.9  # flat, so that W&B's table can sort by it
    assert not {"scores_after", "confidence_histogram"} & set(found.summary)
    assert {"photos", "adapter"} <= set(found.artifacts)
    lineage = json.loads(found.artifacts["adapter"].metadata)
    assert lineage == {"dataset_sha256": json.loads(found.artifacts["photos"].metadata)["sha256"]}
    assert {"record/metrics.jsonl", "record/report.html"} <= set(found.files)
    assert found.finished


def test_the_table_shows_masks_as_layers(no_account: None, tmp_path: Path) -> None:
    tracker = track(tmp_path / "run")
    finish(tracker)
    found = offline(tmp_path / "run")
    (artifact,) = (artifact for name, artifact in found.artifacts.items() if name.endswith("-samples"))
    files = {content.path: Path(content.local_path) for content in artifact.manifest.contents}
    table = json.loads(files["samples.table.json"].read_text())
    assert table["columns"] == ["id", "status", "confidence", "iou_before", "iou_pseudo", "iou_after", "photo"]
    (row,) = table["data"]
    assert row[:3] == ["chair", "ok", 0.9]
    assert list(row[-1]["masks"]) == ["anchor"]
    with Image.open(files[row[-1]["masks"]["anchor"]["path"]]) as mask:
        assert np.asarray(mask).sum() == 10 * 20


def test_photos_are_known_by_their_hashes_alone() -> None:
    assert photos_sha256(["b", "a"]) == photos_sha256(["a", "b"]) != photos_sha256(["a"])
    product = photos_artifact({"chair": "aa"})
    assert product.files["photos.jsonl"] == '{"id": "chair", "sha256": "aa"}\n'


def test_a_killed_run_loses_nothing(no_account: None, tmp_path: Path) -> None:
    """It is killed with rows unsent, goes back to a checkpoint, and is one whole W&B run in the end."""
    folder = tmp_path / "run"
    code = f"""
import time
from pathlib import Path
from tests.tracking.test_tracking import track, training
tracker = track(Path({str(folder)!r}))
for step in (1, 2, 3): tracker.log(training(step))
print("logged", flush=True)
time.sleep(60)
"""
    process = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    assert process.stdout.readline() == "logged\n"
    process.send_signal(signal.SIGKILL)
    process.communicate()
    began = json.loads((folder / "tracking.json").read_text())["id"]

    tracker = track(folder)
    tracker.rewind(2)
    for step in (3, 4):
        tracker.log(training(step))
    finish(tracker)
    found = offline(folder)
    assert found.run.run_id == began
    assert [row["train/step"] for row in found.history if "train/step" in row] == [1, 2, 3, 4]
    rows = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    assert [row["step"] for row in rows] == [1, 2, 3, 4]


def test_with_an_account_a_run_goes_online(server: WandbServer, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    tracker = track(folder)
    for step in (1, 2):
        tracker.log(training(step))
    finish(tracker)
    ((identity, run),) = server.runs.items()
    assert json.loads((folder / "tracking.json").read_text())["id"] == identity
    assert (run.bucket["groupName"], run.bucket["jobType"], run.bucket["displayName"]) == ("mine", "adapt", "mine")
    assert [row["train/loss"] for row in run.rows if "train/loss" in row] == [1, 0.5]
    assert run.used == ["photos"]
    assert "adapter" in run.made
    assert server.uploads["/artifacts/adapter/README.md"] == b"a card"
    assert json.loads(server.uploads["/files/record/metrics.jsonl"].splitlines()[1]) == training(2)


def test_a_comparison_reads_a_run_back(server: WandbServer, tmp_path: Path) -> None:
    tracker = track(tmp_path / "mine")
    tracker.log(training(1))
    finish(tracker)
    (identity,) = server.runs
    found = fetch_run(f"{ENTITY}/wesam-packshot/{identity}", tmp_path / "fetched")
    assert [path.name for path in found.iterdir()] == ["metrics.jsonl"]
    assert json.loads((found / "metrics.jsonl").read_text()) == training(1)
    with pytest.raises(UserError, match="check the path"):
        fetch_run(f"{ENTITY}/wesam-packshot/nothing", tmp_path / "fetched")


def test_an_online_run_goes_on_after_what_the_server_has(server: WandbServer, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    tracker = track(folder)
    for step in (1, 2, 3):
        tracker.log(training(step))
    tracker.finish({})
    tracker = track(folder)
    tracker.rewind(2)
    for step in (3, 4):
        tracker.log(training(step))
    tracker.finish({})
    (run,) = server.runs.values()
    assert [row["train/step"] for row in run.rows] == [1, 2, 3, 4]


def test_without_a_network_it_is_kept_and_synced_later(
    server: WandbServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "run"
    monkeypatch.setenv("WANDB_BASE_URL", "http://127.0.0.1:9")  # nobody listens there
    with caplog.at_level(logging.WARNING):
        tracker = track(folder, "tracking.timeout=1", "tracking.mode=online")
    assert "the run is tracked offline" in caplog.text
    for step in (1, 2):
        tracker.log(training(step))
    finish(tracker)
    (kept,) = folder.glob("wandb/offline-run-*")
    command = [sys.executable, "-m", "wandb", "sync", str(kept)]
    environment = os.environ | {"WANDB_BASE_URL": server.url}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    deadline = time.monotonic() + 20
    while not server.runs and time.monotonic() < deadline:
        time.sleep(0.1)
    (run,) = server.runs.values()
    assert [row["train/step"] for row in run.rows if "train/step" in row] == [1, 2]
    assert "adapter" in run.made
    assert any(name.endswith(".mask.png") for name in server.uploads)


def test_scores_are_a_run_of_the_group_of_their_adapter(
    no_account: None, packshot_folder: Callable[..., Path], tmp_path: Path
) -> None:
    folder = packshot_folder(1)
    arguments = ["--data", str(folder), "--predictions", str(folder / "masks"), "--output", str(tmp_path / "scores")]
    assert evaluate.main(arguments) == 0
    found = offline(tmp_path / "scores")
    assert found.run.job_type == "evaluate"
    assert found.history[0]["scores/whole.iou"] == 1
    assert {"record/scores.json", "record/per_image.csv"} <= found.files
    assert "scores" in found.artifacts


def test_pseudo_labels_are_a_run(no_account: None, packshot_folder: Callable[..., Path], tmp_path: Path) -> None:
    folder = packshot_folder(1)
    assert pseudolabel.main(["--input", str(folder), "--adapter", "none", "--output", str(tmp_path / "labels")]) == 0
    found = offline(tmp_path / "labels")
    assert found.run.job_type == "pseudolabel"
    assert found.summary["inverted_by_anchor"] == 1
    assert sum(found.history[0]["pseudolabels/confidence_histogram.values"]) == 1
    assert {"photos", "pseudo-masks"} <= set(found.artifacts)
    rows = json.loads((tmp_path / "labels" / "metrics.jsonl").read_text())
    assert rows["images"] == rows["ok"] == 1


def test_disabled_means_that_nothing_of_it_is_there(no_account: None, tmp_path: Path) -> None:
    tracker = track(tmp_path / "run", "tracking.mode=disabled")
    tracker.log(training(1))
    tracker.finish({})
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["metrics.jsonl"]
