"""Stands and rails for clothes and towels."""

import numpy as np
import trimesh

from wesam_packshot.studio import materials, shapes
from wesam_packshot.studio.families.parts_wire import (
    Rng,
    along_x,
    around,
    board,
    both_sides,
    finish,
    lathe,
    one_of,
    rounded,
    wires,
)
from wesam_packshot.studio.product import Material, Part


def shelf_material(rng: Rng) -> Material:
    """Wood along its boards, plastic or metal."""
    kind = rng.choice(4, p=[0.5, 0.25, 0.15, 0.1])
    if kind == 0:
        return along_x(materials.wood(rng))
    return (materials.white_plastic, materials.plastic, finish)[kind - 1](rng)


def clothes_rail(rng: Rng) -> tuple[list[Part], list[str]]:
    """An upright frame on feet, with a rail, perhaps a shelf below and hooks."""
    wide, high, thin = rng.uniform(0.3, 0.6), rng.uniform(1.3, 1.7), rng.uniform(0.009, 0.016)
    deep, coat = rng.uniform(0.18, 0.26), one_of(rng, finish, finish, finish, materials.wood)
    kind = rng.choice(["bow", "crossed", "frame"])
    if kind == "bow":
        bow = rounded([[-wide, 0, thin], [-wide, 0, high], [wide, 0, high], [wide, 0, thin]], rng.uniform(0.02, 0.15))
        meshes = [shapes.tube(bow, thin), both_sides(shapes.straight((wide, -deep, thin), (wide, deep, thin), thin))]
    elif kind == "crossed":
        lines = [
            [(wide, -deep, 0), (wide * 0.97, 0.05, high + 0.1)],
            [(wide, deep, 0), (wide * 0.97, -0.05, high + 0.1)],
        ]
        meshes = [both_sides(wires([np.array(line) for line in lines], thin))]
        meshes.append(shapes.straight((-wide - 0.1, 0, high), (wide + 0.1, 0, high), thin))
    else:
        loop = rounded(
            [[wide, -deep, thin], [wide, -deep, high], [wide, deep, high], [wide, deep, thin]], 0.05, closed=True
        )
        meshes = [
            both_sides(shapes.tube(loop, thin, closed=True)),
            shapes.straight((-wide, 0, high), (wide, 0, high), thin),
        ]
        meshes += [shapes.straight((-wide, y, 0.12), (wide, y, 0.12), thin * 0.8) for y in (-deep, deep)]
    low = rng.uniform(0.1, 0.25)
    parts = [Part(shapes.merge(meshes), coat)]
    if rng.random() < 0.55:
        half = deep if kind == "frame" else deep * 0.85
        ends = both_sides(shapes.straight((wide, -half, low), (wide, half, low), thin * 0.7))
        slats = [
            board((2 * wide, 2 * half / 6 * 0.7, 0.016), (0, y, low))
            for y in np.linspace(-half, half, 7)[1:] - half / 6
        ]
        tray = slats if rng.random() < 0.4 else [board((2 * wide, 2 * half, 0.018), (0, 0, low))]
        parts += [Part(ends, coat), Part(shapes.merge(tray), shelf_material(rng))]
        return parts, ["thin", "holes"]
    parts.append(Part(shapes.straight((-wide, 0, low), (wide, 0, low), thin * 0.8), coat))
    return parts, ["thin", "holes"]


