"""Choice among the candidates of one view, by SAM's own opinion and the priors.

The score rewards a mask that holds everything that colour alone is sure of, that SAM is sure of, and that stays
off the border. Colour has little weight against SAM, since white products on white look like backdrop.
"""

from collections.abc import Sequence

from wesam_packshot.masks import Mask
from wesam_packshot.priors import Evidence
from wesam_packshot.pseudolabel.candidates import Candidate
from wesam_packshot.pseudolabel.cleaning import border_share

# How good the prompts are, all else equal: measured order on packshots (README of the benchmark, table of origins).
ORIGIN_BONUS = {"user": 0.0, "tight": 0.2, "complement": -0.1, "core": -0.1, "evidence": -0.3}
# Sure product of less than this share of the picture says little.
EVIDENCE_SHARE = 0.01


def recall(mask: Mask, evidence: Evidence) -> float:
    """Share of the sure product that the mask holds; 1 where there is none."""
    sure = int(evidence.product.sum())
    return float((evidence.product & mask).sum() / sure) if sure else 1.0


def score(candidate: Candidate, evidence: Evidence) -> float:
    """Higher is better; only comparable within one image."""
    mask = candidate.mask
    area = max(int(mask.sum()), 1)
    weight = min(1.0, float(evidence.product.mean()) / EVIDENCE_SHARE)
    return (
        weight * recall(mask, evidence)
        + candidate.stability
        + 0.3 * candidate.predicted_iou
        - 0.2 * float((evidence.backdrop & mask).sum()) / area
        - 1.5 * border_share(mask)
        + ORIGIN_BONUS[candidate.origin]
    )


def choose(found: Sequence[Candidate], evidence: Evidence) -> Candidate:
    return max(found, key=lambda candidate: score(candidate, evidence))
