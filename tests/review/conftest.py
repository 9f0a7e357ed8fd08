"""Folders of outputs to be reviewed."""

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.conftest import draw_packshot
from wesam_packshot.arrays import Rgb
from wesam_packshot.batch.folder import Job, process
from wesam_packshot.batch.outputs import Style
from wesam_packshot.io.outcome import Layers, Outcome
from wesam_packshot.io.records import Record, read_records

# Of each photo what the stand-in for a model says: status and confidence.
SAID = {"apple": ("ok", 0.9), "bear": ("abstained", 0.3), "cup": ("ok", 0.6), "dish": ("ok", 0.75)}
FORMATS = ("mask", "alpha", "rgba", "coco", "overlay", "labelme")


def cut_outs(folder: Path, formats: tuple[str, ...] = FORMATS, shadow: bool = False) -> Path:
    """A folder of outputs, as the commands write them, of photos in `photos` beside it; one of these is broken."""
    photos = folder / "photos"
    photos.mkdir(parents=True, exist_ok=True)
    for number, name in enumerate(SAID):
        image, _ = draw_packshot(180 + 20 * number, 240)
        Image.fromarray(image).save(photos / f"{name}.png")
    (photos / "egg.png").write_bytes(b"no picture")

    def segment(record: Record, image: Rgb) -> Callable[[], Outcome]:
        status, confidence = SAID[record.id]
        mask = np.zeros(image.shape[:2], bool)
        mask[40:100, 60:160] = True
        layers = Layers(np.full((10, 10), 0.2), np.zeros((10, 10), bool), np.zeros((10, 10), bool)) if shadow else None
        reason = "not sure" if status == "abstained" else ""
        return lambda: Outcome(mask, status, reason, confidence, False, 0.1, 0.0, "whole", layers)

    style = Style(shadow="separate" if shadow else "drop")
    job = Job(folder / "cutouts", formats, {"style": asdict(style)}, style=style)
    list(process(read_records(photos), job, segment))
    return job.output


def rows(folder: Path) -> dict[str, Any]:
    """The manifest's rows by the photos' ids."""
    return {row["id"]: row for row in map(json.loads, (folder / "manifest.jsonl").read_text().splitlines())}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return cut_outs(tmp_path)
