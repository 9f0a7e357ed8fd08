"""Mean colours of sure pixels near others: smooth, and therefore taken at a fraction of the resolution."""

import numpy as np
from jaxtyping import Bool, Float, Int
from PIL import Image
from scipy import ndimage

from wesam_packshot.arrays import Mask

Channels = Float[np.ndarray, "height width channels"]
Reduced = Float[np.ndarray, "rows columns channels"]
# Rows and columns of some pixels, as `numpy.nonzero` gives them.
Places = tuple[Int[np.ndarray, " places"], ...]

# Local means are taken at this fraction of the resolution.
COARSE = 4
# Standard deviations at which the Gaussian ends.
TRUNCATE = 2.5
# Share of sure pixels near by, below which nothing is known.
FEWEST = 1e-3


def local_mean(
    values: Channels, sure: Mask, reach: float, places: Places
) -> tuple[Float[np.ndarray, "places channels"], Bool[np.ndarray, " places"]]:
    """Mean of the `sure` pixels near each of the places, and whether there are any.

    Args:
        reach: standard deviation of the Gaussian that tells what is near, in pixels.
    """
    weighted = _reduced(np.dstack([values * sure[..., None], sure.astype(np.float32)]))
    summed = ndimage.gaussian_filter(weighted, (reach / COARSE, reach / COARSE, 0), truncate=TRUNCATE)
    at_places = _enlarged(summed, places)
    weight = at_places[:, -1]
    return at_places[:, :-1] / np.maximum(weight, 1e-6)[:, None], weight > FEWEST


def _reduced(values: Channels) -> Reduced:
    """Means of squares of `COARSE` pixels; the last ones are repeated to whole squares."""
    padding = ((0, -values.shape[0] % COARSE), (0, -values.shape[1] % COARSE), (0, 0))
    channels = np.moveaxis(np.pad(values, padding, mode="edge"), -1, 0)
    return np.dstack([np.asarray(Image.fromarray(np.ascontiguousarray(one)).reduce(COARSE)) for one in channels])


def _enlarged(values: Reduced, places: Places) -> Float[np.ndarray, "places channels"]:
    """Bilinear values at places of the full resolution."""
    (top, bottom, down), (left, right, along) = (
        _between(place, length) for place, length in zip(places, values.shape, strict=False)
    )
    upper = values[top, left] * (1 - along) + values[top, right] * along
    lower = values[bottom, left] * (1 - along) + values[bottom, right] * along
    enlarged: Float[np.ndarray, "places channels"] = upper * (1 - down) + lower * down
    return enlarged


def _between(
    place: Int[np.ndarray, " places"], length: int
) -> tuple[Int[np.ndarray, " places"], Int[np.ndarray, " places"], Float[np.ndarray, "places 1"]]:
    """The two reduced pixels whose centres a place lies between, and its share of the second; clamped at the rim."""
    exact = np.clip((place + 0.5) / COARSE - 0.5, 0, length - 1).astype(np.float32)
    first = np.floor(exact).astype(np.intp)
    return first, np.minimum(first + 1, length - 1), (exact - first)[:, None]
