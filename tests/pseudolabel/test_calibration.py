"""Features of trust on hand-made masks."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from wesam_packshot.priors import find_cues, fit_backdrop
from wesam_packshot.pseudolabel.calibration import ADAPTED, PUBLISHED, Features, confidence_features
from wesam_packshot.pseudolabel.candidates import Candidate
from wesam_packshot.pseudolabel.finishing import Finished

SIZE = (160, 200)
GOOD = Features(stability=0.98, agreement=0.97, kept=0.99, bare=0.0, shaded=0.2)


def square(low: int, high: int) -> NDArray[np.bool_]:
    mask = np.zeros(SIZE, bool)
    mask[low:high, low:high] = True
    return mask


def candidate(mask: NDArray[np.bool_]) -> Candidate:
    return Candidate("zoom", np.where(mask, 5.0, -5.0), mask, 0.9, 0.95)


def test_signs_are_what_they_say() -> None:
    image = np.full((*SIZE, 3), 200, np.uint8)
    image[40:100, 40:100] = (180, 60, 50)
    image[40:55, 40:100] = 120  # a quarter of the product may be a shadow
    backdrop = fit_backdrop(image, ~square(35, 105))
    chosen, other = candidate(square(40, 100)), candidate(square(40, 100) & (np.arange(200) < 70))
    finished = square(40, 100)
    finished[60:80, 60:80] = False  # a hole
    made = Finished(finished.astype(np.float32), np.ones(SIZE, np.float32), np.zeros(SIZE, bool))
    signs = confidence_features(chosen, [chosen, other, other], made, backdrop, find_cues(backdrop))
    assert signs.stability == 0.95
    assert signs.agreement == pytest.approx(0.5)
    assert signs.kept == pytest.approx(3200 / 3600)
    assert signs.bare == 0
    assert signs.shaded == pytest.approx(15 * 60 / 3200, abs=0.02)


def test_a_lone_candidate_agrees_with_itself() -> None:
    backdrop = fit_backdrop(np.full((*SIZE, 3), 200, np.uint8), ~square(35, 105))
    chosen = candidate(square(40, 100))
    made = Finished(chosen.mask.astype(np.float32), np.ones(SIZE, np.float32), np.zeros(SIZE, bool))
    signs = confidence_features(chosen, [chosen], made, backdrop, find_cues(backdrop))
    assert (signs.agreement, signs.kept) == (1, 1)
    assert signs.bare > 0.9  # a mask of bare backdrop


@pytest.mark.parametrize(
    ("sign", "worse"),
    [("stability", 0.9), ("agreement", 0.6), ("kept", 0.6), ("bare", 0.3), ("shaded", 0.9)],
)
def test_every_sign_counts_in_its_direction(sign: str, worse: float) -> None:
    good = PUBLISHED.confidence(GOOD)
    assert good > 0.95
    assert PUBLISHED.confidence(replace(GOOD, **{sign: worse})) < good


def test_bad_signs_are_not_trusted() -> None:
    for calibration in (PUBLISHED, ADAPTED):
        assert calibration.confidence(Features(0.85, 0.5, 0.6, 0.3, 0.9)) < 0.6
