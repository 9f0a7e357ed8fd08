"""Products changed and drawn: holes, wires, white."""

import numpy as np
import pytest

from wesam_packshot.composites.cutouts import Cutout
from wesam_packshot.composites.shapes import (
    basket,
    loops,
    painted_white,
    punched,
    rack,
    ring,
    stand,
    table,
    wire_object,
)


def disc(side: int = 120) -> Cutout:
    rows, columns = np.mgrid[:side, :side] - side / 2
    alpha = (rows**2 + columns**2 < (0.45 * side) ** 2).astype(np.float32)
    colour = np.tile(np.linspace(0.2, 0.6, side, dtype=np.float32)[:, None, None], (1, side, 1)) * [1.0, 0.5, 0.2]
    return Cutout(colour.astype(np.float32), alpha, np.ones_like(alpha))


@pytest.mark.parametrize("seed", range(6))
def test_holes_are_within_the_product(seed: int) -> None:
    whole = disc()
    open_one = punched(whole, np.random.default_rng(seed))
    lost = whole.alpha - open_one.alpha
    assert lost.min() >= 0
    assert 0 < lost.sum() < 0.95 * whole.alpha.sum()
    rows, columns = np.mgrid[:120, :120] - 60
    upper = (rows < -48) & (rows**2 + columns**2 > (0.45 * 120 - 1) ** 2)
    assert lost[upper].max() < 0.5  # the outline stays, but for legs
    assert np.array_equal(open_one.colour, whole.colour)


def test_white_paint_leaves_shading_and_no_colour() -> None:
    white = painted_white(disc(), np.random.default_rng(0))
    assert np.ptp(white.colour, axis=-1).max() < 1e-6
    assert white.colour.mean() > 0.6
    assert white.colour[100, 60, 0] > white.colour[10, 60, 0]  # darker above, as before
    assert np.array_equal(white.alpha, disc().alpha)


@pytest.mark.parametrize("seed", range(8))
def test_wire_objects_are_thin_and_of_the_size_asked_for(seed: int) -> None:
    thing = wire_object(300, np.random.default_rng(seed))
    assert 280 <= max(thing.alpha.shape) <= 305
    assert 0.005 < thing.alpha.mean() < 0.75
    assert thing.alpha.max() > 0.95
    assert thing.colour.shape == (*thing.alpha.shape, 3)
    assert thing.colour.min() >= 0 and thing.colour.max() <= 1
    assert np.array_equal(thing.alpha, wire_object(300, np.random.default_rng(seed)).alpha)


@pytest.mark.parametrize("family", [basket, rack, stand, loops, table])
def test_families_are_lists_of_curves(family: object) -> None:
    assert callable(family)
    curves = family(np.random.default_rng(1))
    assert len(curves) >= 1
    assert all(curve.ndim == 2 and curve.shape[1] == 2 and len(curve) >= 2 for curve in curves)


def test_a_ring_is_an_ellipse() -> None:
    points = ring(2.0, 0.5, (1.0, -1.0))
    assert np.allclose(((points[:, 0] - 1) / 2) ** 2 + ((points[:, 1] + 1) / 0.5) ** 2, 1)
