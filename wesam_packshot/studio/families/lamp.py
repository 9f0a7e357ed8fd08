"""Lamps: on tables, tripods, in an arc, pendant, with jointed arms. Lengths in units of about half a metre."""

import numpy as np
import trimesh

from wesam_packshot.studio import materials, shapes
from wesam_packshot.studio.families.lamp_shades import lamp_cap, lamp_shade
from wesam_packshot.studio.families.parts_rest import grounded
from wesam_packshot.studio.families.parts_wire import (
    Rng,
    around,
    board,
    finish,
    lathe,
    one_of,
    oval,
    polygon,
    wires,
)
from wesam_packshot.studio.product import Build, Part, Product, product
from wesam_packshot.studio.shapes import Floats


def lamp(rng: Rng) -> Product:
    """Lamps to hang, to stand and for the desk."""
    kind = rng.choice(["table", "tripod", "arc", "pendant", "desk", "floor"], p=[0.25, 0.17, 0.13, 0.2, 0.15, 0.1])
    if kind == "pendant":
        return _pendant(rng)
    makers = {"table": _table_lamp, "tripod": _tripod, "arc": _arc_lamp, "desk": _desk_lamp, "floor": _floor_lamp}
    parts, tags = makers[str(kind)](rng)
    return product(grounded(parts), *tags)


def _lifted(parts: list[Part], z: float, at: tuple[float, float] = (0.0, 0.0)) -> list[Part]:
    return [Part(shapes.moved(p.mesh, (*at, z)), p.material, p.mapping) for p in parts]


def _foot(rng: Rng, radius: float) -> trimesh.Trimesh:
    if rng.random() < 0.25:
        return board((1.7 * radius, 1.7 * radius, 0.06), (0, 0, 0.03))
    edge = rng.uniform(0.02, 0.08)
    return shapes.turned(
        [(0, 0), (radius, 0), (radius, edge * 0.7), (radius * 0.95, edge), (0.05, edge * 1.5), (0, edge * 1.5)]
    )


def _cord(rng: Rng, start: tuple[float, float, float]) -> Part:
    """A flex that runs back over the floor."""
    x, y, z = start
    points = [
        start,
        (x + 0.1, y + 0.15, 0.016),
        (x + rng.uniform(-0.5, 0.9), y + 0.5, 0.016),
        (x + rng.uniform(-0.6, 0.6), y + 0.9, 0.016),
    ]
    line = shapes.curve(points, 60)
    line[:, 2] = np.interp(np.linspace(0, 1, 60), [0, 0.12, 1], [z, 0.016, 0.016])
    return Part(
        shapes.tube(line, 0.014, sides=8), one_of(rng, materials.rubber, materials.white_plastic, materials.plastic)
    )


