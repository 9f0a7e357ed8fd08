"""Tongs, tweezers and pegs."""

import numpy as np
import shapely
import trimesh

from wesam_packshot.studio import materials, shapes
from wesam_packshot.studio.families.parts_rest import placed, settled
from wesam_packshot.studio.families.parts_wire import Rng, finish, one_of, rounded, slab, swept, upright
from wesam_packshot.studio.product import Material, Part
from wesam_packshot.studio.shapes import Floats

CROSS = (0, 1, 0)


def blade_steel(rng: Rng) -> Material:
    """Steel of a blade: chrome, brushed or dark."""
    return one_of(
        rng,
        materials.chrome,
        materials.brushed,
        lambda r: materials.metal(r, "black"),
        lambda r: materials.metal(r, "gold"),
    )


def tongs(rng: Rng) -> tuple[list[Part], list[str]]:
    """One strip bent into a U, or two arms on a hinge, with flared ends, plain, slotted or of wire."""
    steel, long, opened = blade_steel(rng), rng.uniform(1.3, 2.0), rng.uniform(0.08, 0.35)
    kind = rng.choice(["strip", "wire", "wood"])
    top, neck = rng.uniform(0.05, 0.1), long - 0.25
    corners = upright(
        np.array([(0, 0), (top, 0), (top + rng.uniform(0.3, 0.7) * opened, -0.4 * long), (top + opened, -neck)])
    )
    side = shapes.curve(rounded(corners, 0.8 * top, steps=4)[[0, 2, 4, 6, 8, 9]], 30)
    if kind == "wire":
        loop = rounded(
            [
                side[-1],
                side[-1] + [0.05, -0.12, -0.05],
                side[-1] + [0, -0.14, -0.3],
                side[-1] + [0, 0.14, -0.3],
                side[-1] + [0.05, 0.12, -0.05],
                side[-1],
            ],
            0.1,
        )
        half = [Part(shapes.merge([shapes.tube(side, 0.024), shapes.tube(loop, 0.02)]), steel)]
    elif kind == "wood":
        widths = np.linspace((0.12, 0.03), (0.2, 0.05), 30)
        half = [Part(swept(side, CROSS, widths, 6), materials.wood(rng))]
    else:
        widths = np.stack([np.interp(np.arange(30), [0, 3, 22, 29], [0.14, 0.16, 0.12, 0.1]), np.full(30, 0.03)], 1)
        half = [
            Part(swept(side, CROSS, widths, 8), steel),
            Part(
                _claw(rng, side[-1], side[-1] - side[-3]),
                one_of(rng, lambda _: steel, materials.rubber, materials.plastic),
            ),
        ]
        if rng.random() < 0.4:
            half.append(
                Part(swept(side[6:18], CROSS, (0.19, 0.06), 4), one_of(rng, materials.rubber, materials.plastic))
            )
    mirrored = [Part(shapes.scaled(p.mesh, (-1, 1, 1)), p.material) for p in half]
    return settled(half + mirrored), ["thin"]


def _claw(rng: Rng, at: Floats, ahead: Floats) -> trimesh.Trimesh:
    """A spoon-like end with a scalloped rim, hollow towards the middle."""
    s, t = np.linspace(0, 1, 16), np.linspace(-1, 1, 17)
    wide, long = rng.uniform(0.1, 0.17), rng.uniform(0.25, 0.4)
    scallop = 1 + (0.1 * np.cos(9 * np.pi * t) if rng.random() < 0.6 else 0 * t)
    half = np.interp(s, [0, 0.2, 0.7, 1], [0.05, 0.6 * wide, wide, 0.75 * wide])
    y = half[:, None] * t[None]
    z = -0.02 - long * s[:, None] * (1 - 0.15 * t[None] ** 2 * s[:, None]) * (1 + (scallop - 1)[None] * s[:, None])
    x = -0.35 * wide * t[None] ** 2 * np.sin(np.pi * s.clip(0, 0.8))[:, None] - 0.05 * s[:, None] ** 2
    grid = np.stack(np.broadcast_arrays(x, y, z), -1).reshape(-1, 3)
    turn = float(np.arctan2(-ahead[0], -ahead[2]))
    return shapes.moved(shapes.thick_grid(grid, 16, 17, 0.025), np.add(at, [0, 0, 0.03]), turn, CROSS)


