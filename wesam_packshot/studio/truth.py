"""Truth of a picture, by difference of its passes."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import median_filter
from skimage.transform import resize

from wesam_packshot.studio.primary import Primary

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]

# Missing light from which people see a shadow on a plain backdrop: Weber's fraction is about 2 %, and what is left of
# the renderer's noise is about as much again.
DARKER = 0.05
# Share of the floor's light that a mirror image must differ by, as above; and from where on gloss sends one at all.
DIFFERENT, MIRRORED = 0.05, 0.01


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
    before = _enlarged(empty, radiance.shape[:2]).clip(1e-6)
    change = radiance / before - 1
    image = _enlarged(mirror, backdrop.shape) > MIRRORED if mirror is not None else np.zeros_like(backdrop)
    reflection = backdrop & image & (np.abs(change).max(-1) > DIFFERENT)
    shadow = backdrop & ~reflection & (change.mean(-1) < -DARKER)
    return Truth(primary.coverage, through.mean(-1), _smooth(shadow), _smooth(reflection))


def _enlarged(pixels: Floats, shape: tuple[int, ...]) -> Floats:
    found: Floats = resize(pixels, (*shape[:2], *pixels.shape[2:]), order=1, anti_aliasing=False).astype(np.float32)
    return found


def _smooth(mask: Mask) -> Mask:
    """Without the single pixels that noise has put to the wrong side."""
    smooth: Mask = median_filter(mask.astype(np.uint8), size=5).astype(bool)
    return smooth
