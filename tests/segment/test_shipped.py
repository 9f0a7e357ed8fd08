"""The adapter that ships: the plainest packshots come out right the minute it is installed."""

from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from wesam_packshot.arrays import Mask, Rgb
from wesam_packshot.batch.segmentation import Request, cut
from wesam_packshot.masks.binary import mask_iou
from wesam_packshot.sam.adapter_file import named_adapter
from wesam_packshot.segment import Segmenter
from wesam_packshot.segment.refinement import Refine

HEIGHT, WIDTH = 600, 500
Plane = NDArray[np.floating]


@pytest.fixture(scope="module")
def segmenter() -> Iterator[Segmenter]:
    yield Segmenter.load(named_adapter("packshot", "mobile_sam"), device="cpu")


def shaded(product: Mask, colour: tuple[float, float, float]) -> Plane:
    """The product as if lit from the left, 0 to 1."""
    columns = np.linspace(1.1, 0.75, WIDTH)[None, :, None]
    return np.where(product[..., None], np.array(colour) * columns, 0)


def photo(canvas: Plane, product: Mask, colour: tuple[float, float, float]) -> Rgb:
    """The product in front of a backdrop of values 0 to 1, with a camera's blur and noise."""
    together = np.where(product[..., None], shaded(product, colour), canvas)
    blurred = ndimage.gaussian_filter(together, (0.7, 0.7, 0))
    noise = np.random.default_rng(0).normal(0, 0.004, together.shape)
    levels: Rgb = (np.clip(blurred + noise, 0, 1) * 255).round().astype(np.uint8)
    return levels


def bottle() -> Mask:
    """A body with shoulders and a neck, on a level base."""
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    half = np.interp(rows, [110, 180, 230, 420], [22, 22, 75, 75])
    shape: Mask = (np.abs(columns - WIDTH / 2) <= half) & (rows >= 110) & (rows < 420)
    return shape


def disc() -> Mask:
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    inside: Mask = (rows - 270) ** 2 + (columns - 230) ** 2 < 120**2
    return inside


def found(segmenter: Segmenter, image: Rgb, refine: Refine = "fast") -> Mask:
    outcome = cut(segmenter, image, (), Request(refine=refine))
    assert outcome.status == "ok", outcome.error
    return outcome.mask


@pytest.mark.parametrize("strength", [0.15, 0.35])
def test_a_soft_neutral_shadow_on_white_is_left_out(segmenter: Segmenter, strength: float) -> None:
    product = disc()
    shade = ndimage.gaussian_filter(np.roll(product, (45, 55), (0, 1)).astype(float), 18) * strength
    image = photo(np.repeat(0.98 - shade[..., None], 3, -1), product, (0.2, 0.45, 0.3))
    mask = found(segmenter, image)
    shadow = (shade > 0.04) & ~ndimage.binary_dilation(product, iterations=3)
    assert mask[shadow].mean() < 0.03
    assert mask_iou(mask, product) > 0.97


def test_a_shadow_is_kept_where_it_is_wanted(segmenter: Segmenter) -> None:
    product = disc()
    shade = ndimage.gaussian_filter(np.roll(product, (45, 55), (0, 1)).astype(float), 18) * 0.35
    image = photo(np.repeat(0.9 * (1 - shade[..., None]), 3, -1), product, (0.2, 0.45, 0.3))
    layers = cut(segmenter, image, (), Request(layers=True)).layers
    assert layers is not None
    found = np.asarray(Image.fromarray(layers.shadow).resize((WIDTH, HEIGHT), Image.Resampling.BILINEAR))
    outside = ~ndimage.binary_dilation(product, iterations=6)
    assert np.abs(found - shade)[outside].mean() < 0.2 * shade[outside].mean()
    assert found[outside & (shade < 0.001)].mean() < 0.005


@pytest.mark.parametrize("strength", [0.3, 0.6])
def test_a_fading_mirror_image_below_a_level_base_is_left_out(segmenter: Segmenter, strength: float) -> None:
    product, colour = bottle(), (0.55, 0.2, 0.15)
    mirrored = np.roll(product[::-1], 420 * 2 - HEIGHT, 0)
    mirrored[:420] = False
    fading = strength * np.clip(1 - (np.arange(HEIGHT) - 420) / 130, 0, 1)[:, None] * mirrored
    canvas = np.full((HEIGHT, WIDTH, 3), 0.95) * (1 - fading[..., None]) + shaded(mirrored, colour) * fading[..., None]
    mask = found(segmenter, photo(canvas, product, colour))
    seen = (fading > 0.05) & ~ndimage.binary_dilation(product, iterations=3)
    assert mask[seen].mean() < 0.06
    assert mask_iou(mask, product) > 0.96


@pytest.mark.parametrize("refine", ["fast", "best"])
def test_a_ring_stays_open(segmenter: Segmenter, refine: Refine) -> None:
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    distance = np.hypot(rows - 300, columns - 250)
    product: Mask = (distance < 150) & (distance > 105)
    mask = found(segmenter, photo(np.full((HEIGHT, WIDTH, 3), 0.88), product, (0.25, 0.3, 0.5)), refine)
    assert mask[distance < 100].mean() < 0.02
    assert mask_iou(mask, product) > 0.95
