"""Chairs. Lengths in metres; seats at 0.45."""

import numpy as np
import trimesh

from wesam_packshot.studio import materials, shapes
from wesam_packshot.studio.families.chair_shell import SEAT, office_chair, shell_chair, upholstery
from wesam_packshot.studio.families.parts_rest import grounded
from wesam_packshot.studio.families.parts_wire import (
    Rng,
    along_x,
    board,
    both_sides,
    finish,
    lathe,
    one_of,
    oval,
    rounded,
    swept,
    wires,
)
from wesam_packshot.studio.families.wire_chair import wire_chair
from wesam_packshot.studio.product import Build, Material, Part, Product, product


def chair(rng: Rng) -> Product:
    """A wooden chair, a shell on legs, of wire, folding, a cantilever, or for the office."""
    kinds = (_wooden, _wooden, shell_chair, shell_chair, wire_chair, _folding, _cantilever, office_chair)
    parts, tags = kinds[int(rng.integers(len(kinds)))](rng)
    return product(grounded(parts), *tags)


def wooden(rng: Rng) -> Material:
    """Wood, or wood painted white, black or in a colour."""
    kind = rng.choice(4, p=[0.6, 0.18, 0.12, 0.1])
    painted = (materials.white(rng), (0.02, 0.02, 0.02), materials.colour(rng))
    return materials.wood(rng) if kind == 0 else Material(painted[kind - 1], roughness=rng.uniform(0.25, 0.6))


def _rod(rng: Rng, thick: float, turned: bool) -> list[float]:
    """Radii along a leg: tapered, or turned with beads."""
    if turned:
        return [thick * float(x) for x in rng.uniform(0.6, 1.25, 7)]
    return [thick * rng.uniform(0.55, 0.9), thick]


def _wooden(rng: Rng) -> tuple[list[Part], list[str]]:
    """Four legs, a back of slats, spindles, ladder or a panel."""
    wide, deep, back = rng.uniform(0.19, 0.23), rng.uniform(0.19, 0.22), rng.uniform(0.38, 0.58)
    thick, splay, lean = rng.uniform(0.013, 0.022), rng.uniform(0, 0.05), rng.uniform(0.03, 0.12)
    own, round_legs = wooden(rng), rng.random() < 0.6
    radii = _rod(rng, thick, round_legs and rng.random() < 0.4)
    front = lathe((wide + splay, -deep - splay, 0), (wide - 0.01, -deep + 0.01, SEAT), radii)
    post = rounded(
        [[wide + splay, deep + splay, 0], [wide - 0.01, deep - 0.01, SEAT], [wide, deep + lean, SEAT + back]], 0.1
    )
    size = np.interp(post[:, 2], [0, SEAT, SEAT + back], [1.4, 2, 1.4]) * thick
    rear = swept(post, (1, 0, 0), np.stack([size, size], 1), 2 if round_legs else 8)
    meshes = [both_sides(front), both_sides(rear), *_stretchers(rng, wide + splay / 2, deep + splay / 2, thick)]
    meshes += _back(rng, wide, (deep, deep + lean), back, thick)
    if rng.random() < 0.2:
        meshes.append(both_sides(_arm(wide, deep, lean, back, thick)))
    seat = _seat(rng, wide, deep)
    cover = one_of(rng, lambda _: along_x(own), lambda _: own, upholstery, materials.rattan)
    return [Part(shapes.merge(meshes), own), Part(seat, cover)], ["holes"]


def _seat(rng: Rng, wide: float, deep: float) -> trimesh.Trimesh:
    thick = rng.uniform(0.02, 0.06)
    if rng.random() < 0.3:
        outline = oval(wide + 0.02, deep + 0.02, rng.uniform(2, 5))
        return shapes.moved(shapes.plate(outline, thick), (0, 0, SEAT), np.pi / 2, (1, 0, 0))
    return board((2 * wide + 0.04, 2 * deep + 0.04, thick), (0, 0, SEAT), rng.uniform(0.15, 0.48))


def _stretchers(rng: Rng, wide: float, deep: float, thick: float) -> list[trimesh.Trimesh]:
    """Bars between legs, none to four."""
    z, kind, thin = rng.uniform(0.12, 0.25), int(rng.integers(4)), thick * 0.55
    side = shapes.straight((wide, -deep, z), (wide, deep, z), thin)
    bars = {
        0: [],
        1: [both_sides(side), shapes.straight((-wide, 0, z), (wide, 0, z), thin)],
        2: [both_sides(side)]
        + [shapes.straight((-wide, y, z + 0.05), (wide, y, z + 0.05), thin) for y in (-deep, deep)],
        3: [
            shapes.straight((-wide, -deep, z), (wide, deep, z), thin),
            shapes.straight((wide, -deep, z), (-wide, deep, z), thin),
        ],
    }
    return bars[kind]