def _table_lamp(rng: Rng) -> tuple[list[Part], list[str]]:
    """A turned body of pottery, glass, wood or metal, or a wire cage, below a shade."""
    high, radius = rng.uniform(0.5, 1.3), rng.uniform(0.35, 0.6)
    shade = _lifted(lamp_shade(rng, radius), high + 0.3 * radius)
    kind, metal = rng.choice(["pot", "glass", "rod", "cage"], p=[0.4, 0.15, 0.3, 0.15]), finish(rng)
    rod = Part(shapes.straight((0, 0, 0.015), (0, 0, high + 0.3 * radius), 0.02), metal)
    if kind == "rod":
        parts = [rod, Part(_foot(rng, radius * rng.uniform(0.4, 0.8)), metal)]
    elif kind == "cage":
        base = radius * rng.uniform(0.4, 0.8)
        rib = shapes.curve([(base, 0, 0.012), (base * rng.uniform(0.3, 1.5), 0, high * 0.5), (0.06, 0, high)], 24)
        ring = shapes.torus(base, 0.014, (0, 0, 0.014))
        bars = wires([np.array([[*e, 0.014], [*-e, 0.014]]) for e in polygon(4, base)[:2]], 0.012)
        cage = around(shapes.tube(rib, 0.011, sides=6), int(rng.integers(4, 14)))
        parts = [
            Part(shapes.merge([ring, bars, cage]), metal),
            Part(shapes.straight((0, 0, 0.014), (0, 0, high + 0.3 * radius), 0.018), metal),
        ]
    else:
        shape = [rng.uniform(0.4, 0.7), rng.uniform(0.5, 1.0), rng.uniform(0.2, 0.8)]
        body = shapes.smooth_profile([0.7 * radius * s for s in shape] + [0.07], list(np.linspace(0, high, 4)))
        if kind == "glass":
            parts = [
                Part(shapes.hollow(body, 0.04), materials.glass(rng)),
                Part(shapes.cylinder(0.09, 0.06, (0, 0, high + 0.0305)), metal),
            ]
            rod = Part(shapes.straight((0, 0, high + 0.02), (0, 0, high + 0.3 * radius), 0.02), metal)
        else:
            solid = shapes.turned(np.concatenate([[[0, 0]], body, [[0, high]]]))
            parts = [
                Part(
                    solid, one_of(rng, materials.ceramic, materials.ceramic, materials.wood, materials.metal), "around"
                )
            ]
        parts.append(rod)
    if rng.random() < 0.4 and kind != "glass":
        parts.append(_cord(rng, (0.0, radius * 0.2, 0.03)))
    return [*parts, *shade], []


def _tripod(rng: Rng) -> tuple[list[Part], list[str]]:
    high, spread, thin = rng.uniform(1.2, 2.6), rng.uniform(0.35, 0.7), rng.uniform(0.016, 0.035)
    own, radius = one_of(rng, materials.wood, finish), rng.uniform(0.35, 0.6)
    leg = lathe((spread, 0, 0), (0.05, 0, high), [thin * 0.7, thin])
    meshes = [around(leg, int(rng.choice([3, 3, 4])), rng.uniform(0, 2))]
    if rng.random() < 0.4:
        meshes.append(shapes.torus(spread * 0.62, thin * 0.6, (0, 0, 0.4 * high)))
    head = shapes.merge(
        [shapes.cylinder(0.1, 0.08, (0, 0, high)), shapes.straight((0, 0, high), (0, 0, high + 0.35), 0.018)]
    )
    return [Part(shapes.merge(meshes), own), Part(head, finish(rng)), *_lifted(lamp_shade(rng, radius), high + 0.35)], [
        "thin"
    ]


def _arc_lamp(rng: Rng) -> tuple[list[Part], list[str]]:
    """A heavy foot, a bow, and a shade that hangs from its end."""
    high, reach, thin, metal = rng.uniform(1.9, 2.6), rng.uniform(0.9, 1.5), rng.uniform(0.018, 0.028), finish(rng)
    bow = shapes.curve(
        [
            (0, 0, 0.015),
            (0, 0, 0.55 * high),
            (0.35 * reach, 0, 0.95 * high),
            (0.75 * reach, 0, high),
            (reach, 0, 0.85 * high),
        ],
        60,
    )
    foot = _foot(rng, rng.uniform(0.4, 0.55))
    dome = _lifted(lamp_cap(rng, rng.uniform(0.25, 0.45)), float(bow[-1, 2]), (reach, 0.0))
    parts = [
        Part(shapes.tube(bow, thin), metal),
        Part(shapes.moved(foot, (0.3, 0, 0)), one_of(rng, lambda _: metal, materials.ceramic)),
        *dome,
    ]
    turn = rng.uniform(-0.6, 0.6) + np.pi * (rng.random() < 0.5)
    return [Part(shapes.moved(p.mesh, turn=turn), p.material, p.mapping) for p in parts], ["thin"]


