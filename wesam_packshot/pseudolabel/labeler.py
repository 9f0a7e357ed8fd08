"""From a photo to a pseudo-mask with a confidence, without a label and without training."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from jaxtyping import Float
from PIL import Image
from scipy import ndimage
from scipy.special import expit
from skimage.transform import resize
from torch import Tensor

from wesam_packshot.images import Frame, Rgb, model_input
from wesam_packshot.priors import Backdrop, Evidence, at_resolution, colour_evidence, find_holes, fit_backdrop
from wesam_packshot.prompts import Prompt
from wesam_packshot.pseudolabel.candidates import (
    Candidate,
    candidates,
    is_inverted,
    prompted,
    whole_image_logits,
)
from wesam_packshot.pseudolabel.cleaning import Mask, bounding_box, close_pinholes
from wesam_packshot.pseudolabel.selection import choose, confidence
from wesam_packshot.sam.model import SegmentAnything

# Pseudo-masks are finished at this length of the longer side: twice SAM's own masks, enough to see small holes.
WORKING_SIDE = 512
# Products of less or more than these shares of the picture are mistakes, not products.
SMALLEST_SHARE = 0.001
LARGEST_SHARE = 0.97
# A picture of which more than this share is sure to be backdrop shows nothing else.
BARE_SHARE = 0.999
ERODE = 3
SURE_LOGIT = 8.0


@dataclass(frozen=True)
class PseudoLabel:
    """What is believed of one photo.

    Attributes:
        probability: of product, (height, width) at the working size, float32; 0.5 is the edge.
        weight: per-pixel trust for training, 0 to 1, same size.
        anchor: what SAM itself made of the whole-image box, as probabilities, same size.
        confidence: trust in the whole mask, 0 to 1.
        inverted: whether SAM returned the background under the whole-image box.
        box: tight box (x0, y0, x1, y1) in image pixels, or None for an empty mask.
        shadow_removed: share of the picture that colour tells to be shadow, and that the mask leaves out.
        reason: why the label abstains; empty when it does not.
    """

    probability: Float[np.ndarray, "height width"]
    weight: Float[np.ndarray, "height width"]
    anchor: Float[np.ndarray, "height width"]
    confidence: float
    inverted: bool
    box: tuple[float, ...] | None
    shadow_removed: float
    reason: str = ""

    def mask(self, height: int, width: int) -> Mask:
        """The binary mask in image pixels; all background when the label abstains."""
        if self.reason:
            return np.zeros((height, width), bool)
        return resize(self.probability, (height, width), order=1, anti_aliasing=False) > 0.5  # type: ignore[no-any-return]


class PseudoLabeler:
    """Labels photos with a frozen anchor and the colour priors.

    Args:
        sam: the model with its LoRAs off (the anchor), or an adapted student that acts as one.
        min_confidence: labels below it abstain.
    """

    def __init__(self, sam: SegmentAnything, min_confidence: float = 0.5) -> None:
        self.sam = sam
        self.min_confidence = min_confidence

    @torch.no_grad()
    def embed(self, image: Rgb) -> Float[Tensor, "1 256 64 64"]:
        """The anchor's embedding of a photo, which `label` accepts so that it is computed once."""
        device = next(self.sam.parameters()).device
        return self.sam.encode(model_input(image).to(device))

    def label(self, image: Rgb, embedding: Tensor | None = None, prompt: Prompt | None = None) -> PseudoLabel:
        """Pseudo-mask of one photo, from the whole-image box or from a user's prompt."""
        frame = Frame(*image.shape[:2])
        embedding = self.embed(image) if embedding is None else embedding
        whole = whole_image_logits(self.sam, embedding, frame)
        inverted = is_inverted(whole[0])
        background = _background(whole, inverted)
        backdrop = fit_backdrop(_shrink(image, frame.low_res_size), background)
        evidence = colour_evidence(backdrop)
        if prompt is None:
            found = candidates(self.sam, embedding, frame, whole, evidence)
        else:
            found = prompted(self.sam, embedding, frame, prompt)
            evidence = _within(evidence, prompt, frame)
        chosen = choose(found, evidence)
        trust = confidence(chosen, found, evidence)
        probability, weight = self._finish(image, frame, backdrop, background, chosen, found)
        box = bounding_box(probability > 0.5)
        scale = np.tile([frame.width / probability.shape[1], frame.height / probability.shape[0]], 2)
        corners = None if box is None else tuple((np.asarray(box) * scale).tolist())
        shadow = float((evidence.shadow & ~chosen.mask).mean())
        bare = float(evidence.backdrop.mean()) > BARE_SHARE and prompt is None
        reason = self._reason(0.0 if bare else float((probability > 0.5).mean()), trust, prompt is not None)
        anchor = expit(resize(whole[0], probability.shape, order=1, anti_aliasing=False)).astype(np.float32)
        return PseudoLabel(probability, weight, anchor, trust, inverted, corners, shadow, reason)

    def label_all(self, image: Rgb, prompts: Sequence[Prompt], embedding: Tensor | None = None) -> PseudoLabel:
        """One pseudo-mask of several instances, each under its prompt; without prompts, of the whole image."""
        embedding = self.embed(image) if embedding is None else embedding
        return join_labels([self.label(image, embedding, prompt) for prompt in prompts or (None,)])

    def _finish(
        self,
        image: Rgb,
        frame: Frame,
        backdrop: Backdrop,
        background: Mask,
        chosen: Candidate,
        found: list[Candidate],
    ) -> tuple[Float[np.ndarray, "height width"], Float[np.ndarray, "height width"]]:
        """The chosen candidate at the working size, with its holes, and the trust in each pixel."""
        size = frame.scaled_size(WORKING_SIDE)
        logits = np.where(chosen.mask | (chosen.logits <= 0), chosen.logits, -SURE_LOGIT)
        logits = resize(logits, size, order=1, anti_aliasing=False)
        working = _shrink(image, size)
        fine = at_resolution(backdrop, working, resize(background, size, order=0).astype(bool))
        mask = close_pinholes(logits > 0)
        holes, doubtful = find_holes(working, fine, mask)
        probability = np.where(holes, 0.0, expit(np.where(mask & (logits <= 0), SURE_LOGIT, logits)))
        votes = np.mean([other.mask for other in found if other.origin == chosen.origin], axis=0)
        weight = resize(1 - 4 * votes * (1 - votes), size, order=1, anti_aliasing=False)
        weight = np.where(doubtful, 0.0, np.where(holes, 1.0, weight))
        return probability.astype(np.float32), weight.astype(np.float32)

    def _reason(self, area: float, trust: float, asked: bool) -> str:
        if area < SMALLEST_SHARE:
            return "no product found"
        if area > LARGEST_SHARE and not asked:
            return "the mask fills the picture"
        if trust < self.min_confidence:
            return f"confidence {trust:.2f} is below {self.min_confidence:.2f}"
        return ""


