"""A pseudo-label of one photo, and what lies beside its product."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float

from wesam_packshot.arrays import Mask, Rgb
from wesam_packshot.masks.window import Window, resample, shrink
from wesam_packshot.priors import Backdrop, colour_evidence, seen_through, shadow_alpha
from wesam_packshot.pseudolabel.calibration import Features
from wesam_packshot.sam.frame import Frame
from wesam_packshot.sam.model import IMAGE_SIZE

# Maps of the whole photo, which training reads, have this length of the longer side: twice SAM's own masks.
WORKING_SIDE = 512

Map = Float[np.ndarray, "height width"]
# Beside a photo of another size.
Working = Bool[np.ndarray, "rows columns"]
WorkingMap = Float[np.ndarray, "rows columns"]


@dataclass(frozen=True)
class PseudoLabel:
    """The pseudo-label of one photo.

    Attributes:
        window: where the product is.
        detail: probability of product in the window, (rows, columns), float32, as fine as it is known.
        probability: of product, in the whole photo, (height, width) at the working size, float32; 0.5 is the edge.
        weight: per-pixel trust for training, 0 to 1, same size.
        anchor: what SAM itself, or an adapter's branch, made of the whole-image box, as probabilities, same size.
        shadow: alpha of the shadow beside the product, 0 to 1, same size.
        reflection: what was cut off as a mirror image, same size.
        colour: what colour alone is sure of: 1 product, -1 backdrop, shadow or reflection, 0 unknown; same size.
        signs: of how far the whole mask can be trusted.
        confidence: how probable it is that the mask has an IoU of 0.9 or more, 0 to 1.
        inverted: whether SAM returned the background under the whole-image box.
        box: tight box (x0, y0, x1, y1) in image pixels, or None for an empty mask.
        reason: why the label abstains; empty when it does not.
    """

    window: Window
    detail: WorkingMap
    probability: Map
    weight: Map
    anchor: Map
    shadow: Map
    reflection: Bool[np.ndarray, "height width"]
    colour: Map
    signs: Features
    confidence: float
    inverted: bool
    box: tuple[float, ...] | None
    reason: str = ""

    def mask(self, height: int, width: int) -> Mask:
        """The binary mask in image pixels; all background when the label abstains."""
        if self.reason:
            return np.zeros((height, width), bool)
        return self.window.paste_map(self.detail, (height, width), 0.0) > 0.5


def layers_beside(
    image: Rgb, backdrop: Backdrop, product: Working, reflection: Working
) -> tuple[WorkingMap, WorkingMap]:
    """The shadow beside a product, and what colour alone is sure of, as in `PseudoLabel`.

    Args:
        image: the photo.
        backdrop: fitted to it.
        product, reflection: at the working size.
    """
    size = (product.shape[0], product.shape[1])
    shadow = shadow_alpha(seen_through(backdrop, shrink(image, size)), product)
    evidence = colour_evidence(backdrop)
    sure, bare = (
        resample(values.astype(np.float32), size)
        for values in (evidence.product & ~evidence.backdrop, evidence.backdrop)
    )
    return shadow, np.where((shadow > 0) | reflection, -1.0, sure - bare).astype(np.float32)


def join_labels(labels: Sequence[PseudoLabel], image: Rgb, backdrop: Backdrop) -> PseudoLabel:
    """The union of several instances of one photo, as trustworthy as the least of them; beside it is the rest.

    Args:
        backdrop: fitted to the photo.
    """
    if len(labels) == 1:
        return labels[0]
    whole = Frame(*image.shape[:2])
    size = whole.scaled_size(IMAGE_SIZE)
    boxes = np.array([label.box for label in labels if label.box])
    probability = np.max([label.probability for label in labels], axis=0)
    # what one instance is mirrored in, or throws its shadow on, may be another
    reflection = np.any([label.reflection for label in labels], axis=0) & (probability <= 0.5)
    shadow, colour = layers_beside(image, backdrop, probability > 0.5, reflection)
    return replace(
        min(labels, key=lambda label: label.confidence),
        window=Window.whole(whole),
        detail=np.max([label.window.paste_map(label.detail, size, 0.0) for label in labels], axis=0),
        probability=probability,
        weight=np.min([label.weight for label in labels], axis=0),
        shadow=shadow,
        reflection=reflection,
        colour=colour,
        box=(*boxes[:, :2].min(0).tolist(), *boxes[:, 2:].max(0).tolist()) if len(boxes) else None,
    )