def _desk_lamp(rng: Rng) -> tuple[list[Part], list[str]]:
    """Two arms with joints, perhaps paired rods with springs, and a tilted cap."""
    metal, thin = finish(rng), rng.uniform(0.014, 0.026)
    joints = np.array([[0, 0, 0.08], [-rng.uniform(0.1, 0.45), 0, rng.uniform(0.6, 0.9)]])
    joints = np.concatenate([joints, [joints[1] + [rng.uniform(0.45, 0.8), 0, rng.uniform(0.1, 0.55)]]])
    gap = 0.035 if rng.random() < 0.5 else 0.0
    lines = [joints[[n, n + 1]] + [0, dy, 0] for n in (0, 1) for dy in ((-gap, gap) if gap else (0.0,))]
    balls = [
        shapes.moved(shapes.cylinder(thin * 2, 2 * gap + 3 * thin, sections=20), joint, np.pi / 2, (1, 0, 0))
        for joint in joints
    ]
    cap = [
        Part(shapes.moved(p.mesh, joints[2], -rng.uniform(0.1, 0.7), (0, 1, 0)), p.material)
        for p in lamp_cap(rng, rng.uniform(0.18, 0.3))
    ]
    foot = shapes.moved(_foot(rng, rng.uniform(0.38, 0.48)), (0.17, 0, 0))
    post = shapes.straight((0, 0, 0.02), (0, 0, 0.1), 0.04)
    parts = [Part(shapes.merge([wires(lines, thin), *balls, foot, post]), metal), *cap]
    turn = rng.uniform(-0.7, 0.7) + np.pi * (rng.random() < 0.5)
    return [Part(shapes.moved(p.mesh, turn=turn), p.material, p.mapping) for p in parts], [
        "thin",
        *(["holes"] if gap else []),
    ]


def _floor_lamp(rng: Rng) -> tuple[list[Part], list[str]]:
    high, metal = rng.uniform(1.9, 2.8), finish(rng)
    rod = shapes.straight((0, 0, 0.02), (0, 0, high), rng.uniform(0.014, 0.024))
    radius = rng.uniform(0.3, 0.5)
    parts = [
        Part(shapes.merge([rod, _foot(rng, rng.uniform(0.3, 0.45))]), metal),
        *_lifted(lamp_shade(rng, radius), high),
    ]
    return parts + ([_cord(rng, (0.0, 0.2, 0.03))] if rng.random() < 0.5 else []), ["thin"]


def _pendant(rng: Rng) -> Product:
    """One or a few shades below a rose, on cords."""
    rose, count = (
        Part(shapes.turned([(0, 0), (0.16, 0), (0.16, 0.02), (0.12, 0.06), (0, 0.06)]), finish(rng)),
        int(rng.choice((1, 1, 1, 3))),
    )
    places: Floats = np.zeros((1, 2)) if count == 1 else oval(0.45, 0.3, count=count)
    parts, top, flex = [], 3.0, one_of(rng, materials.rubber, materials.white_plastic, materials.plastic)
    parts += _lifted(
        [Part(shapes.scaled(rose.mesh, (1 if count == 1 else 4, 1 if count == 1 else 3, 1)), rose.material)], top
    )
    for place in places.tolist():
        z, radius = top - rng.uniform(1.0, 2.2), rng.uniform(0.35, 0.7) if count == 1 else rng.uniform(0.2, 0.3)
        shade = lamp_cap(rng, radius) if rng.random() < 0.5 or count > 1 else lamp_shade(rng, radius)
        if any(part.material.ior for part in shade):
            shade = [Part(shapes.scaled(part.mesh, (1, 1, -1)), part.material) for part in shade]
        parts += _lifted(shade, z, (place[0], place[1]))
        parts.append(Part(shapes.straight((*place, z), (*place, top + 0.02), 0.012, sides=8), flex))
    return product(grounded(parts), *(["thin"] if count > 1 else []), pose="hanging")


FAMILIES: dict[str, Build] = {"lamp": lamp}
