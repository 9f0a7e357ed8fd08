"""Boundaries from SAM's coarse logits to the edges that the photo's own colours show.

SAM's masks have 256 pixels a side. Within a narrow band along their boundary each pixel is compared with the colours
of sure product and of sure background near it (two local normal distributions, as in Bayesian matting, Chuang et al.
2001); the log ratio of the likelihoods is added to SAM's logit. Where both sides look alike, SAM's boundary stays.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float
from scipy import ndimage

from wesam_packshot.arrays import Mask, Rgb
from wesam_packshot.masks.binary import signed_distance
from wesam_packshot.masks.local_colours import Places, local_mean
from wesam_packshot.sam.model import LOW_RES

Logits = Float[np.ndarray, "height width"]

# The logit that stands for certainty: a probability of 0.9997.
SURE_LOGIT = 8.0
# In low-res pixels: half the width of the band, where sureness begins, and how far colours are averaged.
BAND = 2.0
SURE = 1.2
NEAR = 2.0
# SAM's logits against the colours' log likelihood ratio, which is bounded.
TRUST = 2.0
BOUND = 12.0
# Noise of a photo, of values 0 to 1: colours nearer than this cannot be distinguished.
NOISE = 0.02
# Means nearer than this, in standard deviations, tell nothing; from the second on they tell all.
ALIKE = 1.0
DISTINCT = 3.0
# Of the result, in pixels: the Gaussian's standard deviation, and where it ends: at four of these, as SciPy's.
BLUR, BLUR_RADIUS = 0.7, 3
# What lies so far outside the band enters the blurred values in it: the diagonal of that radius.
BLURRED = 4.25


def snap_to_colours(image: Rgb, logits: Logits, pixel: float | None = None) -> Logits:
    """Logits whose zero follows the edges of `image`, of the same size; far from SAM's boundary, plus or minus 8.

    Args:
        pixel: side of one of SAM's low-res pixels in those of the image; by default, the image fills SAM's frame.
    """
    pixel = pixel or max(logits.shape) / LOW_RES
    mask = logits > 0
    if mask.all() or not mask.any():
        return logits
    depth = signed_distance(mask)
    places = np.nonzero(np.abs(depth) <= BAND * pixel + BLURRED)
    moments = _moments(image)
    inner = _Near.of(moments, depth > SURE * pixel, NEAR * pixel, places)
    outer = _Near.of(moments, depth < -SURE * pixel, NEAR * pixel, places)
    colour = moments[places]
    ratio = np.clip(inner.likelihood(colour) - outer.likelihood(colour), -BOUND, BOUND) * _apart(inner, outer)
    blended = (TRUST * logits).astype(np.float32)
    blended[places] += ratio
    blended = ndimage.gaussian_filter(blended, BLUR, radius=BLUR_RADIUS)
    snapped: Logits = np.where(mask, SURE_LOGIT, -SURE_LOGIT).astype(np.float32)
    band = np.abs(depth) <= BAND * pixel
    snapped[band] = blended[band]
    return snapped


@dataclass(frozen=True)
class _Near:
    """Colours of sure pixels near each place: their mean, the variance of a channel, and where there are any."""

    mean: Float[np.ndarray, "places 3"]
    variance: Float[np.ndarray, " places"]
    known: Bool[np.ndarray, " places"]

    @classmethod
    def of(cls, moments: Float[np.ndarray, "height width 4"], sure: Mask, reach: float, places: Places) -> "_Near":
        found, known = local_mean(moments, sure, reach, places)
        mean = found[:, :3]
        return cls(mean, np.maximum(found[:, 3] - _squared(mean), 0) / 3 + NOISE**2, known)

    def likelihood(self, colour: Float[np.ndarray, "places 4"]) -> Float[np.ndarray, " places"]:
        """Log likelihood of each place's colour."""
        distance = _squared(colour[:, :3] - self.mean)
        likelihood: Float[np.ndarray, " places"] = -distance / (2 * self.variance) - 1.5 * np.log(self.variance)
        return likelihood


def _apart(inner: _Near, outer: _Near) -> Float[np.ndarray, " places"]:
    """How far the colours of both sides can tell them apart, 0 to 1, by the distance of their means in deviations.

    Glass on its backdrop differs from it in little but noise, which would fray the edge.
    """
    distance = np.sqrt(_squared(inner.mean - outer.mean) / (inner.variance + outer.variance))
    distinct = np.clip((distance - ALIKE) / (DISTINCT - ALIKE), 0, 1)
    return np.where(inner.known & outer.known, distinct, 0)


def _moments(image: Rgb) -> Float[np.ndarray, "height width 4"]:
    """Each pixel's colour, 0 to 1, and the square of its length."""
    colour = image.astype(np.float32) / 255
    return np.dstack([colour, _squared(colour)])


def _squared(colours: Float[np.ndarray, "*places channels"]) -> Float[np.ndarray, "*places"]:
    """Squared lengths; a sum over so short an axis takes ten times as long (measured)."""
    lengths: Float[np.ndarray, "*places"] = np.einsum("...c,...c->...", colours, colours)
    return lengths
