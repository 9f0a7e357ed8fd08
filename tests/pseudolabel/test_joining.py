"""Several products in one photo: what lies beside all of them, and what is looked at once for all."""

import hashlib

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from scipy import ndimage

from tests.conftest import draw_packshot, tiny_sam
from wesam_packshot.arrays import Rgb
from wesam_packshot.batch.segmentation import Request, cut
from wesam_packshot.io.prompt_file import PromptSpec
from wesam_packshot.masks.window import Window, resample, shrink
from wesam_packshot.priors import Backdrop, fit_backdrop
from wesam_packshot.pseudolabel.calibration import Features
from wesam_packshot.pseudolabel.label import PseudoLabel, join_labels, layers_beside
from wesam_packshot.pseudolabel.labeler import PseudoLabeler
from wesam_packshot.sam.features import ImageFeatures
from wesam_packshot.sam.frame import Frame
from wesam_packshot.sam.model import SegmentAnything
from wesam_packshot.sam.prompts import Prompt
from wesam_packshot.segment.segmenter import Segmenter

SIZE = (512, 512)


def two_balls() -> tuple[Rgb, NDArray[np.bool_], NDArray[np.bool_]]:
    """One above the other on one sweep, with each ball's mask and where both shadows are dark."""
    (one, mask), (bare, _) = (draw_packshot(256, 512, shadow=shadow) for shadow in (0.35, 0.0))
    fallen = (bare.astype(float) - one).mean(-1) > 20
    fallen &= ~ndimage.binary_dilation(mask, iterations=4)  # beside the product, and its mixed pixels
    return np.vstack([one, one]), mask, np.vstack([fallen, fallen])


def label_of(image: Rgb, backdrop: Backdrop, product: NDArray[np.bool_], confidence: float) -> PseudoLabel:
    plane = product.astype(np.float32)
    nothing = np.zeros(SIZE, bool)
    shadow, colour = layers_beside(image, backdrop, product, nothing)
    signs = Features(stability=confidence, agreement=1.0, kept=1.0, bare=0.0, shaded=0.0)
    window = Window.whole(Frame(*SIZE))
    box = (0.0, 0.0, 9.0, 9.0)
    return PseudoLabel(
        window, plane, plane, np.ones_like(plane), 1 - plane, shadow, nothing, colour, signs, confidence, True, box
    )


def test_both_shadows_are_kept_and_no_product_is_one() -> None:
    image, mask, fallen = two_balls()
    above, below = np.vstack([mask, ~mask & mask]), np.vstack([~mask & mask, mask])
    low = Frame(*SIZE).low_res_size
    sure = resample((~above & ~below & ~fallen).astype(np.float32), low) > 0.99
    backdrop = fit_backdrop(shrink(image, low), ndimage.binary_erosion(sure, iterations=3))
    assert backdrop.plain
    labels = [label_of(image, backdrop, above, 0.99), label_of(image, backdrop, below, 0.9)]
    assert [(label.shadow[fallen] > 0.04).mean() for label in labels] == pytest.approx([0.5, 0.5], abs=0.1)
    joined = join_labels(labels, image, backdrop)
    assert (joined.shadow[fallen] > 0.04).mean() > 0.9
    assert (joined.colour[fallen] < -0.9).mean() > 0.9
    both = above | below
    assert np.array_equal(joined.probability > 0.5, both)
    assert not joined.shadow[both].any()
    assert joined.colour[ndimage.binary_erosion(both, iterations=4)].min() > 0.9
    assert joined.confidence == min(label.confidence for label in labels)


@pytest.fixture
def encoded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Hashes of the pictures that have been encoded."""
    seen: list[str] = []
    encode = SegmentAnything.encode

    def counting(sam: SegmentAnything, images: torch.Tensor) -> ImageFeatures:
        seen.extend(hashlib.sha256(image.numpy().tobytes()).hexdigest() for image in images)
        return encode(sam, images)

    monkeypatch.setattr(SegmentAnything, "encode", counting)
    return seen


def test_each_view_of_a_photo_is_encoded_once_for_all_prompts(encoded: list[str]) -> None:
    image, _ = draw_packshot()
    prompts = [
        Prompt(box=box) for box in ((10.0, 10.0, 100.0, 90.0), (90.0, 60.0, 260.0, 200.0), (5.0, 5.0, 60.0, 60.0))
    ]
    PseudoLabeler(tiny_sam(), 0.0).draft_all(image, prompts)
    assert len(set(encoded)) == len(encoded)
    assert len(encoded) <= 2 + len(prompts)  # as it is, stretched, and a window around each product


@pytest.mark.parametrize("instances", [False, True])
def test_the_best_refinement_encodes_each_view_once(encoded: list[str], instances: bool) -> None:
    image, _ = draw_packshot()
    segmenter = Segmenter(tiny_sam(2))
    if instances:
        boxes = [PromptSpec(box=(10, 10, 100, 90)), PromptSpec(box=(90, 60, 260, 200))]
        cut(segmenter, image, boxes, Request(refine="best", instances=True))
    else:
        cut(segmenter, image, [], Request(refine="best"))
        assert len(encoded) <= 4  # as it is, stretched, and the window that the model and the labeler look through
    assert len(set(encoded)) == len(encoded)
