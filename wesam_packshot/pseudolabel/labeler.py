"""From a photo to a pseudo-mask with a confidence, without a label and without training."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from jaxtyping import Bool, Float
from scipy.special import expit

from wesam_packshot.images import Frame, Rgb, model_input
from wesam_packshot.priors import Backdrop, seen_through, shadow_alpha
from wesam_packshot.prompts import Prompt
from wesam_packshot.pseudolabel.candidates import Candidate
from wesam_packshot.pseudolabel.cleaning import Mask, bounding_box
from wesam_packshot.pseudolabel.closer_look import best_by_edges, cut_candidate, look_closer, window_around
from wesam_packshot.pseudolabel.finishing import finish
from wesam_packshot.pseudolabel.first_look import Embedding, FirstLook, look_at_whole
from wesam_packshot.pseudolabel.parts import Parts
from wesam_packshot.pseudolabel.selection import confidence
from wesam_packshot.pseudolabel.window import Window, resample, scaled, shrink
from wesam_packshot.sam.model import IMAGE_SIZE, SegmentAnything

# Maps of the whole photo, which training reads, have this length of the longer side: twice SAM's own masks.
WORKING_SIDE = 512
# Products of less or more than these shares of the picture are mistakes, not products.
SMALLEST_SHARE = 0.001
LARGEST_SHARE = 0.97
# A picture of which more than this share is sure to be backdrop shows nothing else.
BARE_SHARE = 0.999

Map = Float[np.ndarray, "height width"]


@dataclass(frozen=True)
class PseudoLabel:
    """What is believed of one photo.

    Attributes:
        window: where the product is.
        detail: probability of product in the window, (height, width), float32, as fine as it is known.
        probability: of product, in the whole photo, (height, width) at the working size, float32; 0.5 is the edge.
        weight: per-pixel trust for training, 0 to 1, same size.
        anchor: what SAM itself made of the whole-image box, as probabilities, same size.
        shadow: alpha of the shadow beside the product, 0 to 1, same size.
        reflection: what was cut off as a mirror image, same size.
        confidence: trust in the whole mask, 0 to 1.
        inverted: whether SAM returned the background under the whole-image box.
        box: tight box (x0, y0, x1, y1) in image pixels, or None for an empty mask.
        reason: why the label abstains; empty when it does not.
    """

    window: Window
    detail: Map
    probability: Map
    weight: Map
    anchor: Map
    shadow: Map
    reflection: Bool[np.ndarray, "height width"]
    confidence: float
    inverted: bool
    box: tuple[float, ...] | None
    reason: str = ""

    def mask(self, height: int, width: int) -> Mask:
        """The binary mask in image pixels; all background when the label abstains."""
        if self.reason:
            return np.zeros((height, width), bool)
        return self.window.paste_map(self.detail, (height, width), 0.0) > 0.5


class PseudoLabeler:
    """Labels photos with a frozen anchor and the colour priors.

    Args:
        sam: the model with its LoRAs off (the anchor), or an adapted student that acts as one.
        min_confidence: labels below it abstain.
        without: names of `Parts` to leave out.
    """

    def __init__(self, sam: SegmentAnything, min_confidence: float = 0.5, without: Collection[str] = ()) -> None:
        self.sam = sam
        self.min_confidence = min_confidence
        self.parts = Parts.all_but(without)

    @torch.no_grad()
    def embed(self, image: Rgb) -> Embedding:
        """The anchor's embedding of a photo, which `label` accepts so that it is computed once."""
        device = next(self.sam.parameters()).device
        return self.sam.encode(model_input(image).to(device))

    def label(self, image: Rgb, embedding: Embedding | None = None, prompt: Prompt | None = None) -> PseudoLabel:
        """Pseudo-mask of one photo, from the whole-image box or from a user's prompt."""
        frame = Frame(*image.shape[:2])
        embedding = self.embed(image) if embedding is None else embedding
        first = look_at_whole(self.sam, image, embedding, prompt, self.parts)
        window, finalists = self._finalists(image, frame, first, prompt)
        chosen = best_by_edges(finalists, first.backdrop, image, window)
        finished = finish(image, window, first.backdrop, chosen, finalists, self.parts)

        size = frame.scaled_size(WORKING_SIDE)
        probability = window.paste_map(finished.probability, size, 0.0)
        mask = probability > 0.5
        trust = confidence(chosen, finalists)
        bare = float(first.evidence.backdrop.mean()) > BARE_SHARE and prompt is None
        box = bounding_box(finished.probability > 0.5)
        return PseudoLabel(
            window=window,
            detail=finished.probability,
            probability=probability,
            weight=window.paste_map(finished.weight, size, 1.0),
            anchor=expit(resample(first.whole[0], size)),
            shadow=_shadow(image, first.backdrop, mask),
            reflection=window.paste_map(finished.reflection.astype(np.float32), size, 0.0) > 0.5,
            confidence=trust,
            inverted=first.inverted,
            box=None if box is None else window.to_photo(scaled(box, finished.probability.shape, window.frame)),
            reason=self._reason(0.0 if bare else float(mask.mean()), trust, prompt is not None),
        )

    def label_all(self, image: Rgb, prompts: Sequence[Prompt], embedding: Embedding | None = None) -> PseudoLabel:
        """One pseudo-mask of several instances, each under its prompt; without prompts, of the whole image."""
        embedding = self.embed(image) if embedding is None else embedding
        return join_labels([self.label(image, embedding, prompt) for prompt in prompts or (None,)])

    def _finalists(
        self, image: Rgb, frame: Frame, first: FirstLook, prompt: Prompt | None
    ) -> tuple[Window, list[Candidate]]:
        """Candidates of the first look and of the closer one, all in the window that they are compared in."""
        if not self.parts.zoom:
            return Window.whole(frame), first.chosen
        window = window_around([item.mask for item in first.chosen], first.backdrop, frame)
        earlier = [cut_candidate(item, window) for item in first.chosen]
        return window, [*earlier, *look_closer(self.sam, image, window, earlier, prompt)]

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
    if len(labels) == 1:
        return labels[0]
    whole = Frame(labels[0].window.height, labels[0].window.width)
    size = whole.scaled_size(IMAGE_SIZE)
    boxes = np.array([label.box for label in labels if label.box])
    return replace(
        min(labels, key=lambda label: label.confidence),
        window=Window.whole(whole),
        detail=np.max([label.window.paste_map(label.detail, size, 0.0) for label in labels], axis=0),
        probability=np.max([label.probability for label in labels], axis=0),
        weight=np.min([label.weight for label in labels], axis=0),
        shadow=np.min([label.shadow for label in labels], axis=0),
        reflection=np.any([label.reflection for label in labels], axis=0),
        box=(*boxes[:, :2].min(0).tolist(), *boxes[:, 2:].max(0).tolist()) if len(boxes) else None,
    )


def _shadow(image: Rgb, backdrop: Backdrop, mask: Mask) -> Map:
    return shadow_alpha(seen_through(backdrop, shrink(image, (mask.shape[0], mask.shape[1]))), mask)