def tweezers(rng: Rng) -> tuple[list[Part], list[str]]:
    """Two springy arms joined at one end; pointed, slanted or broad."""
    own, parts = one_of(rng, blade_steel, blade_steel, materials.painted_metal, materials.white_plastic), []
    for number in range(int(rng.choice([1, 1, 2, 3]))):
        gap, long, tip = rng.uniform(0.04, 0.12), rng.uniform(1.1, 1.5), rng.uniform(0.1, 0.6)
        s = np.linspace(0, 1, 30)
        side = np.stack([gap * np.sin(np.pi * s**1.3) + 0.02 + 0.3 * gap * s, 0 * s, -long * s], 1)
        width = 0.16 * np.interp(s, [0, 0.4, 0.8, 1], [0.7, 1, 0.6, tip])
        arm = swept(side, CROSS, np.stack([width, np.full(30, 0.025)], 1), 6)
        joint = swept([(0, 0, 0.05), (0, 0, -0.15)], CROSS, (0.12, 0.06), 6)
        pair = shapes.merge([arm, shapes.scaled(arm, (-1, 1, 1)), joint])
        pose = shapes.moved(pair, turn=np.pi / 2) if rng.random() < 0.3 else pair
        parts += placed(settled([Part(pose, own)]), (0.45 * number, 0, 0))
    return parts, ["thin"]


def pegs(rng: Rng) -> tuple[list[Part], list[str]]:
    """Clothes pegs: two jaws and a spring; some apart from each other in a row."""
    own, parts, count = (
        one_of(rng, materials.wood, materials.plastic, materials.white_plastic),
        [],
        int(rng.integers(1, 7)),
    )
    spring = finish(rng)
    for number in range(count):
        jaw = shapely.Polygon(
            [
                (0.015, 0.75),
                (0.07, 0.8),
                (0.16, 0.6),
                (0.17, 0.1),
                (0.13, -0.7),
                (0.07, -0.72),
                (0.03, -0.1),
                (0.015, 0.1),
            ]
        )
        jaw = jaw.difference(shapely.Point(0.02, 0.42).buffer(0.07)).difference(shapely.Point(0.17, 0.1).buffer(0.03))
        half = slab(jaw.buffer(0.01), 0.24)
        halves = [
            shapes.moved(half, turn=0.12, axis=CROSS),
            shapes.moved(shapes.scaled(half, (-1, 1, 1)), turn=-0.12, axis=CROSS),
        ]
        turns = np.linspace(0, 5 * np.pi, 60)
        coil = np.stack([0.05 * np.cos(turns), np.linspace(-0.13, 0.13, 60), 0.05 * np.sin(turns) + 0.02], 1)
        legs = [
            rounded([(s * 0.05, y, 0.02), (s * 0.19, y, 0.1), (s * 0.19, 0, 0.1)], 0.03)
            for s, y in ((1, -0.13), (-1, 0.13))
        ]
        wire = shapes.merge([shapes.tube(coil, 0.018, sides=6), *(shapes.tube(leg, 0.018, sides=6) for leg in legs)])
        peg = settled(
            [
                Part(
                    shapes.merge(halves), own if rng.random() < 0.7 else one_of(rng, materials.plastic, lambda _: own)
                ),
                Part(wire, spring),
            ]
        )
        parts += placed(peg, (0.55 * number, 0, rng.normal(0, 0.05)), rng.normal(0, 0.2), CROSS)
    return parts, ["holes"]
