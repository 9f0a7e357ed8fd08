"""Chairs. Lengths in metres; seats at 0.45."""

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
    grounded,
    lathe,
    one_of,
    oval,
    rounded,
    swept,
    wires,
)
from wesam_packshot.studio.families.wire_chair import wire_chair
from wesam_packshot.studio.product import Build, Material, Part, Product, product
from wesam_packshot.studio.shapes import Floats

SEAT = 0.45


def chair(rng: Rng) -> Product:
    """A wooden chair, a shell on legs, of wire, folding, a cantilever, or for the office."""
    kinds = (_wooden, _wooden, _shell, _shell, wire_chair, _folding, _cantilever, _office)
    parts, tags = kinds[int(rng.integers(len(kinds)))](rng)
    return product(grounded(parts), *tags)


def wooden(rng: Rng) -> Material:
    """Wood, or wood painted white, black or in a colour."""
    kind = rng.choice(4, p=[0.6, 0.18, 0.12, 0.1])
    painted = (materials.white(rng), (0.02, 0.02, 0.02), materials.colour(rng))
    return materials.wood(rng) if kind == 0 else Material(painted[kind - 1], roughness=rng.uniform(0.25, 0.6))


def upholstery(rng: Rng) -> Material:
    return one_of(rng, materials.fabric, materials.fabric, materials.leather)


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
    post = rounded([[wide + splay, deep + splay, 0], [wide - 0.01, deep - 0.01, SEAT], [wide, deep + lean, SEAT + back]], 0.1)
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
        2: [both_sides(side)] + [shapes.straight((-wide, y, z + 0.05), (wide, y, z + 0.05), thin) for y in (-deep, deep)],
        3: [shapes.straight((-wide, -deep, z), (wide, deep, z), thin), shapes.straight((wide, -deep, z), (-wide, deep, z), thin)],
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
        return [top, *(rail(share, rng.uniform(0.02, 0.05)) for share in np.linspace(0.3, 0.75, int(rng.integers(1, 5))))]
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


def shell(rng: Rng, wide: float) -> Floats:
    """A bucket: seat and back in one curve, (rows * 17, 3) of 24 rows; its middle touches z = SEAT."""
    high, curl = rng.uniform(0.3, 0.45), rng.uniform(0.2, 0.9)
    side = [[-0.24, SEAT - 0.015], [-0.1, SEAT + 0.005], [0.1, SEAT], [0.2, SEAT + 0.08], [0.24, SEAT + high]]
    line = shapes.curve(np.c_[np.zeros(5), side], 24)
    s, t = np.linspace(0, 1, 24)[:, None], np.linspace(-1, 1, 17)[None]
    half = wide * (0.82 + 0.22 * np.sin(np.pi * s) - 0.12 * s) * (1 - 0.25 * ((np.abs(s - 0.5) * 2) ** 8))
    rise = curl * 0.16 * np.abs(t) ** 3 * np.sin(np.pi * (0.15 + 0.75 * s))
    x = half * t
    y, z = line[:, 1:2] - 0.7 * rise * s, line[:, 2:3] + rise * (1.2 - s)
    return np.stack([x, y + 0 * t, z + 0 * t], -1).reshape(-1, 3)


def _shell(rng: Rng) -> tuple[list[Part], list[str]]:
    """A plastic or padded shell on dowels, wires, tubes or a pedestal."""
    body = shapes.thick_grid(shell(rng, rng.uniform(0.2, 0.25)), 24, 17, rng.uniform(0.008, 0.03))
    own = one_of(rng, materials.plastic, materials.white_plastic, materials.white_plastic, upholstery, materials.wood)
    return [Part(body, own), *_base(rng)], ["holes", "thin"] if rng.random() < 0.5 else ["holes"]


def _base(rng: Rng) -> list[Part]:
    top, metal, spread = SEAT - 0.005, finish(rng), rng.uniform(0.17, 0.23)
    plate = Part(board((0.2, 0.2, 0.02), (0, 0, top - 0.01)), metal)
    kind = rng.choice(["dowels", "eiffel", "tubes", "sled", "pedestal"])
    leg = np.array([[0.08, -0.08, top - 0.01], [spread, -spread, 0]])
    corners = [leg * [sx, sy, 1] for sx in (-1, 1) for sy in (-1, 1)]
    if kind == "dowels":
        legs = shapes.merge(lathe(c[1], c[0], [0.009, 0.014, 0.016]) for c in corners)
        middle = [c.mean(0) for c in corners]
        braces = wires([(c[0] * [1.3, 1.3, 1], middle[3 - n]) for n, c in enumerate(corners)], 0.004)
        return [plate, Part(legs, materials.wood(rng)), Part(braces, metal)]
    if kind == "eiffel":
        lines = [c + [[0, dy, 0], [0, 0, 0]] for c in corners for dy in (-0.03, 0.03)]
        cross = [(a * share[0] + b * share[1]) for a, b in ((corners[0], corners[1]),) for share in ((0.5, 0.5),)]
        ties = [(c[0] * 0.45 + c[1] * 0.55, corners[3 - n][0]) for n, c in enumerate(corners)]
        return [plate, Part(wires([*lines, *cross[:0], *ties], rng.uniform(0.004, 0.007)), metal)]
    if kind == "tubes":
        bows = [rounded([corners[n][1], corners[n][0], corners[n + 2][0], corners[n + 2][1]], 0.05) for n in (0, 1)]
        return [plate, Part(wires(bows, rng.uniform(0.009, 0.013)), metal)]
    if kind == "sled":
        loop = [[0.1, -0.1, top - 0.01], [spread, -spread, 0], [spread, spread, 0], [0.1, 0.1, top - 0.01]]
        return [plate, Part(both_sides(shapes.tube(rounded(loop, 0.05), rng.uniform(0.006, 0.011))), metal)]
    disc = shapes.turned([[0, 0], [0.23, 0], [0.23, 0.008], [0.05, 0.03], [0.025, 0.08], [0.025, top], [0, top]])
    return [plate, Part(disc, metal)]


