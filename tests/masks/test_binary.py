"""Facts about masks."""

import numpy as np

from wesam_packshot.masks.binary import bounding_box, mask_iou

NOTHING = np.zeros((40, 60), bool)


def test_boxes_are_tight_and_exclusive() -> None:
    mask = NOTHING.copy()
    mask[10:40, 15:50] = True
    assert bounding_box(mask) == (15, 10, 50, 40)
    assert bounding_box(NOTHING) is None


def test_iou_of_masks() -> None:
    first, second = NOTHING.copy(), NOTHING.copy()
    first[:10, :10], second[:10, 5:15] = True, True
    assert mask_iou(first, second) == 50 / 150
    assert mask_iou(NOTHING, NOTHING) == 1
    assert mask_iou(NOTHING, first) == 0
