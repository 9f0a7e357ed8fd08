"""Everything mode, against the original generator with the same small weights."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from pycocotools import mask as codec
from segment_anything import SamAutomaticMaskGenerator
from segment_anything.utils.amg import generate_crop_boxes, is_box_near_crop_edge

from tests.conftest import draw_packshot
from tests.oracles.original_sam import original_around
from wesam_packshot.masks.binary import without_small_regions
from wesam_packshot.sam.model import SegmentAnything
from wesam_packshot.sam.weights import Base
from wesam_packshot.segment import Segmenter
from wesam_packshot.segment.everything import Thresholds, _is_cut, crop_boxes, find_everything


def test_masks_are_the_original_generators(mobile_sam: tuple[SegmentAnything, Base]) -> None:
    image, _ = draw_packshot(150, 200, hole=True)
    settings: dict[str, Any] = {
        "points_per_side": 4,
        "pred_iou_thresh": 0.6,
        "stability_score_thresh": 0.8,
        "box_nms_thresh": 0.8,
        "crop_n_layers": 1,
        "crop_n_points_downscale_factor": 2,
    }
    generator = SamAutomaticMaskGenerator(original_around(mobile_sam[0]), output_mode="coco_rle", **settings)
    expected = generator.generate(image)
    found = [one.as_dict() for one in find_everything(Segmenter(mobile_sam[0]), image, Thresholds(**settings))]
    assert len(found) == len(expected) > 1
    assert set(found[0]) == set(expected[0])
    for ours, theirs in zip(found, expected, strict=True):
        masks = [codec.decode(one["segmentation"]).astype(bool) for one in (ours, theirs)]
        assert (masks[0] != masks[1]).mean() < 1e-3
        assert abs(ours["area"] - theirs["area"]) <= 1e-3 * image[..., 0].size
        assert np.abs(np.subtract(ours["bbox"], theirs["bbox"])).max() <= 1
        assert ours["point_coords"] == theirs["point_coords"]
        assert ours["crop_box"] == theirs["crop_box"]
        for key in ("predicted_iou", "stability_score"):
            assert ours[key] == pytest.approx(theirs[key], abs=2e-3)


@pytest.mark.parametrize("size", [(480, 640), (333, 100)])
def test_crops_are_the_original_generators(size: tuple[int, int]) -> None:
    boxes, layers = generate_crop_boxes(size, 2, 512 / 1500)
    assert [list(box) for box, _ in crop_boxes(*size, 2, 512 / 1500)] == boxes
    assert [layer for _, layer in crop_boxes(*size, 2, 512 / 1500)] == layers


def test_masks_cut_by_a_crop_are_known_as_by_the_original() -> None:
    crop, photo = (100, 50, 300, 250), (0, 0, 300, 400)
    boxes = np.random.default_rng(0).integers(0, 200, (200, 4))
    for box in boxes.tolist():
        inside = (box[0] + 100, box[1] + 50, box[2] + 100, box[3] + 50)
        expected = bool(is_box_near_crop_edge(torch.tensor([box]), list(crop), list(photo))[0])
        assert _is_cut(inside, crop, photo) == expected


def test_small_holes_and_parts_are_removed() -> None:
    mask = np.zeros((40, 40), bool)
    mask[5:25, 5:25] = True
    mask[10:12, 10:12] = False  # a hole of 4
    mask[15:20, 15:20] = False  # a hole of 25
    mask[30:33, 30:33] = True  # a part of 9
    clean = without_small_regions(mask, 10)
    expected = mask.copy()
    expected[10:12, 10:12] = True
    expected[30:33, 30:33] = False
    assert np.array_equal(clean, expected)
    specks = np.zeros((40, 40), bool)
    specks[0, :3] = specks[10, :5] = True
    assert np.flatnonzero(without_small_regions(specks, 10).any(1)).tolist() == [10]


def test_all_masks_are_without_small_regions(mobile_sam: tuple[SegmentAnything, Base]) -> None:
    image, _ = draw_packshot(150, 200, hole=True)
    settings = Thresholds(4, pred_iou_thresh=0.0, stability_score_thresh=0.0, min_mask_region_area=200)
    found = find_everything(Segmenter(mobile_sam[0]), image, settings)
    assert len(found) > 1
    for one in found:
        mask = codec.decode(one.code).astype(bool)
        assert np.array_equal(without_small_regions(mask, 200), mask)
        assert one.area == mask.sum()


def test_everything_through_the_command(packshot_folder: Callable[..., Path], tmp_path: Path) -> None:
    from wesam_packshot.cli.segment import main

    folder, output = packshot_folder(1), tmp_path / "out"
    arguments = ["--input", str(folder), "--output", str(output), "--mode", "everything", "--points-per-side", "3"]
    assert main([*arguments, "--format", "everything,overlay,coco"]) == 0
    found = json.loads((output / "everything" / "ball_0.json").read_text())
    with Image.open(folder / "masks" / "ball_0.png") as picture:
        truth = np.asarray(picture) > 0
    masks = [codec.decode(one["segmentation"]).astype(bool) for one in found]
    assert max((mask & truth).sum() / (mask | truth).sum() for mask in masks) > 0.9
    assert (output / "overlay" / "ball_0.jpg").is_file()
    annotations = json.loads((output / "coco.json").read_text())["annotations"]
    assert len(annotations) == len(found)
    assert all(one["category_id"] == 1 for one in annotations)
