"""Run folders as the commands leave them, without running them."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from wesam_packshot.config import dump_config, load_config
from wesam_packshot.evaluation.evaluate import Scored, write_scores
from wesam_packshot.evaluation.metrics import Scores
from wesam_packshot.io.records import Record

Mask = NDArray[np.bool_]


def write_run(folder: Path, *overrides: str, loss: float = 1.0, summary: Mapping[str, Any] | None = None) -> Path:
    """Configuration, figures of 40 steps and three checks, and a summary."""
    folder.mkdir(parents=True)
    (folder / "config.yaml").write_text(dump_config(load_config("weak.yaml", [*overrides, f"output={folder}"])))
    rows: list[dict[str, Any]] = [{"stage": "warmup", "step": step, "focal": 1 / (1 + step)} for step in range(4)]
    for step in range(1, 41):
        falling = loss / step
        rows.append({"stage": "train", "step": step, "loss": falling, "dice": falling / 2, "teacher": False})
        rows[-1]["images_per_second"] = 0.5 if step < 40 else 9.0
    rows += [{"stage": "selection", "step": 20 * number, "score": 0.9 + loss * number / 100} for number in range(3)]
    (folder / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows) + '{"stage": "tra')
    told = {"photos": 12, "labelled": 11, "abstained": 1, "failed": 0, "steps": 40, "seconds": 61.5}
    (folder / "summary.json").write_text(json.dumps(told | dict(summary or {})))
    return folder


def write_evaluation(
    folder: Path,
    data: Path,
    ious: Mapping[str, float | None],
    masks: Mapping[str, Mask] | None = None,
    prompt: str = "whole",
) -> Path:
    """Scores of one evaluation, by the writer of the command; None is an image that failed."""
    scored = [
        Scored(Record(name, Path(name)), None, "broken")
        if iou is None
        else Scored(Record(name, Path(name)), Scores(iou, iou / 2, iou < 0.1, shadow_kept=1 - iou))
        for name, iou in ious.items()
    ]
    write_scores(folder, scored, {"data": str(data), "source": "adapter", "prompt": prompt})
    for name, mask in (masks or {}).items():
        (folder / "masks").mkdir(exist_ok=True)
        Image.fromarray(mask.astype(np.uint8) * 255).save(folder / "masks" / f"{name}.png")
    return folder


def write_samples(folder: Path, masks: Mapping[str, Mask], size: tuple[int, int] = (60, 80)) -> None:
    """Samples of a run on photos without truth."""
    rows = []
    for number, (name, mask) in enumerate(masks.items()):
        place = folder / "samples" / f"{number:02}"
        place.mkdir(parents=True)
        Image.new("RGB", size[::-1], (200, 210, 220)).save(place / "photo.jpg")
        Image.fromarray(mask.astype(np.uint8) * 255).save(place / "adapted.png")
        rows.append({"id": name, "folder": place.name, "status": "ok", "error": "", "confidence": 0.75})
        rows[-1] |= dict.fromkeys(("iou_before", "iou_pseudo", "iou_after"))
    (folder / "samples" / "samples.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))


def rectangle(size: tuple[int, int], *box: int) -> Mask:
    """True within left, top, right, bottom."""
    mask = np.zeros(size, bool)
    mask[box[1] : box[3], box[0] : box[2]] = True
    return mask


def by_id(rows: Sequence[Mapping[str, str]], run: str) -> dict[str, Mapping[str, str]]:
    return {row["id"]: row for row in rows if row["run"] == run}
