"""Scores of one mask against the truth, per image; means and quantiles are taken elsewhere.

Masks are (height, width). Truth comes as 8-bit levels: above 128 product, below background, 128 ignored.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import UInt8
from scipy import ndimage

from wesam_packshot.arrays import Mask
from wesam_packshot.io.prompt_file import IGNORE

Levels = UInt8[np.ndarray, "height width"]

# Share of the diagonal within which Boundary IoU views. The paper's 2 % is coarse for packshots: 29 of 1024 pixels.
BOUNDARY_SHARE = 0.005
# A layer of fewer pixels is not worth a share.
SMALLEST_LAYER = 50


@dataclass(frozen=True)
class Scores:
    """Scores of one image; None where the truth does not tell.

    Attributes:
        iou: intersection over union.
        boundary_iou: Boundary IoU at 0.5 % of the diagonal.
        inverted: whether the complement would fit better.
        shadow_kept: share of the true shadow's pixels in the mask.
        reflection_kept: the same of reflections.
        alpha_error: mean absolute error of alpha, 0 to 1, over the whole picture.
    """

    iou: float
    boundary_iou: float
    inverted: bool
    shadow_kept: float | None = None
    reflection_kept: float | None = None
    alpha_error: float | None = None


def score(
    found: Mask | Levels,
    truth: Levels,
    shadow: Levels | None = None,
    reflection: Levels | None = None,
    alpha: Levels | None = None,
) -> Scores:
    """All scores of one image.

    Args:
        found: a mask, or alpha from 0 to 255.
        truth: levels of the true mask; those of shadow, reflection and alpha where they are known.
    """
    valid, product, predicted = truth != IGNORE, truth > IGNORE, as_mask(found)
    return Scores(
        iou=iou(predicted, product, valid),
        boundary_iou=boundary_iou(predicted, product, valid),
        inverted=iou(~predicted, product, valid) > iou(predicted, product, valid),
        shadow_kept=share_kept(predicted, shadow, product),
        reflection_kept=share_kept(predicted, reflection, product),
        alpha_error=None if alpha is None else alpha_error(found, alpha),
    )


def as_mask(found: Mask | Levels) -> Mask:
    """A mask as it is; of alpha, what is product by half."""
    return found if found.dtype == bool else found >= IGNORE


def alpha_error(found: Mask | Levels, alpha: Levels) -> float:
    """Mean absolute difference of two alphas, 0 to 1; a mask is 0 or 1."""
    levels = found.astype(np.float32) * (255 if found.dtype == bool else 1)
    return float(np.abs(levels - alpha).mean() / 255)


def iou(predicted: Mask, product: Mask, valid: Mask) -> float:
    """Intersection over union within `valid`; two empty masks agree."""
    union = int(((predicted | product) & valid).sum())
    return float((predicted & product & valid).sum() / union) if union else 1.0


def boundary_iou(predicted: Mask, product: Mask, valid: Mask, share: float = BOUNDARY_SHARE) -> float:
    """IoU of the two masks' inner boundary bands (Cheng et al., arXiv 2103.16562, eq. 3).

    The band is what an erosion by `share` of the diagonal, at least one pixel, takes away; as in the paper's code
    the image's own border counts as background.
    """
    depth = max(1, round(share * float(np.hypot(*product.shape))))
    return iou(inner_band(predicted, depth), inner_band(product, depth), valid)


def inner_band(mask: Mask, depth: int) -> Mask:
    """Pixels of the mask within `depth` (chessboard distance) of its outside."""
    core = ndimage.binary_erosion(np.pad(mask, 1), np.ones((3, 3), bool), iterations=depth)[1:-1, 1:-1]
    return mask & ~core


def share_kept(predicted: Mask, layer: Levels | None, product: Mask) -> float | None:
    """Share of a layer's pixels, off the product, that the mask holds; None for an absent or tiny layer."""
    if layer is None:
        return None
    pixels = (layer > IGNORE) & ~product
    return float(predicted[pixels].mean()) if pixels.sum() >= SMALLEST_LAYER else None
