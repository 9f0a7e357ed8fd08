"""Cabinets, chests, desks and beds, often on thin legs. Lengths in metres."""

from itertools import pairwise

import numpy as np
import trimesh

from wesam_packshot.studio import materials, shapes
from wesam_packshot.studio.families.bed import bed
from wesam_packshot.studio.families.parts_rest import grounded
from wesam_packshot.studio.families.parts_wire import (
    Rng,
    along_x,
    board,
    both_sides,
    finish,
    lathe,
    one_of,
    rounded,
    wires,
)
from wesam_packshot.studio.product import Build, Material, Part, Product, product


def bed_or_cabinet(rng: Rng) -> Product:
    """Cabinets, desks and beds."""
    kinds = (_cabinet, _cabinet, _cabinet, _desk, bed)
    parts, tags = kinds[int(rng.integers(len(kinds)))](rng)
    return product(grounded(parts), *tags)


def _paint(rng: Rng) -> Material:
    """White paint half of the time, else wood or colour."""
    kind = rng.choice(3, p=[0.5, 0.3, 0.2])
    own = materials.white(rng) if kind == 0 else materials.colour(rng)
    return materials.wood(rng) if kind == 1 else Material(own, roughness=rng.uniform(0.25, 0.6))


def _legs(rng: Rng, x: float, y: float, high: float) -> Part:
    """Under a body that starts at z = high: dowels, a plinth, hairpins, a frame or short blocks."""
    kind, thin = (
        rng.choice(["dowels", "plinth", "hairpins", "frame", "blocks"], p=[0.35, 0.1, 0.2, 0.25, 0.1]),
        rng.uniform(0.01, 0.02),
    )
    spots = [(sx * (x - 0.06), sy * (y - 0.05)) for sx in (-1, 1) for sy in (-1, 1)]
    if kind == "dowels":
        splay = rng.uniform(0, 0.05)
        legs = [
            lathe((a + splay * np.sign(a), b + splay * np.sign(b), 0), (a, b, high + 0.005), [thin * 0.7, thin * 1.2])
            for a, b in spots
        ]
        return Part(shapes.merge(legs), one_of(rng, materials.wood, finish))
    if kind == "plinth":
        return Part(board((2 * x - 0.06, 2 * y - 0.06, high + 0.01), (0, 0, high / 2 + 0.005)), _paint(rng))
    if kind == "hairpins":
        lines = [
            rounded(
                [(a, b, high), (a + 0.03 * np.sign(a), b + 0.02 * np.sign(b), 0.005), (a - 0.08 * np.sign(a), b, high)],
                0.02,
            )
            for a, b in spots
        ]
        return Part(wires(lines, thin * 0.4), finish(rng))
    if kind == "frame":
        ends = [
            rounded(
                [
                    (s * (x - 0.04), -y, high),
                    (s * (x - 0.04), -y, thin),
                    (s * (x - 0.04), y, thin),
                    (s * (x - 0.04), y, high),
                ],
                0.01,
            )
            for s in (-1, 1)
        ]
        rails = [np.array([(-x + 0.04, sy * y, high - thin), (x - 0.04, sy * y, high - thin)]) for sy in (-1, 1)]
        return Part(wires([*ends, *rails], thin * 0.8), finish(rng))
    return Part(shapes.merge(board((0.05, 0.05, high + 0.01), (a, b, high / 2 + 0.005)) for a, b in spots), _paint(rng))


def _handle(rng: Rng) -> trimesh.Trimesh:
    """A bow, a bar, a knob or a cup, at the origin, out towards -y."""
    kind, size = rng.choice(["bow", "bar", "knob", "ring"]), rng.uniform(0.05, 0.14)
    if kind == "knob":
        knob = shapes.turned(shapes.smooth_profile([0, 0.006, 0.014, 0.013, 0], [0, 0.008, 0.02, 0.028, 0.03], 20), 24)
        return shapes.moved(knob, turn=np.pi / 2, axis=(1, 0, 0))
    if kind == "ring":
        return shapes.moved(shapes.torus(0.022, 0.003, steps=32), (0, -0.002, -0.015), np.pi / 2, (1, 0, 0))
    corner = 0.02 if kind == "bow" else 0.001
    line = rounded([[-size / 2, 0.002, 0], [-size / 2, -0.028, 0], [size / 2, -0.028, 0], [size / 2, 0.002, 0]], corner)
    return shapes.tube(line, rng.uniform(0.003, 0.006), sides=8)


def _fronts(rng: Rng, x: float, face: float, low: float, high: float) -> list[Part]:
    """Drawers and doors in columns, with handles; some compartments stay open."""
    own, metal, handle = _paint(rng), finish(rng), _handle(rng)
    columns = int(np.clip(round(2 * x / rng.uniform(0.35, 0.6)), 1, 4))
    edges, fronts, handles = np.linspace(-x + 0.015, x - 0.015, columns + 1), [], []
    rows_same = int(rng.integers(2, 6))
    doors = rng.random(columns) < rng.uniform(0, 1)
    for number, (left, right) in enumerate(pairwise(edges)):
        rows = 1 if doors[number] else rows_same
        levels = np.linspace(low + 0.015, high - 0.015, rows + 1)
        for bottom, top in pairwise(levels):
            if rng.random() < 0.1:
                continue
            middle = ((left + right) / 2, (bottom + top) / 2)
            fronts.append(
                board((right - left - 0.004, 0.018, top - bottom - 0.005), (middle[0], face, middle[1]), 0.12)
            )
            at = (middle[0] if rows > 1 else right - 0.05, face - 0.009, middle[1])
            handles.append(shapes.moved(handle, at, 0.0 if rows > 1 else np.pi / 2, (0, 1, 0)))
    return [Part(shapes.merge(meshes), material) for meshes, material in ((fronts, own), (handles, metal)) if meshes]


