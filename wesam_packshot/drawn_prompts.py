"""Prompts drawn from a mask, as a person who sees the product might give them."""

import numpy as np
from jaxtyping import Float
from PIL import Image
from scipy.ndimage import distance_transform_edt
from torch import Tensor

from wesam_packshot.images import Frame
from wesam_packshot.masks import Mask, bounding_box
from wesam_packshot.prompts import Box, coarse_mask

# A coarse mask is painted in this many blocks along the longer side.
COARSE_BLOCKS = 16


def tight_box(product: Mask) -> Box:
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
    painted: Mask = np.asarray(enlarged) > 0
    return painted