def coat_stand(rng: Rng) -> tuple[list[Part], list[str]]:
    """A post with pegs or bent hooks, on a disc, feet, or as a bundle of crossed sticks."""
    high, thin, own = rng.uniform(1.4, 1.8), rng.uniform(0.012, 0.022), one_of(rng, finish, materials.wood)
    if rng.random() < 0.3:
        count = int(rng.integers(3, 6))
        stick = lathe((0.28, 0.05, 0), (-0.17, 0.05, high), [thin * 0.9, thin, thin * 0.7])
        ring = shapes.torus(0.06, thin * 0.6, (0, 0, high * 0.62), steps=32)
        return [Part(shapes.merge([around(stick, count), ring]), own)], ["thin", "holes"]
    meshes = [shapes.straight((0, 0, 0.01), (0, 0, high), thin), shapes.sphere(thin * 1.5, (0, 0, high), steps=12)]
    bend = shapes.curve([(0, 0, 0), (0.08, 0, 0.015), (0.13, 0, 0.08), (0.12, 0, 0.14)], 16)
    hook = shapes.merge([shapes.tube(bend, thin * 0.45), shapes.sphere(thin * 0.8, bend[-1], steps=10)])
    peg = lathe((0, 0, 0), (0.13, 0, 0.07), [thin * 0.6, thin * 0.5, thin * 0.8])
    arm = hook if rng.random() < 0.5 else peg
    for z in high - np.array([0.12, 0.3, 0.5])[: int(rng.integers(1, 4))]:
        meshes.append(shapes.moved(around(arm, int(rng.integers(3, 7)), rng.uniform(0, 1)), (0, 0, z)))
    if rng.random() < 0.5:
        meshes.append(shapes.turned([(0, 0), (0.2, 0), (0.2, 0.012), (0.03, 0.03), (0, 0.04)]))
    else:
        foot = shapes.curve([(0, 0, 0.2), (0.12, 0, 0.12), (0.27, 0, thin * 0.6)], 16)
        meshes.append(around(shapes.tube(foot, thin * 0.75), int(rng.integers(3, 5)), 0.4))
    return [Part(shapes.merge(meshes), own)], ["thin"]


def towel_stand(rng: Rng) -> tuple[list[Part], list[str]]:
    """Two posts with rungs, as a ladder or on feet; perhaps with a towel."""
    wide, high, thin = rng.uniform(0.2, 0.3), rng.uniform(0.8, 1.6), rng.uniform(0.009, 0.018)
    own, count = one_of(rng, finish, finish, materials.wood), int(rng.integers(2, 7))
    line = rounded([[wide, -0.02, 0.01], [wide, 0, high * 0.6], [wide, 0.02, high]], 0.05)
    foot = shapes.straight((wide, -0.19, thin), (wide, 0.19, thin), thin)
    rungs = np.linspace(0.35, 0.97, count) * high
    depth = np.interp(rungs, line[:, 2], line[:, 1])
    bars = [shapes.straight((-wide, y, z), (wide, y, z), thin * 0.8) for y, z in zip(depth, rungs, strict=True)]
    parts = [Part(shapes.merge([both_sides(shapes.tube(line, thin)), both_sides(foot), *bars]), own)]
    if rng.random() < 0.45:
        parts.append(Part(_towel(rng, wide, float(depth[-1]), float(rungs[-1]), thin), materials.fabric(rng)))
    return parts, ["thin", "holes"]


def _towel(rng: Rng, wide: float, y: float, z: float, thin: float) -> trimesh.Trimesh:
    """Cloth over a rung."""
    drop, half = rng.uniform(0.25, 0.5) * z, wide * rng.uniform(0.5, 0.85)
    turn = np.linspace(0, np.pi, 9)
    r = thin * 0.8 + 0.007
    side = np.concatenate(
        [
            [[-r, -drop], [-r, -drop / 2]],
            np.stack([-r * np.cos(turn), r * np.sin(turn)], 1),
            [[r, -drop * 0.4], [r, -drop * 0.9]],
        ]
    )
    x = np.linspace(-half, half, 17)
    grid = np.stack(
        np.broadcast_arrays(
            x[None], y + side[:, :1] - 0.006 * np.sin(9 * x / half)[None] * (side[:, 1:] < -0.05), z + side[:, 1:]
        ),
        -1,
    )
    return shapes.thick_grid(grid.reshape(-1, 3), len(side), 17, 0.008)
