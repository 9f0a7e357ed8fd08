"""Step stools, folding stools and other stools without plain legs."""

import numpy as np
import trimesh

from wesam_packshot.studio import materials, shapes
from wesam_packshot.studio.families.parts_wire import (
    Rng,
    along_x,
    around,
    board,
    both_sides,
    deck,
    finish,
    one_of,
    oval,
    polygon,
    rounded,
    swept,
    wires,
)
from wesam_packshot.studio.product import Material, Part


def stool_wood(rng: Rng) -> Material:
    """Wood, white or coloured paint."""
    kind = rng.choice(3, p=[0.6, 0.22, 0.18])
    if kind == 0:
        return materials.wood(rng)
    return Material(materials.white(rng) if kind == 1 else materials.colour(rng), roughness=rng.uniform(0.3, 0.6))


def stool_seat(rng: Rng, x: float, high: float) -> list[Part]:
    """Round, square or saddle-shaped; a board, a cushion, cork or a metal pan; perhaps a low back."""
    thick, power = rng.uniform(0.02, 0.05), float(rng.choice([2, 2, 2, 5, 12]))
    y, kind = (
        x * rng.choice([1.0, 1.0, 0.75]),
        rng.choice(["board", "cushion", "pan", "saddle"], p=[0.4, 0.3, 0.15, 0.15]),
    )
    outline = oval(x, y, power, 72)
    if kind == "cushion":
        top = shapes.scaled(shapes.moved(shapes.cylinder(1, 1), (0, 0, 0.5)), (x, x, thick * 1.6))
        pad = shapes.rounded_box((2 * x, 2 * y, thick * 2), thick, (0, 0, high + thick), steps=5) if power > 2 else top
        if power == 2:
            bow = shapes.smooth_profile(
                [0.95 * x, x, 0.9 * x, 0.4 * x, 0.001], [0, 0.4 * thick, 1.3 * thick, 1.7 * thick, 1.75 * thick]
            )
            pad = shapes.moved(shapes.turned(np.concatenate([[[0, 0]], bow])), (0, 0, high))
        return [Part(pad, one_of(rng, materials.leather, materials.fabric))]
    if kind == "pan":
        rim = shapes.merge([deck(outline, 0.006, high), deck(outline, 0.03, high - 0.022, [outline * 0.97])])
        return [Part(rim, finish(rng))]
    if kind == "saddle":
        s = np.linspace(-1, 1, 21)
        z = 0.03 * s[None] ** 2 + 0 * s[:, None]
        return [
            Part(
                shapes.moved(shapes.sheet(z, (2.3 * x, 1.5 * y), thick), (0, 0, high + thick / 2)),
                along_x(stool_wood(rng)),
            )
        ]
    meshes = [deck(outline, thick * 0.8, high), deck(outline * 0.97, thick, high)]
    return [
        Part(
            shapes.merge(meshes),
            one_of(rng, lambda r: along_x(stool_wood(r)), stool_wood, materials.plastic, materials.cardboard),
        )
    ]


def stool_back(rng: Rng, x: float, high: float, metal: Material) -> list[Part]:
    """A low back of one bent rod, with a rail."""
    rise = rng.uniform(0.12, 0.3)
    bow = rounded(
        [(-0.8 * x, 0.5 * x, high - 0.01), (-x, x, high + rise), (x, x, high + rise), (0.8 * x, 0.5 * x, high - 0.01)],
        0.1,
    )
    return [Part(shapes.tube(bow, rng.uniform(0.008, 0.012)), metal)]


def step_stool(rng: Rng) -> tuple[list[Part], list[str]]:
    """Two or three treads between sides: boards with a grip hole, or tubes as of a folding ladder."""
    count, wide, own = int(rng.integers(2, 4)), rng.uniform(0.17, 0.23), stool_wood(rng)
    rise, run = rng.uniform(0.2, 0.25), rng.uniform(0.15, 0.2)
    top, treads = count * rise, []
    for n in range(count):
        treads.append(board((2 * wide + 0.02, 0.19, 0.022), (0, run * (n - (count - 1) / 2), rise * (n + 1))))
    front, rear = -run * (count - 1) / 2 - 0.06, run * (count - 1) / 2 + 0.06
    if rng.random() < 0.5:
        lines = [[(wide, front - 0.04, 0), (wide, rear - 0.06, top)], [(wide, rear + 0.08, 0), (wide, rear, top)]]
        sides = [both_sides(swept(line, (1, 0, 0), (0.022, 0.045), 10)) for line in lines]
        sides += [
            both_sides(
                shapes.straight(
                    (wide, front + run * n - 0.02, rise * (n + 1) - 0.012),
                    (wide, rear + 0.02, rise * (n + 1) - 0.012),
                    0.009,
                )
            )
            for n in range(count - 1)
        ]
        return [
            Part(
                shapes.merge(
                    [*sides, shapes.straight((-wide, rear + 0.04, 0.5 * top), (wide, rear + 0.04, 0.5 * top), 0.01)]
                ),
                own,
            ),
            Part(shapes.merge(treads), along_x(own)),
        ], ["holes"]
    high = top + rng.uniform(0.0, 0.4)
    bow = rounded(
        [(wide, rear + 0.02, 0), (wide, rear - 0.04, top), (wide, rear, high + 0.05), (0, rear, high + 0.05)], 0.08
    )
    stay = rounded([(wide - 0.02, front - 0.06, 0), (wide - 0.02, rear - 0.04, top), (0, rear - 0.04, top)], 0.05)
    rods = [both_sides(wires([bow, stay], rng.uniform(0.009, 0.013)))]
    rods += [
        both_sides(
            shapes.straight(
                (wide - 0.01, front + run * n, rise * (n + 1) - 0.012),
                (wide - 0.01, rear, rise * (n + 1) - 0.012),
                0.006,
            )
        )
        for n in range(count)
    ]
    return [
        Part(shapes.merge(rods), finish(rng)),
        Part(shapes.merge(treads), one_of(rng, materials.rubber, materials.plastic, stool_wood)),
    ], ["thin", "holes"]


