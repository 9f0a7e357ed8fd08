"""Views: crops that spare the product, colours that follow the seed."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from wesam_packshot.adaptation.views import crop_window, strong_view
from wesam_packshot.config import ViewsConfig
from wesam_packshot.sam.frame import pad_to_frame

KINDS = ("brightness", "contrast", "saturation", "hue", "grey", "blur", "noise", "shadow")
NEUTRAL = {"strong": 1.0} | dict.fromkeys(KINDS, 0.0)


@given(
    st.integers(20, 500), st.integers(20, 500), st.lists(st.floats(0, 1), min_size=4, max_size=4), st.integers(0, 99)
)
def test_crops_never_cut_the_product(height: int, width: int, corners: list[float], seed: int) -> None:
    left, right = sorted(round(value * width) for value in corners[:2])
    top, bottom = sorted(round(value * height) for value in corners[2:])
    x0, y0, x1, y1 = crop_window((height, width), (left, top, right, bottom), 1.0, np.random.default_rng(seed))
    assert 0 <= x0 <= left
    assert right <= x1 <= width
    assert 0 <= y0 <= top
    assert bottom <= y1 <= height
    assert x0 < x1
    assert y0 < y1


def test_crops_come_as_often_as_asked() -> None:
    generator = np.random.default_rng(0)
    windows = [crop_window((100, 100), (40, 40, 60, 60), 0.25, generator) for _ in range(400)]
    assert sum(window != (0, 0, 100, 100) for window in windows) == pytest.approx(100, abs=25)
    assert crop_window((100, 100), None, 1.0, generator) == (0, 0, 100, 100)


def test_the_strong_view_follows_the_seed_alone() -> None:
    images = torch.rand(2, 3, 64, 64)
    config = ViewsConfig(strong=1, grey=0.5, blur=0.5, noise=0.5, shadow=0.5)
    first = strong_view(images, config, 5)
    torch.rand(100)
    assert torch.equal(strong_view(images, config, 5), first)
    assert not torch.equal(strong_view(images, config, 6), first)
    assert first.shape == images.shape
    assert first.min() >= 0
    assert first.max() <= 1


def test_the_global_generator_is_left_alone() -> None:
    torch.manual_seed(3)
    expected = torch.rand(3)
    torch.manual_seed(3)
    strong_view(torch.rand(1, 3, 32, 32, generator=torch.Generator().manual_seed(0)), ViewsConfig(), 5)
    assert torch.equal(torch.rand(3), expected)


def test_a_share_of_the_photos_gets_the_strong_view() -> None:
    images = torch.rand(200, 3, 8, 8)
    changed = strong_view(images, ViewsConfig(strong=0.25, blur=0, shadow=0), 3)
    same = sum(torch.equal(before, after) for before, after in zip(images, changed, strict=True))
    assert same == pytest.approx(150, abs=20)
    assert torch.equal(strong_view(images, ViewsConfig(strong=0), 3), images)


def test_all_strengths_at_zero_change_nothing() -> None:
    images = torch.rand(1, 3, 32, 32)
    assert torch.allclose(strong_view(images, ViewsConfig(**NEUTRAL), 1), images, atol=1e-5)


@pytest.mark.parametrize("name", ["grey", "blur", "noise", "shadow"])
def test_each_probability_does_something(name: str) -> None:
    images = torch.rand(1, 3, 64, 64)
    views = [strong_view(images, ViewsConfig(**(NEUTRAL | {name: 1.0})), seed) for seed in range(6)]
    assert np.mean([(changed - images).abs().mean() for changed in views]) > 0.005
    if name == "grey":
        assert (views[0][0, 0] - views[0][0, 2]).abs().max() < 1e-5
    if name == "shadow":
        assert all((changed <= images + 1e-6).all() for changed in views)  # shadows only darken


def test_no_filter_brings_padding_into_the_picture() -> None:
    """A plain photo stays plain up to its border, whatever blur and contrast do."""
    photo = np.full((300, 1024, 3), 200, np.uint8)
    images = pad_to_frame(photo)[None].float() / 255
    blurred = ViewsConfig(**(NEUTRAL | {"brightness": 0.3, "contrast": 0.3, "blur": 1.0}))
    for seed in range(3):
        inside = strong_view(images, blurred, seed)[0, :, :300]
        assert (inside.amax() - inside.amin()).item() < 1e-3
