"""What tables stand on. Lengths in metres."""

import numpy as np
import trimesh

from wesam_packshot.studio import materials, shapes
from wesam_packshot.studio.families.parts_wire import (
    Rng,
    around,
    board,
    both_sides,
    finish,
    lathe,
    level,
    one_of,
    polygon,
    rounded,
    swept,
    wires,
)
from wesam_packshot.studio.product import Material, Part
from wesam_packshot.studio.shapes import Floats


def _corners(x: float, y: float, inset: float) -> list[Floats]:
    share = 0.68 if inset == 0 else 1 - inset
    return [np.array([sx * x * share, sy * y * share]) for sx in (-1, 1) for sy in (-1, 1)]


def _inset(rng: Rng, x: float, y: float) -> float:
    """Share from the edge at which legs stand: under round tops further in."""
    return rng.uniform(0.34, 0.4) if abs(x - y) < 0.02 else rng.uniform(0.1, 0.22)


def _wood_or_paint(rng: Rng) -> Material:
    return one_of(rng, materials.wood, materials.wood, finish, lambda r: Material(materials.white(r), roughness=0.4))


def hairpin_base(rng: Rng, x: float, y: float, high: float) -> list[Part]:
    """Legs of two or three bent rods each."""
    thin, parts = rng.uniform(0.004, 0.007), []
    for corner in _corners(x, y, _inset(rng, x, y)):
        out = np.sign(corner) * rng.uniform(0.0, 0.03)
        foot = np.array([*(corner + out), 0.0])
        tops = [
            np.array([corner[0] - np.sign(corner[0]) * dx, corner[1] - np.sign(corner[1]) * dy, high])
            for dx, dy in ((0.1, 0), (0, 0.1))
        ]
        line = rounded(
            [
                tops[0],
                np.add(foot, [-0.012 * np.sign(corner[0]), 0, 0]),
                np.add(foot, [0, -0.012 * np.sign(corner[1]), 0]),
                tops[1],
            ],
            0.01,
        )
        plate = board((0.12, 0.12, 0.005), (*(corner - 0.05 * np.sign(corner)), high - 0.002))
        parts += [shapes.tube(line, thin), plate]
    return [Part(shapes.merge(parts), finish(rng))]


def legs_base(rng: Rng, x: float, y: float, high: float) -> list[Part]:
    """Four legs, round, square, tapered or turned, perhaps with an apron."""
    own, thick, splay = _wood_or_paint(rng), rng.uniform(0.014, 0.035), rng.choice([0.0, rng.uniform(0.02, 0.08)])
    kind, meshes = rng.choice(["round", "square", "turned"]), []
    radii = [thick * float(r) for r in (rng.uniform(0.5, 1.2, 8) if kind == "turned" else (rng.uniform(0.5, 1.0), 1.0))]
    corners = _corners(x, y, _inset(rng, x, y))
    for corner in corners:
        foot, head = np.array([*(corner + splay * np.sign(corner)), 0]), np.array([*corner, high])
        if kind == "square":
            meshes.append(swept([foot, head], (1, 0, 0), [(2 * radii[0],) * 2, (2 * radii[1],) * 2], 12, 20))
        else:
            meshes.append(lathe(foot, head, radii))
    if kind == "square" or rng.random() < 0.5:
        a, b, drop = abs(corners[0][0]), abs(corners[0][1]), rng.uniform(0.03, 0.09)
        meshes += [board((2 * a, 0.018, drop), (0, side * b, high - drop / 2)) for side in (-1, 1)]
        meshes += [board((0.018, 2 * b, drop), (side * a, 0, high - drop / 2)) for side in (-1, 1)]
    else:
        meshes += [board((0.08, 0.08, 0.006), (*corner, high - 0.003)) for corner in corners]
    return [Part(shapes.merge(meshes), own)]


def pedestal_base(rng: Rng, x: float, _: float, high: float) -> list[Part]:
    """A column on a disc, a tulip, or three or four feet."""
    own, foot, thin = (
        one_of(rng, finish, finish, materials.wood, materials.ceramic),
        x * rng.uniform(0.55, 0.75),
        rng.uniform(0.016, 0.04),
    )
    plate = shapes.cylinder(x * 0.4, 0.01, (0, 0, high - 0.005))
    kind = rng.choice(["disc", "tulip", "feet"])
    if kind == "feet":
        curve = shapes.curve([(0, 0, 0.25 * high), (0.4 * foot, 0, 0.16 * high), (foot, 0, thin * 0.6)], 20)
        feet = around(
            swept(curve, (0, 1, 0), np.linspace((thin * 2, thin * 2.4), (thin * 1.2, thin * 1.2), 20), 3),
            int(rng.integers(3, 5)),
            0.5,
        )
        column = lathe((0, 0, 0.12 * high), (0, 0, high), [thin * float(r) for r in rng.uniform(0.7, 1.4, 6)])
        return [Part(shapes.merge([feet, column, plate]), own)]
    neck = [0.03 * high, 0.3 * high, 0.6 * high] if kind == "tulip" else [0.03, 0.04, 0.5 * high]
    wide = [foot * 0.9, thin * 1.6, thin] if kind == "tulip" else [foot * 0.97, thin * 1.05, thin]
    bend = shapes.smooth_profile([foot, *wide, thin * 1.5, x * 0.3], [0.012, *np.maximum(neck, 0.02), 0.9 * high, high])
    body = shapes.turned(np.concatenate([[[0, 0], [foot, 0]], bend, [[0, high]]]))
    return [Part(shapes.merge([body, plate]), own)]


