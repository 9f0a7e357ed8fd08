"""Choice among the candidates of one view, hand-made."""

import numpy as np
import pytest
from numpy.typing import NDArray

from wesam_packshot.priors import Evidence
from wesam_packshot.pseudolabel.candidates import Candidate, is_inverted
from wesam_packshot.pseudolabel.selection import choose, recall, score

SIZE = (64, 64)
NOTHING = np.zeros(SIZE, bool)


def square(low: int, high: int) -> NDArray[np.bool_]:
    mask = NOTHING.copy()
    mask[low:high, low:high] = True
    return mask


def candidate(mask: NDArray[np.bool_], origin: str = "tight", stability: float = 0.95) -> Candidate:
    return Candidate(origin, np.where(mask, 5.0, -5.0), mask, 0.9, stability)


def evidence(product: NDArray[np.bool_] = NOTHING, backdrop: NDArray[np.bool_] = NOTHING) -> Evidence:
    return Evidence(product, backdrop, NOTHING)


def test_sure_product_decides_against_a_mask_that_misses_it() -> None:
    whole, part = candidate(square(20, 44)), candidate(square(20, 30))
    assert choose([part, whole], evidence(product=square(20, 44))) is whole
    assert recall(part.mask, evidence(product=square(20, 44))) == pytest.approx(100 / 576)
    assert recall(part.mask, evidence()) == 1


def test_a_mask_along_the_border_loses() -> None:
    product, background = candidate(square(20, 44)), candidate(~square(20, 44))
    assert choose([background, product], evidence()) is product


def test_sure_backdrop_inside_counts_against_a_mask() -> None:
    tight, loose = candidate(square(20, 44)), candidate(square(10, 54))
    assert score(loose, evidence()) == pytest.approx(score(tight, evidence()))
    backdrop = ~square(20, 44)
    assert score(tight, evidence(backdrop=backdrop)) > score(loose, evidence(backdrop=backdrop))


def test_all_else_equal_the_tight_box_wins() -> None:
    mask = square(20, 44)
    found = [candidate(mask, origin) for origin in ("complement", "core", "tight", "evidence")]
    assert choose(found, evidence()).origin == "tight"


def test_inversion_is_seen_on_a_ring_not_on_the_outermost_pixel() -> None:
    background = np.where(square(20, 44), -5.0, 5.0)
    assert is_inverted(background)
    background[[0, -1]], background[:, [0, -1]] = -5, -5  # SAM often leaves the outermost pixels out
    assert is_inverted(background)
    assert not is_inverted(np.where(square(20, 44), 5.0, -5.0))
