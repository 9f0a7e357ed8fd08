"""Boundaries from SAM's coarse logits to the edges that the photo's own colours show.

SAM's masks have 256 pixels a side. Within a narrow band along their boundary each pixel is compared with the colours
of sure product and of sure background near it (two local normal distributions, as in Bayesian matting, Chuang et al.
2001); the log ratio of the likelihoods is added to SAM's logit. Where both sides look alike, SAM's boundary stays.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy import ndimage

from wesam_packshot.arrays import Mask, Rgb
from wesam_packshot.masks.window import resample
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
# Local means are smooth: they are taken at this fraction of the resolution.
COARSE = 4
BLUR = 0.7
# Share of sure pixels near by, below which nothing is known.
FEWEST = 1e-3


def snap_to_colours(image: Rgb, logits: Logits, pixel: float | None = None) -> Logits:
    """Logits whose zero follows the edges of `image`, of the same size; far from SAM's boundary, plus or minus 8.

    Args:
        pixel: side of one of SAM's low-res pixels in those of the image; by default, the image fills SAM's frame.
    """
    pixel = pixel or max(logits.shape) / LOW_RES
    colour = np.dstack([image.astype(np.float32) / 255, (image.astype(np.float32) ** 2).sum(-1) / 255**2])
    mask = logits > 0
    if mask.all() or not mask.any():
        return logits
    depth = np.where(mask, ndimage.distance_transform_edt(mask), -ndimage.distance_transform_edt(~mask))
    inner = _Near.of(colour, depth > SURE * pixel, NEAR * pixel)
    outer = _Near.of(colour, depth < -SURE * pixel, NEAR * pixel)
    ratio = np.clip(inner.likelihood(colour) - outer.likelihood(colour), -BOUND, BOUND) * _apart(inner, outer)
    blended = ndimage.gaussian_filter(TRUST * logits + ratio, BLUR)
    snapped = np.where(np.abs(depth) <= BAND * pixel, blended, np.where(mask, SURE_LOGIT, -SURE_LOGIT))
    return snapped.astype(np.float32)


@dataclass(frozen=True)
class _Near:
    """Colours of sure pixels near each pixel: their mean, the variance of a channel, and where there are any."""

    mean: Float[np.ndarray, "height width 3"]
    variance: Logits
    known: Mask

    @classmethod
    def of(cls, colour: Float[np.ndarray, "height width 4"], sure: Mask, reach: float) -> "_Near":
        moments, known = local_mean(colour, sure, reach)
        mean = moments[..., :3]
        return cls(mean, np.maximum(moments[..., 3] - (mean**2).sum(-1), 0) / 3 + NOISE**2, known)

    def likelihood(self, colour: Float[np.ndarray, "height width 4"]) -> Logits:
        """Log likelihood of each pixel's colour."""
        distance = ((colour[..., :3] - self.mean) ** 2).sum(-1)
        likelihood: Logits = -distance / (2 * self.variance) - 1.5 * np.log(self.variance)
        return likelihood


def _apart(inner: _Near, outer: _Near) -> Logits:
    """How far the colours of both sides can tell them apart, 0 to 1, by the distance of their means in deviations.

    Glass on its backdrop differs from it in little but noise, which would fray the edge.
    """
    distance = np.sqrt(((inner.mean - outer.mean) ** 2).sum(-1) / (inner.variance + outer.variance))
    distinct = np.clip((distance - ALIKE) / (DISTINCT - ALIKE), 0, 1)
    share: Logits = np.where(inner.known & outer.known, distinct, 0)
    return share


def local_mean(
    values: Float[np.ndarray, "height width channels"], sure: Mask, reach: float
) -> tuple[Float[np.ndarray, "height width channels"], Mask]:
    """Mean of the `sure` pixels near each pixel, and where there are any.

    Args:
        reach: standard deviation of the Gaussian that tells what is near, in pixels.
    """
    weighted = np.dstack([values, np.ones(sure.shape, np.float32)]) * sure[..., None]
    summed = ndimage.gaussian_filter(_reduce(weighted), (reach / COARSE, reach / COARSE, 0), truncate=2.5)
    summed = _enlarge(summed, sure.shape)
    weight = summed[..., -1:]
    return summed[..., :-1] / np.maximum(weight, 1e-6), weight[..., 0] > FEWEST


def _reduce(values: Float[np.ndarray, "height width channels"]) -> Float[np.ndarray, "rows columns channels"]:
    """Means of squares of `COARSE` pixels; the last ones are repeated to whole squares."""
    rows, columns = (-(-length // COARSE) for length in values.shape[:2])
    padding = ((0, rows * COARSE - values.shape[0]), (0, columns * COARSE - values.shape[1]), (0, 0))
    whole = np.pad(values, padding, mode="edge").reshape(rows, COARSE, columns, COARSE, -1)
    reduced: Float[np.ndarray, "rows columns channels"] = whole.mean((1, 3))
    return reduced


def _enlarge(values: Float[np.ndarray, "rows columns channels"], size: tuple[int, ...]) -> Float[np.ndarray, "h w c"]:
    part = (0.0, 0.0, size[1] / COARSE, size[0] / COARSE)
    return np.dstack([resample(channel, (size[0], size[1]), part) for channel in np.moveaxis(values, -1, 0)])
