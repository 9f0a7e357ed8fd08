"""A folder through one function: outputs, manifest, and on past broken photos."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from wesam_packshot.errors import UsageError
from wesam_packshot.images import Rgb
from wesam_packshot.io.batch import MANIFEST_KEYS, Outcome, Tally, parse_formats, process
from wesam_packshot.io.hashing import file_sha256
from wesam_packshot.io.records import Record, read_records


def left_half(_: Record, image: Rgb) -> Outcome:
    mask = np.zeros(image.shape[:2], bool)
    mask[:, : image.shape[1] // 2] = True
    return Outcome(mask, "ok", "", 0.9, True, 0.25, 0.0, "whole")


def test_broken_photos_are_told_and_passed_over(packshot_folder: Callable[..., Path], tmp_path: Path) -> None:
    folder, output = packshot_folder(3), tmp_path / "out"
    (folder / "images" / "ball_1.png").write_text("not a photo")
    rows = list(process(read_records(folder), output, ("mask", "rgba", "coco", "overlay"), left_half, 100))
    assert [row["status"] for row in rows] == ["ok", "failed", "ok"]
    assert [json.loads(line) for line in (output / "manifest.jsonl").read_text().splitlines()] == rows
    assert all(tuple(row) == MANIFEST_KEYS for row in rows)
    assert "ball_1.png: not an image" in rows[1]["error"]
    first = rows[0]
    assert (first["width"], first["height"], first["box"], first["area"]) == (300, 200, [0, 0, 150, 200], 0.5)
    assert (first["confidence"], first["inverted"], first["shadow_removed"]) == (0.9, True, 0.25)
    assert first["sha256"] == file_sha256(folder / "images" / "ball_0.png")
    for name in ("masks/ball_0.png", "rgba/ball_2.png", "overlay/ball_2.jpg"):
        assert (output / name).is_file()
    with Image.open(output / "masks" / "ball_0.png") as picture:
        mask = np.asarray(picture)
    assert set(np.unique(mask)) == {0, 255}
    assert (mask[:, :150] == 255).all()
    images = json.loads((output / "coco.json").read_text())["images"]
    assert [image["file_name"] for image in images] == ["ball_0.png", "ball_2.png"]


def test_rows_are_written_as_they_come(packshot_folder: Callable[..., Path], tmp_path: Path) -> None:
    rows = process(read_records(packshot_folder(2)), tmp_path / "out", ("mask",), left_half, 100)
    next(rows)
    assert len((tmp_path / "out" / "manifest.jsonl").read_text().splitlines()) == 1


def test_formats() -> None:
    assert parse_formats("mask, rgba") == ("mask", "rgba")
    with pytest.raises(UsageError, match="--format gif: unknown; choose among mask, rgba, coco, overlay"):
        parse_formats("mask,gif")


def test_tally() -> None:
    tally = Tally()
    for status in ("ok", "failed", "ok", "abstained"):
        tally.count(status)
    assert tally.as_dict() == {"images": 4, "ok": 2, "abstained": 1, "failed": 1}
