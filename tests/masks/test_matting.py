"""Boundaries at full resolution, on drawn edges whose alpha is known."""

import numpy as np
import pytest
from numpy.typing import NDArray

from wesam_packshot.arrays import Rgb
from wesam_packshot.masks import matting as boundary
from wesam_packshot.masks.matting import refine_boundary, tiles, unmixed
from wesam_packshot.masks.window import Window
from wesam_packshot.sam.frame import Frame

PRODUCT, BACKGROUND = np.array([180.0, 60, 40]), np.array([235.0, 235, 230])


def antialiased_disc(size: int, radius: float, noise: float = 0.0) -> tuple[Rgb, NDArray[np.float32]]:
    """A disc on a light ground, four samples to a side in each pixel, and its exact alpha."""
    fine = (np.arange(4 * size) + 0.5) / 4 - size / 2
    alpha = (np.hypot(fine[:, None], fine[None]) < radius).reshape(size, 4, size, 4).mean((1, 3)).astype(np.float32)
    picture = alpha[..., None] * PRODUCT + (1 - alpha[..., None]) * BACKGROUND
    picture += np.random.default_rng(0).normal(0, noise, picture.shape)
    return picture.clip(0, 255).round().astype(np.uint8), alpha


def coarse_logits(alpha: NDArray[np.float32], step: int, shift: int = 0) -> NDArray[np.float32]:
    """What SAM might say: blocks of `step` pixels, and the whole of it beside its place."""
    blocks = alpha.reshape(len(alpha) // step, step, -1, step).mean((1, 3))
    logits: NDArray[np.float32] = np.roll(12 * (blocks - 0.5), shift, 1).astype(np.float32)
    return logits


@pytest.mark.parametrize("shift", [0, 1])
def test_a_coarse_mask_finds_the_edge(shift: int) -> None:
    image, alpha = antialiased_disc(512, 150.3, noise=2)
    logits = coarse_logits(alpha, 4, shift)
    found = refine_boundary(image, logits)
    coarse = np.abs((np.kron(logits, np.ones((4, 4))) > 0) - alpha).mean()
    assert np.abs(found.alpha / 255 - alpha).mean() < 0.15 * coarse
    assert np.abs(found.alpha / 255 - alpha).mean() < 0.002
    assert np.array_equal(found.mask, found.alpha >= 128)


def test_mixed_pixels_get_the_products_own_colour() -> None:
    image, alpha = antialiased_disc(512, 150.3)
    found = refine_boundary(image, coarse_logits(alpha, 4))
    mixed = (alpha > 0.05) & (alpha < 0.95)
    before, after = (np.abs(colour[mixed].astype(float) - PRODUCT).mean() for colour in (image, found.colour))
    assert before > 20
    assert after < 4
    page = 20.0  # on a dark page no light fringe is left
    laid = found.alpha[..., None] / 255 * found.colour + (1 - found.alpha[..., None] / 255) * page
    true = alpha[..., None] * PRODUCT + (1 - alpha[..., None]) * page
    assert np.abs(laid - true)[mixed].mean() < 8
    assert np.array_equal(found.colour[alpha == 1], image[alpha == 1])


def test_tiles_give_what_the_whole_would(monkeypatch: pytest.MonkeyPatch) -> None:
    image, alpha = antialiased_disc(512, 150.3, noise=2)
    whole = refine_boundary(image, coarse_logits(alpha, 4))
    monkeypatch.setattr(boundary, "TILE", 200)
    tiled = refine_boundary(image, coarse_logits(alpha, 4))
    assert np.abs(whole.alpha.astype(int) - tiled.alpha).mean() < 0.05
    assert (np.abs(whole.alpha.astype(int) - tiled.alpha) > 64).mean() < 1e-3


def test_a_part_is_refined_as_in_the_whole_and_the_rest_is_not() -> None:
    image, alpha = antialiased_disc(512, 150.3, noise=2)
    logits = coarse_logits(alpha, 4, shift=1)
    whole = refine_boundary(image, logits)
    part = Window(300, 90, 430, 250, 512, 512)
    found = refine_boundary(image, logits, part)
    assert np.array_equal(found.alpha[part.slices], whole.alpha[part.slices])
    assert np.array_equal(found.colour[part.slices], whole.colour[part.slices])
    outside = np.ones((512, 512), bool)
    outside[part.slices] = False
    assert set(np.unique(found.alpha[outside])) == {0, 255}
    assert np.array_equal(found.colour[outside], image[outside])
    assert (found.alpha != whole.alpha)[outside].any()


def test_tiles_cover_a_photo_once() -> None:
    covered = np.zeros((2500, 1100), int)
    for tile in tiles(Frame(2500, 1100)):
        covered[tile.slices] += 1
    assert (covered == 1).all()


def test_where_colours_are_alike_the_mask_decides() -> None:
    image = np.full((64, 64, 3), 200, np.uint8)
    logits = np.full((64, 64), -8, np.float32)
    logits[20:40, 20:40] = 8
    alpha, colour = unmixed(image, logits, 1.5)
    assert np.array_equal(alpha > 0.5, logits > 0)
    assert np.abs(colour.astype(int) - 200).max() <= 1


@pytest.mark.parametrize("level", [-3.0, 3.0])
def test_an_empty_and_a_full_mask_stay(level: float) -> None:
    image, _ = antialiased_disc(128, 40)
    found = refine_boundary(image, np.full((32, 32), level, np.float32))
    assert (found.alpha == (255 if level > 0 else 0)).all()
    assert np.array_equal(found.colour, image)
