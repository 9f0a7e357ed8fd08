"""Choice among the candidates of one view, hand-made."""

import numpy as np
from numpy.typing import NDArray

from wesam_packshot.pseudolabel.candidates import Candidate, is_inverted
from wesam_packshot.pseudolabel.selection import choose, score

SIZE = (64, 64)


def square(low: int, high: int) -> NDArray[np.bool_]:
    mask = np.zeros(SIZE, bool)
    mask[low:high, low:high] = True
    return mask


def candidate(mask: NDArray[np.bool_], origin: str = "tight", stability: float = 0.95) -> Candidate:
    return Candidate(origin, np.where(mask, 5.0, -5.0), mask, 0.9, stability)


def test_a_mask_along_the_border_loses() -> None:
    product, background = candidate(square(20, 44)), candidate(~square(20, 44))
    assert choose([background, product]) is product


def test_all_else_equal_the_tight_box_wins() -> None:
    mask = square(20, 44)
    assert choose([candidate(mask, origin) for origin in ("complement", "tight")]).origin == "tight"


def test_a_steadier_mask_wins() -> None:
    steady, shaky = candidate(square(20, 44), stability=0.97), candidate(square(18, 46), stability=0.7)
    assert choose([shaky, steady]) is steady
    assert score(steady) - score(shaky) == 0.97 - 0.7


def test_inversion_is_seen_on_a_ring_not_on_the_outermost_pixel() -> None:
    background = np.where(square(20, 44), -5.0, 5.0)
    assert is_inverted(background)
    background[[0, -1]], background[:, [0, -1]] = -5, -5  # SAM often leaves the outermost pixels out
    assert is_inverted(background)
    assert not is_inverted(np.where(square(20, 44), 5.0, -5.0))
