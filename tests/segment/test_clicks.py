"""What a click changes, and what it must leave alone."""

import numpy as np
import pytest

from tests.conftest import draw_packshot
from wesam_packshot.masks.binary import mask_iou
from wesam_packshot.resources import adapter_folder
from wesam_packshot.sam.frame import Frame
from wesam_packshot.segment import Segmenter
from wesam_packshot.segment.clicks import changed_at, refine_by_click


def logits(*boxes: tuple[int, int, int, int]) -> np.ndarray:
    """5 in rectangles (top, left, bottom, right), -5 elsewhere, on 60 x 80 pixels."""
    values = np.full((60, 80), -5, np.float32)
    for top, left, bottom, right in boxes:
        values[top:bottom, left:right] = 5
    return values


PRODUCT, MISSED, SHADOW = (10, 10, 30, 30), (40, 10, 50, 30), (10, 50, 30, 70)


def test_a_click_on_the_product_adds_its_region_alone() -> None:
    earlier, found = logits(PRODUCT), logits(MISSED, SHADOW)  # the new answer has lost the product
    changed = changed_at(earlier, found, (45, 20), 1)
    assert np.array_equal(changed > 0, logits(PRODUCT, MISSED) > 0)


def test_a_click_off_the_product_removes_its_region_alone() -> None:
    earlier, found = logits(PRODUCT, SHADOW, MISSED), logits((0, 0, 9, 9))
    changed = changed_at(earlier, found, (20, 60), 0)
    assert np.array_equal(changed > 0, logits(PRODUCT, MISSED) > 0)


@pytest.mark.parametrize(("place", "label"), [((20, 20), 1), ((5, 5), 0), ((5, 5), 1)])
def test_a_click_that_the_answer_does_not_follow_or_need_changes_nothing(place: tuple[int, int], label: int) -> None:
    earlier = logits(PRODUCT)
    assert changed_at(earlier, logits(MISSED), place, label) is earlier


def test_no_seam_is_left_where_the_earlier_boundary_was() -> None:
    """Both answers are unsure at their own boundaries; inside the joined product nothing is."""
    columns = np.arange(80, dtype=np.float32)
    earlier = np.tile(np.clip(40 - columns, -8, 8), (60, 1)).astype(np.float32)
    found = np.tile(np.clip(60 - columns, -8, 8), (60, 1)).astype(np.float32)
    changed = changed_at(earlier, found, (30, 50), 1)
    assert changed[:, :52].min() > 4  # a probability of 0.98
    assert np.array_equal(changed > 0, found > 4)  # half as sure as at the click


def test_right_clicks_leave_a_good_answer_good() -> None:
    """The adapter that ships, on a plain packshot: clicks inside and outside keep the mask as it was."""
    image, truth = draw_packshot(360, 480)
    segmenter, frame = Segmenter.load(adapter_folder() / "mobile_sam"), Frame(360, 480)
    features = segmenter.embed(image)
    begun = segmenter.decode(features, [], frame).finest_logits(0, 0)
    rows, columns = np.nonzero(truth)
    inside = float(columns.mean()), float(rows.mean())
    answer, clicks = begun, []
    for place, label in ((inside, 1), ((3.0, 3.0), 0), ((inside[0] + 20, inside[1]), 1)):
        clicks.append((place, label))
        answer = refine_by_click(segmenter, features, frame, answer, clicks)
    assert (begun > 0).any()
    assert mask_iou(answer > 0, begun > 0) > 0.99
