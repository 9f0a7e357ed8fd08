"""Toys on wheels: cars, animals cut from a board."""

import numpy as np
import shapely

from wesam_packshot.studio import materials, shapes
from wesam_packshot.studio.families import parts_vessels as pv
from wesam_packshot.studio.families.parts_rest import placed
from wesam_packshot.studio.families.parts_soft import loft, ovals
from wesam_packshot.studio.families.parts_wire import Rng, both_sides, one_of, slab, wires
from wesam_packshot.studio.product import Material, Part

DARK = Material((0.015, 0.015, 0.018), roughness=0.3)
# Points (x, z) of animals seen from the side, standing on z = 0.1.
OUTLINES = {
    "duck": [
        (-0.55, 0.5),
        (-0.4, 0.15),
        (0.3, 0.12),
        (0.45, 0.35),
        (0.3, 0.6),
        (0.42, 0.72),
        (0.62, 0.74),
        (0.43, 0.84),
        (0.3, 0.98),
        (0.1, 0.93),
        (0.05, 0.75),
        (0.08, 0.6),
        (-0.2, 0.48),
    ],
    "dog": [
        (-0.45, 0.1),
        (-0.25, 0.1),
        (-0.22, 0.36),
        (0.2, 0.36),
        (0.22, 0.1),
        (0.42, 0.1),
        (0.45, 0.5),
        (0.68, 0.55),
        (0.68, 0.72),
        (0.45, 0.88),
        (0.3, 0.86),
        (0.25, 0.64),
        (-0.4, 0.62),
        (-0.6, 0.86),
        (-0.62, 0.8),
        (-0.48, 0.5),
    ],
    "elephant": [
        (-0.48, 0.1),
        (-0.22, 0.1),
        (-0.2, 0.3),
        (0.12, 0.3),
        (0.14, 0.1),
        (0.4, 0.1),
        (0.42, 0.4),
        (0.55, 0.16),
        (0.72, 0.14),
        (0.62, 0.3),
        (0.66, 0.7),
        (0.45, 0.92),
        (0.15, 0.86),
        (-0.35, 0.84),
        (-0.55, 0.6),
    ],
}


def paint(rng: Rng) -> Material:
    """What a toy is made of."""
    return one_of(rng, materials.plastic, materials.plastic, materials.wood, materials.white_plastic, materials.ceramic)


def _wheels(rng: Rng, half: float, wide: float, radius: float, axles: tuple[float, ...]) -> list[Part]:
    """Tyres with hubs on axles along y."""
    tyre = pv.solid(
        pv.filleted([(0.7 * radius, 0), (radius, 0.02), (radius, wide), (0.7 * radius, wide + 0.02)], 0.03), 40
    )
    hub = pv.solid([(0.55 * radius, -0.012), (0.5 * radius, wide + 0.032)], 6 if rng.random() < 0.3 else 32)
    made = []
    for mesh, own in ((tyre, one_of(rng, materials.rubber, paint)), (hub, one_of(rng, materials.chrome, paint))):
        centred = shapes.moved(shapes.moved(mesh, (0, 0, -wide / 2)), turn=np.pi / 2, axis=(1, 0, 0))
        copies = [shapes.moved(centred, (x, s * half, radius)) for x in axles for s in (-1, 1)]
        made.append(Part(shapes.merge(copies), own))
    rods = [shapes.straight((x, -half, radius), (x, half, radius), 0.02, 8) for x in axles]
    return [*made, Part(shapes.merge(rods), materials.metal(rng))]


