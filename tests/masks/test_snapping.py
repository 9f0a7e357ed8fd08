"""Boundaries snapped to edges whose place is known."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import ndimage

from tests.conftest import draw_packshot
from wesam_packshot.evaluation.metrics import boundary_iou, iou
from wesam_packshot.masks.snapping import SURE_LOGIT, snap_to_colours

SIZE = (512, 768)


def coarse(truth: NDArray[np.bool_], shift: int) -> NDArray[np.float32]:
    """Logits as SAM's: a blurred mask, moved by some pixels."""
    moved = np.roll(truth.astype(np.float32), (shift, -shift), (0, 1))
    logits: NDArray[np.float32] = 16 * ndimage.gaussian_filter(moved, 4) - 8
    return logits


@pytest.mark.parametrize(("shift", "least"), [(0, 0.85), (2, 0.85), (4, 0.65)])
def test_a_shifted_boundary_comes_back_to_the_edge(shift: int, least: float) -> None:
    image, truth = draw_packshot(*SIZE, shadow=0.35)
    logits, valid = coarse(truth, shift), np.ones_like(truth)
    snapped = snap_to_colours(image, logits) > 0
    assert iou(snapped, truth, valid) > 0.98
    before = boundary_iou(logits > 0, truth, valid)
    assert boundary_iou(snapped, truth, valid) > max(least, before - 0.01)
    assert shift == 0 or before < 0.6


def test_where_both_sides_look_alike_the_boundary_stays() -> None:
    image = np.full((*SIZE, 3), 200, np.uint8)
    truth = draw_packshot(*SIZE)[1]
    logits = coarse(truth, 0)
    snapped = snap_to_colours(image, logits)
    assert iou(snapped > 0, logits > 0, np.ones_like(truth)) > 0.995


def test_far_from_the_boundary_sam_decides() -> None:
    image, truth = draw_packshot(*SIZE)
    image[10:60, 10:60] = (200, 60, 40)  # the product's colour, elsewhere
    snapped = snap_to_colours(image, coarse(truth, 0))
    assert (snapped[10:60, 10:60] == -SURE_LOGIT).all()
    assert snapped[SIZE[0] // 2, int(SIZE[1] * 0.55)] == SURE_LOGIT


@pytest.mark.parametrize("level", [-5.0, 5.0])
def test_empty_and_full_masks_stay(level: float) -> None:
    logits = np.full(SIZE, level, np.float32)
    assert snap_to_colours(np.full((*SIZE, 3), 200, np.uint8), logits) is logits