def _folding(rng: Rng) -> tuple[list[Part], list[str]]:
    """Crossed legs on each side, slats or panels between."""
    wide, high, flat = rng.uniform(0.19, 0.23), rng.uniform(0.75, 0.85), rng.random() < 0.5
    own, frame = wooden(rng), wooden(rng) if flat else finish(rng)
    long = rounded([[wide, -0.24, 0], [wide, 0.08, 0.45], [wide, 0.2, high]], 0.1)
    short = np.array([[wide - 0.025, 0.26, 0], [wide - 0.025, -0.17, SEAT - 0.01]])
    bars = [swept(line, (0, 1, 0), (0.035, 0.02), 6) if flat else shapes.tube(line, 0.011) for line in (long, short)]
    rungs = [shapes.straight((-wide, y, z), (wide, y, z), 0.008) for y, z in ((-0.17, 0.1), (0.19, 0.08), (0.2, high - 0.01))]
    rungs += [shapes.straight((-wide, y, SEAT - 0.01), (wide, y, SEAT - 0.01), 0.009) for y in (-0.16, 0.07)]
    slats, solid = [], rng.random() < 0.3
    count = 1 if solid else int(rng.integers(4, 9))
    for y in np.linspace(-0.19, 0.14, count) if count > 1 else [-0.03]:
        slats.append(board((2 * wide + 0.02, 0.37 if solid else 0.24 / count, 0.014), (0, y, SEAT)))
    for z in np.linspace(0.68, high - 0.03, 1 if solid else int(rng.integers(1, 4))):
        y = float(np.interp(z, long[:, 2], long[:, 1]))
        slats.append(board((2 * wide, 0.014, 0.12 if solid else 0.04), (0, y, z)))
    return [Part(shapes.merge([*(both_sides(bar) for bar in bars), *rungs]), frame), Part(shapes.merge(slats), along_x(own))], ["thin", "holes"]


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
    rest = shapes.moved(board((2 * wide, thick, high - SEAT - 0.16), (0, 0, 0), 0.4), (0, y, middle), -lean / (high - SEAT), (1, 0, 0))
    return [Part(tube, one_of(rng, materials.chrome, materials.chrome, finish)), Part(shapes.merge([seat, rest]), cover)], ["holes"]


def _office(rng: Rng) -> tuple[list[Part], list[str]]:
    """A star of five with castors, a gas spring, a padded seat, a back on a stem, perhaps arms."""
    metal, dark, cloth = one_of(rng, finish, materials.chrome), materials.rubber(rng), upholstery(rng)
    foot = rng.uniform(0.26, 0.32)
    spoke = swept([[0, 0, 0.1], [0.1, 0, 0.1], [foot, 0, 0.075]], (0, 1, 0), [(0.06, 0.05), (0.05, 0.04), (0.035, 0.025)], 4)
    wheel = [shapes.moved(shapes.cylinder(0.027, 0.016, sections=20), (foot, y, 0.027), np.pi / 2, (1, 0, 0)) for y in (-0.014, 0.014)]
    fork = shapes.straight((foot, 0, 0.027), (foot, 0, 0.08), 0.008)
    turn = rng.uniform(0, 1)
    parts = [Part(around(spoke, 5, turn), metal), Part(around(shapes.merge([*wheel, fork]), 5, turn), dark)]
    column = [shapes.straight((0, 0, 0.08), (0, 0, 0.26), 0.025), shapes.straight((0, 0, 0.2), (0, 0, SEAT), 0.014)]
    thick, wide = rng.uniform(0.04, 0.09), rng.uniform(0.22, 0.26)
    parts += [Part(shapes.merge(column), metal), Part(board((2 * wide, 0.45, thick), (0, 0, SEAT + thick / 2), 0.45), cloth)]
    high, low = rng.uniform(0.35, 0.65), SEAT + rng.uniform(0.08, 0.2)
    stem = rounded([[0, 0, SEAT - 0.01], [0, 0.26, SEAT - 0.01], [0, 0.28, low + 0.2]], 0.06)
    parts.append(Part(swept(stem, (1, 0, 0), (0.06, 0.02), 4), metal))
    x, z = np.meshgrid(np.linspace(-1, 1, 15), np.linspace(0, 1, 15))
    grid = np.stack([x * wide * (1 - 0.2 * z**3), 0.27 - 0.06 * x**2 + 0.06 * z**2, low + high * z], -1)
    parts.append(Part(shapes.thick_grid(grid.reshape(-1, 3)[:, :], 15, 15, rng.uniform(0.015, 0.06)), cloth))
    if rng.random() < 0.6:
        arm = rounded([[0.15, 0.05, SEAT], [wide + 0.04, 0.05, SEAT], [wide + 0.04, 0.05, SEAT + 0.2]], 0.04)
        pad = board((0.06, 0.24, 0.025), (wide + 0.04, 0.02, SEAT + 0.21), 0.4)
        parts += [Part(both_sides(swept(arm, (0, 1, 0), (0.04, 0.02), 4)), metal), Part(both_sides(pad), dark)]
    return parts, []


FAMILIES: dict[str, Build] = {"chair": chair}