def car(rng: Rng) -> list[Part]:
    """A car, van or lorry along x, with windows, lamps and bumpers."""
    long, half, radius = rng.uniform(0.55, 0.7), rng.uniform(0.2, 0.26), rng.uniform(0.11, 0.16)
    low, waist = 0.8 * radius, radius + rng.uniform(0.12, 0.2)
    roof = waist + rng.uniform(0.15, 0.3)
    own, glass = paint(rng), Material((0.02, 0.025, 0.03), roughness=0.05)
    lower = ovals(
        [
            (long * s, half * t, z)
            for s, t, z in ((0.94, 0.94, low), (1, 1, low + 0.03), (1, 1, waist - 0.05), (0.97, 0.95, waist))
        ],
        7,
        80,
    )
    rear, front = -long * rng.uniform(0.55, 0.95), long * rng.uniform(0.1, 0.45)
    middle, reach = (rear + front) / 2, (front - rear) / 2
    slope = rng.uniform(0.65, 0.95)
    rows = [
        (reach * s, half * t, z)
        for s, t, z in (
            (1, 0.94, waist - 0.02),
            (0.5 + 0.5 * slope, 0.9, (waist + roof) / 2),
            (slope, 0.85, roof - 0.02),
            (slope - 0.08, 0.75, roof),
        )
    ]
    cabin = shapes.moved(loft(ovals(rows, 6, 64)), (middle, 0, 0))
    inner = [
        (r * 1.012, d * 1.012, z)
        for (r, d, _), z in zip(rows[:3], np.linspace(waist + 0.02, roof - 0.06, 3), strict=True)
    ]
    panes = shapes.moved(loft(ovals(inner, 6, 64)), (middle, 0, 0))
    lamps = [
        shapes.scaled(shapes.sphere(0.04, steps=10), (0.5, 1, 1)).apply_translation(
            (long * 0.97, s * 0.6 * half, 0.6 * (low + waist))
        )
        for s in (-1, 1)
    ]
    bars = [shapes.rounded_box((0.05, 1.8 * half, 0.05), 0.02, (s * long, 0, low + 0.04), 3) for s in (-1, 1)]
    posts = [
        shapes.box((0.035, 1.9 * half, roof - waist), (middle + f * reach, 0, (waist + roof) / 2 - 0.01))
        for f in (-0.1, 0.35)
    ]
    parts = [Part(shapes.merge([loft(lower), cabin, *posts]), own), Part(panes, glass)]
    parts.append(Part(shapes.merge(bars), one_of(rng, materials.chrome, materials.rubber)))
    parts.append(Part(shapes.merge(lamps), Material((0.9, 0.8, 0.4), roughness=0.1)))
    turned = _wheels(rng, half * 0.96, 0.09, radius, (-0.62 * long, 0.62 * long))
    return placed([*parts, *turned], turn=float(rng.choice([0, np.pi])) + rng.uniform(-0.7, 0.7))


def animal(rng: Rng) -> list[Part]:
    """Cut from a board, on wheels, with a cord to pull: elephant, duck or dog."""
    kind = str(rng.choice(["duck", "dog", "elephant"]))
    flat = np.insert(np.array(OUTLINES[kind]), 1, 0, 1)
    smooth = shapes.curve(flat, 120, closed=True)[:, [0, 2]]
    thick = rng.uniform(0.1, 0.22)
    body = slab(shapely.Polygon(smooth).buffer(-0.01).buffer(0.01), thick)
    eye = both_sides(
        shapes.sphere(0.028, ((0.28 if kind == "duck" else 0.46), -thick / 2, 0.8 if kind != "elephant" else 0.68), 8),
        1,
    )
    board = shapes.rounded_box((1.1, 1.3 * thick, 0.06), 0.02, (0, 0, 0.12), 3)
    parts = [Part(body, paint(rng)), Part(eye, DARK), Part(board, paint(rng))]
    parts += _wheels(rng, 0.75 * thick, 0.05, 0.1, (-0.4, 0.4))
    cord = shapes.curve(
        [(0.54, 0, 0.12), (0.7, -0.1, 0.03), (0.85, 0.15, 0.012), (1.05, -0.1, 0.012), (1.2, 0.05, 0.035)], 50
    )
    bead = shapes.sphere(0.035, (1.2, 0.05, 0.035), 12)
    return [*parts, Part(wires([cord], 0.01), materials.rattan(rng)), Part(bead, paint(rng))]
