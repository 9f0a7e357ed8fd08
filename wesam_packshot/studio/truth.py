"""Truth of a picture, by difference of its passes."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, maximum_filter, minimum_filter
from skimage.morphology import remove_small_objects
from skimage.transform import resize

from wesam_packshot.studio.primary import Primary

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]

# Missing light from which people see a shadow on a plain backdrop: Weber's fraction is about 2 %, and what is left of
# the renderer's noise is about as much again.
DARKER = 0.05
# Share of the floor's light that a mirror image must differ by, as above; and from where on gloss sends one at all.
DIFFERENT, MIRRORED = 0.05, 0.01
# Changes are averaged over so many pixels (standard deviation), and regions of fewer pixels are noise: on the pictures
# of twenty families these leave neither grain nor shadows without their edge.
NEAR, SPECK = 3.0, 150


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
    change = _averaged(_change(radiance, empty), backdrop)
    image = _enlarged(mirror, backdrop.shape) > MIRRORED if mirror is not None else np.zeros_like(backdrop)
    reflection = backdrop & image & (np.abs(change).max(-1) > DIFFERENT)
    shadow = backdrop & ~reflection & (change.mean(-1) < -DARKER)
    return Truth(primary.coverage, through.mean(-1), _whole(shadow), _whole(reflection))


def _enlarged(pixels: Floats, shape: tuple[int, ...]) -> Floats:
    found: Floats = resize(pixels, (*shape[:2], *pixels.shape[2:]), order=1, anti_aliasing=False).astype(np.float32)
    return found


def _change(radiance: Floats, empty: Floats) -> Floats:
    """Relative change of light, beyond what the empty studio has within a pixel of its own: no change at a horizon."""
    low, high = (
        _enlarged(extreme(empty, (3, 3, 1)), radiance.shape[:2]).clip(1e-6)
        for extreme in (minimum_filter, maximum_filter)
    )
    change: Floats = radiance / np.clip(radiance, low, high) - 1
    return change


def _averaged(change: Floats, backdrop: Mask) -> Floats:
    """Mean over the neighbouring pixels of the backdrop: one pixel alone is noise of both passes."""
    weight = gaussian_filter(backdrop.astype(np.float32), NEAR)
    summed = gaussian_filter(np.where(backdrop[..., None], change, 0), (NEAR, NEAR, 0))
    mean: Floats = summed / weight[..., None].clip(1e-6)
    return mean


def _whole(mask: Mask) -> Mask:
    """Without what is too small to be anything but noise."""
    kept: Mask = remove_small_objects(mask, max_size=SPECK)
    return kept
