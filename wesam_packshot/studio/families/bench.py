"""Benches of slats, for gardens and halls. Lengths in metres."""

from itertools import pairwise

import numpy as np
import trimesh

from wesam_packshot.studio import materials, shapes
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
    swept,
)
from wesam_packshot.studio.product import Build, Material, Part, Product, product
from wesam_packshot.studio.shapes import Floats

SEAT = 0.44


def bench(rng: Rng) -> Product:
    """Slats or a board on two or three ends; with a back and arms, or without."""
    long, deep = rng.uniform(0.5, 0.95), rng.uniform(0.2, 0.27)
    back = rng.random() < 0.6
    own = _wood(rng)
    side = _profile(rng, deep, back)
    parts = [Part(_slats(rng, side, long, back), along_x(own))]
    kinds = (_plank_ends, _cast_ends, _tube_ends, _tube_ends)
    parts += kinds[int(rng.integers(len(kinds)))](rng, side, long, back, own)
    if rng.random() < 0.12:
        cushion = shapes.rounded_box((2 * long - 0.04, 2 * deep - 0.06, 0.06), 0.028, (0, 0, SEAT + 0.034), steps=4)
        parts.append(Part(cushion, materials.fabric(rng)))
    return product(grounded(parts), "holes")


def _wood(rng: Rng) -> Material:
    kind = rng.choice(3, p=[0.65, 0.2, 0.15])
    if kind == 0:
        return materials.wood(rng)
    return Material(materials.white(rng) if kind == 1 else materials.colour(rng), roughness=rng.uniform(0.3, 0.6))


def _profile(rng: Rng, deep: float, back: bool) -> Floats:
    """The seat and the back from the side: points (y, z) on a curve from the front edge on."""
    dip = rng.uniform(0, 0.03)
    if not back:
        return shapes.curve([[-deep, 0, SEAT], [0, 0, SEAT - dip], [deep, 0, SEAT]], 60)[:, [0, 2]]
    high, lean = rng.uniform(0.36, 0.5), rng.uniform(0.06, 0.16)
    corner = [deep * 0.93, SEAT - dip]
    line = [[-deep, SEAT + 0.01], [0, SEAT - 0.3 * dip], corner, [deep + lean, SEAT + high]]
    return rounded(line, rng.uniform(0.02, 0.15), steps=12)


def _slats(rng: Rng, side: Floats, long: float, back: bool) -> trimesh.Trimesh:
    """Boards along x, evenly along the profile, each flat on it."""
    where = np.r_[0, np.cumsum(np.linalg.norm(np.diff(side, axis=0), axis=1))]
    count = int(rng.integers(6, 15) if back else rng.integers(3, 10))
    ends = np.linspace(0, where[-1], count + 1)
    share, thick = rng.uniform(0.55, 0.88), rng.uniform(0.012, 0.03)
    slats = []
    for low, high in pairwise(ends):
        middle, width = (low + high) / 2, share * (high - low)
        y, z = (np.interp(middle, where, values) for values in side.T)
        step = np.array([np.interp(middle + 0.01, where, v) - np.interp(middle - 0.01, where, v) for v in side.T])
        flat = board((2 * long, width, thick), (0, 0, 0), 0.25)
        slats.append(shapes.moved(flat, (0, y, z), float(np.arctan2(step[1], step[0])), (1, 0, 0)))
    return shapes.merge(slats)


def _carrier(side: Floats, x: float, size: tuple[float, float]) -> trimesh.Trimesh:
    """A bar below the slats that follows the profile."""
    line = np.c_[np.full(len(side), x), side]
    return swept(line, (1, 0, 0), size, 8, 12)


def _places(rng: Rng, long: float) -> list[float]:
    inset = rng.uniform(0.0, 0.2)
    at = long * (1 - inset) - 0.02
    return [-at, at] if long < 0.8 or rng.random() < 0.6 else [-at, 0.0, at]


def _ends(side: Floats) -> tuple[Floats, Floats]:
    """Front edge and the rear edge of the seat, (2,) each."""
    rear = side[int(np.argmin(np.abs(side[:, 0] - side[0, 0] * -0.9)))] if side[-1, 1] > SEAT + 0.1 else side[-1]
    return side[0], rear


