"""Holes through which the backdrop shows: handles, rings, baskets, between the legs of a chair.

SAM fills them. Colour finds them where a region inside the mask has the colour of the backdrop beside the product,
is as smooth, and is rimmed all around by something clearly different; a white part of a product on white lacks such
a rim.
"""

import numpy as np
from jaxtyping import Float, UInt8
from scipy import ndimage
from skimage.morphology import remove_small_objects

from wesam_packshot.arrays import Mask
from wesam_packshot.priors.backdrop import Backdrop
from wesam_packshot.priors.evidence import brightness_and_chroma, is_neutral

Map = Float[np.ndarray, "height width"]

MIN_PIXELS = 40
# Log steps: how far a hole's brightness may be from the backdrop's beside the product, and how much it may vary.
LEVEL = 0.025
SPREAD = 0.03
# Pixels over which a hole's brightness is averaged to see wires in it, and how many pixels are just noise.
WIRE = 4.0
SPECK = 6
# Log steps: what can be the backdrop at all, and what can be a shadow on it within a hole.
ALIKE = 0.12
DEEPEST = -0.5
# Log steps: what a rim must differ by, and how much of the rim must.
RIM_CONTRAST = 0.15
RIM_MEDIAN = 0.25
RIM_SHARE = 0.9
# Share of the longer side over which the backdrop beside the product is averaged, and what of it counts as bare.
BESIDE = 0.06
BARE = 0.15
LARGEST_SHIFT = 0.1
# Where the photo is burnt out, white parts of a product look exactly like a white backdrop, so that a small
# region may be print on the product; prints of more than this share of the product are rare.
BURNT_OUT = 252
LARGE_SHARE = 0.025


def find_holes(image: UInt8[np.ndarray, "height width 3"], backdrop: Backdrop, mask: Mask) -> tuple[Mask, Mask]:
    """Regions of `mask` that are holes, and regions that may be, in pixels of about 768 a side.

    A region is doubtful when it would be a hole, but is small and burnt out, so that it may be white print.

    Returns:
        holes and doubtful holes, (height, width) each.
    """
    holes, doubtful = np.zeros_like(mask), np.zeros_like(mask)
    if not backdrop.plain:
        return holes, doubtful
    noise = backdrop.noise
    brightness, chroma = brightness_and_chroma(backdrop.residual)
    neutral = is_neutral(brightness, chroma, noise)
    brightness = brightness - _beside(brightness, mask)
    slope = ndimage.gaussian_gradient_magnitude(brightness, 1.0)
    smooth = neutral & (slope < max(0.02, 1.5 * noise)) & mask
    alike = smooth & (np.abs(brightness) < ALIKE)
    shaded = smooth & (brightness > DEEPEST) & (brightness < ALIKE)
    labels, _ = ndimage.label(ndimage.binary_opening(alike) & mask)
    for number, window in enumerate(ndimage.find_objects(labels), start=1):
        window = tuple(slice(max(0, axis.start - 8), axis.stop + 8) for axis in window)
        region = labels[window] == number
        if region.sum() < MIN_PIXELS or not _is_hole(region, brightness[window], chroma[window], noise):
            continue
        level = float(np.median(brightness[window][region]))
        found = ndimage.binary_dilation(region, iterations=2) & (np.abs(brightness[window] - level) < SPREAD)
        burnt = (image[window][region].min(-1) >= BURNT_OUT).mean() > 0.5
        target = doubtful if burnt and region.sum() < LARGE_SHARE * mask.sum() else holes
        target[window] |= found & mask[window]
    holes = _with_shadows(holes, shaded)
    return holes & ~_wires(brightness, holes, noise), doubtful


def _with_shadows(holes: Mask, shaded: Mask) -> Mask:
    """Holes with the soft shadows in them, unless these would be larger than the holes: then they are product."""
    grown: Mask = ndimage.binary_propagation(holes, mask=shaded | holes) if holes.any() else holes
    return grown if grown.sum() <= 2 * holes.sum() else holes


def _wires(brightness: Map, holes: Mask, noise: float) -> Mask:
    """What differs from the holes' own brightness around it: wires too thin for their edges to exceed the noise."""
    if not holes.any():
        return holes
    weight = ndimage.gaussian_filter(holes.astype(np.float32), WIRE)
    level = ndimage.gaussian_filter(np.where(holes, brightness, 0).astype(np.float32), WIRE) / np.maximum(weight, 1e-6)
    thin: Mask = np.abs(brightness - level) > max(0.02, 2.5 * noise)
    wires: Mask = remove_small_objects(thin & holes, max_size=SPECK)
    return wires


def _beside(brightness: Map, mask: Mask) -> Map:
    """What the fitted backdrop is off by around the product, from the bare backdrop beside it.

    Taken at a quarter of the resolution, since it is smooth.
    """
    bare = ~ndimage.binary_dilation(mask, iterations=4) & (np.abs(brightness) < BARE)
    spread = BESIDE * max(mask.shape) / 4
    weight = ndimage.gaussian_filter(bare[::4, ::4].astype(np.float32), spread)
    total = ndimage.gaussian_filter(np.where(bare, brightness, 0)[::4, ::4].astype(np.float32), spread)
    level = np.clip(np.where(weight > 1e-3, total / np.maximum(weight, 1e-6), 0), -LARGEST_SHIFT, LARGEST_SHIFT)
    return np.kron(level, np.ones((4, 4), np.float32))[: mask.shape[0], : mask.shape[1]]


def _is_hole(region: Mask, brightness: Map, chroma: Map, noise: float) -> bool:
    inside = brightness[region]
    level = float(np.median(inside))
    if abs(level) > max(2.5 * noise, LEVEL) or inside.std() > SPREAD:
        return False
    if float(np.median(chroma[region])) > max(1.5 * noise, 0.008):
        return False
    contrast = ndimage.maximum_filter(np.maximum(np.abs(brightness - level), chroma), 7)
    rim = ndimage.binary_dilation(region, iterations=4) & ~ndimage.binary_dilation(region, iterations=2)
    if not rim.any():
        return False
    return bool((contrast[rim] > RIM_CONTRAST).mean() > RIM_SHARE and np.median(contrast[rim]) > RIM_MEDIAN)
