"""Truth of a picture, by difference of its passes."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, maximum_filter, minimum_filter
from skimage.morphology import remove_small_holes, remove_small_objects
from skimage.transform import resize

from wesam_packshot.studio.primary import Primary

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]

# Missing light from which people see a shadow on a plain backdrop: Weber's fraction is about 2 %, and what is left of
# the renderer's noise is about as much again.
DARKER = 0.05
# Share of the floor's light that a mirror image must differ by, as above; and from where on gloss sends one at all.
DIFFERENT, MIRRORED = 0.05, 0.01
# Standard deviations, pixels, over which changes are averaged: what noise asks for, and what an edge allows. Regions
# below so many pixels are noise. On pictures of twenty families these leave neither grain nor frayed edges.
NEAR, OWN, SPECK = 3.0, 0.7, 150


@dataclass(frozen=True)
class Truth:
    """Layers of a picture, (height, width) each.

    Attributes:
        alpha: coverage, 0 to 1; glass counts as product.
        transparency: share of the backdrop's light that comes through the product's glass, 0 to 1.
        shadow, reflection: where the backdrop lost light to the product, or shows its mirror image; a pixel of both
            is reflection.
    """

    alpha: Floats
    transparency: Floats
    shadow: Mask
    reflection: Mask

    @property
    def mask(self) -> Mask:
        """At least half covered."""
        return self.alpha >= 0.5


def derive(radiance: Floats, empty: Floats, mirror: Floats | None, primary: Primary, through: Floats) -> Truth:
    """The layers.

    Args:
        radiance: the photo, denoised, (height, width, 3).
        empty: the studio without the product, of any size.
        mirror: what the floor mirrors of the product, of any size; None where nothing is glossy.
    """
    backdrop = primary.coverage <= 0
    change = _change(radiance, empty)
    wide, own = (_averaged(change, backdrop, sigma) for sigma in (NEAR, OWN))
    image = _mirror_image(mirror, backdrop) if mirror is not None else np.zeros_like(backdrop)
    reflection = _whole(image & (np.abs(wide).max(-1) > DIFFERENT)) & backdrop
    dark = _whole(backdrop & _darker(-wide.mean(-1), -own.mean(-1)) & ~reflection)
    shadow = dark & backdrop & ~reflection
    return Truth(primary.coverage, through.mean(-1), shadow, reflection)


def _darker(wide: Floats, own: Floats) -> Mask:
    """Where light is missing, up to the shadow's edge: a mean reaches beyond it, so half of the depth is asked for.

    Args:
        wide, own: share of the light that is missing, averaged over `NEAR` and over `OWN` pixels, (height, width).
    """
    asked = np.maximum(maximum_filter(wide, 2 * int(NEAR) + 1), DARKER) / 2
    return (wide > DARKER) & (own > asked)


def _mirror_image(mirror: Floats, backdrop: Mask) -> Mask:
    """Where the stage mirrors the product; edges lie where half of the gloss within a pixel of `mirror` does."""
    seen = _enlarged(backdrop.astype(np.float32), mirror.shape) > 0.99  # elsewhere the product itself shines
    smooth = _averaged(mirror[..., None], seen, OWN)[..., 0]
    value, most = (_enlarged(part, backdrop.shape) for part in (smooth, maximum_filter(smooth, 3)))
    return backdrop & (value > np.maximum(most / 2, MIRRORED))


def _enlarged(pixels: Floats, shape: tuple[int, ...]) -> Floats:
    found: Floats = resize(pixels, (*shape[:2], *pixels.shape[2:]), order=1, anti_aliasing=False).astype(np.float32)
    return found


def _change(radiance: Floats, empty: Floats) -> Floats:
    """Relative change of light, beyond what the empty studio has within a pixel of its own: no change at a horizon."""
    low, high = (
        _enlarged(extreme(empty, (3, 3, 1)), radiance.shape[:2]).clip(1e-6)
        for extreme in (minimum_filter, maximum_filter)
    )
    nearest: Floats = np.clip(radiance, low, high)
    return radiance / nearest - 1


def _averaged(change: Floats, backdrop: Mask, sigma: float) -> Floats:
    """Mean over the neighbouring pixels of the backdrop: one pixel alone is noise of both passes."""
    weight = gaussian_filter(backdrop.astype(np.float32), sigma)
    summed = gaussian_filter(np.where(backdrop[..., None], change, 0), (sigma, sigma, 0))
    return np.where(weight[..., None] > 1e-4, summed / weight[..., None].clip(1e-4), 0)


def _whole(mask: Mask) -> Mask:
    """Without regions and gaps that are too small to be anything but noise."""
    kept: Mask = remove_small_holes(remove_small_objects(mask, max_size=SPECK), max_size=SPECK)
    return kept
