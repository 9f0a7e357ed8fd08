"""How far a cut-out can be trusted: the probability that its IoU is 0.9 or more.

A logistic regression on signs that need no label, fitted by `benchmarks/confidence.py` to products that the model has
not seen.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
from jaxtyping import Float
from scipy import ndimage
from scipy.special import expit

from wesam_packshot.arrays import Rgb
from wesam_packshot.masks.binary import mask_iou
from wesam_packshot.masks.window import resample, shrink
from wesam_packshot.priors import border_ring, fit_backdrop
from wesam_packshot.priors.evidence import brightness_and_chroma, is_neutral
from wesam_packshot.segment.segmenter import Segmentation

# Intercept, and a weight for each feature in their order.
INTERCEPT = 0.0
WEIGHTS = (0.0,) * 11
# Shares this near to 1 are as good as 1.
RESOLUTION = 0.01
# Low-res pixels beside the mask's edge are mixed.
MIXED = 2
# A log brightness above this is no shadow on the backdrop.
SHADE = -0.03


@dataclass(frozen=True)
class Features:
    """Signs of trust, at SAM's low resolution.

    Attributes:
        unstable: share that the mask loses between its cuts at logits of -1 and 1, as a logarithm.
        disagreement: what the low-res mask and the finest lack of an IoU of 1, as a logarithm.
        border: share of a ring along the photo's border that the mask covers.
        bare: share of the mask that looks exactly like the backdrop.
        shaded: share of the mask that looks like a shadow on the backdrop, as grey products do.
        missed: pixels outside the mask that are neither backdrop nor shadow, as a share of the mask.
        noise: logarithm of the backdrop's spread.
        plain: whether the backdrop is plain.
        edge: share of the mask that lies along its edge.
        area: logarithm of the mask's share of the photo.
        predicted: SAM's own prediction of the IoU.
    """

    unstable: float
    disagreement: float
    border: float
    bare: float
    shaded: float
    missed: float
    noise: float
    plain: float
    edge: float
    area: float
    predicted: float

    @property
    def vector(self) -> Float[np.ndarray, "features"]:
        """Of all features, in their order."""
        return np.array(list(asdict(self).values()))

    @property
    def confidence(self) -> float:
        """Probability of an IoU of 0.9 or more."""
        return float(expit(INTERCEPT + self.vector @ np.array(WEIGHTS)))


def judge(image: Rgb, found: Segmentation, prompts: Sequence[int] | None = None) -> float:
    """Probability that the masks under some of the prompts, or all of them, are right, taken as one.

    Args:
        image: the photo, (height, width, 3), uint8.
    """
    return confidence_features(image, found, prompts).confidence


def confidence_features(image: Rgb, found: Segmentation, prompts: Sequence[int] | None = None) -> Features:
    """Features of the masks under some of the prompts, or all of them, taken as one; see `judge`."""
    chosen = [(number, found.best[number]) for number in (range(len(found.best)) if prompts is None else prompts)]
    size = found.frame.low_res_size
    finest = np.max([found.finest_logits(*each) for each in chosen], axis=0)
    low_res = np.max([found.logits[each].numpy()[: size[0], : size[1]] for each in chosen], axis=0)
    predicted = min(float(found.predicted_iou[each]) for each in chosen)
    mask = resample(finest, size) > 0
    outside = ~ndimage.binary_dilation(mask, iterations=MIXED)
    backdrop = fit_backdrop(shrink(image, size), outside)
    brightness, chroma = brightness_and_chroma(backdrop.residual)
    like = np.abs(backdrop.residual).max(-1) < 3 * backdrop.noise
    shade = is_neutral(brightness, chroma, backdrop.noise) & (brightness < SHADE)
    inner = ndimage.binary_erosion(mask, iterations=MIXED)
    area = max(int(mask.sum()), 1)
    return Features(
        unstable=_lack(float((finest > 1).sum() / max((finest > -1).sum(), 1))),
        disagreement=_lack(mask_iou(resample(low_res, size) > 0, mask)),
        border=float(mask[border_ring(mask.shape[0], mask.shape[1], 0.05)].mean()),
        bare=float((like & inner).sum()) / area,
        shaded=float((shade & inner).sum()) / area,
        missed=float(np.log((outside & ~like & ~shade).sum() / area + RESOLUTION)),
        noise=float(np.log(backdrop.noise)),
        plain=float(backdrop.plain),
        edge=float((mask & ~inner).sum()) / area,
        area=float(np.log(mask.mean() + RESOLUTION)),
        predicted=predicted,
    )


def _lack(share: float) -> float:
    return float(np.log(np.clip(1 - share, 0, 1) + RESOLUTION))
