"""Cleaning, on masks small enough to check by eye."""

import numpy as np
import pytest
from numpy.typing import NDArray

from wesam_packshot.masks.cleaning import border_share, close_pinholes, remove_small_components

Mask = NDArray[np.bool_]


def blank() -> Mask:
    return np.zeros((60, 80), bool)


def with_parts(*parts: tuple[slice, slice]) -> Mask:
    mask = blank()
    for part in parts:
        mask[part] = True
    return mask


def test_crumbs_go_and_parts_stay() -> None:
    large, part, crumb = np.s_[10:40, 10:40], np.s_[10:20, 50:60], np.s_[50:53, 60:63]
    kept = remove_small_components(with_parts(large, part, crumb))
    assert np.array_equal(kept, with_parts(large, part))


def test_parts_that_touch_at_a_corner_are_one() -> None:
    mask = with_parts(np.s_[10:40, 10:40], np.s_[40:42, 40:42])
    assert np.array_equal(remove_small_components(mask), mask)


def test_strips_along_the_border_are_crumbs_even_when_long() -> None:
    product, frame = np.s_[20:40, 20:40], np.s_[:, 0:2]
    assert np.array_equal(remove_small_components(with_parts(product, frame)), with_parts(product))


def test_a_product_across_the_border_stays() -> None:
    mask = with_parts(np.s_[0:40, 20:60], np.s_[50:52, 2:4])
    assert np.array_equal(remove_small_components(mask), with_parts(np.s_[0:40, 20:60]))


@pytest.mark.parametrize("mask", [blank(), ~blank()])
def test_empty_and_full_masks_stay(mask: Mask) -> None:
    assert np.array_equal(remove_small_components(mask), mask)


def test_pinholes_close_and_holes_stay() -> None:
    mask = np.zeros((100, 100), bool)
    mask[5:95, 5:95] = True
    mask[20, 20] = False
    mask[50:60, 50:60] = False
    closed = close_pinholes(mask)
    assert closed[20, 20]
    assert not closed[55, 55]


def test_border_share_counts_the_outermost_pixels() -> None:
    assert border_share(~blank()) == 1
    assert border_share(with_parts(np.s_[0:30, 20:30])) == pytest.approx(10 / 280)
