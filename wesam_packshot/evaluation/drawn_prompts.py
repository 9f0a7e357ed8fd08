"""Prompts for an evaluation: the data folder's own, or else drawn from the true mask as a person might."""

from typing import Literal

import numpy as np
from jaxtyping import Float
from PIL import Image
from scipy.ndimage import distance_transform_edt
from torch import Tensor

from wesam_packshot.images import Frame
from wesam_packshot.io.records import Record
from wesam_packshot.masks import Mask, bounding_box
from wesam_packshot.prompts import Box, Prompt, coarse_mask, whole_image

PromptKind = Literal["whole", "box", "point", "coarse"]

# A coarse mask is painted in this many blocks along the longer side.
COARSE_BLOCKS = 16


def evaluation_prompt(kind: PromptKind, record: Record, product: Mask) -> Prompt:
    """The prompt of one image, in its pixels; the whole image where the mask is empty.

    Args:
        product: the true mask, from which a prompt is drawn that the folder does not give.
    """
    frame = Frame(*product.shape)
    if kind == "whole" or not product.any():
        return whole_image(frame)
    for spec in record.prompts:
        given = {"box": spec.box, "point": spec.points, "coarse": spec.coarse}
        if given[kind]:
            return spec.prompt(frame)
    if kind == "point":
        return Prompt(points=(innermost_point(product),), labels=(1,))
    box = tight_box(product)
    return Prompt(box=box) if kind == "box" else Prompt(box=box, mask=painted(product, frame))


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
    """Low-res logits of the blocks of which the product covers half or more."""
    side = max(product.shape)
    rows, columns = (max(1, round(COARSE_BLOCKS * length / side)) for length in product.shape)
    levels = Image.fromarray(product.astype(np.uint8) * 255)
    blocks = np.asarray(levels.resize((columns, rows), Image.Resampling.BOX)) >= 128
    enlarged = Image.fromarray(blocks.astype(np.uint8) * 255).resize(levels.size, Image.Resampling.NEAREST)
    return coarse_mask(np.asarray(enlarged), frame)
