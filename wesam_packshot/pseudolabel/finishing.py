"""From the chosen candidate to a mask of full detail: boundary, holes, reflection, and what was removed."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float
from scipy.special import expit
from skimage.morphology import remove_small_objects

from wesam_packshot.arrays import Rgb
from wesam_packshot.masks.cleaning import PINHOLE_SHARE, close_pinholes, remove_small_components
from wesam_packshot.masks.snapping import SURE_LOGIT, snap_to_colours
from wesam_packshot.masks.window import Window, resample, shrink
from wesam_packshot.priors import Backdrop, find_holes, find_reflection, seen_through
from wesam_packshot.pseudolabel.candidates import Candidate
from wesam_packshot.pseudolabel.stages import Stages

Map = Float[np.ndarray, "height width"]

# Masks are finished at this length of the window's longer side: three times SAM's own.
FINE_SIDE = 768


@dataclass(frozen=True)
class Finished:
    """A mask of full detail, in a window.

    Attributes:
        probability: of product, (height, width), float32.
        weight: per-pixel trust, same size.
        reflection: what was cut off as a mirror image, same size.
    """

    probability: Map
    weight: Map
    reflection: Bool[np.ndarray, "height width"]


def finish(
    image: Rgb, window: Window, backdrop: Backdrop, chosen: Candidate, votes: Sequence[Candidate], stages: Stages
) -> Finished:
    """Finish a candidate of the window.

    Args:
        image: the whole photo.
        backdrop: as seen through the window, in the pixels of the candidates.
        votes: candidates that the window's pixels are trusted by, as far as they agree.
    """
    size = window.frame.scaled_size(FINE_SIDE)
    picture = shrink(window.cut(image), size)
    kept = _above_the_contact_line(backdrop, chosen) if stages.reflection else np.ones_like(chosen.mask)
    fine = resample(np.where(kept, chosen.clean_logits, -SURE_LOGIT), size)
    if stages.snapping:
        fine = snap_to_colours(picture, fine)
    mask = close_pinholes(fine > 0)
    mask = remove_small_objects(mask, max_size=max(1, round(PINHOLE_SHARE * mask.sum())))
    holes = doubtful = np.zeros_like(mask)
    if stages.holes:
        holes, doubtful = find_holes(picture, seen_through(backdrop, picture, window.region), mask)
    fine = np.where(mask, np.where(fine > 0, fine, SURE_LOGIT), np.where(fine < 0, fine, -SURE_LOGIT))
    probability = np.where(holes, 0.0, expit(fine))
    share = np.mean([vote.mask for vote in votes], axis=0)
    weight = resample(1 - 4 * share * (1 - share), size)
    weight = np.where(doubtful, 0.0, np.where(holes, 1.0, weight))
    reflection = resample((chosen.mask & ~kept).astype(np.float32), size) > 0.5
    return Finished(probability.astype(np.float32), weight.astype(np.float32), reflection)


def _above_the_contact_line(backdrop: Backdrop, chosen: Candidate) -> Bool[np.ndarray, "height width"]:
    """Rows of the candidate that are no mirror image."""
    reflection = find_reflection(backdrop, chosen.mask)
    kept = np.ones_like(chosen.mask)
    if reflection:
        kept[reflection.contact :] = False
        kept[~remove_small_components(chosen.mask & kept)] = False
    return kept
