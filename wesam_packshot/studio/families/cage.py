"""Bird cages, lanterns, and geometric frames of wire, often around a candle."""

import numpy as np
import trimesh

from wesam_packshot.studio import materials, shapes
from wesam_packshot.studio.families.lantern import candle_on, lantern
from wesam_packshot.studio.families.parts_rest import grounded, settled
from wesam_packshot.studio.families.parts_wire import (
    Rng,
    around,
    deck,
    finish,
    level,
    one_of,
    oval,
    polygon,
    wires,
)
from wesam_packshot.studio.product import Build, Material, Part, Product, product
from wesam_packshot.studio.shapes import Floats


def cage(rng: Rng) -> Product:
    """A bird cage, a lantern with or without panes, a polyhedron's edges, or a candle in a ball of wire."""
    kinds = (_birds, _birds, lantern, lantern, _edges, _edges, _ball)
    return kinds[int(rng.integers(len(kinds)))](rng)


def _birds(rng: Rng) -> Product:
    wide, deep = 1.0, rng.choice([1.0, 1.0, 0.7])
    count, thin = int(rng.integers(20, 44)), rng.uniform(0.006, 0.011)
    outline = oval(wide / 2, deep / 2, float(rng.choice([2, 2, 2, 9])), count)
    height, top = rng.uniform(0.5, 1.3), rng.uniform(0.15, 0.6)
    power = rng.choice([0.5, 0.5, 1.0, 1.7])
    fall = np.linspace(0, 1, 14)
    shrink, rise = (1 - fall) * 0.97 + 0.03, (1 - (1 - fall) ** 2) ** power if power < 1 else fall**power
    bars = [
        np.concatenate([level(point[None], 0.0), np.c_[np.outer(shrink, point), height + top * rise]])
        for point in outline
    ]
    heights = [0.02, *np.linspace(0, height, int(rng.integers(2, 5)))[1:]]
    rings = [level(oval_of(outline, 1), z) for z in heights]
    rings.append(np.c_[oval_of(outline, float(shrink[7])), np.full(96, height + top * rise[7])])
    frame = [wires(bars, thin, sides=6), wires(rings, thin * 1.5, closed=True, sides=6), _ring_on(height + top, thin)]
    coat = one_of(rng, finish, finish, materials.rattan)
    parts = [Part(shapes.merge(frame), coat)]
    tray = deck(oval_of(outline, 1.03), rng.uniform(0.02, 0.16), 0.0)
    parts.append(Part(tray, coat if rng.random() < 0.5 else one_of(rng, materials.plastic, materials.wood)))
    parts += _inside(rng, outline, height, top * float(rise[-1]) + height)
    parts.append(Part(_door(rng, outline, height, thin), coat))
    return product(grounded(parts), "thin", "holes")


def oval_of(outline: Floats, scale: float) -> Floats:
    """A ring of 96 points along an outline, scaled."""
    where = np.arange(len(outline) + 1) / len(outline)
    closed = np.concatenate([outline, outline[:1]]) * scale
    return np.stack([np.interp(np.arange(96) / 96, where, values) for values in closed.T], 1)


def _ring_on(top: float, thin: float) -> trimesh.Trimesh:
    """A knob with an upright ring, to hang it by."""
    ring = shapes.moved(shapes.torus(0.07, thin * 1.6, steps=32), (0, 0, top + 0.09), np.pi / 2, (1, 0, 0))
    return shapes.merge([ring, shapes.sphere(0.035, (0, 0, top), steps=12)])


def _inside(rng: Rng, outline: Floats, height: float, top: float) -> list[Part]:
    """A perch across, and a swing from the top."""
    wood, reach, parts = materials.wood(rng), float(outline[:, 0].max()), []
    if rng.random() < 0.7:
        z = height * rng.uniform(0.25, 0.45)
        parts.append(Part(shapes.straight((-reach, 0, z), (reach, 0, z), 0.014), wood))
    if rng.random() < 0.5:
        z, half = height * rng.uniform(0.55, 0.8), 0.16
        cords = wires([[(side * half, 0, z), (0, 0, top)] for side in (-1, 1)], 0.006)
        parts += [Part(cords, materials.metal(rng)), Part(shapes.straight((-half, 0, z), (half, 0, z), 0.016), wood)]
    return parts


