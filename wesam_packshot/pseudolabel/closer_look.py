"""The second look, zoomed in on the product.

The first look's masks are too coarse for chairs' legs and too easily lured by what lies around. A window around all
of them is encoded anew, so that the product fills SAM's frame; each first mask, and the box around it, is the prompt
there. Whose boundary keeps best to the photo's edges is chosen.
"""

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float
from scipy import ndimage

from wesam_packshot.images import Frame, Rgb, model_input
from wesam_packshot.priors import Backdrop, edge_recall, edge_support, seen_through, sharp_edges
from wesam_packshot.prompts import Prompt
from wesam_packshot.pseudolabel.candidates import Candidate, candidate, decode
from wesam_packshot.pseudolabel.cleaning import Mask, bounding_box
from wesam_packshot.pseudolabel.window import Window, scaled, shrink
from wesam_packshot.sam.model import LOW_RES, SegmentAnything

# Room around the product, as a share of its longer side.
MARGIN = 0.12
# What a mask prompt may say at most, either way.
PROMPT_LOGIT = 8.0


def window_around(masks: Sequence[Mask], backdrop: Backdrop, frame: Frame) -> Window:
    """A window around all masks (low-res) and the sharp edges that are connected with them."""
    union = np.any(masks, axis=0)
    edges = sharp_edges(backdrop) > 0.25 if backdrop.plain else np.zeros_like(union)
    connected, _ = ndimage.label(ndimage.binary_dilation(edges | union, iterations=2))
    wanted = np.unique(connected[union])
    box = bounding_box(np.isin(connected, wanted[wanted > 0]))
    return Window.around(scaled(box, union.shape, frame), MARGIN, frame) if box else Window.whole(frame)


def cut_candidate(found: Candidate, window: Window) -> Candidate:
    """A candidate of the whole photo, as the window shows it; crumbs are background."""
    logits = np.where(found.mask | (found.logits <= 0), found.logits, -PROMPT_LOGIT)
    return candidate(found.origin, window.cut_map(logits, window.frame.low_res_size), found.predicted_iou)


@torch.no_grad()
def look_closer(
    sam: SegmentAnything, image: Rgb, window: Window, first: Sequence[Candidate], prompt: Prompt | None
) -> list[Candidate]:
    """A candidate in the window's low-res pixels for each of the first look's (cut by `cut_candidate`)."""
    device = next(sam.parameters()).device
    embedding = sam.encode(model_input(window.cut(image)).to(device))
    found = []
    for earlier in first:
        told = window.localized(prompt) if prompt else _box_of(earlier.mask, window.frame)
        told = Prompt(box=told.box, points=told.points, labels=told.labels, mask=_as_prompt(earlier.logits))
        logits, predicted = decode(sam, embedding, told, window.frame)
        found.append(candidate("zoom", logits[0], float(predicted[0])))
    return found


def best_by_edges(found: Sequence[Candidate], backdrop: Backdrop, image: Rgb, window: Window) -> Candidate:
    """The candidate along whose boundary the edges are strongest, and that leaves fewest of them out."""
    edges = sharp_edges(seen_through(backdrop, shrink(window.cut(image), found[0].mask.shape), window.region))
    return max(found, key=lambda item: edge_support(item.mask, edges) + edge_recall(item.mask, edges))


def _box_of(mask: Mask, frame: Frame) -> Prompt:
    box = bounding_box(mask) or (0, 0, mask.shape[1], mask.shape[0])
    return Prompt(box=scaled(box, mask.shape, frame))


def _as_prompt(logits: Float[np.ndarray, "height width"]) -> Float[torch.Tensor, "256 256"]:
    padded = torch.full((LOW_RES, LOW_RES), -PROMPT_LOGIT)
    clipped = torch.from_numpy(np.clip(logits, -PROMPT_LOGIT, PROMPT_LOGIT).astype(np.float32))
    padded[: clipped.shape[0], : clipped.shape[1]] = clipped
    return padded
