"""Chairs of one bent shell on any base, and swivel chairs."""

import numpy as np

from wesam_packshot.studio import materials, shapes
from wesam_packshot.studio.families.parts_wire import (
    Rng,
    around,
    board,
    both_sides,
    finish,
    lathe,
    one_of,
    rounded,
    swept,
    wires,
)
from wesam_packshot.studio.product import Material, Part
from wesam_packshot.studio.shapes import Floats

SEAT = 0.45


def upholstery(rng: Rng) -> Material:
    """Fabric or leather."""
    return one_of(rng, materials.fabric, materials.fabric, materials.leather)


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


def shell_chair(rng: Rng) -> tuple[list[Part], list[str]]:
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
        lines = [c + np.array([(0, dy, 0), (0, 0, 0)]) for c in corners for dy in (-0.03, 0.03)]
        ties = [(c[0] * 0.45 + c[1] * 0.55, corners[3 - n][0]) for n, c in enumerate(corners)]
        return [plate, Part(wires([*lines, *ties], rng.uniform(0.004, 0.007)), metal)]
    if kind == "tubes":
        bows = [rounded([corners[n][1], corners[n][0], corners[n + 2][0], corners[n + 2][1]], 0.05) for n in (0, 1)]
        return [plate, Part(wires(bows, rng.uniform(0.009, 0.013)), metal)]
    if kind == "sled":
        loop = [[0.1, -0.1, top - 0.01], [spread, -spread, 0], [spread, spread, 0], [0.1, 0.1, top - 0.01]]
        return [plate, Part(both_sides(shapes.tube(rounded(loop, 0.05), rng.uniform(0.006, 0.011))), metal)]
    disc = shapes.turned([(0, 0), (0.23, 0), (0.23, 0.008), (0.05, 0.03), (0.025, 0.08), (0.025, top), (0, top)])
    return [plate, Part(disc, metal)]


def office_chair(rng: Rng) -> tuple[list[Part], list[str]]:
    """A star of five with castors, a gas spring, a padded seat, a back on a stem, perhaps arms."""
    metal, dark, cloth = one_of(rng, finish, materials.chrome), materials.rubber(rng), upholstery(rng)
    foot = rng.uniform(0.26, 0.32)
    spoke = swept(
        [[0, 0, 0.1], [0.1, 0, 0.1], [foot, 0, 0.075]], (0, 1, 0), [(0.06, 0.05), (0.05, 0.04), (0.035, 0.025)], 4
    )
    wheel = [
        shapes.moved(shapes.cylinder(0.027, 0.016, sections=20), (foot, y, 0.027), np.pi / 2, (1, 0, 0))
        for y in (-0.014, 0.014)
    ]
    fork = shapes.straight((foot, 0, 0.027), (foot, 0, 0.08), 0.008)
    turn = rng.uniform(0, 1)
    parts = [Part(around(spoke, 5, turn), metal), Part(around(shapes.merge([*wheel, fork]), 5, turn), dark)]
    column = [shapes.straight((0, 0, 0.08), (0, 0, 0.26), 0.025), shapes.straight((0, 0, 0.2), (0, 0, SEAT), 0.014)]
    thick, wide = rng.uniform(0.04, 0.09), rng.uniform(0.22, 0.26)
    parts += [
        Part(shapes.merge(column), metal),
        Part(board((2 * wide, 0.45, thick), (0, 0, SEAT + thick / 2), 0.45), cloth),
    ]
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
