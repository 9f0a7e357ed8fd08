"""A candidate that colour alone proposes, where a user's tight box tells inside from outside."""

from collections.abc import Sequence

import numpy as np
from scipy import ndimage

from wesam_packshot.arrays import Rgb
from wesam_packshot.masks.binary import mask_iou
from wesam_packshot.masks.snapping import SURE_LOGIT
from wesam_packshot.masks.window import Window, shrink
from wesam_packshot.priors import region_in_box
from wesam_packshot.pseudolabel.candidates import Candidate, candidate
from wesam_packshot.sam.prompts import Box

# Colours nearer to each other, in standard deviations, do not tell object from surroundings.
SEPARATION = 2.5
# The region must nearly fill the box, since that is tight, and be what SAM sees, by and large.
REACH = 0.85
AGREEMENT = 0.5
# Low-res pixels over which its edge is smoothed.
BLUR = 1.0


def coloured_candidate(image: Rgb, window: Window, box: Box, seen: Sequence[Candidate]) -> Candidate | None:
    """What looks like the inside of a user's box, if colours tell it apart and SAM does not contradict.

    Args:
        box: in the photo's pixels.
        seen: SAM's candidates in the window.
    """
    size = (seen[0].mask.shape[0], seen[0].mask.shape[1])
    scale = np.array([size[1] / (window.right - window.left), size[0] / (window.bottom - window.top)] * 2)
    corners = np.round((np.array(box) - [window.left, window.top] * 2) * scale).astype(int)
    x0, y0, x1, y1 = np.clip(corners, 0, [size[1], size[0]] * 2).tolist()
    if x1 <= x0 or y1 <= y0:
        return None
    region = region_in_box(shrink(window.cut(image), size), (x0, y0, x1, y1))
    if region.separation < SEPARATION or region.reach < REACH:
        return None
    if max(mask_iou(region.mask, one.mask) for one in seen) < AGREEMENT:
        return None
    smooth = ndimage.gaussian_filter(region.mask.astype(np.float32), BLUR)
    return candidate("colour", ((2 * smooth - 1) * SURE_LOGIT).astype(np.float32), 0.0)
