"""An adapted model's two passes: the whole photo, and a window around the product, which fills SAM's frame there.

What a model has learnt of packshots it does best where the product is large: on renders of products that it has not
seen the second pass alone was better than the first, the mean of both, and the mean with mirrored photos.
"""

import numpy as np
import torch
from jaxtyping import Float
from scipy import ndimage

from wesam_packshot.arrays import Mask
from wesam_packshot.masks.binary import bounding_box
from wesam_packshot.masks.cleaning import remove_small_components
from wesam_packshot.masks.window import Window, scaled, shrink
from wesam_packshot.priors import fit_backdrop
from wesam_packshot.pseudolabel.candidates import Candidate, candidate, is_inverted, whole_image_logits
from wesam_packshot.pseudolabel.coarse_pass import ERODE, CoarsePass
from wesam_packshot.pseudolabel.encoded_views import EncodedViews
from wesam_packshot.sam.features import ImageFeatures
from wesam_packshot.sam.frame import Frame
from wesam_packshot.sam.model import SegmentAnything
from wesam_packshot.sam.prompts import prompt_tensors, whole_image

# Room around the product, as a share of its longer side; with 0.1 the IoU of renders was 0.005 lower.
MARGIN = 0.25

Logits = Float[np.ndarray, "rows columns"]


def window_of(logits: Logits, frame: Frame) -> Window | None:
    """The window around what logits of the whole photo call product, small components apart; None where that is none.

    Args:
        logits: without the frame's padding, of any resolution.
    """
    box = bounding_box(remove_small_components(logits > 0))
    return Window.around(scaled(box, logits.shape, frame), MARGIN, frame) if box else None


@torch.no_grad()
def finest_logits(sam: SegmentAnything, features: ImageFeatures, frame: Frame) -> Logits:
    """Logits of the single mask under the whole-image box, without the frame's padding.

    By the high-resolution branch where the active adapter has one.
    """
    decoded = sam.decode(features, prompt_tensors([whole_image(frame)], frame).to(features.embedding.device))
    found = decoded.logits[0, 0, 0] if decoded.fine is None else decoded.fine[0, 0]
    rows, columns = frame.scaled_size(found.shape[-1])
    logits: Logits = found[:rows, :columns].float().cpu().numpy()
    return logits


def two_passes(
    sam: SegmentAnything, views: EncodedViews, zoom: bool = True
) -> tuple[CoarsePass, Window, list[Candidate]] | None:
    """Both passes under the whole-image box: the first, the second's window, and in its pixels a candidate of each.

    None where the first finds nothing, or the background, as SAM as published does.

    Args:
        zoom: whether there is a second pass; its window is the whole photo otherwise.
    """
    frame = views.frame
    whole = whole_image_logits(sam, views.whole, frame)
    far = finest_logits(sam, views.whole, frame)
    window = window_of(far, frame) if zoom else Window.whole(frame)
    if window is None or is_inverted(whole[0]):
        return None
    background: Mask = ndimage.binary_erosion(whole[0] < 0, iterations=ERODE)
    backdrop = fit_backdrop(shrink(views.image, frame.low_res_size), background)
    near = finest_logits(sam, views.through(window), window.frame)
    size = (near.shape[0], near.shape[1])
    finalists = [candidate("first pass", window.cut_map(far, size)), candidate("second pass", near)]
    return CoarsePass(whole, False, backdrop, [candidate("first pass", far)]), window, finalists
