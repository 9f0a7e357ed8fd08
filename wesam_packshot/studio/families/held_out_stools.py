"""Stools: for bars, with three legs, to step on, folding. Lengths in metres."""

import numpy as np

from wesam_packshot.studio import materials, shapes
from wesam_packshot.studio.families.held_out_stool_frames import (
    folding_stool,
    sled_stool,
    step_stool,
    stool_back,
    stool_seat,
    stool_wood,
    wire_stool,
)
from wesam_packshot.studio.families.parts_rest import settled
from wesam_packshot.studio.families.parts_wire import (
    Rng,
    around,
    board,
    both_sides,
    finish,
    lathe,
    one_of,
    polygon,
    rounded,
    swept,
)
from wesam_packshot.studio.product import Part, Product, product


def stool(rng: Rng) -> Product:
    """Stools on legs, pedestals, steps, wires and sleds."""
    kinds = (_legged, _legged, _legged, _pedestal, step_stool, folding_stool, wire_stool, sled_stool)
    parts, tags = kinds[int(rng.integers(len(kinds)))](rng)
    return product(settled(parts, (0, 0, -1)), *tags)


def _legged(rng: Rng) -> tuple[list[Part], list[str]]:
    """Three or four splayed legs with a ring or rungs."""
    high = float(rng.choice([rng.uniform(0.25, 0.35), rng.uniform(0.42, 0.5), rng.uniform(0.62, 0.8)]))
    count, x, thin = int(rng.choice([3, 3, 4, 4])), rng.uniform(0.14, 0.19), rng.uniform(0.009, 0.02)
    own, spread = one_of(rng, stool_wood, stool_wood, finish), x * rng.uniform(0.85, 1.35)
    head = x * rng.uniform(0.55, 0.75)
    leg = lathe(
        (spread, 0, 0),
        (head, 0, high + 0.005),
        [thin * float(r) for r in rng.uniform(0.6, 1.2, int(rng.choice([2, 2, 3, 6])))],
    )
    turn = np.pi / count * rng.integers(0, 2) + np.pi / 4
    meshes, rungs = (
        [around(leg, count, turn)],
        rng.choice(["none", "ring", "rungs"]) if high < 0.6 else rng.choice(["ring", "rungs"]),
    )
    share = rng.uniform(0.25, 0.45)
    radius = spread + share * (head - spread)
    if rungs == "ring":
        meshes.append(shapes.torus(radius, thin * 0.65, (0, 0, share * high), steps=48))
    corners = np.c_[polygon(count, radius, turn), np.full(count, share * high)]
    if rungs == "rungs":
        meshes += [
            shapes.straight(corners[n - 1] + [0, 0, 0.03 * (n % 2)], corners[n] + [0, 0, 0.03 * (n % 2)], thin * 0.6)
            for n in range(count)
        ]
    parts = [Part(shapes.merge(meshes), own), *stool_seat(rng, x, high)]
    if high > 0.6 and rng.random() < 0.3:
        parts += stool_back(rng, x, high, own)
    return parts, ["thin", *(["holes"] if rungs != "none" else [])]


def _pedestal(rng: Rng) -> tuple[list[Part], list[str]]:
    """A disc, a column with a gas spring and a hoop for the feet; or a star with castors."""
    high, x, metal, foot = (
        rng.uniform(0.5, 0.82),
        rng.uniform(0.16, 0.2),
        one_of(rng, materials.chrome, finish),
        rng.uniform(0.18, 0.23),
    )
    column = [
        shapes.straight((0, 0, 0.01), (0, 0, 0.6 * high), 0.027),
        shapes.straight((0, 0, 0.5 * high), (0, 0, high), 0.018),
    ]
    plate = board((0.2, 0.2, 0.012), (0, 0, high - 0.004))
    if rng.random() < 0.7:
        base = shapes.turned([(0, 0), (foot, 0), (foot, 0.01), (0.6 * foot, 0.025), (0.035, 0.05), (0, 0.05)])
        hoop = rounded(
            [(0.02, 0, 0.33 * high), (0.09, -0.05, 0.33 * high), (0.13, -0.17, 0.33 * high), (0, -0.22, 0.33 * high)],
            0.08,
        )
        column += [both_sides(shapes.tube(hoop, 0.009)), base]
    else:
        spoke = swept([(0, 0, 0.09), (foot, 0, 0.07)], (0, 1, 0), [(0.05, 0.04), (0.03, 0.022)], 4)
        wheel = shapes.moved(shapes.cylinder(0.028, 0.03, sections=20), (foot, 0, 0.028), np.pi / 2, (1, 0, 0))
        column.append(
            around(shapes.merge([spoke, wheel, shapes.straight((foot, 0, 0.03), (foot, 0, 0.07), 0.008)]), 5, 0.3)
        )
    parts = [Part(shapes.merge([*column, plate]), metal), *stool_seat(rng, x, high)]
    return parts + (stool_back(rng, x, high, metal) if rng.random() < 0.35 else []), ["holes"]