def folding_stool(rng: Rng) -> tuple[list[Part], list[str]]:
    """Crossed frames with cloth or slats between."""
    wide, half, high, thin = (
        rng.uniform(0.17, 0.22),
        rng.uniform(0.17, 0.22),
        rng.uniform(0.38, 0.5),
        rng.uniform(0.009, 0.014),
    )
    loops = []
    for side in (-1, 1):
        w = wide - 0.025 * (side > 0)
        loop = [(w, side * half, thin), (w, -side * half, high), (-w, -side * half, high), (-w, side * half, thin)]
        loops.append(shapes.tube(rounded(loop, 0.04, closed=True), thin, closed=True))
    s = np.linspace(-1, 1, 15)
    sag = high - rng.uniform(0.02, 0.06) * (1 - s[:, None] ** 2) + 0 * s[None]
    cloth: trimesh.Trimesh = shapes.sheet(sag, (1.7 * wide, 2 * half), 0.008)
    own = one_of(rng, materials.fabric, materials.leather)
    if rng.random() < 0.4:
        cloth = shapes.merge(
            board((2 * wide, 0.035, 0.014), (0, y, high + thin + 0.005)) for y in np.linspace(-half, half, 7)
        )
        cloth = shapes.merge([cloth, both_sides(board((0.02, 2 * half, 0.014), (0.6 * wide, 0, high + thin)))])
        own = along_x(stool_wood(rng))
    return [Part(shapes.merge(loops), one_of(rng, finish, stool_wood)), Part(cloth, own)], ["thin", "holes"]


def wire_stool(rng: Rng) -> tuple[list[Part], list[str]]:
    """A waisted cage of wires between rings, with or without a seat on it."""
    high, x, thin, count = (
        rng.uniform(0.4, 0.7),
        rng.uniform(0.15, 0.2),
        rng.uniform(0.003, 0.006),
        int(rng.integers(10, 28)),
    )
    s, slant = np.linspace(0, 1, 24), rng.choice([0.0, rng.uniform(0.3, 1.5)])
    radius = x * (rng.uniform(0.9, 1.2) + (0.97 - 1) * s) * (1 - rng.uniform(0.1, 0.5) * np.sin(np.pi * s))
    rib = np.stack([radius * np.cos(slant * s), radius * np.sin(slant * s), thin + (high - thin) * s], 1)
    rings = [shapes.torus(radius[n], thin * 1.5, (0, 0, rib[n, 2])) for n in (0, 23)]
    web = [shapes.torus(radius[23] * share, thin, (0, 0, high)) for share in (0.25, 0.5, 0.75)]
    bars = wires([np.array([[*end, high], [*-end, high]]) for end in polygon(8, radius[-1])[:4]], thin)
    frame = [around(shapes.tube(rib, thin, sides=6), count), *rings, *web, bars]
    if slant:
        frame.append(around(shapes.tube(rib * [1, -1, 1], thin, sides=6), count))
    return [Part(shapes.merge(frame), finish(rng)), *(stool_seat(rng, x, high) if rng.random() < 0.5 else [])], [
        "thin",
        "holes",
    ]


def sled_stool(rng: Rng) -> tuple[list[Part], list[str]]:
    """One bent rod for each side, a bar for the feet."""
    high, x, thin = rng.uniform(0.42, 0.78), rng.uniform(0.15, 0.19), rng.uniform(0.007, 0.012)
    loop = rounded([(0.6 * x, -0.6 * x, high), (x, -1.1 * x, thin), (x, 1.1 * x, thin), (0.6 * x, 0.6 * x, high)], 0.05)
    bars = [shapes.straight((-0.85 * x, y, 0.3 * high), (0.85 * x, y, 0.3 * high), thin) for y in (-0.95 * x,)]
    bars += [shapes.straight((-0.6 * x, y, high - thin), (0.6 * x, y, high - thin), thin) for y in (-0.6 * x, 0.6 * x)]
    metal = finish(rng)
    parts = [Part(shapes.merge([both_sides(shapes.tube(loop, thin)), *bars]), metal), *stool_seat(rng, x, high)]
    return parts + (stool_back(rng, x, high, metal) if rng.random() < 0.4 else []), ["thin", "holes"]
