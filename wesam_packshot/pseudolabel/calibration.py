"""How far a pseudo-mask can be trusted: the probability that its IoU is 0.9 or more.

A logistic regression on five signs that need no label, fitted by `benchmarks/calibration.py` to images with true
masks, each judged by a fit to the others.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from jaxtyping import Float
from scipy.special import expit

from wesam_packshot.masks.binary import mask_iou
from wesam_packshot.masks.window import resample
from wesam_packshot.priors import Backdrop, Cues
from wesam_packshot.priors.evidence import brightness_and_chroma, is_neutral
from wesam_packshot.pseudolabel.candidates import Candidate
from wesam_packshot.pseudolabel.finishing import Finished

# Shares this near to 1 are as good as 1.
RESOLUTION = 0.01
# Log brightness of a shadow, at least and at most.
SHADE = (-1.2, -0.03)
# Bins of a histogram of confidence.
BINS = 10


@dataclass(frozen=True)
class Features:
    """Features of trust, each from 0 to 1.

    Attributes:
        stability: IoU of the chosen candidate's cuts at logits of 1 and -1.
        agreement: its least IoU with another finalist.
        kept: IoU of the finished mask with the candidate that it was made from, less its mirror image.
        bare: share of the mask that looks exactly like the backdrop.
        shaded: share of the mask that looks like a shadow on the backdrop, as grey products do.
    """

    stability: float
    agreement: float
    kept: float
    bare: float
    shaded: float

    @property
    def vector(self) -> Float[np.ndarray, "5"]:
        """The first three as the logarithm of what they lack, the others as they are."""
        values = np.array([getattr(self, field.name) for field in fields(self)])
        return np.concatenate([np.log(np.clip(1 - values[:3], 0, 1) + RESOLUTION), values[3:]])


@dataclass(frozen=True)
class Calibration:
    """A fit: intercept, and a weight for each of the features in their order, as `Features.vector` gives them."""

    intercept: float
    weights: tuple[float, float, float, float, float]

    def confidence(self, features: Features) -> float:
        """Probability of an IoU of 0.9 or more."""
        return float(expit(self.intercept + features.vector @ np.array(self.weights)))


# Masks that are chosen among those of SAM as published; those of an adapted model's two passes.
PUBLISHED = Calibration(-2.530, (-0.204, -0.362, -0.975, -3.264, -1.036))
ADAPTED = Calibration(-3.3, (-1.95, 0.0, 0.0, 0.0, 0.0))


def confidence_features(
    chosen: Candidate, finalists: Sequence[Candidate], finished: Finished, backdrop: Backdrop, cues: Cues
) -> Features:
    """Features of a finished mask.

    Args:
        chosen: the candidate that it was made from.
        backdrop: as seen through the window, in the pixels of the candidates.
        cues: the same.
    """
    mask = resample(finished.probability, chosen.mask.shape) > 0.5
    mirrored = resample(finished.reflection.astype(np.float32), chosen.mask.shape) > 0.5
    area = max(int(mask.sum()), 1)
    brightness, chroma = brightness_and_chroma(backdrop.residual)
    shade = is_neutral(brightness, chroma, backdrop.noise)
    shade &= (brightness > SHADE[0]) & (brightness < SHADE[1]) & backdrop.plain
    others = [mask_iou(chosen.mask, other.mask) for other in finalists if other is not chosen]
    return Features(
        stability=chosen.stability,
        agreement=min(others, default=1.0),
        kept=mask_iou(chosen.mask & ~mirrored, mask),
        bare=float((cues.bare & mask).sum()) / area,
        shaded=float((shade & mask).sum()) / area,
    )


def confidence_histogram(confidences: Sequence[float]) -> list[int]:
    """How many labels there are of each confidence, in ten bins of equal width between 0 and 1."""
    counts: list[int] = np.histogram(confidences, BINS, (0, 1))[0].tolist()
    return counts
