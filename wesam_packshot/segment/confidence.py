"""How far a cut-out can be trusted: the probability that its IoU is 0.9 or more.

A logistic regression on the stability of the logits, fitted by `benchmarks/confidence.py` to rendered products of
families that the adapter has not seen. Other signs (SAM's predicted IoU, what the mask holds of the backdrop's colour,
how it touches the border) gained less than 0.01 of log loss.
"""

import numpy as np
from jaxtyping import Float
from scipy.special import expit

INTERCEPT = -3.3
WEIGHT = -1.95
# A stability this near to 1 is as good as 1.
RESOLUTION = 0.01


def instability(stability: Float[np.ndarray, "*n"]) -> Float[np.ndarray, "*n"]:
    """What masks lose between their cuts at logits of -1 and 1, as a logarithm; see `segmenter.stability`."""
    lost: Float[np.ndarray, "*n"] = np.log(np.clip(1 - stability, 0, 1) + RESOLUTION)
    return lost


def confidence(stability: Float[np.ndarray, "*n"]) -> Float[np.ndarray, "*n"]:
    """Probability, 0 to 1, that masks of this stability have an IoU of 0.9 or more."""
    return expit(INTERCEPT + WEIGHT * instability(stability))
