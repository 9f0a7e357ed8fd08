"""Bottle openers and corkscrews; metals and grips of hand tools."""

import numpy as np
import shapely
import shapely.affinity
import trimesh

from wesam_packshot.studio import materials, shapes
from wesam_packshot.studio.families.parts_wire import (
    Rng,
    arc,
    both_sides,
    lathe,
    one_of,
    rounded,
    slab,
    swept,
    upright,
)
from wesam_packshot.studio.product import Material, Part

CROSS = (0, 1, 0)


def tool_steel(rng: Rng) -> Material:
    """Steel of a tool."""
    return one_of(rng, materials.chrome, materials.brushed, lambda r: materials.metal(r, "black"), materials.metal)


def tool_grip(rng: Rng) -> Material:
    """What a tool's grip is made of."""
    return one_of(
        rng, materials.plastic, materials.rubber, materials.wood, materials.white_plastic, materials.painted_metal
    )


def opener(rng: Rng) -> tuple[list[Part], list[str]]:
    """A bottle opener: a ring with a tooth on a handle, or a bar blade."""
    steel = tool_steel(rng)
    mouth = shapely.affinity.scale(shapely.Point(0, 0).buffer(0.24), 1, rng.uniform(0.8, 1.1)).difference(
        shapely.box(-0.08, 0.1, 0.08, 0.4)
    )
    if rng.random() < 0.4:
        body = (
            shapely.box(-0.22, -1.6, 0.22, 0.1)
            .buffer(0.16)
            .difference(mouth)
            .difference(shapely.Point(0, -1.55).buffer(0.1))
        )
        return [Part(slab(body, 0.05), one_of(rng, tool_steel, materials.painted_metal))], ["holes"]
    head = shapely.Point(0, 0).buffer(0.38).difference(mouth).union(shapely.box(-0.08, -0.6, 0.08, -0.3))
    grip = lathe((0, 0, -1.7), (0, 0, -0.5), [0.07, *rng.uniform(0.09, 0.16, 3), 0.08], 24)
    return [Part(slab(head, 0.06), steel), Part(grip, one_of(rng, tool_grip, lambda _: steel))], ["holes"]


def _worm(length: float, turns: float, radius: float) -> trimesh.Trimesh:
    """A helix downwards from the origin, pointed."""
    s = np.linspace(0, 1, 140)
    angle, swing = 2 * np.pi * turns * s, radius * np.interp(s, [0, 0.08, 0.97, 1], [0, 1, 1, 0.6])
    path = np.stack([swing * np.cos(angle), swing * np.sin(angle), 0.05 - length * s], 1)
    return shapes.tube(path, np.interp(s, [0, 0.85, 1], [0.026, 0.026, 0.004]), sides=8)


def corkscrew(rng: Rng) -> tuple[list[Part], list[str]]:
    """A T: a turned handle across, a shaft and a worm."""
    half = rng.uniform(0.45, 0.65)
    bulge = rng.uniform(0.08, 0.16, 2)
    bar = lathe((-half, 0, 0.3), (half, 0, 0.3), [0.06, bulge[0], bulge[1], bulge[0], 0.06], 24)
    shaft = shapes.straight((0, 0, 0), (0, 0, 0.3), 0.035)
    steel = tool_steel(rng)
    return [Part(bar, tool_grip(rng)), Part(shapes.merge([shaft, _worm(0.95, rng.uniform(4, 6), 0.07)]), steel)], [
        "thin",
        "holes",
    ]


def winged(rng: Rng) -> tuple[list[Part], list[str]]:
    """Two arms, a key-shaped head, a frame around the worm."""
    steel, spread = tool_steel(rng), rng.uniform(0.2, 1.3)
    frame = both_sides(
        swept(rounded([[0, 0, 0.1], [0.16, 0, 0.05], [0.16, 0, -0.75]], 0.06), CROSS, (0.09, 0.05), 4, 10)
    )
    cup = shapes.moved(shapes.torus(0.17, 0.035, steps=32), (0, 0, -0.78))
    head = slab(shapely.Point(0, 0.75).buffer(0.2).difference(shapely.Point(0, 0.78).buffer(0.1)), 0.06)
    stem = shapes.straight((0, 0, 0), (0, 0, 0.6), 0.05)
    arm = shapes.merge(
        [
            swept(upright(arc(0.9, np.pi / 2, 0.15, 20) * [0.35, 1] - [0, 0.9]), CROSS, (0.05, 0.08), 3, 10),
            shapes.moved(shapes.cylinder(0.09, 0.06, sections=20), turn=np.pi / 2, axis=(1, 0, 0)),
        ]
    )
    arm = shapes.moved(shapes.moved(arm, turn=-spread, axis=CROSS), (0.17, 0, 0.08))
    mesh = shapes.merge([frame, cup, head, stem, both_sides(arm)])
    return [Part(mesh, steel), Part(shapes.moved(_worm(0.7, 5, 0.06), (0, 0, 0.0)), steel)], ["holes"]
