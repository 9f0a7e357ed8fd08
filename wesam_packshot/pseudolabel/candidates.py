"""Candidate masks of the frozen anchor: its tokens under the whole-image box, their complements, tight boxes.

Under the whole-image box SAM often returns the background; the complement of that is a good first guess, good
enough to draw a tight box around, under which SAM returns the product.
"""

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from wesam_packshot.arrays import Mask, Rgb
from wesam_packshot.masks.binary import bounding_box
from wesam_packshot.masks.cleaning import remove_small_components
from wesam_packshot.masks.snapping import SURE_LOGIT
from wesam_packshot.masks.window import scaled
from wesam_packshot.priors import border_ring
from wesam_packshot.sam.features import ImageFeatures
from wesam_packshot.sam.frame import Frame, model_input
from wesam_packshot.sam.high_resolution import switched_off
from wesam_packshot.sam.model import IMAGE_SIZE, LOW_RES, SegmentAnything
from wesam_packshot.sam.prompts import Prompt, prompt_tensors, whole_image

# The single-mask token, and the multimask tokens of larger wholes; token 1 is the smallest part.
TOKENS = (0, 2, 3)
SMALLEST_BOX = 8.0
Decoded = tuple[Float[np.ndarray, "4 height width"], Float[np.ndarray, "4"]]


@dataclass(frozen=True)
class Candidate:
    """A mask proposed by the anchor.

    Attributes:
        origin: which prompt it comes from: "complement", "tight", "user", "zoom" or "adapted".
        logits: low-res, or an adapted model's finest, without the padding, (height, width); positive inside.
        mask: where they are positive, without small components.
        predicted_iou: of the anchor's head; 0 for a complement, of which the head says nothing.
        stability: IoU of the masks at logits of 1 and -1, as in SAM's automatic mask generator.
    """

    origin: str
    logits: Float[np.ndarray, "height width"]
    mask: Mask
    predicted_iou: float
    stability: float

    @property
    def clean_logits(self) -> Float[np.ndarray, "height width"]:
        """The logits, in which small components are sure background."""
        return without_small_components(self.logits, self.mask)


def without_small_components(
    logits: Float[np.ndarray, "height width"], mask: Mask
) -> Float[np.ndarray, "height width"]:
    """Logits in which what is positive, but not in the mask, is sure background."""
    return np.where(mask | (logits <= 0), logits, -SURE_LOGIT)


def padded(logits: Float[np.ndarray, "height width"], side: int = LOW_RES) -> Float[Tensor, "side side"]:
    """Logits in a frame of `side` pixels, whose padding is sure background."""
    full = torch.full((side, side), -SURE_LOGIT)
    full[: logits.shape[0], : logits.shape[1]] = torch.from_numpy(logits.astype(np.float32))
    return full


@torch.no_grad()
def whole_image_logits(
    sam: SegmentAnything, features: ImageFeatures, frame: Frame
) -> Float[np.ndarray, "4 height width"]:
    """Low-res logits of all four tokens under the whole-image box, without the padding."""
    return decode(sam, features, [whole_image(frame)], frame)[0][0]


def is_inverted(logits: Float[np.ndarray, "height width"]) -> bool:
    """Whether a mask covers most of a ring along the border, as the background does and a product does not.

    A ring, since SAM often leaves the outermost pixels out of the background.
    """
    return float((logits > 0)[border_ring(logits.shape[0], logits.shape[1], 0.05)].mean()) > 0.5


def candidates(
    sam: SegmentAnything,
    features: ImageFeatures,
    frame: Frame,
    whole: Float[np.ndarray, "4 height width"],
    inverted: bool,
    reprompting: bool = True,
) -> list[Candidate]:
    """Candidates for the product from the whole-image box alone.

    Args:
        whole: logits under the whole-image box.
        inverted: whether they are of the background.
        reprompting: ask again with the box around the first guess.
    """
    found = [candidate("complement", -whole[token] if inverted else whole[token]) for token in (0, 2)]
    if not reprompting:
        return found
    rough = found[0].mask
    box = bounding_box(rough)
    if box and min(box[2] - box[0], box[3] - box[1]) * IMAGE_SIZE / LOW_RES >= SMALLEST_BOX:
        found += prompted(sam, features, frame, Prompt(box=scaled(box, rough.shape, frame)), "tight")
    return found


@torch.no_grad()
def prompted(
    sam: SegmentAnything, features: ImageFeatures, frame: Frame, prompt: Prompt, origin: str = "user"
) -> list[Candidate]:
    """Candidates under one prompt, which is taken at its word."""
    ((logits, predicted),) = decode(sam, features, [prompt], frame)
    return [candidate(origin, logits[token], float(predicted[token])) for token in TOKENS]


@torch.no_grad()
def encode_image(sam: SegmentAnything, image: Rgb, branch: bool = False) -> ImageFeatures:
    """The anchor's features of a picture, for low-res masks, or with what its high-resolution branch needs as well."""
    with nullcontext() if branch else switched_off(sam):
        return sam.encode(model_input(image).to(next(sam.parameters()).device))


@torch.no_grad()
def decode(sam: SegmentAnything, features: ImageFeatures, prompts: Sequence[Prompt], frame: Frame) -> list[Decoded]:
    """Low-res logits of the four tokens under each prompt, without the padding, and their predicted IoUs.

    The prompts need the same number of points, and all or no masks, since they are decoded together.
    """
    decoded = sam.decode(features.low_res, prompt_tensors(prompts, frame).to(features.embedding.device))
    height, width = frame.low_res_size
    logits, predicted = decoded.logits[0, :, :, :height, :width].float().cpu().numpy(), decoded.iou[0].float().cpu()
    return list(zip(logits, predicted.numpy(), strict=True))


def candidate(origin: str, logits: Float[np.ndarray, "height width"], predicted_iou: float = 0.0) -> Candidate:
    """A candidate of given logits, with its stability and without small components in its mask."""
    stability = float((logits > 1).sum() / max((logits > -1).sum(), 1))
    return Candidate(origin, logits, remove_small_components(logits > 0), predicted_iou, stability)
