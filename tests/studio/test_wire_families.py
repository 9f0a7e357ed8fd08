"""Families of wire, rod, board and blade: what every product must be to stand in a rendered scene."""

from functools import cache

import pytest

pytest.importorskip("trimesh")

import numpy as np
from numpy.typing import NDArray

from wesam_packshot.studio.families import (
    bench,
    cable,
    cage,
    chain,
    chair,
    cutlery,
    hand_tool,
    hanger,
    held_out_wire,
    lamp,
    shelf,
    storage,
    table,
    whisk,
    wire_basket,
)
from wesam_packshot.studio.families.parts_rest import settled
from wesam_packshot.studio.product import Build, Material, Part, Product
from wesam_packshot.studio.shapes import box

MODULES = (
    wire_basket,
    hanger,
    cage,
    whisk,
    cable,
    chain,
    cutlery,
    hand_tool,
    chair,
    table,
    bench,
    shelf,
    lamp,
    storage,
)
FAMILIES: dict[str, Build] = {k: v for m in (*MODULES, held_out_wire) for k, v in m.FAMILIES.items()}
SEEDS = range(5)
MOST_FACES = 150_000


@cache
def built(family: str) -> tuple[Product, ...]:
    return tuple(FAMILIES[family](np.random.default_rng(seed)) for seed in SEEDS)


def diagonal(product: Product) -> float:
    return float(np.linalg.norm(product.bounds[1] - product.bounds[0]))


def heights(product: Product, vertices: NDArray[np.float64]) -> NDArray[np.float64]:
    """Above the floor: z, or -y for what lies on its back."""
    return -vertices[:, 1] if product.pose == "lying" else vertices[:, 2]


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_meshes_are_finite_and_of_few_faces_and_rest_on_the_floor(family: str) -> None:
    for product in built(family):
        vertices = np.concatenate([part.mesh.vertices for part in product.parts])
        assert np.isfinite(vertices).all()
        assert sum(len(part.mesh.faces) for part in product.parts) <= MOST_FACES
        assert 0.3 < diagonal(product) < 12
        assert heights(product, vertices).min() == pytest.approx(0, abs=1e-6 * diagonal(product))


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_the_same_seed_gives_the_same_product(family: str) -> None:
    first, second = built(family)[-1], FAMILIES[family](np.random.default_rng(SEEDS[-1]))
    assert (first.tags, first.pose) == (second.tags, second.pose)
    for one, other in zip(first.parts, second.parts, strict=True):
        np.testing.assert_array_equal(one.mesh.vertices, other.mesh.vertices)


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_glass_is_closed_and_faces_outwards(family: str) -> None:
    for product in built(family):
        for part in product.parts:
            if part.material.ior:
                assert part.mesh.is_watertight
                assert part.mesh.volume > 0


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_every_part_touches_another_or_the_floor(family: str) -> None:
    for product in built(family):
        slack = 0.005 * diagonal(product)
        boxes = np.array([part.mesh.bounds for part in product.parts])
        meet = (boxes[:, None, 0] - slack <= boxes[None, :, 1]).all(-1)
        others = (meet & meet.T & ~np.eye(len(boxes), dtype=bool)).any(1)
        low = np.array([heights(product, part.mesh.vertices).min() for part in product.parts]) < slack
        held = others | (low & (product.pose != "hanging"))
        assert held.all() or len(boxes) == 1


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_products_stand_over_what_touches_the_floor(family: str) -> None:
    for product in built(family):
        if product.pose == "hanging":
            continue
        vertices = np.concatenate([part.mesh.vertices for part in product.parts])
        plane = vertices[:, [0, 2]] if product.pose == "lying" else vertices[:, :2]
        feet = plane[heights(product, vertices) < 0.02 * diagonal(product)]
        centre = np.average([p.mesh.centroid for p in product.parts], 0, [p.mesh.area for p in product.parts])
        middle = centre[[0, 2]] if product.pose == "lying" else centre[:2]
        slack = 0.03 * diagonal(product)
        assert (feet.min(0) - slack <= middle).all()
        assert (middle <= feet.max(0) + slack).all()


def test_families_differ_from_seed_to_seed() -> None:
    for family in FAMILIES:
        assert len({tuple(product.bounds.ravel()) for product in built(family)}) == len(SEEDS), family


def test_settling_lays_a_tilted_brick_on_its_largest_side_below_its_centre() -> None:
    turn = np.eye(4)
    turn[:3, :3] = [[1, 0, 0], [0, np.cos(0.3), -np.sin(0.3)], [0, np.sin(0.3), np.cos(0.3)]]
    (rested,) = settled([Part(box((2, 1, 0.5)).apply_transform(turn), Material())], (0, 0, -1))
    np.testing.assert_allclose(rested.mesh.extents, (2, 1, 0.5), atol=1e-9)
    assert rested.mesh.bounds[0, 2] == pytest.approx(0, abs=1e-9)
