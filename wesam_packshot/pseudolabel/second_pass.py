"""A second pass through an adapted model: a window around the product, which fills SAM's frame there.

What a model has learnt of packshots it does best where the product is large. In the window it gets the prompt as
before, the box of its own first answer, and box and answer together; the mean of these and of the first pass is better
than any of them (docs/cutouts.md).
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from jaxtyping import Float
from scipy import ndimage

from wesam_packshot.arrays import Mask
from wesam_packshot.masks.binary import bounding_box
from wesam_packshot.masks.cleaning import remove_small_components
from wesam_packshot.masks.snapping import SURE_LOGIT
from wesam_packshot.masks.window import Window, scaled, shrink
from wesam_packshot.priors import fit_backdrop
from wesam_packshot.pseudolabel.candidates import Candidate, candidate, is_inverted, padded, whole_image_logits
from wesam_packshot.pseudolabel.coarse_pass import ERODE, CoarsePass
from wesam_packshot.pseudolabel.encoded_views import EncodedViews
from wesam_packshot.sam.features import ImageFeatures
from wesam_packshot.sam.frame import Frame
from wesam_packshot.sam.model import SegmentAnything
from wesam_packshot.sam.prompts import Prompt, prompt_tensors, whole_image

# Room around the product, as a share of its longer side. On 25 photos of `val-*` 0.25 was 0.003 better on renders and
# 0.01 worse on shop photos.
MARGIN = 0.1

Logits = Float[np.ndarray, "rows columns"]
# Of a window, in a resolution of its own.
Near = Float[np.ndarray, "_ _"]


@torch.no_grad()
def finest_logits(sam: SegmentAnything, features: ImageFeatures, frame: Frame, prompt: Prompt) -> Logits:
    """Logits of the single mask under a prompt, without the frame's padding.

    By the high-resolution branch where the active adapter has one.
    """
    decoded = sam.decode(features, prompt_tensors([prompt], frame).to(features.embedding.device))
    found = decoded.logits[0, 0, 0] if decoded.fine is None else decoded.fine[0, 0]
    rows, columns = frame.scaled_size(found.shape[-1])
    return found[:rows, :columns].float().cpu().numpy()


def second_pass(
    sam: SegmentAnything, views: EncodedViews, first: Logits, prompts: Sequence[Prompt] = ()
) -> tuple[Window, list[Near]] | None:
    """The window, and its logits under the prompts (the largest of them), the first answer's box, and box and answer.

    None where the first answer is empty.

    Args:
        first: logits of the whole photo, in any resolution, without padding.
        prompts: that they come from; without any, the whole image.
    """
    frame = views.frame
    box = bounding_box(remove_small_components(first > 0))
    if box is None:
        return None
    tight = scaled(box, first.shape, frame)
    window = Window.around(tight, MARGIN, frame)
    features, inner = views.through(window), window.frame
    earlier = np.clip(window.cut_map(first, inner.low_res_size), -SURE_LOGIT, SURE_LOGIT)
    around = window.localized(Prompt(box=tight))
    asked = [replace(window.localized(prompt), mask=None) for prompt in prompts if prompt.box or prompt.points]
    own = [finest_logits(sam, features, inner, prompt) for prompt in asked or [whole_image(inner)]]
    others = (finest_logits(sam, features, inner, each) for each in (around, replace(around, mask=padded(earlier))))
    return window, [np.max(own, axis=0), *others]


def adapted_passes(
    sam: SegmentAnything, views: EncodedViews, zoom: bool
) -> tuple[CoarsePass, Window, list[Candidate]] | None:
    """The first pass under the whole-image box, the second's window, and candidates in the window's pixels.

    The first of these is the mean of both passes, the others are what it is the mean of. None where the first pass
    finds nothing, or the background, as SAM as published does.

    Args:
        zoom: whether there is a second pass; the window is the whole photo otherwise.
    """
    frame = views.frame
    whole = whole_image_logits(sam, views.whole, frame)
    far = finest_logits(sam, views.whole, frame, whole_image(frame))
    closer = second_pass(sam, views, far) if zoom else (Window.whole(frame), [far])
    if closer is None or is_inverted(whole[0]):
        return None
    window, near = closer
    answers = [window.cut_map(far, (near[0].shape[0], near[0].shape[1])), *near]
    background: Mask = ndimage.binary_erosion(whole[0] < 0, iterations=ERODE)
    backdrop = fit_backdrop(shrink(views.image, frame.low_res_size), background)
    finalists = [candidate("adapted", logits) for logits in (np.mean(answers, axis=0), *answers)]
    return CoarsePass(whole, False, backdrop, [candidate("adapted", far)]), window, finalists
