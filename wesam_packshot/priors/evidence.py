"""What colour alone can tell of each pixel, given a fitted backdrop.

Brightness and chromaticity distortion follow Horprasert et al. 1999, in log space: a shadow darkens all channels
alike, so the mean of the log residual is the darkening and the largest deviation from it the change of colour.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float
from scipy import ndimage

from wesam_packshot.priors.backdrop import Backdrop, border_ring

# A deeper darkening (a third of the light) is no longer taken for a shadow.
DEEPEST_SHADOW = -1.2
# Colour may change by this share of the darkening: light spilled back by product and walls.
SPILL = 0.06


@dataclass(frozen=True)
class Evidence:
    """Maps in the pixels of the backdrop's residual; all of them say nothing when it is not plain.

    Attributes:
        product: cannot be backdrop or shadow: another colour, brighter, or darker than any shadow.
        backdrop: within the noise of the backdrop, or a smooth shadow on it, connected to the border.
        shadow: the shadows among `backdrop`.
    """

    product: Bool[np.ndarray, "height width"]
    backdrop: Bool[np.ndarray, "height width"]
    shadow: Bool[np.ndarray, "height width"]


def brightness_and_chroma(
    residual: Float[np.ndarray, "height width 3"],
) -> tuple[Float[np.ndarray, "height width"], Float[np.ndarray, "height width"]]:
    """Log brightness against the backdrop, and the largest deviation of a channel from it."""
    brightness = residual.mean(-1)
    return brightness, np.abs(residual - brightness[..., None]).max(-1)


def is_neutral(
    brightness: Float[np.ndarray, "height width"], chroma: Float[np.ndarray, "height width"], noise: float
) -> Bool[np.ndarray, "height width"]:
    """Where the colour is the backdrop's, but for noise and for spilled light."""
    neutral: Bool[np.ndarray, "height width"] = chroma < 4 * noise + SPILL * np.abs(brightness)
    return neutral


def colour_evidence(backdrop: Backdrop) -> Evidence:
    """Sure product and sure backdrop; empty maps when the backdrop is not plain."""
    shape = backdrop.residual.shape[:2]
    if not backdrop.plain:
        return Evidence(*(np.zeros(shape, bool) for _ in range(3)))
    noise = backdrop.noise
    brightness, chroma = brightness_and_chroma(backdrop.residual)
    distance = np.abs(backdrop.residual).max(-1)
    neutral = is_neutral(brightness, chroma, noise)
    shadow = neutral & (brightness < -2 * noise) & (brightness > DEEPEST_SHADOW)
    near = distance < 3 * noise
    slope = ndimage.gaussian_gradient_magnitude(brightness, 0.7)
    smooth = (slope < max(0.03, 2 * noise)) & (near | shadow)
    product = (~neutral & (distance > 6 * noise)) | (brightness < -1.5) | (brightness > max(0.1, 6 * noise))
    reached = _reached(smooth, near & border_ring(*shape))
    return Evidence(product, reached, reached & shadow & ~near)


def _reached(
    region: Bool[np.ndarray, "height width"], seeds: Bool[np.ndarray, "height width"]
) -> Bool[np.ndarray, "height width"]:
    """The parts of a region that contain a seed."""
    return ndimage.binary_propagation(seeds & region, mask=region)
