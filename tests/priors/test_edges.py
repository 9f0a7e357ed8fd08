"""Edges and other cues, on pictures whose edges are known."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from wesam_packshot.priors import edge_recall, edge_support, find_cues, fit_backdrop, fit_to_cues, sharp_edges

SHAPE = (160, 200)
SQUARE = np.s_[50:110, 70:130]


def picture(shadow: bool = True) -> NDArray[np.uint8]:
    """A red square on grey with a soft shadow at its right."""
    values = np.full((*SHAPE, 3), 200.0)
    fallen = np.zeros(SHAPE)
    fallen[70:120, 120:160] = 0.4 * shadow
    values *= 1 - ndimage.gaussian_filter(fallen, 10)[..., None]
    values[SQUARE] = (180, 60, 50)
    values += np.random.default_rng(0).normal(0, 0.8, values.shape)
    return values.round().astype(np.uint8)


def square(grow: int = 0, right: int = 0) -> NDArray[np.bool_]:
    mask = np.zeros(SHAPE, bool)
    mask[50 - grow : 110 + grow, 70 - grow : 130 + grow + right] = True
    return mask


BACKDROP = fit_backdrop(picture(), ~square(8, 50))


def test_edges_are_where_colours_jump() -> None:
    edges = sharp_edges(BACKDROP)
    assert edges[80, 70] > 0.9
    assert edges[80, 100] == 0
    assert edges[95, 150] == 0  # the soft shadow
    assert edges[:40].max() == 0


def test_support_and_recall() -> None:
    edges = sharp_edges(BACKDROP)
    assert edge_support(square(), edges) > 0.9
    assert edge_support(square(10), edges) < 0.05
    assert edge_recall(square(), edges) > 0.99
    half = square()
    half[80:] = False
    assert 0.4 < edge_recall(half, edges) < 0.6
    nothing = np.zeros(SHAPE, bool)
    assert (edge_support(nothing, edges), edge_recall(nothing, edges)) == (0, 0)
    assert edge_recall(nothing, np.zeros(SHAPE)) == 1


def test_the_product_fits_best() -> None:
    cues = find_cues(BACKDROP)
    assert cues.product[SQUARE].mean() > 0.97
    assert cues.bare[:40].mean() > 0.9
    assert not cues.bare[SQUARE].any()
    half = square()
    half[80:] = False
    best = fit_to_cues(square(), cues)
    assert best > 2.9
    assert fit_to_cues(square(right=30), cues) < best
    for worse in (square(10), half, ~square()):
        assert fit_to_cues(worse, cues) < best - 0.1


def test_without_a_backdrop_only_edges_count() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (*SHAPE, 3), dtype=np.uint8)
    cues = find_cues(fit_backdrop(noise, ~square()))
    assert not cues.product.any()
    assert not cues.bare.any()