def _back(rng: Rng, wide: float, depth: tuple[float, float], high: float, thick: float) -> list[trimesh.Trimesh]:
    """What spans the back's posts."""
    kind, bow = rng.choice(["ladder", "slats", "spindles", "panel", "cross"]), rng.uniform(0, 0.05)
    x = np.linspace(-wide, wide, 16)

    def rail(share: float, size: float) -> trimesh.Trimesh:
        y = np.interp(share, [0, 1], depth) + bow * (1 - (x / wide) ** 2)
        return swept(np.stack([x, y, np.full(16, SEAT + share * high)], 1), (0, 0, 1), (size, thick * 0.9), 4, 10)

    top = rail(0.94, rng.uniform(0.03, 0.1))
    if kind == "ladder":
        return [
            top,
            *(rail(share, rng.uniform(0.02, 0.05)) for share in np.linspace(0.3, 0.75, int(rng.integers(1, 5)))),
        ]
    if kind == "panel":
        return [top, rail(rng.uniform(0.6, 0.75), rng.uniform(0.1, 0.2))]
    low, count = rail(0.25 if rng.random() < 0.6 else 0.02, 0.03), int(rng.integers(3, 10))
    start = 0.25 if low.bounds[0, 2] > SEAT + 0.02 else 0.0
    places, shares = np.linspace(-wide, wide, count + 2)[1:-1], np.array([start, 0.92])
    ends = np.interp(shares, [0, 1], depth)
    lines = [np.stack([[p, p], ends + bow * (1 - (p / wide) ** 2), SEAT + shares * high], 1) for p in places]
    if kind == "cross":
        lines = [lines[0] * [1, 1, 1], lines[-1]]
        lines = [np.array([lines[0][0], lines[1][1]]), np.array([lines[1][0], lines[0][1]])]
    if kind == "spindles":
        return [top, low, wires(lines, thick * 0.45)]
    sizes = (thick * 0.7, rng.uniform(0.3, 0.6) * 2 * wide / count if kind == "slats" else 0.03)
    return [top, low, *(swept(line, (0, 1, 0), sizes, 6, 12) for line in lines)]


def _arm(wide: float, deep: float, lean: float, back: float, thick: float) -> trimesh.Trimesh:
    high = SEAT + 0.4 * back
    path = rounded([[wide, deep + 0.4 * lean, high], [wide + 0.03, -0.6 * deep, high], [wide, -0.7 * deep, SEAT]], 0.06)
    return swept(path, (1, 0, 0), (2.2 * thick, 1.4 * thick), 3)


def _folding(rng: Rng) -> tuple[list[Part], list[str]]:
    """Crossed legs on each side, slats or panels between."""
    wide, high, flat = rng.uniform(0.19, 0.23), rng.uniform(0.75, 0.85), rng.random() < 0.5
    own, frame = wooden(rng), wooden(rng) if flat else finish(rng)
    long = rounded([[wide, -0.24, 0], [wide, 0.08, 0.45], [wide, 0.2, high]], 0.1)
    short = np.array([[wide - 0.025, 0.26, 0], [wide - 0.025, -0.17, SEAT - 0.01]])
    bars = [swept(line, (0, 1, 0), (0.035, 0.02), 6) if flat else shapes.tube(line, 0.011) for line in (long, short)]
    rungs = [
        shapes.straight((-wide, y, z), (wide, y, z), 0.008) for y, z in ((-0.17, 0.1), (0.19, 0.08), (0.2, high - 0.01))
    ]
    rungs += [shapes.straight((-wide, y, SEAT - 0.01), (wide, y, SEAT - 0.01), 0.009) for y in (-0.16, 0.07)]
    slats, solid = [], rng.random() < 0.3
    count = 1 if solid else int(rng.integers(4, 9))
    for y in np.linspace(-0.19, 0.14, count) if count > 1 else [-0.03]:
        slats.append(board((2 * wide + 0.02, 0.37 if solid else 0.24 / count, 0.014), (0, y, SEAT)))
    for z in np.linspace(0.68, high - 0.03, 1 if solid else int(rng.integers(1, 4))):
        y = float(np.interp(z, long[:, 2], long[:, 1]))
        slats.append(board((2 * wide, 0.014, 0.12 if solid else 0.04), (0, y, z)))
    return [
        Part(shapes.merge([*(both_sides(bar) for bar in bars), *rungs]), frame),
        Part(shapes.merge(slats), along_x(own)),
    ], ["thin", "holes"]


def _cantilever(rng: Rng) -> tuple[list[Part], list[str]]:
    """One bent tube, without rear legs; cane, leather or cloth."""
    wide, deep, high = rng.uniform(0.2, 0.24), rng.uniform(0.2, 0.24), rng.uniform(0.78, 0.9)
    lean = rng.uniform(0.02, 0.1)
    side = [[0, deep, 0], [wide, deep, 0], [wide, -deep, 0], [wide, -deep, SEAT], [wide, deep - 0.02, SEAT - 0.01]]
    side += [[wide, deep + lean, high], [0, deep + lean, high]]
    tube = both_sides(shapes.tube(rounded(side, rng.uniform(0.05, 0.1), steps=9), rng.uniform(0.009, 0.013), sides=12))
    cover = one_of(rng, upholstery, materials.rattan, materials.plastic, materials.wood)
    thick = rng.uniform(0.012, 0.05)
    seat = board((2 * wide, 2 * deep - 0.05, thick), (0, 0, SEAT), 0.4)
    middle = (SEAT + high) / 2 + 0.08
    y = deep + lean * (middle - SEAT) / (high - SEAT)
    rest = shapes.moved(
        board((2 * wide, thick, high - SEAT - 0.16), (0, 0, 0), 0.4), (0, y, middle), -lean / (high - SEAT), (1, 0, 0)
    )
    return [
        Part(tube, one_of(rng, materials.chrome, materials.chrome, finish)),
        Part(shapes.merge([seat, rest]), cover),
    ], ["holes"]


FAMILIES: dict[str, Build] = {"chair": chair}