def _plank_ends(rng: Rng, side: Floats, long: float, back: bool, own: Material) -> list[Part]:
    """Square legs with rails, and arms on posts."""
    front, rear = _ends(side)
    thick, splay, meshes = rng.uniform(0.04, 0.07), rng.uniform(0, 0.06), []
    places = _places(rng, long)
    arm = back and rng.random() < 0.7
    for x in places:
        top = SEAT + 0.22 if arm and abs(x) > 0.1 else front[1] - 0.005
        meshes.append(swept([[x, front[0] - splay, 0], [x, front[0] + 0.03, top]], (1, 0, 0), (thick, thick), 10, 16))
        meshes.append(swept([[x, rear[0] + splay, 0], [x, rear[0] - 0.01, rear[1]]], (1, 0, 0), (thick, thick), 10, 16))
        meshes.append(_carrier(side - [0, 0.014], x, (thick * 0.9, 0.035)))
        meshes.append(board((thick * 0.6, rear[0] - front[0], thick), (x, (rear[0] + front[0]) / 2, 0.15)))
        if top > SEAT + 0.1:
            y = float(np.interp(top, side[-20:, 1], side[-20:, 0]))
            meshes.append(board((thick * 1.4, y - front[0] + 0.08, 0.03), (x, (y + front[0]) / 2, top), 0.3))
    if rng.random() < 0.5:
        meshes.append(board((float(np.ptp(places)), 0.03, 0.05), (0, 0, 0.15)))
    return [Part(shapes.merge(meshes), own)]


def _cast_ends(rng: Rng, side: Floats, long: float, back: bool, _: Material) -> list[Part]:
    """Curled iron: bars in curves."""
    front, rear = _ends(side)
    size, meshes = (rng.uniform(0.02, 0.04), rng.uniform(0.02, 0.035)), []
    swing = rng.uniform(-0.06, 0.1)
    for x in _places(rng, long):
        meshes.append(_carrier(side - [0, 0.016], x, size))
        for edge, out in ((front, -1), (rear, 1)):
            foot = edge[0] + out * rng.uniform(0.0, 0.05)
            leg = [[x, edge[0] - out * 0.02, edge[1] - 0.015], [x, edge[0] - out * swing, 0.22], [x, foot, 0.012]]
            meshes.append(swept(shapes.curve(leg, 24), (1, 0, 0), size, 4, 12))
        if back:
            tip = side[-12]
            arm = [
                [x, tip[0], SEAT + 0.22],
                [x, front[0] + 0.1, SEAT + 0.24],
                [x, front[0] - 0.03, SEAT + 0.17],
                [x, front[0] + 0.03, SEAT - 0.01],
            ]
            meshes.append(swept(shapes.curve(arm, 32), (1, 0, 0), size, 4, 12))
        brace = shapes.curve([[x, front[0], 0.1], [x, 0, 0.24], [x, rear[0], 0.1]], 20)
        meshes.append(swept(brace, (1, 0, 0), (size[0] * 0.7, size[1] * 0.7), 4, 10))
    return [Part(shapes.merge(meshes), finish(rng))]


def _tube_ends(rng: Rng, side: Floats, long: float, back: bool, _: Material) -> list[Part]:
    """Bent rods: loops, A-shapes or hairpins below a carrier."""
    front, rear = _ends(side)
    thin, kind, meshes = rng.uniform(0.008, 0.018), rng.choice(["loop", "splayed", "dowels"]), []
    for x in _places(rng, long):
        meshes.append(_carrier(side - [0, 0.01], x, (2.2 * thin, 2.2 * thin)))
        top = front[1] - 0.012
        if kind == "loop":
            line = [[x, front[0] + 0.02, top], [x, front[0] + 0.02, thin], [x, rear[0], thin], [x, rear[0], rear[1]]]
            meshes.append(shapes.tube(rounded(line, 0.05), thin))
        elif kind == "splayed":
            out = 0.06 * np.sign(x)
            meshes += [shapes.straight((x, y, top), (x + out, y * 1.25, 0), thin) for y in (front[0] * 0.7, rear[0])]
            meshes.append(shapes.straight((x + out / 2, front[0], 0.2), (x + out / 2, rear[0], 0.2), thin * 0.7))
        else:
            meshes += [
                lathe((x, y * 1.1, 0), (x, y * 0.85, top), [thin * 0.8, thin * 1.5]) for y in (front[0], rear[0])
            ]
    coat = one_of(rng, finish, finish, materials.wood)
    arms = [both_sides(_arm(side, front, long, thin))] if back and rng.random() < 0.5 else []
    return [Part(shapes.merge([*meshes, *arms]), coat)]


def _arm(side: Floats, front: Floats, long: float, thin: float) -> trimesh.Trimesh:
    tip, x = side[-10], long - 0.03
    high = SEAT + 0.2
    line = [[x, tip[0], high], [x, front[0], high], [x, front[0] + 0.04, SEAT - 0.01]]
    return shapes.tube(rounded(line, 0.06), thin)


FAMILIES: dict[str, Build] = {"bench": bench}
