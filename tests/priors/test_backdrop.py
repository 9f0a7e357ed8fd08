"""The backdrop model on pictures whose backdrop is known."""

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.conftest import draw_packshot
from wesam_packshot.arrays import Rgb
from wesam_packshot.priors import border_ring, find_horizon, fit_backdrop, seen_through
from wesam_packshot.priors.backdrop import log_colour


def sweep(height: int = 160, width: int = 200, noise: float = 1.0, seed: int = 0) -> NDArray[np.float64]:
    """A tinted backdrop with a gradient and vignetting, plus noise in grey levels."""
    rows, columns = np.mgrid[:height, :width]
    y, x = rows / height - 0.5, columns / width - 0.5
    light = 1 - 0.15 * x - 0.25 * (x**2 + y**2)
    picture = light[..., None] * np.array([225.0, 220.0, 210.0])
    noisy: NDArray[np.float64] = picture + np.random.default_rng(seed).normal(0, noise, picture.shape)
    return noisy


def as_image(picture: NDArray[np.float64]) -> Rgb:
    return picture.clip(0, 255).round().astype(np.uint8)


def nowhere(image: Rgb) -> NDArray[np.bool_]:
    return np.zeros(image.shape[:2], bool)


def test_a_bare_sweep_has_no_residual() -> None:
    image = as_image(sweep())
    fitted = fit_backdrop(image, ~nowhere(image))
    assert fitted.plain
    assert np.abs(fitted.residual).mean() < 0.006
    assert 0.003 < fitted.noise < 0.015  # one grey level of 200, and the largest of three channels


def test_the_border_alone_predicts_what_lies_behind_the_product() -> None:
    picture = sweep()
    clean = as_image(picture)
    picture[40:120, 60:140] = (40, 80, 160)
    fitted = fit_backdrop(as_image(picture), nowhere(clean))
    hidden = np.log((clean + 2.0) / 257)[40:120, 60:140]
    shown = np.log((as_image(picture) + 2.0) / 257)[40:120, 60:140]
    assert np.abs(shown - fitted.residual[40:120, 60:140] - hidden).mean() < 0.02


def test_a_product_across_the_border_does_not_bend_it() -> None:
    picture = sweep()
    picture[60:100, :80] = (30, 30, 30)  # a quarter of the left border
    fitted = fit_backdrop(as_image(picture), nowhere(as_image(picture)))
    assert np.abs(fitted.residual[:50, 100:]).mean() < 0.01
    assert fitted.residual[80, 40].max() < -1.5


def test_shadows_keep_their_depth() -> None:
    picture = sweep()
    picture[100:130, 60:140] *= 0.7
    fitted = fit_backdrop(as_image(picture), ~nowhere(as_image(picture)))
    assert np.median(fitted.residual[105:125, 65:135]) == pytest.approx(np.log(0.7), abs=0.03)


def meeting(row: int, wall: float = 215.0, floor: float = 175.0) -> NDArray[np.float64]:
    """Wall and floor of different tone that meet at a row, with a product across the line."""
    picture = sweep()
    picture[:row] *= wall / 215
    picture[row:] *= floor / 215
    picture[60:120, 80:120] = (60, 90, 40)
    return picture


@pytest.mark.parametrize("row", [60, 100])
def test_a_horizon_parts_wall_and_floor(row: int) -> None:
    image = as_image(meeting(row))
    background = ~nowhere(image)
    background[50:130, 70:130] = False
    fitted = fit_backdrop(image, background)
    assert fitted.horizon == pytest.approx(row / 160, abs=0.01)
    assert fitted.plain
    far = background & (np.abs(np.arange(160) - row) > 2)[:, None]
    assert np.abs(fitted.residual[far]).mean() < 0.01
    assert fitted.residual[70:110, 85:115].max() < -0.5
    fine = seen_through(fitted, as_image(meeting(row))[20:140], (0, 20 / 160, 1, 140 / 160))
    assert np.abs(fine.residual - fitted.residual[20:140]).max() < 1e-9


def test_gradients_shadows_and_products_are_no_horizon() -> None:
    image = as_image(sweep())
    assert find_horizon(log_colour(image), ~nowhere(image)) == 1
    slope = np.linspace(230, 120, 160)[:, None, None] * np.ones((1, 200, 3))
    assert find_horizon(log_colour(as_image(slope)), ~nowhere(image)) == 1
    picture = sweep()
    picture[90:, :80] *= 0.7  # a shadow at one side
    assert find_horizon(log_colour(as_image(picture)), ~nowhere(image)) == 1
    picture = sweep()
    picture[60:100] = (40, 60, 90)  # a product from side to side
    known = ~nowhere(image)
    known[55:105] = False
    assert find_horizon(log_colour(as_image(picture)), known) == 1


def test_what_is_no_backdrop_is_known() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (160, 200, 3), dtype=np.uint8)
    assert not fit_backdrop(noise, nowhere(noise)).plain
    checks = np.kron(np.indices((10, 10)).sum(0) % 2, np.ones((16, 20)))[..., None] * np.array([150.0, 90.0, 40.0]) + 60
    assert not fit_backdrop(as_image(checks), nowhere(as_image(checks))).plain
    assert fit_backdrop(draw_packshot()[0], nowhere(draw_packshot()[0])).plain


def test_the_surface_is_the_same_at_another_resolution() -> None:
    small, large = as_image(sweep(80, 100)), as_image(sweep(320, 400))
    fitted = fit_backdrop(small, ~nowhere(small))
    fine = seen_through(fitted, large)
    assert fine.residual.shape == (320, 400, 3)
    assert np.abs(fine.residual.mean((0, 1))).max() < 0.003


def test_the_surface_is_the_same_through_a_window() -> None:
    image = as_image(sweep(160, 200))
    fitted = fit_backdrop(image, ~nowhere(image))
    part = seen_through(fitted, image[40:120, 50:150], (0.25, 0.25, 0.75, 0.75))
    assert np.abs(part.residual - fitted.residual[40:120, 50:150]).max() < 1e-9
    assert (part.noise, part.plain) == (fitted.noise, fitted.plain)


def test_the_ring_is_a_share_of_the_shorter_side() -> None:
    ring = border_ring(100, 200, 0.05)
    assert ring[:5].all()
    assert ring[:, :5].all()
    assert not ring[5:-5, 5:-5].any()
    assert border_ring(10, 10)[1].all()
