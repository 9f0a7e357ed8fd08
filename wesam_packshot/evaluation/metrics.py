"""Scores of one mask against the truth, per image; means and quantiles are taken elsewhere.

Masks are (height, width). Truth comes as 8-bit levels: above 128 product, below background, 128 ignored.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import UInt8
from scipy import ndimage

from wesam_packshot.io.prompt_file import IGNORE
from wesam_packshot.masks import Mask

Levels = UInt8[np.ndarray, "height width"]

# Share of the diagonal within which Boundary IoU looks. The paper's 2 % is coarse for packshots: 29 of 1024 pixels.
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
    """

    iou: float
    boundary_iou: float
    inverted: bool
    shadow_kept: float | None = None
    reflection_kept: float | None = None


def score(predicted: Mask, truth: Levels, shadow: Levels | None = None, reflection: Levels | None = None) -> Scores:
    """All scores of one image."""
    valid, product = truth != IGNORE, truth > IGNORE
    return Scores(
        iou=iou(predicted, product, valid),
        boundary_iou=boundary_iou(predicted, product, valid),
        inverted=iou(~predicted, product, valid) > iou(predicted, product, valid),
        shadow_kept=share_kept(predicted, shadow, product),
        reflection_kept=share_kept(predicted, reflection, product),
    )


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
    band: Mask = mask & ~core
    return band


def share_kept(predicted: Mask, layer: Levels | None, product: Mask) -> float | None:
    """Share of a layer's pixels, off the product, that the mask holds; None for an absent or tiny layer."""
    if layer is None:
        return None
    pixels = (layer > IGNORE) & ~product
    return float(predicted[pixels].mean()) if pixels.sum() >= SMALLEST_LAYER else None
