"""Hand tools and openers, lying."""

import numpy as np
import shapely
import shapely.affinity

from wesam_packshot.studio import materials, shapes
from wesam_packshot.studio.families.openers import CROSS, corkscrew, opener, tool_grip, tool_steel, winged
from wesam_packshot.studio.families.parts_rest import placed, settled
from wesam_packshot.studio.families.parts_wire import (
    Rng,
    board,
    lathe,
    one_of,
    rounded,
    slab,
    swept,
)
from wesam_packshot.studio.product import Build, Part, Product, product


def hand_tool(rng: Rng) -> Product:
    """A wrench, pliers, screwdriver, hammer, hex key, hacksaw, bottle opener or corkscrew."""
    kinds = (_wrench, _pliers, _driver, _hammer, _hex_keys, _saw, opener, corkscrew, winged)
    parts, tags = kinds[int(rng.integers(len(kinds)))](rng)
    return product(settled(parts), *tags, pose="lying")


def _wrench(rng: Rng) -> tuple[list[Part], list[str]]:
    """Open jaw at one end, ring or jaw at the other; one, or a set in a row."""
    steel, parts = tool_steel(rng), []
    count, ring = int(rng.choice([1, 1, 1, 3, 4])), rng.random() < 0.7
    for number in range(count):
        size = 0.85**number
        bar = shapely.LineString([(0, 0), (0, 2)]).buffer(rng.uniform(0.085, 0.1))
        jaw = (
            shapely.Point(0, 2.05)
            .buffer(0.26)
            .difference(shapely.affinity.rotate(shapely.box(-0.12, 1.98, 0.12, 2.6), -15, origin=(0, 2.05)))
        )
        other = shapely.Point(0, -0.08).buffer(0.22).difference(shapely.Point(0, -0.08).buffer(0.13, 3))
        if not ring:
            other = (
                shapely.Point(0, -0.05)
                .buffer(0.24)
                .difference(shapely.affinity.rotate(shapely.box(-0.1, -0.6, 0.1, 0.02), 15, origin=(0, 0)))
            )
        hole = shapely.Point(0, 2.05).buffer(0.13).union(shapely.Point(0, -0.08).buffer(0.12))
        area = bar.difference(hole.union(shapely.box(-0.12, 2.0, 0.12, 2.4))).union(jaw).union(other)
        mesh = shapes.merge(
            [
                slab(
                    shapely.affinity.scale(
                        bar.difference(shapely.box(-1, 1.8, 1, 3)).difference(shapely.box(-1, -1, 1, 0.15)), 0.7, 1
                    ),
                    0.1,
                ),
                slab(area, 0.075),
            ]
        )
        parts.append(Part(shapes.moved(shapes.scaled(mesh, size), (number * 0.6, -0.04 * size, 0)), steel))
    return parts, ["holes"] if ring else []


def _pliers(rng: Rng) -> tuple[list[Part], list[str]]:
    """Two levers crossed at a pivot: jaws above, sleeved handles below."""
    steel, sleeve, opened = tool_steel(rng), tool_grip(rng), rng.uniform(0.04, 0.3)
    long, reach, kind = rng.uniform(1.1, 1.5), rng.uniform(0.15, 0.28), int(rng.integers(3))
    jaw = (
        [(-0.01, 0), (-0.17, 0.05), (-0.13, 0.5), (-0.1, 0.62), (-0.005, 0.62)],
        [(-0.01, 0), (-0.15, 0.05), (-0.06, 0.6), (-0.04, 0.95), (-0.005, 0.95)],
        [(-0.01, 0), (-0.2, 0.1), (-0.22, 0.3), (-0.1, 0.42), (-0.005, 0.4)],
    )[kind]
    parts = []
    for side in (-1, 1):
        plate = slab(shapely.Polygon(jaw).buffer(0.012).union(shapely.Point(0, 0).buffer(0.16)), 0.09)
        arm = rounded(
            [[0.02, 0, -0.05], [0.16, 0, -0.25], [reach, 0, -0.55 * long], [reach * 0.75, 0, -long]], 0.25, steps=8
        )
        bare = swept(arm, CROSS, (0.09, 0.11), 3, 12)
        cover = swept(
            arm[8:],
            CROSS,
            np.stack(
                [np.full(len(arm) - 8, 0.14), np.interp(np.arange(len(arm) - 8), [0, 4, 20], [0.17, 0.2, 0.16])], 1
            ),
            2.5,
            16,
        )
        half = [Part(shapes.merge([plate, bare]), steel), Part(cover, sleeve)]
        if side < 0:
            half = [Part(shapes.scaled(p.mesh, (-1, 1, 1)), p.material) for p in half]
        parts += placed(half, (0, 0.02 * side, 0), -side * opened / 2, CROSS)
    rivet = shapes.moved(shapes.cylinder(0.07, 0.17, sections=24), turn=np.pi / 2, axis=(1, 0, 0))
    return [*parts, Part(rivet, steel)], ["holes"]


