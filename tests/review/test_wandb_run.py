"""A review in Weights & Biases: read back from its own offline files."""

import json
from pathlib import Path

import numpy as np
import pytest
import wandb
from PIL import Image

from tests.oracles.wandb_file import offline
from wesam_packshot.adaptation.corrections import artifact_of, take_decisions
from wesam_packshot.cli.review import main
from wesam_packshot.config import load_config
from wesam_packshot.files.json_lines import read_rows
from wesam_packshot.review.decided import decided
from wesam_packshot.review.state import Review
from wesam_packshot.review.wandb_run import track_review
from wesam_packshot.tracking.lineage import corrections_artifact


def decide(folder: Path, *names: str) -> Review:
    """Correct a bear to the right half of its mask, reject a cup, accept anything else."""
    review = Review(folder)
    for name in names:
        row = review.open(name, "page")
        decision = (name, "page", "ann", review.version(name))
        if name == "bear":
            mask = np.zeros((row["height"], row["width"]), bool)
            mask[40:100, 110:160] = True  # half of the square that the stand-in has found
            review.correct(*decision, mask, {"points": [[120.0, 50.0]], "labels": [1]})
        elif name == "cup":
            review.reject(*decision)
        else:
            review.accept(*decision)
    return review


def test_a_review_is_a_run_with_its_corrections(folder: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("WANDB_MODE")
        wandb.teardown()
        facts = track_review(decide(folder, "bear", "cup", "apple"), load_config(None, ["tracking.mode=offline"]))
        wandb.teardown()
    assert facts == {
        "photos": 5, "undecided": 2, "ok": 1, "abstained": 0, "failed": 1, "accepted": 1, "corrected": 1, "rejected": 1,
        "iou_before": 0.5,
    }  # fmt: skip
    found = offline(folder / "review")
    assert (found.run.display_name, found.run.run_group, found.run.job_type) == ("review", "cutouts", "review")
    (row,) = (row for row in found.history if "review/undecided" in row)
    assert (row["review/step"], row["review/undecided"], row["review/corrected"]) == (3, 2, 1)
    assert found.summary["iou_before"] == 0.5

    (table,) = (artifact for name, artifact in found.artifacts.items() if name.endswith("-samples"))
    files = {content.path: Path(content.local_path) for content in table.manifest.contents}
    told = json.loads(files["samples.table.json"].read_text())
    assert told["columns"] == ["id", "reviewer", "confidence", "iou_before", "photo"]
    (shown,) = told["data"]
    assert shown[:4] == ["bear", "ann", 0.3, 0.5]
    with Image.open(files[shown[-1]["masks"]["corrected"]["path"]]) as corrected:
        assert (np.asarray(corrected) > 0).sum() == 60 * 50
    with Image.open(files[shown[-1]["masks"]["former"]["path"]]) as former:
        assert (np.asarray(former) > 0).sum() == 60 * 100

    kept = {content.path: Path(content.local_path) for content in found.artifacts["corrections"].manifest.contents}
    assert sorted(kept) == ["masks/apple.png", "masks/bear.png", "reviewed.jsonl"]
    lines = [json.loads(line) for line in kept["reviewed.jsonl"].read_text().splitlines()]
    assert [(line["id"], line["status"]) for line in lines] == [
        ("apple", "accepted"),
        ("bear", "corrected"),
        ("cup", "rejected"),
    ]
    assert lines[1]["prompt"]["points"] == [[120, 50]]


def test_what_a_run_learns_from_is_the_same_artifact(folder: Path, tmp_path: Path) -> None:
    decide(folder, "bear", "cup", "apple")
    reviewed = corrections_artifact(decided(folder))
    take_decisions(folder, tmp_path / "run")
    learnt = artifact_of(tmp_path / "run")
    assert learnt.facts == reviewed.facts
    assert learnt.files["reviewed.jsonl"] == reviewed.files["reviewed.jsonl"]
    assert set(learnt.files) == set(reviewed.files)
    decide(folder, "dish")
    assert corrections_artifact(decided(folder)).facts != learnt.facts


def test_a_row_is_added_only_where_something_was_decided(folder: Path) -> None:
    config = load_config(None)
    steps = []
    for names in ((), ("apple",), (), ("bear", "cup"), ()):
        track_review(decide(folder, *names), config)
        steps.append([row["step"] for row in read_rows(folder / "review" / "metrics.jsonl")])
    assert steps == [[], [1], [1], [1, 3], [1, 3]]
    assert json.loads((folder / "review" / "summary.json").read_text())["undecided"] == 2


def test_without_a_run_in_wandb_no_photo_is_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    review = decide(folder, "bear", "apple")

    def read(*_: object) -> None:
        raise AssertionError("a photo or a mask is read for W&B")

    monkeypatch.setattr("wesam_packshot.review.wandb_run.read_image", read)
    monkeypatch.setattr("wesam_packshot.review.wandb_run.corrections_artifact", read)
    assert track_review(review, load_config(None))["iou_before"] == 0.5


def test_what_was_taken_from_another_tool_is_logged(folder: Path, tmp_path: Path) -> None:
    assert main([str(folder), "--export", str(tmp_path / "other")]) == 1  # one photo is broken
    assert not (folder / "review").exists()
    tasks = json.loads((tmp_path / "other" / "labelme" / "apple.json").read_text())
    tasks["shapes"] = [{"label": "product", "shape_type": "rectangle", "points": [[10, 10], [50, 60]], "flags": {}}]
    (tmp_path / "other" / "labelme" / "apple.json").write_text(json.dumps(tasks))
    assert main([str(folder), "--take", str(tmp_path / "other" / "labelme"), "--reviewer", "ann"]) == 0
    (row,) = read_rows(folder / "review" / "metrics.jsonl")
    assert (row["step"], row["corrected"], row["undecided"]) == (1, 1, 4)
    (tmp_path / "photos" / "apple.png").unlink()  # the table does without it
    decide(folder, "dish")
    assert track_review(Review(folder), load_config(None))["corrected"] == 1
