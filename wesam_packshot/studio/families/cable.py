"""Cables with plugs, headphone wires and ropes, coiled or winding, lying."""

import numpy as np
import shapely
import trimesh

from wesam_packshot.studio import materials, shapes
from wesam_packshot.studio.families.parts_rest import grounded, placed
from wesam_packshot.studio.families.parts_wire import Rng, board, lathe, one_of, swept
from wesam_packshot.studio.product import Build, Material, Part, Product, product
from wesam_packshot.studio.shapes import Floats

# The floor is below the back of what lies.
FLOOR = (0, 1, 0)


def cable(rng: Rng) -> Product:
    """Built on the plane y = 0, the floor, on its side of negative y."""
    kind = rng.choice(["coil", "winding", "rope", "earphones"], p=[0.35, 0.3, 0.2, 0.15])
    if kind == "earphones":
        return product(grounded(_earphones(rng), FLOOR), "thin", "holes", pose="lying")
    thick = rng.uniform(0.012, 0.024) if kind != "rope" else rng.uniform(0.02, 0.045)
    path = _coil(rng, thick) if kind == "coil" or (kind == "rope" and rng.random() < 0.6) else _winding(rng, thick)
    if kind == "rope":
        return product(grounded(_rope(rng, path, thick), FLOOR), "thin", "holes", pose="lying")
    coat = _coat(rng)
    parts = [Part(shapes.tube(path, thick, sides=10), coat)]
    for end, before in ((path[0], path[3]), (path[-1], path[-4])):
        parts += _plug(rng, thick, end, end - before, coat)
    if kind == "coil" and rng.random() < 0.5:
        parts.append(Part(_tie(path, thick), one_of(rng, materials.rubber, materials.plastic)))
    return product(grounded(parts, FLOOR), "thin", "holes", pose="lying")


def _coat(rng: Rng) -> Material:
    """Black, white, coloured plastic or braid."""
    kind = rng.choice(4, p=[0.35, 0.3, 0.2, 0.15])
    return (materials.rubber, materials.white_plastic, materials.plastic, materials.fabric)[kind](rng)


def _laid(flat: Floats, thick: float, lift: Floats, ends: float = 0.0) -> Floats:
    """A path (count, 3) on the floor from (count, 2), lifted; its ends at the height of plugs."""
    y = -thick * (1 + lift)
    if ends:
        near = np.minimum(np.arange(len(flat)), np.arange(len(flat))[::-1]) / (0.06 * len(flat))
        share = np.clip(1 - near, 0, 1) ** 2
        y = y * (1 - share) - ends * share
    return np.column_stack([flat[:, 0], y, flat[:, 1]])


def _smooth(rng: Rng, count: int, knots: int) -> Floats:
    """Smooth noise of about unit size, (count,)."""
    return shapes.curve(np.c_[np.arange(knots), rng.normal(0, 0.5, knots), np.zeros(knots)], count)[:, 1]


def _coil(rng: Rng, thick: float) -> Floats:
    turns, count = rng.uniform(2.3, 6.5), 420
    share = np.linspace(0, 1, count)
    angle = rng.uniform(0, 6) + 2 * np.pi * turns * share
    radius = 0.8 + rng.uniform(0.02, 0.1) * _smooth(rng, count, 14) + rng.uniform(0, 0.25) * (share - 0.5)
    flat = radius[:, None] * np.stack([np.cos(angle), rng.uniform(0.6, 1.0) * np.sin(angle)], 1)
    flat = flat + rng.uniform(0, 0.06) * np.stack([_smooth(rng, count, 12), _smooth(rng, count, 12)], 1)
    out = (share > 0.95) | (share < 0.05)
    leave = np.where(out, (np.abs(share - 0.5) - 0.45) / 0.05, 0) ** 2
    flat = flat * (1 + rng.uniform(0.1, 0.6) * leave[:, None])
    lift = 1.1 * turns * share * rng.uniform(0.3, 0.8)
    return _laid(flat, thick, lift * (1 - leave), 2.6 * thick)


