"""Prompts drawn from a mask, as a person who sees the product might give them."""

import numpy as np
from jaxtyping import Float
from PIL import Image
from scipy.ndimage import distance_transform_edt
from torch import Tensor

from wesam_packshot.arrays import Mask
from wesam_packshot.config import PromptKind
from wesam_packshot.masks.binary import bounding_box
from wesam_packshot.sam.frame import Frame
from wesam_packshot.sam.prompts import Box, Prompt, coarse_mask, whole_image

# A coarse mask is painted in this many blocks along the longer side.
COARSE_BLOCKS = 16


def prompt_from_mask(kind: PromptKind, product: Mask, frame: Frame) -> Prompt:
    """The prompt of a kind for an image, from a mask of all of it in any resolution; the whole image if it is empty.

    Returns:
        the whole image, the tight box, the innermost point, or the tight box with a coarsely painted mask; in pixels
        of the image.
    """
    if kind == "whole" or not product.any():
        return whole_image(frame)
    columns, rows = frame.width / product.shape[1], frame.height / product.shape[0]
    if kind == "point":
        x, y = innermost_point(product)
        centre = 0.5 * (columns - 1), 0.5 * (rows - 1)  # of the coarser pixel; nothing when they are the same
        return Prompt(points=((x * columns + centre[0], y * rows + centre[1]),), labels=(1,))
    x0, y0, x1, y1 = tight_box(product)
    box = (x0 * columns, y0 * rows, x1 * columns, y1 * rows)
    return Prompt(box=box) if kind == "box" else Prompt(box=box, mask=painted(product, Frame(*product.shape)))


def tight_box(product: Mask) -> Box:
    """The tight box (x0, y0, x1, y1) of a mask that is not empty, in its pixels."""
    corners = bounding_box(product)
    assert corners is not None
    x0, y0, x1, y1 = map(float, corners)
    return x0, y0, x1, y1


def innermost_point(product: Mask) -> tuple[float, float]:
    """The pixel (x, y) farthest from the mask's outside; the image's border counts as outside."""
    distance = distance_transform_edt(np.pad(product, 1))[1:-1, 1:-1]
    y, x = np.unravel_index(int(distance.argmax()), product.shape)
    return float(x), float(y)


def painted(product: Mask, frame: Frame) -> Float[Tensor, "256 256"]:
    """Low-res logits of a coarsely painted mask."""
    return coarse_mask(blocks_of(product).astype(np.uint8) * 255, frame)


def blocks_of(product: Mask) -> Mask:
    """The blocks of which the product covers half or more; of a product smaller than that, the fullest one."""
    side = max(product.shape)
    rows, columns = (max(1, round(COARSE_BLOCKS * length / side)) for length in product.shape)
    levels = Image.fromarray(product.astype(np.uint8) * 255)
    shares = np.asarray(levels.resize((columns, rows), Image.Resampling.BOX))
    blocks = shares >= min(128, int(shares.max()))
    enlarged = Image.fromarray(blocks.astype(np.uint8) * 255).resize(levels.size, Image.Resampling.NEAREST)
    return np.asarray(enlarged) > 0
