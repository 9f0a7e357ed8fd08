"""Which images of a comparison are worth looking at."""

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np

from wesam_packshot.arrays import Mask
from wesam_packshot.comparison.intervals import TIE
from wesam_packshot.masks.binary import mask_iou


def worst_and_disputed(ious: Sequence[Mapping[str, float]], count: int) -> tuple[list[str], list[str]]:
    """Images that all runs have: those with the lowest IoU in any run, and of the rest where runs differ most.

    Half of `count` goes to each, as far as there are such images; runs that differ by less than `TIE` do not.

    Args:
        ious: by image, of each run.
    """
    common = [identity for identity in ious[0] if all(identity in run for run in ious)]
    spread = {identity: np.ptp([run[identity] for run in ious]) for identity in common}
    ranked = sorted(common, key=lambda identity: (min(run[identity] for run in ious), -spread[identity]))
    disputed = [identity for identity in common if spread[identity] >= TIE]
    worst = ranked[: max((count + 1) // 2, count - len(disputed))]
    rest = sorted(set(disputed) - set(worst), key=lambda identity: (-spread[identity], identity))
    return worst, rest[: count - len(worst)]


def agreement(masks: Sequence[Mask]) -> float:
    """Mean IoU over all pairs of masks of one size; 1 of a single one."""
    pairs = [mask_iou(*pair) for pair in combinations(masks, 2)]
    return float(np.mean(pairs)) if pairs else 1.0