def _winding(rng: Rng, thick: float) -> Floats:
    """Loops in a row, waves, or any curve through points."""
    kind, count = rng.choice(["loops", "waves", "any"]), 320
    t = np.linspace(0, 1, count)
    turns = rng.uniform(1.5, 4)
    wave = 2 * np.pi * turns * t + rng.uniform(0, 6)
    if kind == "any":
        points = rng.uniform(-1, 1, (int(rng.integers(5, 9)), 3))
        flat = shapes.curve(points, count)[:, [0, 2]]
    else:
        swing = 0.9 if kind == "loops" else 0.1
        flat = np.stack([2.4 * (t - 0.5) + swing * 0.5 * np.sin(wave), rng.uniform(0.3, 0.7) * np.cos(wave)], 1)
        flat = flat + 0.15 * np.stack([_smooth(rng, count, 8), _smooth(rng, count, 8)], 1)
    return _laid(flat, thick, 1.3 + 1.3 * np.sin(np.linspace(0, 4 * np.pi * turns, count)), 2.6 * thick)


def _aimed(parts: list[Part], at: Floats, ahead: Floats) -> list[Part]:
    """Parts built along +z from the origin, moved to the end of a cable."""
    return placed(parts, at, float(np.arctan2(ahead[0], ahead[2])), (0, 1, 0))


def _plug(rng: Rng, thick: float, at: Floats, ahead: Floats, coat: Material) -> list[Part]:
    """A jack, USB plug, mains plug, a bare end with cores, or a mouse-like box."""
    kind, t = rng.choice(["jack", "usb", "mains", "cores", "brick"], p=[0.25, 0.35, 0.2, 0.1, 0.1]), thick
    metal = one_of(rng, materials.chrome, lambda r: materials.metal(r, "gold"))
    body = coat if coat.texture is None else materials.plastic(rng)
    sleeve = lathe((0, 0, -4 * t), (0, 0, t), [1.1 * t, 1.5 * t, 1.9 * t], 12)
    if kind == "jack":
        barrel = lathe((0, 0, 0), (0, 0, 6 * t), [1.6 * t, 2.4 * t, 2.4 * t, 2.2 * t], 16)
        pin = lathe((0, 0, 6 * t), (0, 0, 12 * t), [t, t, t, 0.7 * t, 1.0 * t, 0.3 * t], 12)
        found = [Part(barrel, metal if rng.random() < 0.4 else body), Part(pin, metal)]
    elif kind == "usb":
        wide = rng.uniform(3, 5) * t
        shell = board((0.75 * wide, 1.7 * t, 6 * t), (0, 0, 9 * t))
        found = [Part(board((wide, 2.6 * t * 2 * 0.95, 7 * t), (0, 0, 3.5 * t), 0.4), body), Part(shell, metal)]
    elif kind == "mains":
        head = shapes.scaled(lathe((0, 0, 0), (0, 0, 10 * t), [2 * t, 3.5 * t, 5 * t, 5 * t], 20), (1, 0.5, 1))
        pins = [shapes.straight((s * 2.2 * t, 0, 9 * t), (s * 2.2 * t, 0, 16 * t), 0.9 * t) for s in (-1, 1)]
        found = [Part(head, body), Part(shapes.merge(pins), metal)]
    elif kind == "brick":
        found = [Part(board((9 * t, 5 * t, 14 * t), (0, 0, 7 * t), 0.5), body)]
    else:
        cores = [
            swept(shapes.curve([(0, 0, 0), (s * t, 0, 4 * t), (2 * s * t, 0, 9 * t)], 12), (1, 0, 0), (t, t), sides=8)
            for s in (-1, 0, 1)
        ]
        found = [Part(core, materials.plastic(rng)) for core in cores]
    return _aimed([Part(sleeve, body), *found], at, ahead)


def _tie(path: Floats, thick: float) -> trimesh.Trimesh:
    """A band around all turns at the coil's right."""
    near = path[(np.abs(np.arctan2(path[:, 2], path[:, 0])) < 0.1)]
    low, high = near[:, :2].min(0) - 1.4 * thick, near[:, :2].max(0) + 1.4 * thick
    high[1] = min(high[1], 0.0)
    area = shapely.box(low[0], low[1], high[0], high[1])
    ring = area.buffer(0.5 * thick).difference(area)
    return shapes.moved(trimesh.creation.extrude_polygon(ring, 0.09), (0, 0, -0.045))


