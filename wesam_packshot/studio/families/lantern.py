"""Lanterns with or without panes, and the candle that stands in them."""

import numpy as np
import trimesh

from wesam_packshot.studio import materials, shapes
from wesam_packshot.studio.families.parts_rest import grounded
from wesam_packshot.studio.families.parts_wire import (
    Rng,
    arc,
    deck,
    finish,
    level,
    one_of,
    polygon,
    rounded,
    upright,
    wires,
)
from wesam_packshot.studio.product import Material, Part, Product, product
from wesam_packshot.studio.shapes import Floats


def lantern(rng: Rng) -> Product:
    """A lantern of bars, often with a candle in it."""
    corners, height = int(rng.choice([4, 4, 4, 6, 8])), rng.uniform(0.8, 1.9)
    bar, turn = rng.uniform(0.018, 0.04), np.pi / corners + np.pi / 2
    lower, upper = (polygon(corners, 0.5 * scale, turn) for scale in (1.0, rng.choice([1.0, 1.0, 0.8, 1.2])))
    metal, foot = one_of(rng, finish, finish, finish, materials.wood), rng.uniform(0.04, 0.12)
    posts = [np.stack([[*a, 0], [*b, height]]) for a, b in zip(lower, upper, strict=True)]
    rails = [rounded(level(lower, foot), bar, closed=True), rounded(level(upper, height), bar, closed=True)]
    frame = [wires(posts, bar, sides=8), wires(rails, bar, closed=True, sides=8)]
    frame += _crossings(rng, lower, upper, (foot, height), bar)
    parts = [Part(shapes.merge(frame), metal), Part(deck(lower, 0.02, foot), metal)]
    glazed = rng.random() < 0.45
    if glazed:
        parts.append(Part(_panes(lower, upper, foot, height), materials.glass(rng, 0.1)))
    cover = rng.random() < 0.65
    if cover:
        parts += _roof(rng, upper, height, metal)
    else:
        end = upright(arc(0.5, np.pi, 0, 30) * [float(upper[:, 0].max()) * 2, rng.uniform(0.5, 1.4)] + [0, height])
        end[:, 1] = np.linspace(upper[np.argmin(upper[:, 0]), 1], upper[np.argmax(upper[:, 0]), 1], 30)
        parts.append(Part(shapes.tube(end, bar * 0.5), metal))
    return product(
        grounded([*parts, *candle_on(rng, foot + 0.02, 0.5 * height)]), *(() if glazed else ("thin", "holes"))
    )


def _crossings(rng: Rng, lower: Floats, upper: Floats, span: tuple[float, float], bar: float) -> list[trimesh.Trimesh]:
    """Diagonals or bars on each side."""
    kind, lines = rng.choice(["none", "diagonals", "bars", "half"]), []
    for number in range(len(lower)):
        a, b = np.array([*lower[number - 1], span[0]]), np.array([*lower[number], span[0]])
        c, d = np.array([*upper[number - 1], span[1]]), np.array([*upper[number], span[1]])
        if kind == "diagonals":
            lines += [[a, d], [b, c]]
        if kind == "half":
            lines += [[(a + c) / 2, (b + d) / 2], [(a + b) / 2, (c + d) / 2]]
        if kind == "bars":
            lines += [[a + (b - a) * s, c + (d - c) * s] for s in np.linspace(0, 1, 6)[1:-1]]
    return [wires([np.stack(line) for line in lines], bar * 0.5)] if lines else []


def _panes(lower: Floats, upper: Floats, low: float, high: float) -> trimesh.Trimesh:
    """A pane on each side, apart from the next by a little less than the posts' width."""
    panes = []
    for number in range(len(lower)):
        sides = [np.stack([line[number - 1], line[number]]) for line in (lower, upper)]
        ends = [line.mean(0) + (line - line.mean(0)) * 0.96 for line in sides]
        corners = np.concatenate([level(ends[0], low + 0.03), level(ends[1], high - 0.005)])
        inward = corners * [0.97, 0.97, 1]
        panes.append(trimesh.convex.convex_hull(np.concatenate([corners, inward])))
    return shapes.merge(panes)


def _roof(rng: Rng, upper: Floats, height: float, metal: Material) -> list[Part]:
    """A pyramid with a ring on top."""
    radius, rise = float(np.linalg.norm(upper[0])) * rng.uniform(1.03, 1.2), rng.uniform(0.15, 0.5)
    shape = [
        (0, 0),
        (radius, 0),
        (radius, 0.02),
        (0.12, rise),
        (0.12, rise + 0.08),
        (0.09, rise + 0.1),
        (0, rise + 0.1),
    ]
    turn = float(np.arctan2(upper[0, 1], upper[0, 0]))
    roof = shapes.moved(shapes.turned(shape, len(upper)), (0, 0, height), turn)
    ring = shapes.moved(shapes.torus(0.12, 0.012, steps=32), (0, 0, height + rise + 0.2), np.pi / 2, (1, 0, 0))
    return [Part(roof, metal), Part(ring, metal)]


def candle_on(rng: Rng, base: float, highest: float) -> list[Part]:
    """A candle that stands at the height `base`, and ends below `highest`."""
    radius, height = rng.uniform(0.1, 0.2), highest * rng.uniform(0.3, 0.9)
    shape = [(0, 0), (radius, 0), (radius, height * 0.96), (radius * 0.9, height), (0, height * 0.97)]
    wax = materials.white(rng) if rng.random() < 0.7 else materials.colour(rng)
    body = Part(shapes.turned(np.add(shape, (0, base)), 32), Material(wax, roughness=0.5))
    top = base + height * 0.97
    wick = rounded([[0, 0, top - 0.02], [0, 0, top + 0.03], [0.02, 0, top + 0.06]], 0.02)
    return [body, Part(shapes.tube(wick, 0.007, sides=6), materials.rubber(rng))]
