"""Vases: turned, fluted, twisted, faceted, with handles, with a hole, with twigs."""

import numpy as np

from wesam_packshot.studio import materials, shapes
from wesam_packshot.studio.families import parts_vessels as pv
from wesam_packshot.studio.materials import Rng
from wesam_packshot.studio.product import Build, Material, Part, Product, product
from wesam_packshot.studio.shapes import Bend, Floats


def vase(rng: np.random.Generator) -> Product:
    """A vase of any belly and neck, glazed, of glass, of metal; or a ring with a neck."""
    return _ring_vase(rng) if rng.random() < 0.12 else _turned_vase(rng)


def _turned_vase(rng: Rng) -> Product:
    outside = _outline(rng)
    made = _material(rng)
    thickness = 0.025 + 0.03 * rng.random()
    form, sections = _form(rng)
    parts = [Part(shapes.bent(pv.vessel(outside, thickness, sections=sections), form), made, "around")]
    tags = []
    if not made.ior and rng.random() < 0.4:
        parts.append(_handles(rng, outside, made))
        tags.append("holes")
    if not made.ior and rng.random() < 0.25:
        top = outside[-1, 1]
        low, high = (
            (0.02, rng.uniform(0.2, 0.5) * top) if rng.random() < 0.5 else (rng.uniform(0.5, 0.8) * top, 0.99 * top)
        )
        parts.append(Part(shapes.bent(pv.band(outside, low, high), form), materials.ceramic(rng)))
    if rng.random() < 0.3:
        parts.append(_twigs(rng, outside, thickness))
    return product(parts, *tags)


def _outline(rng: Rng) -> Floats:
    """Any of the usual silhouettes; the narrowest place is wide enough for a wall."""
    height = rng.uniform(1, 2)
    kind = pv.pick(rng, "belly", "belly", "cylinder", "cone", "bottle", "double", "bowl", "shoulder")
    wide = rng.uniform(0.3, 0.65) if kind != "cylinder" else rng.uniform(0.2, 0.4)
    neck, foot, lip = (max(0.1, rng.uniform(*span) * wide) for span in ((0.25, 0.8), (0.4, 0.8), (0.35, 1.1)))
    at = rng.uniform(0.25, 0.5)
    outlines = {
        "belly": ([foot, wide, neck, lip], [0, at, rng.uniform(0.7, 0.85), 1]),
        "cylinder": ([wide * 0.95, wide, wide, wide * 0.97], [0, 0.03, 0.9, 1]),
        "cone": ([foot, 0.5 * (foot + wide), wide], [0, 0.5, 1]),
        "bottle": ([wide * 0.9, wide, wide * 0.8, 0.1, 0.1, lip * 0.5], [0, 0.08, 0.35, 0.6, 0.9, 1]),
        "double": ([foot, wide, neck, wide * 0.75, neck, lip], [0, 0.22, 0.48, 0.68, 0.88, 1]),
        "bowl": ([foot, wide, wide * 0.97, wide * 0.6], [0, 0.4, 0.65, 1]),
        "shoulder": ([foot, wide, wide * 0.9, neck, neck, lip], [0, 0.68, 0.78, 0.86, 0.93, 1]),
    }
    radii, heights = outlines[kind]
    points = shapes.smooth_profile(radii, np.array(heights) * height, 80)
    if rng.random() < 0.2:  # thrown rings, turned into the wall
        count = rng.integers(6, 30)
        points[:, 0] *= 1 + rng.uniform(0.01, 0.03) * np.cos(points[:, 1] / height * 2 * np.pi * count)
    points[:, 0] = points[:, 0].clip(min=0.085)
    return points


def _form(rng: Rng) -> tuple[Bend, int]:
    """A cross-section, and how many sides it takes to show it."""
    kind = pv.pick(rng, "round", "round", "round", "lobed", "spiral", "polygon", "oval")
    count = int(rng.choice([5, 6, 8, 12, 16, 24, 36]))
    if kind in ("lobed", "spiral"):
        twist = rng.uniform(-2, 2) if kind == "spiral" else 0.0
        return pv.lobed(count, rng.uniform(0.4, 1.2) / (count + 2), twist), max(96, 8 * count)
    if kind == "polygon":
        return pv.polygon(int(rng.integers(3, 9)), rng.uniform(10, 60)), 120
    if kind == "oval":
        return pv.oval(rng.uniform(0.4, 0.8)), 96
    return (lambda points: points), 72


