"""Prompts for training, simulated from the target of a view.

The student gets a weak prompt, as a user will give; the teacher gets the product's place.
"""

from typing import Literal

import numpy as np
from jaxtyping import Float

from wesam_packshot.arrays import Mask
from wesam_packshot.config import PromptKind
from wesam_packshot.masks.simulated_prompts import innermost_point, painted, tight_box
from wesam_packshot.masks.window import resample
from wesam_packshot.sam.frame import Frame
from wesam_packshot.sam.prompts import Box, Prompt, coarse_mask

Privilege = Literal["box", "points", "mask"]

# Drawn boxes differ from the tight one by up to this share of their sides, as those of people do.
SLOPPINESS = 0.05
# Prompts are drawn on maps of this length of the longer side.
DRAWING_SIDE = 256


def draw_prompt(
    kind: PromptKind,
    probability: Float[np.ndarray, "height width"],
    frame: Frame,
    jitter: float,
    generator: np.random.Generator,
) -> Prompt:
    """The student's prompt for a view; the whole image where there is no product.

    Args:
        probability: of product, over the whole view, in any resolution.
        jitter: how far the whole-image box may be inside the picture, as a share of its sides.
    """
    size = frame.scaled_size(DRAWING_SIDE)
    product = resample(probability, size) > 0.5
    if kind == "whole" or not product.any():
        return jittered_whole_image(frame, jitter, generator)
    scale = np.array([frame.width / size[1], frame.height / size[0]])
    if kind == "point":
        x, y = (random_point(product, generator) + 0.5) * scale
        return Prompt(points=((float(x), float(y)),), labels=(1,))
    box = sloppy(np.array(tight_box(product)) * np.tile(scale, 2), frame, generator)
    return Prompt(box=box) if kind == "box" else Prompt(box=box, mask=painted(product, Frame(*size)))


def draw_teacher_prompt(
    privilege: Privilege, probability: Float[np.ndarray, "height width"], box: Box, frame: Frame
) -> Prompt:
    """The teacher's prompt: the tight box, three inner points, or the box and the mask itself."""
    if privilege == "box":
        return Prompt(box=box)
    size = frame.scaled_size(DRAWING_SIDE)
    product = resample(probability, size)
    if privilege == "mask":
        return Prompt(box=box, mask=coarse_mask((product * 255).astype(np.uint8), Frame(*size)))
    points, rest = [], product > 0.5
    for _ in range(3):
        x, y = innermost_point(rest if rest.any() else product > 0.5)
        points.append(((x + 0.5) * frame.width / size[1], (y + 0.5) * frame.height / size[0]))
        rest = rest & (np.hypot(*(np.indices(size) - np.array([y, x])[:, None, None])) > DRAWING_SIDE / 10)
    return Prompt(points=tuple(points), labels=(1, 1, 1))


def jittered_whole_image(frame: Frame, share: float, generator: np.random.Generator) -> Prompt:
    """The whole-image box with each side moved inwards by up to `share` of the picture's length."""
    left, top, right, bottom = share * generator.random(4) * generator.integers(0, 2)
    width, height = frame.width, frame.height
    return Prompt(box=(left * width, top * height, (1 - right) * width, (1 - bottom) * height))


def random_point(product: Mask, generator: np.random.Generator) -> Float[np.ndarray, "2"]:
    """The innermost pixel (x, y), or as often any pixel of the product."""
    if generator.random() < 0.5:
        return np.array(innermost_point(product))
    y, x = np.argwhere(product)[generator.integers(int(product.sum()))]
    return np.array([x, y], float)


def sloppy(box: Float[np.ndarray, "4"], frame: Frame, generator: np.random.Generator) -> Box:
    """A box whose sides are off by up to `SLOPPINESS`, within the picture; exact in half of the cases."""
    sides = np.tile(box[2:] - box[:2], 2)
    moved = box + sides * generator.uniform(-SLOPPINESS, SLOPPINESS, 4) * generator.integers(0, 2)
    x0, y0, x1, y1 = np.clip(moved, 0, [frame.width, frame.height] * 2).tolist()
    return x0, y0, x1, y1
