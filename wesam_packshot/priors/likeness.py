"""Which part of a photo looks like the points on it, rather than like its border."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, UInt8
from scipy import ndimage
from skimage.color import rgb2lab

from wesam_packshot.priors.backdrop import border_ring

# Pixels around a point of which the median is its colour, and blur (standard deviation) of the likeness.
PATCH = 4
BLUR = 2.0
# Bridges of fewer pixels than twice this are no connection.
THIN = 2


def region_of_points(
    image: UInt8[np.ndarray, "height width 3"], points: Sequence[tuple[float, float]]
) -> Bool[np.ndarray, "height width"]:
    """The connected regions around the points that are nearer to their colours than to the border's, in CIELAB.

    One point says little to SAM, for which it may mean a part of a part; this is a first guess at how far the object
    goes. The threshold is that of Fisher's discriminant for two classes of equal spread.

    Args:
        image: a picture of about 256 pixels a side.
        points: (x, y) on the object, in its pixels.
    """
    lab = rgb2lab(image)
    height, width = lab.shape[:2]
    border = np.median(lab[border_ring(height, width)], axis=0)
    region = np.zeros((height, width), bool)
    for x, y in points:
        row, column = min(int(y), height - 1), min(int(x), width - 1)
        patch = lab[max(0, row - PATCH) : row + PATCH + 1, max(0, column - PATCH) : column + PATCH + 1]
        axis = np.median(patch.reshape(-1, 3), axis=0) - border
        likeness = ndimage.gaussian_filter((lab - border) @ axis / max(float(axis @ axis), 1e-6), BLUR)
        parts, _ = ndimage.label(ndimage.binary_opening(likeness > 0.5, iterations=THIN))
        if parts[row, column]:
            region |= parts == parts[row, column]
    return region
