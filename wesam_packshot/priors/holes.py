"""Holes through which the backdrop shows: handles, rings, baskets, between the legs of a chair.

SAM fills them. Colour finds them where a region inside the mask has exactly the backdrop's colour, is as smooth,
and is rimmed all around by something clearly different; a white part of a product on white lacks such a rim.
"""

import numpy as np
from jaxtyping import Bool, Float, UInt8
from scipy import ndimage

from wesam_packshot.priors.backdrop import Backdrop
from wesam_packshot.priors.evidence import SPILL, brightness_and_chroma

Mask = Bool[np.ndarray, "height width"]

MIN_PIXELS = 25
# Log steps: what a rim must differ by, and how much of the rim must.
RIM_CONTRAST = 0.15
RIM_MEDIAN = 0.25
RIM_SHARE = 0.9
# Where the photo is burnt out, white parts of a product look exactly like a white backdrop, so that a small
# region may be print on the product; prints of more than this share of the product are rare.
BURNT_OUT = 252
LARGE_SHARE = 0.025


def find_holes(image: UInt8[np.ndarray, "height width 3"], backdrop: Backdrop, mask: Mask) -> tuple[Mask, Mask]:
    """Regions of `mask` that are holes, and regions that may be, in pixels of about 512 a side.

    A region is doubtful when it would be a hole, but is small and burnt out, so that it may be white print.

    Returns:
        holes and doubtful holes, (height, width) each.
    """
    holes, doubtful = np.zeros_like(mask), np.zeros_like(mask)
    if not backdrop.plain:
        return holes, doubtful
    noise = backdrop.noise
    brightness, chroma = brightness_and_chroma(backdrop.residual)
    slope = ndimage.gaussian_gradient_magnitude(brightness, 1.0)
    alike = (np.abs(brightness) < 0.12) & (chroma < 4 * noise + SPILL * np.abs(brightness))
    alike &= slope < max(0.02, 1.5 * noise)
    labels, _ = ndimage.label(ndimage.binary_opening(alike) & mask)
    for number, window in enumerate(ndimage.find_objects(labels), start=1):
        window = tuple(slice(max(0, axis.start - 6), axis.stop + 6) for axis in window)
        region = labels[window] == number
        if region.sum() < MIN_PIXELS or not _is_hole(region, brightness[window], chroma[window], noise):
            continue
        found = ndimage.binary_dilation(region, iterations=2) & (np.abs(brightness[window]) < 0.08)
        burnt = (image[window][region].min(-1) >= BURNT_OUT).mean() > 0.5
        target = doubtful if burnt and region.sum() < LARGE_SHARE * mask.sum() else holes
        target[window] |= found & mask[window]
    return holes, doubtful


def _is_hole(
    region: Mask, brightness: Float[np.ndarray, "height width"], chroma: Float[np.ndarray, "height width"], noise: float
) -> bool:
    inside = brightness[region]
    level = float(np.median(inside))
    if abs(level) > max(2.5 * noise, 0.012) or inside.std() > 0.03:
        return False
    if float(np.median(chroma[region])) > max(1.5 * noise, 0.008):
        return False
    contrast = ndimage.maximum_filter(np.maximum(np.abs(brightness - level), chroma), 5)
    rim = ndimage.binary_dilation(region, iterations=3) & ~ndimage.binary_dilation(region, iterations=2)
    if not rim.any():
        return False
    return bool((contrast[rim] > RIM_CONTRAST).mean() > RIM_SHARE and np.median(contrast[rim]) > RIM_MEDIAN)
