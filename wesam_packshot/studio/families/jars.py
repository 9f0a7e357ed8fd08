"""Jars with lids: for jam, cream, spices, biscuits; of glass, china, plastic."""

import numpy as np
import trimesh

from wesam_packshot.studio import materials, shapes
from wesam_packshot.studio.families import parts_vessels as pv
from wesam_packshot.studio.materials import Rng
from wesam_packshot.studio.product import Build, Colour, Material, Part, Product, product
from wesam_packshot.studio.shapes import Bend, Floats

# Linear RGB of strawberry, apricot, blackcurrant, honey, cream, cocoa, pesto, beans.
CONTENTS: list[Colour] = [
    (0.35, 0.02, 0.02), (0.75, 0.3, 0.03), (0.06, 0.01, 0.05), (0.7, 0.35, 0.03),
    (0.85, 0.82, 0.75), (0.1, 0.04, 0.02), (0.15, 0.25, 0.04), (0.5, 0.35, 0.2),
]  # fmt: skip


def jar(rng: np.random.Generator) -> Product:
    """A jar with its lid on, off, or leaning; with content if one can see it."""
    makers = (_preserve, _clip_top, _cosmetic, _canister)
    return makers[int(rng.choice(4, p=[0.35, 0.2, 0.25, 0.2]))](rng)


def _glass_body(rng: Rng, outside: Floats, form: Bend) -> list[Part]:
    """A wall of glass, and in it a mass or single balls."""
    made = pv.stained(
        rng, (0.985, 0.99, 0.985), (0.985, 0.99, 0.985), (0.985, 0.99, 0.985), (0.5, 0.22, 0.05), (0.7, 0.9, 0.95)
    )
    parts = [Part(shapes.bent(pv.vessel(outside, 0.022, 0.05, 120), form), made)]
    level = rng.uniform(0.3, 0.86) * outside[-1, 1]
    choice = rng.random()
    own = Material(CONTENTS[int(rng.integers(len(CONTENTS)))], roughness=rng.uniform(0.1, 0.7))
    if choice < 0.65:
        parts.append(Part(shapes.bent(pv.filling(outside, 0.022, level, 0.05, 96), form), own))
    elif choice < 0.85:
        parts.append(Part(_balls(rng, 0.66 * outside[:, 0].min(), level), own))
    return parts


def _balls(rng: Rng, room: float, level: float) -> trimesh.Trimesh:
    """Sweets, olives or tea lights: balls heaped within a radius, up to a level."""
    radius = rng.uniform(0.25, 0.42) * room
    count = int(np.pi / np.arcsin(min(1.0, radius / (room - radius))))
    balls = []
    for row in range(int((level - 0.06) / (1.75 * radius))):
        around = np.arange(count) * 2 * np.pi / count + row * np.pi / count
        height = 0.06 + radius + row * 1.7 * radius
        reach = room - radius
        balls += [shapes.sphere(radius, (reach * np.cos(a), reach * np.sin(a), height), 10) for a in around]
        balls.append(shapes.sphere(radius, (0, 0, height), 10))
    return shapes.merge(balls)


def _preserve(rng: Rng) -> Product:
    """A screw jar for jam or honey; of round or hexagonal section; its lid of tin, or under cloth, or beside it."""
    wide, body = rng.uniform(0.3, 0.45), rng.uniform(0.45, 1.1)
    neck = wide * rng.uniform(0.75, 0.95)
    line = [(0.9 * wide, 0), (wide, 0.04), (wide, body), (neck, body + 0.1), (neck, body + 0.22)]
    outside = pv.filleted(line, [0.05, rng.uniform(0.05, 0.2), 0.03])
    fade = (0.9 * body, body + 0.06)
    forms: list[Bend] = [
        lambda points: points,
        pv.polygon(6, 60, fade),
        pv.polygon(4, 12, fade),
        pv.lobed(14, 0.05, fade=fade),
    ]
    form = forms[int(rng.choice(4, p=[0.55, 0.2, 0.15, 0.1]))]
    parts = _glass_body(rng, outside, form)
    if rng.random() < 0.8:
        parts.append(pv.labelled(rng, outside, rng.uniform(0.12, 0.25) * body, rng.uniform(0.65, 0.85) * body, form))
    return product([*parts, *_preserve_lid(rng, neck, body + 0.22)])


