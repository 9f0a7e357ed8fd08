"""The first and the zoom-in pass: tone curve, window, and what SAM is told."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.conftest import draw_packshot
from wesam_packshot.masks.binary import mask_iou
from wesam_packshot.masks.window import Window, shrink
from wesam_packshot.priors import fit_backdrop
from wesam_packshot.pseudolabel.candidates import encode_image
from wesam_packshot.pseudolabel.coarse_pass import coarse_pass
from wesam_packshot.pseudolabel.encoded_views import EncodedViews, stretch_highlights
from wesam_packshot.pseudolabel.stages import Stages
from wesam_packshot.pseudolabel.zoom_in import cut_candidate, window_around, zoom_in
from wesam_packshot.sam.frame import Frame
from wesam_packshot.sam.model import SegmentAnything
from wesam_packshot.sam.prompts import Prompt
from wesam_packshot.sam.weights import Base

FRAME = Frame(480, 640)


def test_the_tone_curve_spreads_highlights() -> None:
    levels = np.array([[[0, 128, 255]], [[230, 240, 250]]], np.uint8)
    stretched = stretch_highlights(levels).astype(int)
    assert stretched[0, 0].tolist() == [0, round(255 * (128 / 255) ** 3), 255]
    assert np.diff(stretched[1, 0]).tolist() == pytest.approx(
        [3 * (235 / 255) ** 2 * 10, 3 * (245 / 255) ** 2 * 10], abs=1
    )


def lamp() -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """A lamp whose shade alone is in the mask: its thin pole and foot are only edges."""
    image = np.full((192, 256, 3), 205, np.uint8)
    image[30:70, 100:160] = (180, 60, 40)
    image[70:150, 128:131] = (40, 40, 40)
    image[150:156, 110:150] = (40, 40, 40)
    mask = np.zeros((192, 256), bool)
    mask[30:70, 100:160] = True
    return image, mask


def test_the_window_takes_in_what_is_connected_by_edges() -> None:
    image, mask = lamp()
    window = window_around([mask], fit_backdrop(image, np.zeros_like(mask)), FRAME)
    assert window.top <= 30 * 2.5
    assert window.bottom >= 156 * 2.5  # the foot of the lamp
    assert window.bottom < 480
    assert window.right < 500
    assert window_around([~mask & mask], fit_backdrop(image, np.zeros_like(mask)), FRAME) == Window.whole(FRAME)


def test_both_views_and_the_closer_look_find_a_ball(mobile_sam: tuple[SegmentAnything, Base]) -> None:
    sam = mobile_sam[0]
    image, truth = draw_packshot(FRAME.height, FRAME.width)
    first = coarse_pass(sam, views := EncodedViews(partial(encode_image, sam), image), None, Stages())
    assert len(first.chosen) == 2
    low = shrink(np.repeat(truth[..., None] * np.uint8(255), 3, -1), FRAME.low_res_size)[..., 0] > 128
    for candidate in first.chosen:
        assert mask_iou(candidate.mask, low) > 0.9
    window = window_around([item.mask for item in first.chosen], first.backdrop, FRAME)
    earlier = [cut_candidate(item, window) for item in first.chosen]
    closer = zoom_in(sam, views, window, earlier, None)
    inside = window.cut_map(truth.astype(np.float32), closer[0].mask.shape) > 0.5
    assert [item.origin for item in closer] == ["zoom", "zoom"]
    for candidate in closer:
        assert mask_iou(candidate.mask, inside) > 0.95


def test_a_users_prompt_is_the_closer_looks_too(mobile_sam: tuple[SegmentAnything, Base]) -> None:
    sam = mobile_sam[0]
    left, truth = draw_packshot(300, 300)
    image = np.concatenate([left, draw_packshot(300, 300, (40, 90, 180))[0]], axis=1)
    prompt = Prompt(points=((465.0, 150.0),), labels=(1,))
    first = coarse_pass(sam, views := EncodedViews(partial(encode_image, sam), image), prompt, Stages())
    window = replace(Window.whole(Frame(300, 600)), left=300)
    earlier = [cut_candidate(item, window) for item in first.chosen]
    (found, _) = zoom_in(sam, views, window, earlier, prompt)
    assert mask_iou(found.mask, window.cut_map(np.hstack([truth * 0.0, truth]), found.mask.shape) > 0.5) > 0.9
