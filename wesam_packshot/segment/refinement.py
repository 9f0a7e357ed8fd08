"""From the coarse logits of one pass to a cut-out: how far to go is the user's choice.

`none` is SAM's own mask. `fast` opens holes that show a plain backdrop, and finds the boundary at the photo's full
resolution by its colours. `best` first looks again, zoomed in on the product, and takes the mean of what is seen from
afar and from near; without prompts it is what the labeler makes of the photo, which cuts mirror images off as well.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from jaxtyping import Bool, Float
from scipy import ndimage
from scipy.special import logit

from wesam_packshot.arrays import Rgb
from wesam_packshot.masks.cleaning import remove_small_components
from wesam_packshot.masks.matting import Boundary, refine_boundary
from wesam_packshot.masks.snapping import SURE_LOGIT, snap_to_colours
from wesam_packshot.masks.window import Window, resample, shrink
from wesam_packshot.priors import find_holes, fit_backdrop, seen_through
from wesam_packshot.pseudolabel.candidates import padded, without_small_components
from wesam_packshot.pseudolabel.coarse_pass import ERODE
from wesam_packshot.pseudolabel.encoded_views import EncodedViews
from wesam_packshot.pseudolabel.finishing import FINE_SIDE
from wesam_packshot.pseudolabel.labeler import PseudoLabeler
from wesam_packshot.pseudolabel.second_pass import second_pass
from wesam_packshot.sam.frame import Frame
from wesam_packshot.sam.lora import active
from wesam_packshot.sam.model import LOW_RES
from wesam_packshot.sam.prompts import Prompt
from wesam_packshot.segment.segmenter import STUDENT, Segmenter

Refine = Literal["none", "fast", "best"]
REFINEMENTS: tuple[Refine, ...] = ("none", "fast", "best")

# The passes are joined at this many times SAM's resolution at most: that of a product a sixth of the picture wide.
FINEST = 6
# Probabilities nearer to 0 or 1 than this are no surer.
LEAST = 1e-4

Logits = Float[np.ndarray, "rows columns"]
# The same, at most finer than what they come from.
Finer = Float[np.ndarray, "fine_rows fine_columns"]


def refine_logits(
    segmenter: Segmenter,
    image: Rgb,
    logits: Logits,
    prompts: Sequence[Prompt],
    how: Refine,
    views: EncodedViews | None = None,
) -> Boundary:
    """A cut-out of a photo from its logits, without their padding.

    Args:
        logits: of all of the photo, low-res or finer.
        prompts: that the logits come from; none for the whole image.
        views: what has been encoded of the photo by `Segmenter.embed`, which `best` then does not encode again.
    """
    frame = Frame(*image.shape[:2])
    found = logits if prompts else without_small_components(logits, remove_small_components(logits > 0))
    if how == "none":
        alpha = frame.to_image(padded(found, max(found.shape))).numpy() > 0
        return Boundary(alpha.astype(np.uint8) * 255, image)
    if how == "best":
        views = views or EncodedViews(segmenter.embed, image)
        label = None if prompts else labeled(segmenter, views)
        if label is not None:
            return refine_boundary(image, label)
        found = both_passes(segmenter, views, found, prompts)
    return refine_boundary(image, open_holes(image, found, resample(logits, frame.low_res_size) <= 0))


def labeled(segmenter: Segmenter, views: EncodedViews) -> Logits | None:
    """Logits of the photo by what `PseudoLabeler` finds with this model as the anchor; None of nothing."""
    with active(segmenter.sam, **{STUDENT: segmenter.scale}):
        labeler = PseudoLabeler(segmenter.sam, 0.0)
        label = labeler.complete(labeler.draft(views, None))
    if label.reason:
        return None
    logits = logit(label.detail.clip(LEAST, 1 - LEAST)).clip(-SURE_LOGIT, SURE_LOGIT)
    return label.window.paste_map(logits, finest_size(label.window, views.frame), -SURE_LOGIT)


def open_holes(image: Rgb, logits: Logits, background: Bool[np.ndarray, "low_rows low_columns"]) -> Finer:
    """The logits with holes, such as between the bars of a basket, as sure background; see `priors.find_holes`.

    Args:
        background: what the model has seen as background, in low-res pixels.
    """
    frame = Frame(*image.shape[:2])
    backdrop = fit_backdrop(shrink(image, frame.low_res_size), ndimage.binary_erosion(background, iterations=ERODE))
    if not backdrop.plain or not (logits > 0).any():
        return logits
    size = frame.scaled_size(FINE_SIDE)
    picture, fine = shrink(image, size), resample(logits, size)
    holes, _ = find_holes(picture, seen_through(backdrop, picture), snap_to_colours(picture, fine) > 0)
    return np.where(holes, -SURE_LOGIT, fine).astype(np.float32) if holes.any() else logits


def finest_size(window: Window, frame: Frame) -> tuple[int, int]:
    """Height and width of a map of the photo in which the window is as fine as its masks are."""
    zoom = max(frame.width / (window.right - window.left), frame.height / (window.bottom - window.top))
    return frame.scaled_size(min(round(zoom * FINE_SIDE), FINEST * LOW_RES))


def both_passes(segmenter: Segmenter, views: EncodedViews, logits: Logits, prompts: Sequence[Prompt]) -> Finer:
    """Mean of the logits and of those of a window around the product, see `second_pass`."""
    with active(segmenter.sam, **{STUDENT: segmenter.scale}):
        found = second_pass(segmenter.sam, views, logits, prompts)
    if found is None:
        return logits
    window, near = found
    size = finest_size(window, views.frame)
    pasted = (window.paste_map(answer, size, -SURE_LOGIT) for answer in near)
    joined: Finer = np.mean([resample(logits, size), *pasted], axis=0)
    return joined
