"""Atomic writing, COCO results, pictures."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pycocotools.coco import COCO

from wesam_packshot.errors import UserError
from wesam_packshot.io import coco
from wesam_packshot.io.atomic import make_folder, replacing, write_bytes, write_json
from wesam_packshot.io.hashing import file_sha256
from wesam_packshot.io.pictures import cut_out, overlay, sheet


def test_a_failed_write_leaves_the_old_file_and_no_litter(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "a.json"
    write_json(path, {"old": 1})
    with pytest.raises(RuntimeError, match="power cut"), replacing(path) as temporary:
        temporary.write_text("half")
        raise RuntimeError("power cut")
    assert json.loads(path.read_text()) == {"old": 1}
    assert [item.name for item in path.parent.iterdir()] == ["a.json"]


def test_the_temporary_file_keeps_the_suffix(tmp_path: Path) -> None:
    with replacing(tmp_path / "a.png") as temporary:
        assert temporary.suffix == ".png"
        Image.new("L", (3, 3)).save(temporary)
    with Image.open(tmp_path / "a.png") as image:
        assert image.size == (3, 3)


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match=r"file/sub: cannot be made a folder .*choose another --output"):
        make_folder(tmp_path / "file" / "sub")


def test_hashes_are_of_the_content(tmp_path: Path) -> None:
    write_bytes(tmp_path / "a", b"abc")
    assert file_sha256(tmp_path / "a") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_results_are_read_back_by_pycocotools(tmp_path: Path) -> None:
    mask = np.zeros((30, 40), bool)
    mask[4:10, 7:20] = True
    empty = np.zeros((5, 6), bool)
    results = [coco.describe_result("a.jpg", mask, 0.87654), coco.describe_result("b.jpg", empty, 0.1)]
    coco.write_results(tmp_path / "coco.json", lambda: iter(results))
    reader = COCO(str(tmp_path / "coco.json"))
    assert [image["file_name"] for image in reader.loadImgs(reader.getImgIds())] == ["a.jpg", "b.jpg"]
    (annotation,) = reader.loadAnns(reader.getAnnIds())
    assert annotation["bbox"] == [7, 4, 13, 6]
    assert annotation["area"] == 78
    assert annotation["score"] == 0.8765
    assert np.array_equal(reader.annToMask(annotation).astype(bool), mask)
    assert np.array_equal(coco.decode(annotation["segmentation"], 30, 40), mask)


def test_cut_outs_have_straight_alpha() -> None:
    image = np.full((4, 4, 3), 90, np.uint8)
    mask = np.eye(4, dtype=bool)
    rgba = cut_out(image, mask)
    assert rgba.shape == (4, 4, 4)
    assert (rgba[..., :3] == 90).all()
    assert np.array_equal(rgba[..., 3] == 255, mask)


def test_overlays_tint_the_outside_and_keep_the_inside() -> None:
    image = np.full((60, 60, 3), 200, np.uint8)
    mask = np.zeros((60, 60), bool)
    mask[20:40, 20:40] = True
    shown = overlay(image, mask)
    assert shown[30, 30].tolist() == [200, 200, 200]
    assert shown[20, 30].tolist() == [230, 30, 60]
    assert shown[5, 5, 2] > shown[5, 5, 0]
    assert (image == 200).all()


def test_a_sheet_has_a_cell_per_picture() -> None:
    red = np.zeros((50, 100, 3), np.uint8) + np.array([255, 0, 0], np.uint8)
    blue = np.zeros((100, 50, 3), np.uint8) + np.array([0, 0, 255], np.uint8)
    page = np.asarray(sheet([("one", [red, blue]), ("two", [blue, red])], ["left", "right"]))
    assert page.shape == (16 + 2 * 256, 480, 3)
    assert page[16 + 120, 120].tolist() == [255, 0, 0]
    assert page[16 + 120, 360].tolist() == [0, 0, 255]
    assert page[16 + 256 + 120, 120].tolist() == [0, 0, 255]