def _cabinet(rng: Rng) -> tuple[list[Part], list[str]]:
    """A chest, sideboard, bedside or tall cabinet; a carcass open to the front, with fronts."""
    shape = rng.choice(["chest", "sideboard", "bedside", "tall"])
    sizes = {
        "chest": (0.45, 0.24, 0.75),
        "sideboard": (0.75, 0.22, 0.5),
        "bedside": (0.23, 0.19, 0.4),
        "tall": (0.35, 0.2, 1.3),
    }
    x, y, tall = np.array(sizes[str(shape)]) * rng.uniform(0.85, 1.2, 3)
    foot, own, wall = rng.uniform(0.06, 0.25), _paint(rng), 0.018
    top = foot + tall
    sides = both_sides(board((wall, 2 * y, tall), (x - wall / 2, 0, foot + tall / 2), 0.1))
    plates = [board((2 * x, 2 * y, wall), (0, 0, z), 0.1) for z in (foot + wall / 2, top - wall / 2)]
    back = board((2 * x - 0.01, 0.008, tall - 0.01), (0, y - 0.01, foot + tall / 2))
    levels = np.linspace(foot, top, int(rng.integers(3, 6)))[1:-1]
    inner = [board((2 * x - 0.02, 2 * y - 0.04, wall), (0, 0, z)) for z in levels]
    parts = [
        Part(shapes.merge([sides, back]), own),
        Part(shapes.merge([*plates, *inner]), along_x(own)),
        _legs(rng, x, y, foot),
    ]
    parts += _fronts(rng, x, -y + rng.choice([-0.009, 0.01]), foot, top)
    if rng.random() < 0.3:
        cover = board((2 * x + 0.03, 2 * y + 0.03, 0.022), (0, 0, top + 0.01))
        parts.append(Part(cover, along_x(one_of(rng, materials.wood, _paint, materials.ceramic))))
    return parts, []


def _desk(rng: Rng) -> tuple[list[Part], list[str]]:
    """A top on legs or trestles of tube, with a drawer box."""
    x, y, high, own = rng.uniform(0.45, 0.8), rng.uniform(0.24, 0.35), rng.uniform(0.7, 0.76), _paint(rng)
    parts = [Part(board((2 * x, 2 * y, 0.024), (0, 0, high)), along_x(own))]
    thin, kind = rng.uniform(0.01, 0.022), rng.choice(["loops", "legs", "trestle"])
    if kind == "loops":
        lines = [
            rounded(
                [
                    (s * (x - 0.06), -y + 0.03, high),
                    (s * (x - 0.03), -y + 0.03, thin),
                    (s * (x - 0.03), y - 0.03, thin),
                    (s * (x - 0.06), y - 0.03, high),
                ],
                0.03,
            )
            for s in (-1, 1)
        ]
        lines.append(np.array([(-x + 0.05, y - 0.05, high - 0.2), (x - 0.05, y - 0.05, high - 0.2)]))
        lines += [
            np.array([(s * (x - 0.05), -y + 0.03, high - 0.2), (s * (x - 0.05), y - 0.03, high - 0.2)]) for s in (-1, 1)
        ]
    elif kind == "trestle":
        lines = [
            np.array([(s * (x - 0.12), dy, high), (s * (x - 0.12) + a, dy * 3 * (y - 0.02) / 0.3, 0.0)])
            for s in (-1, 1)
            for dy in (-0.1, 0.1)
            for a in (-0.09, 0.09)
        ]
        lines += [
            np.array([(s * (x - 0.12) - 0.06, dy, 0.3), (s * (x - 0.12) + 0.06, dy, 0.3)])
            for s in (-1, 1)
            for dy in (-0.2 * y / 0.3, 0.2 * y / 0.3)
        ]
    else:
        lines = [
            np.array([(sx * (x - 0.05), sy * (y - 0.05), high), (sx * (x - 0.03), sy * (y - 0.03), 0)])
            for sx in (-1, 1)
            for sy in (-1, 1)
        ]
    parts.append(Part(wires(lines, thin * 0.8), one_of(rng, finish, finish, materials.wood)))
    drop, half = rng.uniform(0.08, 0.14), x * rng.uniform(0.4, 0.8)
    box = board((2 * half, 2 * y - 0.06, drop), (0, 0.01, high - drop / 2))
    parts.append(Part(box, own if rng.random() < 0.6 else _paint(rng)))
    parts += _fronts(rng, half, -y + 0.035, high - drop - 0.012, high + 0.002)
    if rng.random() < 0.35:
        raised = [
            board((2 * x, 0.2, 0.016), (0, y - 0.1, high + 0.2)),
            *(board((0.016, 0.2, 0.2), (p, y - 0.1, high + 0.1)) for p in (-x + 0.01, 0, x - 0.01)),
        ]
        parts.append(Part(shapes.merge(raised), along_x(own)))
    return parts, ["holes"] if kind != "legs" else []


FAMILIES: dict[str, Build] = {"bed_or_cabinet": bed_or_cabinet}
