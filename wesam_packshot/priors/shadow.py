"""The soft shadow beside a product, as an alpha layer.

What SAM holds for background, has the backdrop's colour, is darker than it and is connected with the product, is
shadow: the share of light that
is missing is the alpha of a black layer over the backdrop. Chromaticity is judged as in Horprasert et al. 1999.
"""

import numpy as np
from jaxtyping import Bool, Float
from scipy import ndimage
from skimage.morphology import remove_small_objects

from wesam_packshot.priors.backdrop import Backdrop
from wesam_packshot.priors.evidence import brightness_and_chroma, is_neutral

# Pixels beside the mask are mixtures of product and backdrop.
MIXED = 2
# A fleck of fewer pixels is noise.
SMALLEST = 30
# Share of the height around a horizon in which no shadow is detected.
HORIZON_BLUR = 0.02


def shadow_alpha(backdrop: Backdrop, mask: Bool[np.ndarray, "height width"]) -> Float[np.ndarray, "height width"]:
    """Missing share of the backdrop's light outside `mask`, 0 to 1, float32; all 0 where it is not plain."""
    nothing = np.zeros(mask.shape, np.float32)
    if not backdrop.plain:
        return nothing
    brightness, chroma = brightness_and_chroma(backdrop.residual)
    neutral = is_neutral(brightness, chroma, backdrop.noise)
    dark = neutral & (brightness < -3 * backdrop.noise) & ~ndimage.binary_dilation(mask, iterations=MIXED)
    height = mask.shape[0]
    if backdrop.horizon < 1:  # where wall and floor meet, neither surface fits
        dark[np.abs((np.arange(height) + 0.5) / height - backdrop.horizon) < HORIZON_BLUR] = False
    beside = ndimage.binary_dilation(mask, iterations=MIXED + 1)
    kept = remove_small_objects(ndimage.binary_propagation(beside & dark, mask=dark), max_size=SMALLEST)
    # the rim of mixed pixels takes the shadow that lies next to it
    distance, nearest = ndimage.distance_transform_edt(~kept, return_indices=True)
    rim = ~mask & ~kept & (distance <= MIXED + 1) & ndimage.binary_dilation(mask, iterations=MIXED)
    darkness = np.where(rim, brightness[tuple(nearest)], brightness)
    return np.where(kept | rim, 1 - np.exp(np.minimum(darkness, 0)), nothing).astype(np.float32)