def _driver(rng: Rng) -> tuple[list[Part], list[str]]:
    """Screwdrivers or chisels: ribbed grip, shaft, tip."""
    parts, count = [], int(rng.choice([1, 1, 2, 3, 5]))
    own, ring, radii = tool_grip(rng), tool_grip(rng), rng.uniform(0.8, 1.15, 5) * rng.uniform(0.1, 0.15)
    for number in range(count):
        long, thin = rng.uniform(0.7, 1.5), rng.uniform(0.03, 0.05)
        grip = lathe((0, 0, 0), (0, 0, 0.9), [0.06, *radii, radii[-1] * 0.6], 36)
        ribs = int(rng.choice([0, 6, 8]))
        if ribs:
            x, y = grip.vertices[:, 0], grip.vertices[:, 1]
            grip.vertices[:, :2] *= (1 - 0.05 * np.cos(ribs * np.arctan2(y, x)))[:, None]
        shaft = shapes.straight((0, 0, 0.85), (0, 0, 0.9 + long), thin)
        flat = rng.random() < 0.5
        path = np.array([[0, 0, 0.85 + long], [0, 0, 0.95 + long], [0, 0, 1.06 + long]])
        tip = swept(
            path,
            (1, 0, 0),
            [
                (2 * thin, 2 * thin),
                (2.6 * thin if flat else 1.6 * thin, 1.2 * thin),
                (2.4 * thin, 0.3 * thin) if flat else (0.5 * thin, 0.5 * thin),
            ],
        )
        collar = lathe((0, 0, 0.86), (0, 0, 0.95), [radii[-1] * 0.7, radii[-1] * 0.6], 24)
        tool = [Part(grip, own), Part(shapes.merge([shaft, tip]), tool_steel(rng)), Part(collar, ring)]
        parts += placed(settled(tool), (number * 0.42, 0, 0))
    return parts, ["thin"] if count == 1 else []


def _hammer(rng: Rng) -> tuple[list[Part], list[str]]:
    """Claw, mallet, sledge or ball-pein head on a handle."""
    long, thick, kind = rng.uniform(1.7, 2.2), rng.uniform(0.06, 0.09), int(rng.integers(3))
    s = np.linspace(0, 1, 24)
    bulge = thick * np.interp(s, [0, 0.06, 0.3, 0.6, 1], [0.9, 1.35, 1.15, 0.8, 0.9])
    handle = swept(np.outer(s, [0, 0, long]), (1, 0, 0), np.stack([2.4 * bulge, 1.8 * bulge], 1), 2.4)
    parts = [Part(handle, tool_grip(rng))]
    if kind == 0:
        head = shapes.merge(
            [lathe((-0.4, 0, long), (-0.22, 0, long), [0.13, 0.14, 0.1], 24), board((0.36, 0.2, 0.2), (-0.05, 0, long))]
        )
        claw = [
            swept(
                shapes.curve([(0.1, s * 0.05, long), (0.3, s * 0.08, long - 0.03), (0.52, s * 0.1, long - 0.2)], 16),
                CROSS,
                np.linspace((0.09, 0.16), (0.07, 0.03), 16),
                3,
            )
            for s in (-1, 1)
        ]
        head = shapes.merge([head, *claw])
    elif kind == 1:
        head = lathe((-0.38, 0, long), (0.38, 0, long), [0.2, 0.24, 0.24, 0.24, 0.2], 32)
    else:
        head = shapes.merge(
            [board((0.8, 0.24, 0.24), (0, 0, long), 0.3), shapes.sphere(0.12, (0.42, 0, long), steps=16)]
        )
    own = one_of(rng, materials.wood, materials.rubber, materials.plastic) if kind == 1 else tool_steel(rng)
    return [*parts, Part(head, own)], []


def _hex_keys(rng: Rng) -> tuple[list[Part], list[str]]:
    steel, count = tool_steel(rng), int(rng.integers(1, 8))
    keys = []
    for number in range(count):
        thin = 0.055 * 0.85**number
        path = rounded([(0.5 - 0.03 * number, 0, 0), (0, 0, 0), (0, 0, 1.7 * 0.9**number)], 0.12)
        keys.append(shapes.moved(shapes.tube(path, thin, sides=6), (0.2 * number, -thin * 0.87, 0.14 * number)))
    return [Part(shapes.merge(keys), steel)], ["thin"]


def _saw(rng: Rng) -> tuple[list[Part], list[str]]:
    """A hacksaw: a bowed frame, a thin blade, a closed grip."""
    high, long = rng.uniform(0.4, 0.7), rng.uniform(1.6, 2.1)
    bow = rounded([(0, 0, 0), (0, 0, high), (long, 0, high), (long, 0, 0)], 0.15)
    frame = swept(bow, CROSS, (0.05, 0.11), 4, 12)
    blade = slab(shapely.box(-0.05, -0.06, long + 0.05, 0.03), 0.012)
    grip = shapely.Polygon([(-0.55, -0.55), (-0.3, 0.25), (0.02, 0.25), (0.02, -0.1), (-0.12, -0.55)]).buffer(0.09)
    hole = shapely.Polygon([(-0.36, -0.4), (-0.24, 0.1), (-0.1, 0.1), (-0.16, -0.4)]).buffer(0.06)
    return [
        Part(frame, one_of(rng, tool_steel, materials.painted_metal)),
        Part(blade, tool_steel(rng)),
        Part(slab(grip.difference(hole), 0.13), tool_grip(rng)),
    ], ["thin", "holes"]


FAMILIES: dict[str, Build] = {"hand_tool": hand_tool}