def join_labels(labels: Sequence[PseudoLabel]) -> PseudoLabel:
    """The union of several instances of one photo: as trustworthy as the least of them."""
    boxes = np.array([label.box for label in labels if label.box])
    return replace(
        min(labels, key=lambda label: label.confidence),
        probability=np.max([label.probability for label in labels], axis=0),
        weight=np.min([label.weight for label in labels], axis=0),
        box=(*boxes[:, :2].min(0).tolist(), *boxes[:, 2:].max(0).tolist()) if len(boxes) else None,
    )


def _within(evidence: Evidence, prompt: Prompt, frame: Frame) -> Evidence:
    """Sure product inside the prompt's box alone: other products of the picture are none of its business."""
    inside = np.zeros_like(evidence.product)
    if prompt.box:
        scale = np.tile([inside.shape[1] / frame.width, inside.shape[0] / frame.height], 2)
        x0, y0, x1, y1 = np.round(np.asarray(prompt.box) * scale).astype(int)
        inside[y0:y1, x0:x1] = True
    return replace(evidence, product=evidence.product & inside)


def _background(whole: Float[np.ndarray, "4 height width"], inverted: bool) -> Mask:
    seen = (whole[0] > 0) & (whole[2] > 0) if inverted else (whole[0] < 0) & (whole[2] < 0)
    eroded: Mask = ndimage.binary_erosion(seen, iterations=ERODE)
    return eroded


def _shrink(image: Rgb, size: tuple[int, int]) -> Rgb:
    return np.asarray(Image.fromarray(image).resize(size[::-1], Image.Resampling.BOX))
