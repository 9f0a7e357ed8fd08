"""Prompts for an evaluation: the data folder's own, or else drawn from the true mask as a person might."""

from typing import Literal

from wesam_packshot.drawn_prompts import innermost_point, painted, tight_box
from wesam_packshot.images import Frame
from wesam_packshot.io.records import Record
from wesam_packshot.masks import Mask
from wesam_packshot.prompts import Prompt, whole_image

PromptKind = Literal["whole", "box", "point", "coarse"]


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
