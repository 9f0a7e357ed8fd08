"""Prompts for an evaluation: the data folder's own, or else drawn from the true mask as a person might."""

from wesam_packshot.arrays import Mask
from wesam_packshot.config import PromptKind
from wesam_packshot.io.records import Record
from wesam_packshot.masks.simulated_prompts import prompt_from_mask
from wesam_packshot.sam.frame import Frame
from wesam_packshot.sam.prompts import Prompt


def evaluation_prompt(kind: PromptKind, record: Record, product: Mask) -> Prompt:
    """The prompt of one image, in its pixels; the whole image where the mask is empty.

    Args:
        product: the true mask, from which a prompt is drawn that the folder does not give.
    """
    frame = Frame(*product.shape)
    for spec in record.prompts if product.any() else ():
        if spec.mistake or {"whole": None, "box": spec.box, "point": spec.points, "coarse": spec.coarse}[kind]:
            return spec.prompt(frame)
    return prompt_from_mask(kind, product, frame)
