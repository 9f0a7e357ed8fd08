"""The shadow beside a product whose mask is known."""

import numpy as np
from jaxtyping import Float
from scipy import ndimage

from wesam_packshot.arrays import Mask, Rgb
from wesam_packshot.masks.window import resample, shrink
from wesam_packshot.priors import fit_backdrop, seen_through, shadow_alpha
from wesam_packshot.pseudolabel.coarse_pass import ERODE
from wesam_packshot.pseudolabel.label import WORKING_SIDE
from wesam_packshot.sam.frame import Frame


def shadow_beside(image: Rgb, mask: Mask) -> Float[np.ndarray, "rows columns"]:
    """Alpha of the shadow, 0 to 1, float32, at the labeler's working size; all 0 on a backdrop that is not plain.

    Args:
        image: the photo.
        mask: of its product, (height, width).
    """
    frame = Frame(*image.shape[:2])
    product = mask.astype(np.float32)
    around = resample(product, frame.low_res_size) < 0.5
    backdrop = fit_backdrop(shrink(image, frame.low_res_size), ndimage.binary_erosion(around, iterations=ERODE))
    size = frame.scaled_size(WORKING_SIDE)
    return shadow_alpha(seen_through(backdrop, shrink(image, size)), resample(product, size) > 0.5)
