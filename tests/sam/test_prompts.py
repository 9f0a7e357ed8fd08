"""Prompts to tensors: frames, labels, padding points."""

import numpy as np
import pytest
import torch
from refiners.foundationals.segment_anything.prompt_encoder import PointType

from wesam_packshot.sam.frame import Frame
from wesam_packshot.sam.prompts import Prompt, coarse_mask, inset, prompt_tensors, stack, whole_image

FRAME = Frame(250, 500)  # doubled in the frame, less the factor 1024 / 500
SCALE = 1024 / 500


def test_whole_image_is_the_box_of_all_pixels() -> None:
    tensors = prompt_tensors([whole_image(FRAME)], FRAME)
    assert tensors.coords.shape == (1, 1, 2, 2)
    assert tensors.coords[0, 0].tolist() == [[0, 0], [1024, 512]]
    assert tensors.types[0, 0].tolist() == [PointType.BOX_TOP_LEFT.value, PointType.BOX_BOTTOM_RIGHT.value]
    assert tensors.masks is None


def test_points_get_a_padding_point_and_boxes_do_not() -> None:
    points = Prompt(points=((10, 20), (30, 40)), labels=(1, 0))
    tensors = prompt_tensors([points], FRAME)
    expected = [PointType.FOREGROUND.value, PointType.BACKGROUND.value, PointType.NOT_A_POINT.value]
    assert tensors.types[0, 0].tolist() == expected
    assert torch.allclose(tensors.coords[0, 0, :2], torch.tensor([[10.0, 20.0], [30.0, 40.0]]) * SCALE)
    both = prompt_tensors([Prompt(box=(1, 2, 3, 4), points=((10, 20),), labels=(1,))], FRAME)
    assert both.types[0, 0].tolist() == [
        PointType.FOREGROUND.value,
        PointType.BOX_TOP_LEFT.value,
        PointType.BOX_BOTTOM_RIGHT.value,
    ]


def test_inset_moves_every_side() -> None:
    assert inset(FRAME, 0.1).box == (50.0, 25.0, 450.0, 225.0)


def test_coarse_masks_become_logits_of_either_sign() -> None:
    levels = np.zeros((250, 500), np.uint8)
    levels[:, :250] = 255
    logits = coarse_mask(levels, FRAME)
    assert logits.shape == (256, 256)
    assert logits[:125, :120].min() == pytest.approx(8, abs=1e-3)
    assert logits[:125, 140:].max() == pytest.approx(-8, abs=1e-3)
    assert logits[130:].max() == pytest.approx(-8, abs=1e-3)  # the padding is background


def test_prompts_of_a_batch_must_match() -> None:
    box, point = Prompt(box=(1, 2, 3, 4)), Prompt(points=((1, 2), (3, 4)), labels=(1, 1))
    with pytest.raises(ValueError, match="same number of points"):
        prompt_tensors([box, point], FRAME)
    masked = Prompt(box=(1, 2, 3, 4), mask=torch.zeros(256, 256))
    with pytest.raises(ValueError, match="all or no masks"):
        prompt_tensors([box, masked], FRAME)
    assert prompt_tensors([masked, masked], FRAME).masks.shape == (1, 2, 256, 256)  # type: ignore[union-attr]


def test_stacking_images() -> None:
    one = prompt_tensors([Prompt(box=(1, 2, 3, 4), mask=torch.ones(256, 256))], FRAME)
    two = stack([one, one])
    assert two.coords.shape == (2, 1, 2, 2)
    assert two.masks is not None
    assert two.masks.shape == (2, 1, 256, 256)
    assert stack([prompt_tensors([whole_image(FRAME)], FRAME)]).masks is None


def test_empty_and_uneven_prompts_are_refused() -> None:
    with pytest.raises(ValueError, match="needs a box, a point or a mask"):
        Prompt()
    with pytest.raises(ValueError, match="2 points but 1 labels"):
        Prompt(points=((1, 2), (3, 4)), labels=(1,))
