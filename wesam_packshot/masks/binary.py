"""Binary masks: small facts about them that everything needs."""

import numpy as np
from jaxtyping import Float
from scipy import ndimage
from skimage.morphology import remove_small_holes

from wesam_packshot.arrays import Mask


def bounding_box(mask: Mask) -> tuple[int, int, int, int] | None:
    """(x0, y0, x1, y1) in pixels, x1 and y1 exclusive; None for an empty mask."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    if not len(rows):
        return None
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def mask_iou(first: Mask, second: Mask) -> float:
    """IoU of two masks; two empty ones agree."""
    union = int((first | second).sum())
    return float((first & second).sum() / union) if union else 1.0


def without_small_regions(mask: Mask, area: int) -> Mask:
    """The mask without holes and then without parts of fewer than `area` pixels; the largest part always stays."""
    filled = remove_small_holes(mask, max_size=area - 1, connectivity=2)
    labels, count = ndimage.label(filled, np.ones((3, 3), bool))
    sizes = np.bincount(labels.ravel(), minlength=count + 1)[1:]
    kept = np.flatnonzero(sizes >= area) + 1
    if not len(kept) and count:
        kept = np.array([sizes.argmax() + 1])
    return np.isin(labels, kept)


def signed_distance(mask: Mask) -> Float[np.ndarray, "height width"]:
    """Distance of each pixel to the nearest on the other side of the mask's edge, positive inside; infinite without."""
    if mask.all() or not mask.any():
        return np.where(mask, np.inf, -np.inf)
    return np.where(mask, ndimage.distance_transform_edt(mask), -ndimage.distance_transform_edt(~mask))
