"""Shadow layers and mirror images of known strength."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import ndimage

from wesam_packshot.priors import Reflection, find_reflection, fit_backdrop, shadow_alpha

SHAPE = (200, 240)
LIGHT = np.array([205.0, 200.0, 190.0])


def finish(values: NDArray[np.float64]) -> NDArray[np.uint8]:
    noisy = values + np.random.default_rng(0).normal(0, 0.6, values.shape)
    return noisy.clip(0, 255).round().astype(np.uint8)


def box(top: int, bottom: int, left: int, right: int) -> NDArray[np.bool_]:
    mask = np.zeros(SHAPE, bool)
    mask[top:bottom, left:right] = True
    return mask


@pytest.mark.parametrize("strength", [0.1, 0.3, 0.6])
def test_a_shadow_has_the_alpha_that_it_was_laid_with(strength: float) -> None:
    product, fallen = box(60, 120, 80, 140), ndimage.gaussian_filter(box(90, 125, 100, 200).astype(float), 3)
    values = LIGHT * (1 - strength * fallen[..., None])
    values[product] = (170, 50, 40)
    image = finish(values)
    backdrop = fit_backdrop(image, ~box(50, 140, 70, 215))
    alpha = shadow_alpha(backdrop, product)
    assert np.median(alpha[100:115, 155:190]) == pytest.approx(strength, abs=0.02)
    assert alpha[95:118, 141].mean() == pytest.approx(strength, abs=0.12)  # right up to the product
    assert alpha[product].max() == 0
    assert alpha[:50].max() == 0


def test_coloured_light_and_lone_flecks_are_no_shadow() -> None:
    values = np.broadcast_to(LIGHT, (*SHAPE, 3)).copy()
    values[120:160, 150:200] *= (0.8, 0.6, 0.5)  # a brown paper
    values[20:24, 20:24] *= 0.7
    alpha = shadow_alpha(fit_backdrop(finish(values), ~box(110, 170, 140, 210)), box(60, 120, 80, 140))
    assert alpha[125:155, 155:195].max() == 0
    assert alpha[:60].max() == 0


def mirrored(strength: float, fading: float = 0.0, reflect: bool = True) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """A product of stripes and dots that ends at row 110, its mirror image below, and the mask of both."""
    values = np.broadcast_to(LIGHT, (*SHAPE, 3)).copy()
    product = box(50, 110, 70, 170)
    values[product] = (150, 60, 50)
    values[60:70, 70:170] = (40, 40, 90)
    values[80:95, 90:120] = (225, 190, 40)
    values[96:104, 130:160] = (30, 90, 40)
    share = strength * np.exp(-fading * np.arange(60))[:, None, None] if reflect else np.ones((60, 1, 1))
    below = values[50:110][::-1]
    values[110:170] = share * below + (1 - share) * values[110:170]
    return finish(values), box(50, 170, 70, 170)


@pytest.mark.parametrize(("strength", "fading"), [(0.15, 0.0), (0.3, 0.0), (0.35, 0.02)])
def test_a_mirror_image_is_found_at_its_contact_line(strength: float, fading: float) -> None:
    image, mask = mirrored(strength, fading)
    found = find_reflection(fit_backdrop(image, ~box(40, 180, 60, 180)), mask)
    assert isinstance(found, Reflection)
    assert found.contact == pytest.approx(110, abs=2)
    assert 0.3 * strength < found.strength < 1.2 * strength
    assert found.likeness > 0.8


def test_a_symmetric_product_is_no_mirror_image() -> None:
    image, mask = mirrored(1.0, reflect=False)
    assert find_reflection(fit_backdrop(image, ~box(40, 180, 60, 180)), mask) is None


def test_a_pale_lower_part_that_mirrors_nothing_stays() -> None:
    image, mask = mirrored(0.3)
    image[110:170, 70:170] = image[110:170, 70:170][::-1]  # the same colours, in the wrong order
    assert find_reflection(fit_backdrop(image, ~box(40, 180, 60, 180)), mask) is None


def test_without_a_plain_backdrop_nothing_is_claimed() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (*SHAPE, 3), dtype=np.uint8)
    backdrop = fit_backdrop(noise, ~box(50, 170, 70, 170))
    assert find_reflection(backdrop, box(50, 170, 70, 170)) is None
    assert shadow_alpha(backdrop, box(50, 170, 70, 170)).max() == 0