def _preserve_lid(rng: Rng, neck: float, top: float) -> list[Part]:
    own = pv.chosen(rng, materials.metal, materials.painted_metal, materials.white_plastic, materials.fabric)
    lid = pv.knurled(neck + 0.03, rng.uniform(0.12, 0.18), top - 0.11, int(rng.choice([0, 40])), 0.06)
    if own.roughness != 0.9:
        rib = shapes.torus(neck + 0.025, 0.01, (0, 0, top - 0.09))
        return [Part(shapes.merge([lid, rib]), own)]
    skirt = [(neck + 0.16, -0.14), (neck + 0.07, -0.05), (neck + 0.04, 0.03), (neck + 0.02, 0.085), (0.02, 0.095)]
    cloth = shapes.bent(pv.solid(pv.filleted(skirt, 0.04), 120), pv.lobed(15, 0.12, fade=(0.0, 0.06)))
    string = shapes.torus(neck + 0.055, 0.012, (0, 0, top - 0.01))
    return [Part(lid, own), Part(shapes.moved(cloth, (0, 0, top - 0.02)), own), Part(string, materials.rattan(rng))]


def _clip_top(rng: Rng) -> Product:
    """A lid of glass on a rubber ring, held by clips of wire."""
    wide, body = rng.uniform(0.35, 0.5), rng.uniform(0.6, 1.4)
    neck = wide * rng.uniform(0.8, 0.95)
    outside = pv.filleted(
        [(0.92 * wide, 0), (wide, 0.04), (wide, body), (neck, body + 0.1), (neck, body + 0.16)], [0.04, 0.1, 0.03]
    )
    fade = (0.85 * body, body + 0.06)
    form: Bend = pv.polygon(4, 10, fade) if rng.random() < 0.35 else lambda points: points
    top = body + 0.16
    seal = shapes.torus(neck - 0.01, 0.025, (0, 0, top + 0.034), 64)
    cover = pv.solid(
        pv.filleted([(neck + 0.02, 0), (neck + 0.03, 0.03), (0.75 * neck, 0.1), (0.05, 0.12)], [0.01, 0.04])
    )
    parts = [*_glass_body(rng, outside, form), Part(seal, Material((0.75, 0.2, 0.05), roughness=0.6))]
    own = parts[0].material if rng.random() < 0.7 else materials.ceramic(rng)
    parts.append(Part(shapes.moved(cover, (0, 0, top + 0.064)), own))
    if rng.random() < 0.5:
        parts.append(pv.labelled(rng, outside, 0.2 * body, 0.7 * body, form))
    return product([*parts, Part(_clip(neck + 0.04, top), materials.chrome(rng))], "holes")


def _clip(radius: float, top: float) -> trimesh.Trimesh:
    """Rings of wire around lid and neck, a hinge behind, a lever in front."""
    wire = 0.012
    rings = [shapes.torus(radius, wire, (0, 0, height), 64) for height in (top - 0.02, top + 0.1)]
    pieces = [*rings, shapes.torus(radius, 2 * wire, (0, 0, top - 0.02), 48)]
    for side in (-1, 1):
        lever = [
            (side * 0.09, -radius, top + 0.1),
            (side * 0.1, -radius - 0.09, top + 0.02),
            (side * 0.09, -radius - 0.05, top - 0.22),
        ]
        link = [
            (side * 0.06, -radius, top - 0.02),
            (side * 0.06, -radius - 0.06, top - 0.1),
            (side * 0.07, -radius - 0.07, top - 0.06),
        ]
        hinge = [
            (side * 0.07, radius, top - 0.03),
            (side * 0.07, radius + 0.07, top + 0.04),
            (side * 0.07, radius, top + 0.11),
        ]
        pieces += [shapes.tube(shapes.curve(each, 24), wire, sides=8) for each in (lever, link, hinge)]
    pieces.append(shapes.straight((-0.09, -radius - 0.05, top - 0.22), (0.09, -radius - 0.05, top - 0.22), wire, 8))
    return shapes.merge(pieces)


