"""Atomic writing, COCO results, pictures."""

import errno
import json
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pycocotools.coco import COCO

from wesam_packshot.errors import OutputError, UserError
from wesam_packshot.files.atomic import make_folder, replacing, write_bytes, write_json, write_text
from wesam_packshot.files.hashing import file_sha256
from wesam_packshot.io import coco
from wesam_packshot.io.outcome import Instance
from wesam_packshot.io.overlays import (
    COLOURS,
    OUTLINE,
    coloured,
    cropped,
    cut_out,
    flattened,
    layered_overlay,
    marked,
    overlay,
    sheet,
)
from wesam_packshot.io.prompt_file import PromptSpec


def test_a_failed_write_leaves_the_old_file_and_no_litter(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "a.json"
    write_json(path, {"old": 1})
    with pytest.raises(RuntimeError, match="power cut"), replacing(path) as temporary:
        temporary.write_text("half")
        raise RuntimeError("power cut")
    assert json.loads(path.read_text()) == {"old": 1}
    assert [item.name for item in path.parent.iterdir()] == ["a.json"]


def test_a_name_as_long_as_a_disk_takes_can_be_written(tmp_path: Path) -> None:
    path = tmp_path / f"{'x' * 251}.png"
    write_bytes(path, b"whole")
    assert path.read_bytes() == b"whole"


def test_a_file_is_on_the_disk_before_it_has_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done = list[str]()
    monkeypatch.setattr(os, "fsync", lambda _: done.append("flushed"))
    monkeypatch.setattr(Path, "replace", lambda *_: done.append("named"))
    write_bytes(tmp_path / "a", b"abc")
    assert done == ["flushed", "named"]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EROFS])
def test_a_full_disk_is_told_from_a_file_that_cannot_be_written(tmp_path: Path, number: int) -> None:
    with (
        pytest.raises(OutputError, match=r"a\.png: cannot be written \(.+\); make room there"),
        replacing(tmp_path / "a.png"),
    ):
        raise OSError(number, os.strerror(number))
    with pytest.raises(UserError, match=r"a\.png: cannot be written") as raised, replacing(tmp_path / "a.png"):
        raise OSError(errno.ENAMETOOLONG, os.strerror(errno.ENAMETOOLONG))
    assert not isinstance(raised.value, OutputError)


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
    results = [
        coco.describe_result("a.jpg", (30, 40), [(Instance({}, 0.87654), mask), (Instance({}, 0.5, "cup"), ~mask)]),
        coco.describe_result("b.jpg", (5, 6), [(Instance({}, 0.1), empty)]),
    ]
    coco.write_results(tmp_path / "coco.json", lambda: iter(results))
    reader = COCO(str(tmp_path / "coco.json"))
    assert [image["file_name"] for image in reader.loadImgs(reader.getImgIds())] == ["a.jpg", "b.jpg"]
    annotation, other = reader.loadAnns(reader.getAnnIds())
    assert reader.loadCats([annotation["category_id"], other["category_id"]]) == [
        {"id": 1, "name": "product", "supercategory": "object"},
        {"id": 2, "name": "cup", "supercategory": "object"},
    ]
    assert other["image_id"] == annotation["image_id"] == 1
    assert annotation["bbox"] == [7, 4, 13, 6]
    assert annotation["area"] == 78
    assert annotation["score"] == 0.8765
    assert np.array_equal(reader.annToMask(annotation).astype(bool), mask)
    assert np.array_equal(coco.decode_mask(annotation["segmentation"], 30, 40), mask)


def test_cut_outs_have_straight_alpha() -> None:
    image = np.full((4, 4, 3), 90, np.uint8)
    alpha = (np.eye(4) * 200).astype(np.uint8)
    rgba = cut_out(image, alpha)
    assert rgba.shape == (4, 4, 4)
    assert (rgba[..., :3] == 90).all()
    assert np.array_equal(rgba[..., 3], alpha)


def test_a_kept_shadow_lies_below_the_product() -> None:
    colour, alpha, shadow = (
        np.full((1, 1, *size), level, np.uint8) for size, level in (((3,), 200), ((), 128), ((), 64))
    )
    (red, _, _, both) = cut_out(colour, alpha, shadow)[0, 0].tolist()
    # Porter and Duff's "over": a + (1 - a) b, and a's colour by its share of that
    share = 128 / 255 + (1 - 128 / 255) * 64 / 255
    assert both == round(share * 255)
    assert red == round(200 * (128 / 255) / share)


def test_a_crop_keeps_its_margin_beyond_the_photo() -> None:
    rgba = np.zeros((20, 30, 4), np.uint8)
    rgba[0:10, 5:25] = (10, 20, 30, 255)
    found = cropped(rgba, 0.1)
    assert found.shape == (14, 24, 4)
    assert (found[2:12, 2:22] == (10, 20, 30, 255)).all()
    assert found[..., 3].sum() == 200 * 255
    assert cropped(np.zeros((20, 30, 4), np.uint8), 0.1).shape == (1, 1, 4)


def test_a_flat_picture_mixes_product_and_background() -> None:
    rgba = np.array([[[200, 100, 0, 255], [200, 100, 0, 51], [9, 9, 9, 0]]], np.uint8)
    assert flattened(rgba, (0, 0, 250)).tolist() == [[[200, 100, 0], [40, 20, 200], [0, 0, 250]]]


def test_things_have_colours_of_their_own_and_small_ones_lie_on_top() -> None:
    large, small = np.ones((60, 60), bool), np.zeros((60, 60), bool)
    small[20:40, 20:40] = True
    shown = coloured(np.full((60, 60, 3), 128, np.uint8), [small, large])
    assert np.abs(shown[10, 10].astype(int) - shown[30, 30]).max() > 50


def test_layers_lie_beside_a_product_that_is_left_clear() -> None:
    image = np.full((60, 60, 3), 200, np.uint8)
    mask, shadow, reflection, unsure = (np.zeros((60, 60), bool) for _ in range(4))
    mask[10:30, 10:50], shadow[30:40], reflection[40:50], unsure[15:20, 20:25] = True, True, True, True
    shown = layered_overlay(image, mask, shadow.astype(np.float32), reflection, unsure).astype(int)
    assert shown[25, 40].tolist() == [200, 200, 200]
    assert shown[10, 30].tolist() == shown[29, 30].tolist() == list(OUTLINE)
    outside = shown[55, 30]
    assert outside.max() < 200 and outside[2] > outside[0]
    for row, name in ((35, "shadow"), (45, "reflection"), (17, "unsure")):
        column = 22 if name == "unsure" else 30
        distance = {other: np.abs(shown[row, column] - np.array(colour)).sum() for other, colour in COLOURS.items()}
        assert min(distance, key=lambda other: distance[other]) == name


def test_prompts_are_drawn() -> None:
    picture = np.zeros((300, 300, 3), np.uint8)
    spec = PromptSpec((50, 50, 250, 250), ((100, 100), (200, 200)), (1, 0))
    shown = marked(picture, [spec])
    assert shown[100, 100].tolist() == list(COLOURS["product"])
    assert shown[200, 200].tolist() == list(COLOURS["reflection"])
    assert shown[50, 150].tolist() == list(COLOURS["unsure"])
    assert marked(picture, []) is picture


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


def test_half_a_surrogate_pair_is_written_as_an_escape(tmp_path: Path) -> None:
    """As JSON may hold one, and a file's name that is no UTF-8."""
    write_text(tmp_path / "page.html", "caf\u00e9 \ud800 \udcff")
    assert (tmp_path / "page.html").read_bytes() == b"caf\xc3\xa9 \\ud800 \\udcff"
