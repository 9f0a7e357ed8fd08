"""Choice among the candidates of one view, by SAM's own opinion.

Colour is compared later, among the candidates that are left: here it changed nothing (docs/pseudolabels.md).
"""

from collections.abc import Sequence

from wesam_packshot.masks.cleaning import border_share
from wesam_packshot.pseudolabel.candidates import Candidate

# How good the prompts are, all else equal.
ORIGIN_BONUS = {"user": 0.0, "tight": 0.2, "complement": -0.1}


def score(candidate: Candidate) -> float:
    """Higher is better: a stable mask that SAM believes in and that stays off the border."""
    return (
        candidate.stability
        + 0.3 * candidate.predicted_iou
        - 1.5 * border_share(candidate.mask)
        + ORIGIN_BONUS[candidate.origin]
    )


def choose(found: Sequence[Candidate]) -> Candidate:
    """The candidate with the highest score."""
    return max(found, key=score)
