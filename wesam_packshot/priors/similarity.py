"""Which part of a photo looks like what a user has pointed at, rather than like what lies around it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, UInt8
from scipy import ndimage
from skimage.color import rgb2lab

from wesam_packshot.masks.binary import bounding_box
from wesam_packshot.priors.backdrop import border_ring

# Pixels around a point of which the median is its colour, and blur (standard deviation) of the likeness.
PATCH = 4
BLUR = 2.0
# Bridges of fewer pixels than twice this are no connection.
THIN = 2
# The surroundings of a box: a ring from here to there beyond it, as shares of its longer side.
RING = (0.04, 0.2)
# What is object at first: an ellipse in the box, of this share of the area of the one that fills it.
CORE = 0.4
ROUNDS = 3
# Variance of each channel of CIELAB that is noise, and no difference.
NOISE = 4.0
FEWEST = 20
# A gap in the region narrower than twice this is closed.
CLOSED = 4


@dataclass(frozen=True)
class BoxRegion:
    """What looks like the inside of a box.

    Attributes:
        mask: (height, width).
        separation: distance of its mean colour from the surroundings', in standard deviations within both.
        reach: the least share of a side of the box that its own tight box has; 1 when it fills the box.
    """

    mask: Bool[np.ndarray, "height width"]
    separation: float
    reach: float


def region_in_box(image: UInt8[np.ndarray, "height width 3"], box: tuple[int, int, int, int]) -> BoxRegion:
    """The part of a tight box whose colours are those of its middle, rather than those of a ring around it.

    Under a box SAM may take the corners for object where the object's edge is faint. Linear discriminant analysis
    (Fisher 1936) of CIELAB colours, fitted a few times to its own result, as GrabCut (Rother et al. 2004) does with
    mixtures; the threshold lies in the middle between the classes.

    Args:
        image: a picture of about 256 pixels a side.
        box: (x0, y0, x1, y1) in its pixels, tight around the object.
    """
    lab = rgb2lab(image)
    size = (lab.shape[0], lab.shape[1])
    inside, ellipse, ring = _box_parts(size, box)
    middle = core = inside & (ellipse < CORE)
    likeness, separation = np.zeros(size), 0.0
    if min(core.sum(), ring.sum()) < FEWEST:
        return BoxRegion(inside, 0.0, 1.0)
    for _ in range(ROUNDS):
        likeness, separation = _discriminant(lab, core, ring)
        found = (ndimage.gaussian_filter(likeness, BLUR) > 0.5) & inside
        core = found if found.sum() >= FEWEST else middle
    parts, _ = ndimage.label(ndimage.binary_opening(found, iterations=THIN))
    shares = np.bincount(parts.ravel(), weights=middle.ravel())
    shares[0] = 0
    if not shares.any():
        return BoxRegion(inside, 0.0, 1.0)
    region = np.pad(parts == shares.argmax(), CLOSED)
    region = ndimage.binary_closing(region, iterations=CLOSED)[CLOSED:-CLOSED, CLOSED:-CLOSED]
    mask = ndimage.binary_fill_holes(region & inside)
    found_box = bounding_box(mask)
    assert found_box  # the part that holds most of the middle
    sides = [(found_box[i + 2] - found_box[i]) / (box[i + 2] - box[i]) for i in (0, 1)]
    return BoxRegion(mask, separation, min(sides))


def _box_parts(
    size: tuple[int, int], box: tuple[int, int, int, int]
) -> tuple[Bool[np.ndarray, "h w"], Float[np.ndarray, "h w"], Bool[np.ndarray, "h w"]]:
    """The box; the share of it that an ellipse through each pixel covers, 1 at its sides; and the ring around it."""
    inside = np.zeros(size, bool)
    inside[box[1] : box[3], box[0] : box[2]] = True
    y, x = np.mgrid[: size[0], : size[1]] + 0.5
    u, v = (2 * x - box[0] - box[2]) / (box[2] - box[0]), (2 * y - box[1] - box[3]) / (box[3] - box[1])
    near, far = (max(1, round(share * max(box[2] - box[0], box[3] - box[1]))) for share in RING)
    distance = ndimage.distance_transform_cdt(~inside)
    return inside, u**2 + v**2, (distance > near) & (distance <= near + far)


def _discriminant(
    lab: Float[np.ndarray, "h w 3"], core: Bool[np.ndarray, "h w"], ring: Bool[np.ndarray, "h w"]
) -> tuple[Float[np.ndarray, "h w"], float]:
    """Place of each colour between the surroundings (0) and the core (1), and how far apart these are."""
    means = [lab[part].mean(0) for part in (core, ring)]
    spread = (np.cov(lab[core].T) + np.cov(lab[ring].T)) / 2 + NOISE * np.eye(3)
    axis = np.linalg.solve(spread, means[0] - means[1])
    distance = float(axis @ (means[0] - means[1]))  # squared, of Mahalanobis
    return (lab - means[1]) @ axis / max(distance, 1e-9), distance**0.5


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