def _rope(rng: Rng, path: Floats, thick: float) -> list[Part]:
    """Three strands laid around a path, whipped at the ends."""
    ahead = np.gradient(path, axis=0)
    ahead /= np.linalg.norm(ahead, axis=1, keepdims=True)
    side = np.cross(ahead, [0, 1, 0])
    where = np.r_[0, np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1))]
    fine = np.linspace(0, where[-1], 900)
    line, side = (np.stack([np.interp(fine, where, v) for v in values.T], 1) for values in (path, side))
    strands = []
    for number in range(3):
        angle = fine / (thick * 2.2) + number * 2 * np.pi / 3
        offset = 0.55 * thick * (np.cos(angle)[:, None] * side + np.sin(angle)[:, None] * np.array([0, 1, 0]))
        strands.append(shapes.tube(line + offset, 0.55 * thick, sides=7))
    own = one_of(rng, materials.rattan, materials.white_plastic, materials.plastic, materials.cardboard)
    ends = [shapes.tube(piece, 1.25 * thick) for piece in (line[:14], line[-14:])]
    return [
        Part(shapes.merge(strands), own),
        Part(shapes.merge(ends), one_of(rng, materials.plastic, materials.rubber)),
    ]


def _earphones(rng: Rng) -> list[Part]:
    """One wire that forks to two buds, each with a soft tip."""
    thick, coat = rng.uniform(0.009, 0.014), one_of(rng, materials.white_plastic, materials.rubber, materials.plastic)
    fork = np.array([rng.uniform(-0.2, 0.2), rng.uniform(-0.1, 0.3)])
    points = [
        [rng.uniform(-1, 1), -1.2],
        [rng.uniform(-1, 1), -0.8],
        [rng.uniform(-0.8, 0.8), -0.4],
        fork - np.array([0, 0.2]),
        fork,
    ]
    runs, parts = [np.array(points)], []
    for side in (-1, 1):
        bud = np.array([side * rng.uniform(0.3, 0.7), rng.uniform(0.7, 1.1)])
        runs.append(np.array([fork, fork + np.array([side * 0.03, 0.15]), [side * rng.uniform(0.1, 0.9), 0.6], bud]))
    for number, run in enumerate(runs):
        flat = shapes.curve(np.c_[run[:, 0], np.zeros(len(run)), run[:, 1]], 100)
        path = _laid(flat[:, [0, 2]], thick, 0.5 + 0.5 * np.sin(np.linspace(number, 9, 100)), 0.0)
        path[:, 1] = np.interp(np.arange(100), [0, 14, 86, 99], [-4.5 * thick, -2 * thick, -2 * thick, -4.5 * thick])
        parts.append(Part(shapes.tube(path, thick, sides=8), coat))
        if number:
            parts += _aimed(_bud(rng, thick, coat), path[-1], path[-1] - path[-4])
        else:
            parts += _plug(rng, thick, path[0], path[0] - path[3], coat)
    joint = lathe(
        (fork[0], -4.5 * thick, fork[1] - 0.1),
        (fork[0], -4.5 * thick, fork[1] + 0.06),
        [thick * 1.5, thick * 3, thick * 3],
        12,
    )
    return [*parts, Part(joint, coat)]


def _bud(rng: Rng, t: float, coat: Material) -> list[Part]:
    """Stem along z, head across it along x."""
    size = rng.uniform(4.0, 4.5) * t
    stem = lathe((0, 0, -2 * t), (0, 0, 10 * t), [1.4 * t, 2 * t, 2.2 * t], 12)
    head = lathe((-size, 0, 10 * t), (size, 0, 10 * t), [size * 0.6, size, size * 0.8, size * 0.6], 20)
    tip = lathe((0.8 * size, 0, 10 * t), (2.3 * size, 0, 10 * t), [0.7 * size, size, 0.9 * size, 0.5 * size], 20)
    turn = float(rng.choice([0, np.pi]))
    return placed(
        [Part(stem, coat), Part(head, coat), Part(tip, one_of(rng, materials.rubber, materials.white_plastic))],
        turn=turn,
    )


FAMILIES: dict[str, Build] = {"cable": cable}
