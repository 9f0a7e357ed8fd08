"""Beds with bedding."""

import numpy as np

from wesam_packshot.studio import materials, shapes
from wesam_packshot.studio.families.chair import wooden
from wesam_packshot.studio.families.parts_wire import (
    Rng,
    board,
    both_sides,
    finish,
    one_of,
    rounded,
    swept,
)
from wesam_packshot.studio.product import Material, Part


def bed(rng: Rng) -> tuple[list[Part], list[str]]:
    """A frame with a head of bars, slats or cloth, a mattress, pillows, perhaps a blanket."""
    x, y, own = rng.uniform(0.45, 0.85), rng.uniform(0.95, 1.05), one_of(rng, wooden, finish, finish)
    rail, thin = rng.uniform(0.25, 0.38), rng.uniform(0.012, 0.02)
    meshes = [
        both_sides(board((0.03, 2 * y, 0.1), (x, 0, rail))),
        *(board((2 * x, 0.03, 0.1), (0, s * y, rail)) for s in (-1, 1)),
    ]
    meshes.append(board((2 * x, 2 * y, 0.02), (0, 0, rail - 0.008)))
    heads = [(y, rng.uniform(0.75, 1.15)), (-y, rng.uniform(0.35, 0.75))]
    kind, bowed, count = rng.choice(["bars", "slats", "panel"]), rng.uniform(0, 0.2), int(rng.integers(5, 14))
    for at, high in heads:
        corners = rounded(
            [(-x, at, 0), (-x, at, high), (0, at, high + bowed), (x, at, high), (x, at, 0)], rng.uniform(0.02, 0.15)
        )
        meshes.append(shapes.tube(corners, thin))
        span = np.linspace(-x, x, count + 2)[1:-1]
        top = np.interp(span, corners[:, 0] + np.arange(len(corners)) * 1e-6, corners[:, 2])
        size = (2 * x / count * 0.5, 0.014) if kind == "slats" else (thin, thin)
        if kind != "panel":
            meshes += [
                swept([(p, at, rail), (p, at, z)], (1, 0, 0), size, 4, 10) for p, z in zip(span, top, strict=True)
            ]
        else:
            meshes.append(board((2 * x, 0.04, high - rail), (0, at, (high + rail) / 2), 0.3))
    soft = rng.uniform(0.14, 0.24)
    parts = [
        Part(shapes.merge(meshes), own),
        Part(
            shapes.rounded_box((2 * x - 0.05, 2 * y - 0.05, soft), 0.05, (0, 0, rail + soft / 2)),
            Material(materials.white(rng), roughness=0.9),
        ),
    ]
    parts += _bedding(rng, x, y, rail + soft)
    return parts, ["holes"]


def _bedding(rng: Rng, x: float, y: float, top: float) -> list[Part]:
    """Pillows at the head, and a blanket over the rest."""
    cloth, count = (
        one_of(rng, materials.fabric, lambda r: Material(materials.white(r), roughness=0.9)),
        1 if x < 0.6 else 2,
    )
    pillow = shapes.scaled(shapes.sphere(1.0, steps=16), (0.32 * (1.7 * x / count) / 0.6, 0.24, 0.09))
    power = (
        np.sign(pillow.vertices)
        * np.abs(pillow.vertices / np.abs(pillow.bounds[1])) ** [0.6, 0.6, 1]
        * np.abs(pillow.bounds[1])
    )
    pillow.vertices = power
    places = [0.0] if count == 1 else [-0.46 * x, 0.46 * x]
    parts = [Part(shapes.moved(pillow, (p, y - 0.32, top + 0.06), 0.2, (1, 0, 0)), cloth) for p in places]
    if rng.random() < 0.7:
        cover = shapes.rounded_box((2 * x, rng.uniform(0.8, 1.4) * y, 0.12), 0.05, (0, -0.28 * y, top - 0.02))
        parts.append(Part(cover, materials.fabric(rng)))
    return parts
