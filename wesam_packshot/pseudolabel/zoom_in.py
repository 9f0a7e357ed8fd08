"""The second look, zoomed in on the product.

The coarse pass's masks are too coarse for chairs' legs and too easily lured by what lies around. A window around all
of them is encoded anew, so that the product fills SAM's frame; each first mask, and the box around it, is the prompt
there.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy import ndimage

from wesam_packshot.arrays import Mask
from wesam_packshot.masks.binary import bounding_box
from wesam_packshot.masks.snapping import SURE_LOGIT
from wesam_packshot.masks.window import Window, scaled
from wesam_packshot.priors import Backdrop, sharp_edges
from wesam_packshot.pseudolabel.candidates import Candidate, candidate, decode, padded
from wesam_packshot.pseudolabel.encoded_views import EncodedViews
from wesam_packshot.sam.frame import Frame
from wesam_packshot.sam.model import SegmentAnything
from wesam_packshot.sam.prompts import Prompt

# Room around the product, as a share of its longer side.
MARGIN = 0.12


def window_around(masks: Sequence[Mask], backdrop: Backdrop, frame: Frame) -> Window:
    """A window around all masks (low-res) and the sharp edges that are connected with them."""
    union = np.any(masks, axis=0)
    edges = sharp_edges(backdrop) > 0.25 if backdrop.plain else np.zeros_like(union)
    connected, _ = ndimage.label(ndimage.binary_dilation(edges | union, iterations=2))
    wanted = np.unique(connected[union])
    box = bounding_box(np.isin(connected, wanted[wanted > 0]))
    return Window.around(scaled(box, union.shape, frame), MARGIN, frame) if box else Window.whole(frame)


def cut_candidate(found: Candidate, window: Window) -> Candidate:
    """A candidate of the whole photo, as the window shows it; small components are background."""
    return candidate(found.origin, window.cut_map(found.clean_logits, window.frame.low_res_size), found.predicted_iou)


def zoom_in(
    sam: SegmentAnything, views: EncodedViews, window: Window, first: Sequence[Candidate], prompt: Prompt | None
) -> list[Candidate]:
    """A candidate in the window's low-res pixels for each of the coarse pass's (cut by `cut_candidate`)."""
    prompts = [_prompt(window, earlier, prompt) for earlier in first]
    decoded = decode(sam, views.through(window), prompts, window.frame)
    return [candidate("zoom", logits[0], float(predicted[0])) for logits, predicted in decoded]


def _prompt(window: Window, earlier: Candidate, prompt: Prompt | None) -> Prompt:
    """The user's prompt, or the box around the earlier mask; and that mask."""
    box = bounding_box(earlier.mask) or (0, 0, earlier.mask.shape[1], earlier.mask.shape[0])
    given = window.localized(prompt) if prompt else Prompt(box=scaled(box, earlier.mask.shape, window.frame))
    return replace(given, mask=padded(np.clip(earlier.logits, -SURE_LOGIT, SURE_LOGIT)))
