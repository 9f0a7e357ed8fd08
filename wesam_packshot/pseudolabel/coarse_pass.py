"""The coarse pass: the whole photo, as it is and with its highlights stretched, under the whole-image box.

White products on white nearly vanish for SAM; a tone curve that spreads the highlights brings them back, and keeps
it from taking burnt-out floor for product. Each view proposes candidates, and the best of each goes on.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy import ndimage

from wesam_packshot.arrays import Mask
from wesam_packshot.masks.window import shrink
from wesam_packshot.priors import Backdrop, fit_backdrop
from wesam_packshot.pseudolabel.candidates import (
    Candidate,
    candidates,
    is_inverted,
    prompted,
    whole_image_logits,
)
from wesam_packshot.pseudolabel.encoded_views import EncodedViews
from wesam_packshot.pseudolabel.selection import choose
from wesam_packshot.pseudolabel.stages import Stages
from wesam_packshot.sam.features import ImageFeatures
from wesam_packshot.sam.frame import Frame
from wesam_packshot.sam.model import SegmentAnything
from wesam_packshot.sam.prompts import Prompt

# SAM's background is used only this many low-res pixels away from its edge.
ERODE = 3


@dataclass(frozen=True)
class CoarsePass:
    """What the whole photo gives, all of it in low-res pixels.

    Attributes:
        whole: logits of the four tokens under the whole-image box, (4, height, width).
        inverted: whether SAM returned the background.
        backdrop: fitted to the photo.
        chosen: the best of each view.
    """

    whole: Float[np.ndarray, "4 height width"]
    inverted: bool
    backdrop: Backdrop
    chosen: list[Candidate]


def coarse_pass(sam: SegmentAnything, views: EncodedViews, prompt: Prompt | None, stages: Stages) -> CoarsePass:
    """Look at a photo under the whole-image box or a user's prompt."""
    frame = views.frame
    whole = whole_image_logits(sam, views.whole, frame)
    inverted = stages.inversion and is_inverted(whole[0])
    backdrop = fit_backdrop(shrink(views.image, frame.low_res_size), _background(whole, inverted))
    proposed = [propose(sam, views.whole, frame, prompt, stages, whole)]
    if stages.view:
        proposed.append(propose(sam, views.stretched, frame, prompt, stages))
    return CoarsePass(whole, inverted, backdrop, [choose(each) for each in proposed])


def propose(
    sam: SegmentAnything,
    features: ImageFeatures,
    frame: Frame,
    prompt: Prompt | None,
    stages: Stages,
    whole: Float[np.ndarray, "4 height width"] | None = None,
) -> list[Candidate]:
    """Candidates of one view."""
    if prompt:
        return prompted(sam, features, frame, prompt)
    whole = whole_image_logits(sam, features, frame) if whole is None else whole
    inverted = stages.inversion and is_inverted(whole[0])
    return candidates(sam, features, frame, whole, inverted, stages.reprompting)


def _background(whole: Float[np.ndarray, "4 height width"], inverted: bool) -> Mask:
    seen = (whole[0] > 0) & (whole[2] > 0) if inverted else (whole[0] < 0) & (whole[2] < 0)
    return ndimage.binary_erosion(seen, iterations=ERODE)