def _cosmetic(rng: Rng) -> Product:
    """A low pot of cream, its wall thick; closed, or open with its lid leaning on it."""
    wide, height = rng.uniform(0.4, 0.55), rng.uniform(0.3, 0.6)
    outside = pv.filleted([(0.92 * wide, 0), (wide, 0.05), (wide, height)], rng.uniform(0.03, 0.2))
    made = pv.chosen(
        rng, materials.glass, materials.white_plastic, materials.plastic, materials.ceramic, materials.metal
    )
    cream = Material(CONTENTS[4], roughness=0.4)
    parts = [Part(pv.vessel(outside, 0.07, 0.1), made), Part(pv.filling(outside, 0.07, height - 0.03, 0.1), cream)]
    if rng.random() < 0.6 and height > 0.38:
        parts.append(pv.labelled(rng, outside, 0.25 * height, 0.85 * height))
    own = pv.chosen(rng, materials.metal, materials.plastic, materials.white_plastic, materials.wood)
    tall = rng.uniform(0.15, 0.3)
    lid = pv.knurled(wide * rng.uniform(0.98, 1.04), tall, 0, int(rng.choice([0, 0, 60])), 0.06)
    if rng.random() < 0.7:
        return product([*parts, Part(shapes.moved(lid, (0, 0, height + pv.GAP)), own)])
    beside = shapes.moved(_leaning(lid, wide, height), turn=rng.choice([-1, 1]) * rng.uniform(0.8, 1.3))
    return product([*parts, Part(beside, own)])


def _leaning(lid: trimesh.Trimesh, wide: float, height: float) -> trimesh.Trimesh:
    """The lid on its edge in front of the pot, its top to the front, as steep as it takes to touch the pot's edge."""
    tilt = np.arctan2(height, 0.35 * wide) if height < 1.5 * wide else 1.3
    leaned = shapes.moved(lid, turn=tilt, axis=(1, 0, 0))
    leaned.apply_translation((0, 0, -leaned.bounds[0, 2]))
    points = leaned.vertices
    near = points[(points[:, 2] < height) & (np.abs(points[:, 0]) < 0.2 * wide)]
    leaned.apply_translation((0.1 * wide, -wide - near[:, 1].max() + 0.003, 0))
    return leaned


def _canister(rng: Rng) -> Product:
    """For biscuits, tea or spices: a straight body with a lid of wood, cork, metal, or with a knob."""
    wide, body = rng.uniform(0.28, 0.5), rng.uniform(0.5, 1.4)
    outside = pv.filleted([(0.95 * wide, 0), (wide, 0.04), (wide * rng.uniform(0.9, 1.05), body)], 0.04)
    form: Bend = pv.polygon(4, 12) if rng.random() < 0.2 else lambda points: points
    if rng.random() < 0.5:
        parts = _glass_body(rng, outside, form)
    else:
        own = pv.chosen(rng, materials.ceramic, materials.white_plastic, materials.brushed, materials.painted_metal)
        parts = [Part(shapes.bent(pv.vessel(outside, 0.04, 0.05, 96), form), own)]
    if rng.random() < 0.6:
        parts.append(pv.labelled(rng, outside, 0.3 * body, 0.75 * body, form))
    edge = float(outside[-1, 0])
    lid = pv.solid(pv.filleted([(edge + 0.01, 0), (edge + 0.02, 0.08), (0.02, 0.09)], 0.03), 96)
    plug = pv.solid([(edge - 0.06, -0.08), (edge - 0.06, 0.01)])
    pieces = [lid, plug]
    if rng.random() < 0.65:
        knob = shapes.smooth_profile([0.06, 0.04, 0.1, 0.02], [0, 0.04, 0.11, 0.16], 24) * rng.uniform(0.8, 1.4)
        pieces.append(shapes.moved(pv.solid(knob), (0, 0, 0.085)))
    made = pv.chosen(rng, materials.wood, materials.metal, materials.ceramic, lambda _: pv.CORK)
    top = Part(shapes.bent(shapes.moved(shapes.merge(pieces), (0, 0, body + 0.012)), form), made)
    return product([*parts, top])


FAMILIES: dict[str, Build] = {"jar": jar}
