"""SAM's resize-and-pad, and its inverse, against the original."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from segment_anything.utils.transforms import ResizeLongestSide

from tests.oracles.original_sam import original_sam
from wesam_packshot.sam.frame import Frame, model_input, pad_to_frame, resize_to_frame, to_model_input

SIDES = st.integers(16, 3000)


@given(SIDES, SIDES)
def test_sizes_and_coordinates_are_the_originals(height: int, width: int) -> None:
    original, frame = ResizeLongestSide(1024), Frame(height, width)
    assert frame.size == original.get_preprocess_shape(height, width, 1024)
    points = np.array([[0.0, 0.0], [width / 3, height / 7], [width, height]])
    expected = original.apply_coords(points, (height, width))
    assert np.allclose(frame.to_frame(torch.from_numpy(points)).numpy(), expected)


@pytest.mark.parametrize("size", [(120, 200), (200, 120), (1500, 900), (64, 64)])
def test_preprocessing_equals_the_original(size: tuple[int, int]) -> None:
    image = np.random.default_rng(0).integers(0, 256, (*size, 3), dtype=np.uint8)
    resized = ResizeLongestSide(1024).apply_image(image)
    assert np.array_equal(resize_to_frame(image), resized)
    expected = original_sam().preprocess(torch.from_numpy(resized.copy()).permute(2, 0, 1)[None].float())
    assert torch.allclose(model_input(image), expected, atol=1e-6)


@pytest.mark.parametrize("size", [(120, 200), (200, 120), (1024, 1024)])
def test_masks_return_to_the_image_as_in_the_original(size: tuple[int, int]) -> None:
    logits = torch.randn(2, 256, 256)
    frame = Frame(*size)
    expected = original_sam().postprocess_masks(logits[None], frame.size, size)[0]
    assert torch.allclose(frame.to_image(logits), expected, atol=1e-5)


def test_padding_is_zero_after_normalising_and_outside_every_weight() -> None:
    image = np.full((50, 100, 3), 255, np.uint8)
    frame = Frame(50, 100)
    framed = pad_to_frame(resize_to_frame(image)).float()[None]
    normalised = to_model_input(framed, frame.valid_mask()[None])
    assert normalised[0, :, 512:].abs().max() == 0
    assert normalised[0, :, :512].abs().min() > 0
    assert frame.valid_mask(256).sum() == 128 * 256
    assert frame.from_image(torch.ones(50, 100), 256)[128:].abs().max() == 0


def test_maps_of_any_resolution_fill_the_same_part_of_the_frame() -> None:
    frame = Frame(300, 600)
    large, small = torch.zeros(300, 600), torch.zeros(30, 60)
    large[:, :300], small[:, :30] = 1, 1
    for values in (large, small):
        framed = frame.from_image(values, 256)
        assert framed[:128, :126].min() > 0.99
        assert framed[:, 130:].max() < 0.01