def drum_base(rng: Rng, x: float, _: float, high: float) -> list[Part]:
    """A cage of wires between rings: straight, waisted, slanted or zigzag."""
    count, thin = int(rng.integers(10, 40)), rng.uniform(0.003, 0.007)
    s, waist, slant = (
        np.linspace(0, 1, 20),
        rng.choice([0.0, rng.uniform(0.1, 0.5)]),
        rng.choice([0.0, 0.0, rng.uniform(0.2, 1.2)]),
    )
    base = x * rng.uniform(0.6, 0.95)
    radius = (base + (0.92 * x - base) * s) * (1 - waist * np.sin(np.pi * s))
    rib = np.stack([radius * np.cos(slant * s), radius * np.sin(slant * s), thin + (high - 2 * thin) * s], 1)
    meshes = [around(shapes.tube(rib, thin, sides=6), count)]
    if slant or rng.random() < 0.2:
        meshes.append(around(shapes.tube(rib * [1, -1, 1], thin, sides=6), count))
    meshes += [
        shapes.torus(radius[n], thin * 1.4, (0, 0, rib[n, 2] + 0.4 * thin * (1 if n == 0 else -1))) for n in (0, 19)
    ]
    bars = [np.array([[*end, high - thin], [*-end, high - thin]]) for end in polygon(6, radius[-1])[:3]]
    return [Part(shapes.merge([*meshes, wires(bars, thin)]), finish(rng))]


def trestle_base(rng: Rng, x: float, y: float, high: float) -> list[Part]:
    """A pair of A-shaped or X-shaped ends, with a rail between."""
    at, half, thick = 0.75 * x, 0.82 * y, rng.uniform(0.025, 0.045)
    crossed = rng.random() < 0.4
    lines = [
        [(at, -half, 0), (at, half if crossed else -0.12 * y, high)],
        [(at, half, 0), (at, -half if crossed else 0.12 * y, high)],
    ]
    if not crossed:
        lines.append([(at, -half * 0.68, 0.32 * high), (at, half * 0.68, 0.32 * high)])
    end = shapes.merge(swept(line, (1, 0, 0), (thick, thick * 1.2), 8) for line in lines)
    head = board((thick * 1.6, 2 * half, thick), (at, 0, high - thick / 2))
    rail = board((2 * at, thick, thick * 1.5), (0, 0, (0.5 if crossed else 0.32) * high))
    return [Part(shapes.merge([both_sides(shapes.merge([end, head])), rail]), one_of(rng, _wood_or_paint, finish))]


def frame_base(rng: Rng, x: float, y: float, high: float) -> list[Part]:
    """Square or round tube along all edges, loops at the ends, or crossed loops."""
    thin, a, b = rng.uniform(0.007, 0.016), 0.93 * x, 0.93 * y
    if abs(x - y) < 0.02:
        a, b = 0.66 * x, 0.66 * y
    kind, top = rng.choice(["box", "loops", "cross"]), high - thin
    if kind == "box":
        rings = [level(np.array([[a, b], [-a, b], [-a, -b], [a, -b]]), z) for z in (thin, top)]
        posts = [np.stack([rings[0][n], rings[1][n]]) for n in range(4)]
        lines = [np.stack([ring[n - 1], ring[n]]) for ring in rings for n in range(4)] + posts
    elif kind == "loops":
        loop = np.array(
            [[a * 0.9, b, top], [a * 0.9, b, thin], [a * 0.9, -b, thin], [a * 0.9, -b, top], [a * 0.9, b, top]]
        )
        lines = [rounded(loop * [s, 1, 1], 0.03) for s in (-1, 1)] + [np.array([(-a, 0, top), (a, 0, top)])]
    else:
        loop = np.array([[a, b, top], [a, b, thin], [-a, -b, thin], [-a, -b, top], [a, b, top]])
        lines = [rounded(loop * [s, 1, 1], 0.03) for s in (-1, 1)]
    if rng.random() < 0.5:
        return [Part(wires(lines, thin), finish(rng))]
    return [Part(shapes.merge(_square(line, thin) for line in lines), one_of(rng, finish, _wood_or_paint))]


def _square(line: Floats, half: float) -> trimesh.Trimesh:
    across = (0.31, 0.95, 0.0) if abs(line[:, 0] - line[0, 0]).max() > 1e-6 else (1, 0, 0)
    if np.ptp(line[:, 1]) < 1e-6:
        across = (0, 1, 0)
    return swept(line, across, (2 * half, 2 * half), 10, 16)