def _door(rng: Rng, outline: Floats, height: float, thin: float) -> trimesh.Trimesh:
    """A rectangle of thicker wire on the front."""
    number = int(np.argmin(outline[:, 1]))
    half = max(1, len(outline) // 12)
    places = outline[np.arange(number - half, number + half + 1) % len(outline)] * 1.02
    low, high = height * 0.12, height * rng.uniform(0.45, 0.7)
    path = np.concatenate([level(places, low), level(places[::-1], high)])
    return shapes.tube(path, thin * 1.5, closed=True, sides=6)


def _solid(rng: Rng) -> Floats:
    """Corners of a convex solid: regular ones, prisms with a roof, diamonds, or irregular."""
    kind = int(rng.integers(6))
    if kind == 0:
        return np.asarray(trimesh.creation.icosahedron().vertices)
    if kind == 1:
        return np.asarray(trimesh.creation.icosahedron().triangles_center)
    if kind == 2:
        directions = rng.normal(size=(int(rng.integers(9, 15)), 3))
        return np.asarray(directions / np.linalg.norm(directions, axis=1, keepdims=True)) * [
            1,
            1,
            rng.uniform(0.8, 1.3),
        ]
    corners, waist = int(rng.integers(4, 8)), rng.uniform(0.5, 1.1)
    ring, start = polygon(corners, 1.0), 0.0 if kind < 5 else np.pi / corners
    other = polygon(corners, rng.uniform(0.5, 1.0), start)
    tip = [[0, 0, waist + rng.uniform(0.3, 1.2)]] if kind < 5 else [[0, 0, waist]]
    return np.concatenate([level(ring, 0), level(other, waist), tip, level(ring * 0.6, -0.4 if kind == 4 else 0)])


def _edges(rng: Rng) -> Product:
    """Edges of a polyhedron, some of it glazed, with a floor and perhaps a candle."""
    hull = trimesh.convex.convex_hull(_solid(rng))
    lines = hull.vertices[hull.face_adjacency_edges[hull.face_adjacency_angles > 0.02]]
    bar = rng.uniform(0.014, 0.035)
    resting = settled([Part(hull, Material()), Part(wires(lines, bar, sides=8), finish(rng))], (0, 0, -1))
    solid, frame = resting[0].mesh, resting[1]
    floor = [corners for corners in _facets(solid) if corners[:, 2].max() < bar + 0.02]
    parts = [frame, *(Part(_pane(corners, 1.0, 0.02), frame.material) for corners in floor)]
    glazed = rng.random() < 0.35
    if glazed:
        sides = [corners for corners in _facets(solid) if corners[:, 2].max() >= bar + 0.02]
        if rng.random() < 0.7:
            sides = [corners for corners in sides if corners[:, 1].mean() > corners[:, 1].min() - 9][1:]
        parts.append(Part(shapes.merge(_pane(c, 1 - 0.6 * bar, 0.008) for c in sides), materials.glass(rng, 0.2)))
    if rng.random() < 0.6 and floor:
        middle = floor[0].mean(0)
        parts += [Part(shapes.moved(p.mesh, (middle[0], middle[1], bar)), p.material) for p in candle_on(rng, 0.0, 0.9)]
    return product(grounded(parts), *(("thin",) if glazed else ("thin", "holes")))


def _facets(hull: trimesh.Trimesh) -> list[Floats]:
    """Corners of each flat side, (count, 3)."""
    alone = set(range(len(hull.faces))) - {int(face) for facet in hull.facets for face in facet}
    groups = [*hull.facets, *([face] for face in sorted(alone))]
    return [np.asarray(hull.vertices[np.unique(hull.faces[np.asarray(group)])]) for group in groups]


def _pane(corners: Floats, share: float, thickness: float) -> trimesh.Trimesh:
    """A thin plate between corners, drawn in towards their middle."""
    middle = corners.mean(0)
    normal = np.linalg.svd(corners - middle)[2][2] * thickness / 2
    inside = middle + (corners - middle) * share
    return trimesh.convex.convex_hull(np.concatenate([inside + normal, inside - normal]))


def _ball(rng: Rng) -> Product:
    """Meridians, perhaps slanted or with rings, around a candle on a plate."""
    count, thin, height = int(rng.integers(7, 30)), rng.uniform(0.008, 0.02), rng.uniform(0.7, 2.0)
    angles = np.linspace(0.15 * np.pi, rng.uniform(0.8, 0.95) * np.pi, 30)
    slant = rng.choice([0.0, 0.0, rng.uniform(-1.5, 1.5)]) * np.linspace(0, 1, 30)
    radii, z = np.sin(angles), height / 2 * (np.cos(angles[0]) - np.cos(angles))
    rib = np.stack([radii * np.cos(slant), radii * np.sin(slant), z], 1)
    picks = [0, 29, *rng.choice(np.arange(5, 25), int(rng.integers(0, 3)), replace=False)]
    rings = [shapes.torus(radii[pick], thin * 1.3, (0, 0, z[pick])) for pick in picks]
    metal = finish(rng)
    frame = shapes.merge([around(shapes.tube(rib, thin, sides=6), count), *rings])
    parts = [
        Part(frame, metal),
        Part(shapes.cylinder(radii[0], 0.03, (0, 0, 0.0)), metal),
        *candle_on(rng, 0.015, height * 0.7),
    ]
    return product(grounded(parts), "thin", "holes")


FAMILIES: dict[str, Build] = {"cage": cage}
