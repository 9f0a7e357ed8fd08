"""Scissors, pruners, tongs, tweezers and pegs, open or closed, lying."""

import numpy as np
import shapely

from wesam_packshot.studio import materials, shapes
from wesam_packshot.studio.families.held_out_tongs import CROSS, blade_steel, pegs, tongs, tweezers
from wesam_packshot.studio.families.parts_rest import placed, settled
from wesam_packshot.studio.families.parts_wire import Rng, arc, one_of, slab, swept, upright
from wesam_packshot.studio.product import Part, Product, product


def scissors(rng: Rng) -> Product:
    """Scissors, pruners, tongs, tweezers and pegs, lying."""
    kinds = (_scissors, _scissors, _scissors, _pruners, tongs, tongs, tweezers, pegs)
    parts, tags = kinds[int(rng.integers(len(kinds)))](rng)
    return product(parts, *tags, pose="lying")


def _crossed(half: list[Part], opened: float, step: float) -> list[Part]:
    """A half and its mirror image, turned apart about the pivot at the origin."""
    other = [Part(shapes.scaled(p.mesh, (-1, 1, 1)), p.material) for p in half]
    return placed(half, (0, step, 0), opened / 2, CROSS) + placed(other, (0, -step, 0), -opened / 2, CROSS)


def _pivot(rng: Rng, radius: float, thick: float) -> Part:
    screw = shapes.moved(shapes.cylinder(radius, thick, sections=24), turn=np.pi / 2, axis=(1, 0, 0))
    slot = shapes.box((1.6 * radius, thick * 1.04, 0.2 * radius))
    return Part(shapes.merge([screw, slot]), blade_steel(rng))


def _scissors(rng: Rng) -> tuple[list[Part], list[str]]:
    """Blades up, shanks down to finger rings of metal or plastic."""
    long, wide, low = rng.uniform(0.6, 1.3), rng.uniform(0.08, 0.14), rng.uniform(0.35, 0.6)
    steel, thick = blade_steel(rng), 0.022
    blade = shapely.Polygon(
        [
            (-0.3 * wide, -0.15),
            (0.6 * wide, -0.15),
            (0.75 * wide, 0.05),
            (0.6 * wide, 0.5 * long),
            (-0.15 * wide, long),
            (-0.3 * wide, long * 0.98),
        ]
    )
    rx, rz = rng.uniform(0.14, 0.2), rng.uniform(0.17, 0.32)
    centre, own = np.array([-rx * 1.05, -low - rz]), steel
    ring = arc(1, 0, 2 * np.pi, 41)[:-1] * [rx, rz * (1 if rng.random() < 0.6 else 1.15)]
    lean = rng.uniform(-0.4, 0.1)
    ring = ring @ np.array([[np.cos(lean), np.sin(lean)], [-np.sin(lean), np.cos(lean)]]) + centre
    near = ring[int(np.argmax(ring @ np.array([0.35, 1.0])))]
    shank = shapes.curve(upright(np.array([(0.15 * wide, -0.12), (-0.06, -0.25), near])), 20)
    meshes = [slab(blade.buffer(0.006), thick)]
    sizes = np.linspace((0.1, thick * 1.3), (0.07, 0.06), 20)
    grip = [
        swept(shank, CROSS, sizes[:, ::-1], 3, 12),
        shapes.tube(upright(ring), rng.uniform(0.028, 0.045), closed=True),
    ]
    if rng.random() < 0.6:
        own = one_of(rng, materials.plastic, materials.rubber, materials.white_plastic, materials.plastic)
        meshes.append(swept(shank[:8], CROSS, sizes[:8, ::-1] * 0.9, 3, 12))
    half = [Part(shapes.merge(meshes), steel), Part(shapes.merge(grip), own)]
    opened = float(rng.choice([0.02, rng.uniform(0.15, 0.9), rng.uniform(0.15, 0.9)]))
    return settled([*_crossed(half, opened, thick * 0.5), _pivot(rng, 0.035, 4 * thick)]), ["holes"]


def _pruners(rng: Rng) -> tuple[list[Part], list[str]]:
    """A hooked and a bellied blade, long grips, a spring between."""
    steel, own, opened, thick = (
        blade_steel(rng),
        one_of(rng, materials.plastic, materials.rubber, materials.wood),
        rng.uniform(0.05, 0.5),
        0.05,
    )
    belly = shapely.Polygon(
        np.concatenate([arc(0.45, 0.2, 1.9, 14) * [0.5, 1.2] + [-0.12, 0.0], [(-0.1, -0.1), (0.12, -0.1)]])
    )
    bow = shapes.curve(upright(np.array([(0, 0), (0.14, 0.25), (0.12, 0.5), (-0.02, 0.66)])), 16)[:, [0, 2]]
    hook = shapely.LineString(bow).buffer(0.05).union(shapely.Point(0, 0).buffer(0.12))
    parts = []
    for side, shape in ((1, belly.union(shapely.Point(0, 0).buffer(0.12))), (-1, hook)):
        arm = shapes.curve([(-0.02, 0, -0.05), (-0.14, 0, -0.3), (-0.2, 0, -0.8), (-0.14, 0, -1.25)], 24)
        widths = np.stack([np.full(24, 0.1), np.interp(np.arange(24), [0, 4, 23], [0.1, 0.15, 0.12])], 1)
        half = [
            Part(slab(shape, thick), steel),
            Part(swept(arm[3:], CROSS, widths[3:], 2.5), own),
            Part(swept(arm[:6], CROSS, (0.07, 0.09), 4), steel),
        ]
        if side < 0:
            half = [Part(shapes.scaled(p.mesh, (-1, 1, 1)), p.material) for p in half]
        parts += placed(half, (0, side * thick * 0.4, 0), side * opened / 2, CROSS)
    turns = np.linspace(0, 1, 100)
    width = 0.2 + 0.3 * opened
    coil = np.stack(
        [width * (turns - 0.5) * 1.0, 0.045 * np.sin(14 * np.pi * turns), 0.045 * np.cos(14 * np.pi * turns) - 0.35], 1
    )
    return settled([*parts, Part(shapes.tube(coil, 0.012, sides=6), steel), _pivot(rng, 0.07, 3.4 * thick)]), ["holes"]
