"""Evidence and holes on pictures with known answers."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import ndimage

from wesam_packshot.arrays import Rgb
from wesam_packshot.priors import Backdrop, Evidence, colour_evidence, find_holes, fit_backdrop
from wesam_packshot.priors.evidence import brightness_and_chroma

SHAPE = (160, 200)
SQUARE = np.s_[50:110, 70:130]


def scene(
    product: tuple[float, float, float] | None = None, shadow: float = 1.0, white: float = 200.0, noise: float = 0.8
) -> Rgb:
    """A flat grey wall, a soft shadow right of the middle, and a square product in the middle."""
    picture = np.full((*SHAPE, 3), white)
    fallen = np.zeros(SHAPE)
    fallen[60:120, 120:170] = 1
    picture *= 1 - (1 - shadow) * ndimage.gaussian_filter(fallen, 6)[..., None]
    if product:
        picture[SQUARE] = product
    picture += np.random.default_rng(0).normal(0, noise, picture.shape)
    return picture.clip(0, 255).round().astype(np.uint8)


def judge(image: Rgb) -> tuple[Backdrop, Evidence]:
    fitted = fit_backdrop(image, np.zeros(SHAPE, bool))
    return fitted, colour_evidence(fitted)


def test_distortion_is_split_into_brightness_and_chroma() -> None:
    residual = np.array([[[-0.5, -0.5, -0.5], [0.2, -0.1, -0.1]]])
    brightness, chroma = brightness_and_chroma(residual)
    assert brightness[0].tolist() == pytest.approx([-0.5, 0.0])
    assert chroma[0].tolist() == pytest.approx([0.0, 0.2])


@pytest.mark.parametrize("product", [(200, 40, 40), (120, 90, 60), (20, 20, 20), (250, 250, 250)])
def test_colour_darkness_and_light_are_product(product: tuple[float, float, float]) -> None:
    _, evidence = judge(scene(product, shadow=0.7))
    assert evidence.product[SQUARE].mean() > 0.97
    outside = np.ones(SHAPE, bool)
    outside[46:114, 66:134] = False
    assert evidence.product[outside].mean() < 0.005
    assert evidence.backdrop[outside].mean() > 0.9
    assert evidence.backdrop[SQUARE].mean() < 0.05


@pytest.mark.parametrize("grey", [197.0, 150.0])
def test_grey_on_grey_is_left_to_sam(grey: float) -> None:
    """A neutral product may be a shadow as far as colour knows: it is never called product, nor deleted for sure."""
    _, evidence = judge(scene((grey, grey, grey)))
    assert evidence.product[SQUARE].mean() < 0.1


def test_shadows_are_smooth_dark_backdrop() -> None:
    _, evidence = judge(scene((200, 40, 40), shadow=0.7))
    assert evidence.shadow[75:105, 140:160].mean() > 0.9
    assert evidence.shadow[:40].mean() < 0.02
    assert not (evidence.shadow & ~evidence.backdrop).any()


def test_no_backdrop_no_evidence() -> None:
    image = np.random.default_rng(0).integers(0, 256, (*SHAPE, 3), dtype=np.uint8)
    fitted, evidence = judge(image)
    assert not evidence.product.any()
    assert not evidence.backdrop.any()
    assert not any(found.any() for found in find_holes(image, fitted, np.ones(SHAPE, bool)))


def ring(
    inner: float | tuple[float, float, float], white: float = 200.0
) -> tuple[Rgb, NDArray[np.bool_], NDArray[np.bool_]]:
    """A dark ring; what its opening shows, the filled mask, and the opening."""
    rows, columns = np.mgrid[: SHAPE[0], : SHAPE[1]]
    radius = np.hypot(rows - 80, columns - 100)
    picture = np.full((*SHAPE, 3), white)
    picture[radius < 50] = (60, 40, 30)
    picture[radius < 30] = inner
    picture += np.random.default_rng(0).normal(0, 0.8, picture.shape)
    smooth = ndimage.gaussian_filter(picture, (0.7, 0.7, 0))
    return smooth.clip(0, 255).round().astype(np.uint8), radius < 50, radius < 30


def holes(inner: float | tuple[float, float, float], white: float = 200.0) -> tuple[float, float, float]:
    """Share of the opening found to be a hole, share that is doubtful, and share of the ring itself called hole."""
    image, filled, opening = ring(inner, white)
    fitted = fit_backdrop(image, ~filled)
    found, doubtful = find_holes(image, fitted, filled)
    return float(found[opening].mean()), float(doubtful[opening].mean()), float(found[filled & ~opening].mean())


def test_a_ring_opens_where_the_backdrop_shows() -> None:
    found, _, wrong = holes(200.0)
    assert found > 0.85
    assert wrong < 0.05


@pytest.mark.parametrize("inner", [186.0, (200.0, 190.0, 180.0), (230.0, 230.0, 230.0)])
def test_a_lid_of_almost_the_backdrops_colour_stays_shut(inner: float | tuple[float, float, float]) -> None:
    assert holes(inner)[0] == 0


def test_a_white_product_without_a_rim_keeps_its_white() -> None:
    picture = np.full((*SHAPE, 3), 200.0)
    picture[SQUARE] = 196  # all but invisible
    image = (picture + np.random.default_rng(0).normal(0, 0.8, picture.shape)).round().astype(np.uint8)
    mask = np.zeros(SHAPE, bool)
    mask[SQUARE] = True
    found, doubtful = find_holes(image, fit_backdrop(image, ~mask), mask)
    assert not found.any()
    assert not doubtful.any()


def test_burnt_out_openings_are_holes_when_large_and_doubtful_when_small() -> None:
    assert holes(255.0, white=255.0)[0] > 0.85
    image, filled, opening = ring(255.0, white=255.0)
    large = np.zeros((640, 800), bool)
    large[300:460, 300:500] = filled
    large[:240] = True  # a large product beside the small ring
    picture = np.full((640, 800, 3), 255, np.uint8)
    picture[:240] = (60, 40, 30)
    picture[300:460, 300:500] = image
    found, doubtful = find_holes(picture, fit_backdrop(picture, ~large), large)
    assert found[300:460, 300:500][opening].mean() == 0
    assert doubtful[300:460, 300:500][opening].mean() > 0.85
