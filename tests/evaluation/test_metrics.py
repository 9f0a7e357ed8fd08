"""Scores, on masks small enough to count."""

import numpy as np
import pytest
from numpy.typing import NDArray

from wesam_packshot.evaluation.metrics import boundary_iou, inner_band, iou, score, share_kept

Mask = NDArray[np.bool_]


def square(low: int, high: int, side: int = 100) -> Mask:
    mask = np.zeros((side, side), bool)
    mask[low:high, low:high] = True
    return mask


ALL = np.ones((100, 100), bool)
EMPTY = np.zeros((100, 100), bool)


@pytest.mark.parametrize(
    ("predicted", "product", "expected"),
    [
        (square(10, 30), square(10, 30), 1.0),
        (square(10, 20), square(10, 30), 100 / 400),
        (square(10, 30), square(20, 40), 100 / 700),
        (square(10, 30), square(40, 50), 0.0),
        (EMPTY, square(40, 50), 0.0),
        (EMPTY, EMPTY, 1.0),
        (ALL, square(0, 50), 0.25),
    ],
)
def test_iou(predicted: Mask, product: Mask, expected: float) -> None:
    assert iou(predicted, product, ALL) == pytest.approx(expected)


def test_ignored_pixels_count_for_nothing() -> None:
    assert iou(square(10, 40), square(10, 30), ~(square(10, 40) & ~square(10, 30))) == 1.0


def test_the_band_lies_inside_and_along_the_images_border() -> None:
    band = inner_band(square(10, 30), 2)
    assert band.sum() == 20**2 - 16**2
    assert band[10, 10]
    assert not band[12, 12]
    at_border = inner_band(square(0, 30), 2)
    assert at_border[0, 15]
    assert at_border.sum() == 30**2 - 26**2


def test_boundary_iou_sees_what_iou_does_not() -> None:
    side = 400  # 0.5 % of the diagonal is 3 pixels
    whole, grown = square(100, 300, side), square(98, 302, side)
    valid = np.ones((side, side), bool)
    assert iou(grown, whole, valid) > 0.96
    # bands of 3 pixels, moved outwards by 2: one pixel in common
    common = 200**2 - 198**2
    union = 204**2 - 194**2
    assert boundary_iou(grown, whole, valid) == pytest.approx(common / union)


def test_shares_of_layers() -> None:
    layer = np.where(square(30, 50), 255, 0).astype(np.uint8)
    assert share_kept(square(20, 40), layer, EMPTY) == pytest.approx(100 / 400)
    assert share_kept(square(20, 40), layer, square(30, 40)) == 0  # what is product does not count
    assert share_kept(ALL, None, EMPTY) is None
    assert share_kept(ALL, np.where(square(0, 7), 255, 0).astype(np.uint8), EMPTY) is None


def test_all_scores_of_one_image() -> None:
    truth = np.where(square(20, 60), 255, 0).astype(np.uint8)
    truth[:5] = 128
    good = score(square(20, 60), truth)
    assert (good.iou, good.boundary_iou, good.inverted, good.shadow_kept) == (1.0, 1.0, False, None)
    inverted = score(~square(20, 60), truth)
    assert inverted.inverted
    assert inverted.iou == 0