def _material(rng: Rng) -> Material:
    makers = [materials.ceramic, materials.glass, materials.metal, materials.wood, _terracotta, materials.rattan]
    return makers[int(rng.choice(6, p=[0.5, 0.24, 0.1, 0.06, 0.06, 0.04]))](rng)


def _terracotta(rng: Rng) -> Material:
    return Material((rng.uniform(0.4, 0.65), rng.uniform(0.15, 0.25), rng.uniform(0.07, 0.14)), roughness=0.85)


def _handles(rng: Rng, outside: Floats, made: Material) -> Part:
    """One or two ears, from the neck or lip down to the belly."""
    top = outside[-1, 1]
    low, high = rng.uniform(0.35, 0.6) * top, rng.uniform(0.75, 0.93) * top
    starts = [float(np.interp(z, outside[:, 1], outside[:, 0])) - 0.015 for z in (low, high)]
    out = max(starts) + rng.uniform(0.12, 0.3)
    line = [
        (starts[0], low),
        (0.85 * out, low + 0.15 * (high - low)),
        (out, (low + high) / 2),
        (0.9 * out, high),
        (starts[1], high),
    ]
    handle = pv.ear(line, rng.uniform(0.02, 0.045), rng.uniform(1, 2))
    if rng.random() < 0.3:
        return Part(handle, made)
    return Part(shapes.merge([handle, shapes.moved(handle, turn=np.pi)]), made)


def _twigs(rng: Rng, outside: Floats, thickness: float) -> Part:
    """Dry stems from the floor through the opening, each with an ear or a bud."""
    top, room = outside[-1, 1], 0.45 * (outside[:, 0].min() - thickness)
    pieces = []
    for _ in range(int(rng.integers(2, 8))):
        angle, reach = rng.uniform(0, 2 * np.pi), rng.uniform(0.1, 0.7)
        way = np.array([np.cos(angle), np.sin(angle)])
        at = [(0.3 * room, thickness + 0.02), (0.5 * room, 0.6 * top), (room, top), (room + 0.4 * reach, 1.35 * top)]
        at.append((room + reach, rng.uniform(1.5, 2) * top))
        path = shapes.curve([[*(way * out), z] for out, z in at], 40)
        pieces.append(shapes.tube(path, np.linspace(0.012, 0.006, 40), sides=7))
        bud = shapes.scaled(shapes.sphere(1, steps=8), rng.uniform(0.02, 0.05) * np.array([1, 1, rng.uniform(1, 4)]))
        pieces.append(shapes.moved(bud, path[-1]))
    own = materials.leaf(rng) if rng.random() < 0.4 else materials.rattan(rng)
    return Part(shapes.merge(pieces), own)


def _ring_vase(rng: Rng) -> Product:
    """A ring that stands on a foot, with a neck above: one looks through it."""
    major, minor = rng.uniform(0.4, 0.6), rng.uniform(0.1, 0.2)
    middle = 0.05 + major + minor
    ring = shapes.moved(shapes.torus(major, minor), turn=np.pi / 2, axis=(1, 0, 0))
    if rng.random() < 0.4:
        ring = shapes.scaled(ring, (rng.uniform(0.7, 1.2), 1, 1))
    ring = shapes.moved(ring, (0, 0, middle))
    top, lip = middle + major + minor, rng.uniform(0.08, 0.14)
    neck = pv.vessel(shapes.smooth_profile([0.14, 0.09, lip], np.add([0, 0.15, 0.35], top - 0.08), 24), 0.02)
    foot = pv.solid([(minor * 1.5 + 0.06, 0), (minor * 1.3 + 0.05, 0.05), (minor, 0.12)])
    made = _material(rng)
    if made.ior:
        made = materials.ceramic(rng)
    return product([Part(shapes.merge([ring, neck, foot]), made)], "holes")


FAMILIES: dict[str, Build] = {"vase": vase}
