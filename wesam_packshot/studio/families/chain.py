"""Chains and rings: necklaces, bracelets, key rings, carabiners, shower-curtain rings, hoops."""

import numpy as np
import shapely
import shapely.affinity
import trimesh

from wesam_packshot.studio import materials, shapes
from wesam_packshot.studio.families.parts_rest import grounded, settled
from wesam_packshot.studio.families.parts_wire import Rng, arc, even, one_of, oval, slab, upright
from wesam_packshot.studio.families.rings import FRONT, carabiner, curtain_rings, jewel_metal, key_ring
from wesam_packshot.studio.product import Build, Material, Part, Product, product
from wesam_packshot.studio.shapes import Floats


def chain(rng: Rng) -> Product:
    """Jewellery and hardware of links and rings, built in the x-z plane; mostly lying."""
    kinds = (_necklace, _necklace, _bracelet, key_ring, carabiner, curtain_rings, _hoops)
    return kinds[int(rng.integers(len(kinds)))](rng)


def _strand(rng: Rng, outline: Floats, size: float) -> list[Part]:
    """Links, beads, a plaited band or a fine wire along a closed outline (count, 2) in the x-z plane."""
    kind = rng.choice(["links", "links", "beads", "balls", "plait"])
    metal = jewel_metal(rng)
    if kind == "plait":
        path = upright(even(outline, 300))
        phase = np.arange(300) * 2 * np.pi / 6
        wave = np.stack([0 * phase, np.sin(phase), 0 * phase], 1) * 0.35 * size
        return [
            Part(shapes.merge(shapes.tube(path + wave * s, 0.4 * size, closed=True, sides=6) for s in (1, -1)), metal)
        ]
    pitch = size * {"links": rng.uniform(2.2, 3.4), "beads": rng.uniform(2.0, 2.6), "balls": 2.3}[str(kind)]
    around = float(np.linalg.norm(np.diff(outline, axis=0, append=outline[:1]), axis=1).sum())
    count = int(np.clip(around / pitch, 24, 260)) // 2 * 2
    places, pitch = upright(even(outline, count)), around / int(np.clip(around / pitch, 24, 260))
    if kind == "links":
        return [Part(_links(places, pitch, size, rng), metal)]
    balls = shapes.merge(shapes.sphere(pitch * 0.48, place, steps=9) for place in places)
    pearl = Material(materials.white(rng), roughness=0.25, clearcoat=1.0)
    own = pearl if rng.random() < 0.5 else one_of(rng, materials.plastic, materials.wood, materials.ceramic)
    return [Part(balls, own if kind == "beads" else metal), Part(shapes.tube(places, pitch * 0.15, closed=True), metal)]


def _links(places: Floats, pitch: float, size: float, rng: Rng) -> trimesh.Trimesh:
    """Each link a rounded ring, turned by a quarter against the last."""
    thin = pitch * rng.uniform(0.12, 0.2)
    long, wide = pitch / 2 + thin * 0.8, max(size * rng.uniform(0.6, 1.0), 2.3 * thin)
    link = shapes.tube(upright(oval(wide, long, rng.choice([2, 2.5, 4]), 16)), thin, closed=True, sides=6)
    ahead = np.roll(places, -1, 0) - np.roll(places, 1, 0)
    roll = rng.choice([np.pi / 4, np.pi / 3, 0.35])
    found = []
    for number, (place, along) in enumerate(zip(places, ahead, strict=True)):
        turned = shapes.moved(link, turn=roll * (-1 if number % 2 else 1))
        found.append(shapes.moved(turned, place, float(np.arctan2(along[0], along[2])), (0, 1, 0)))
    return shapes.merge(found)


def _necklace(rng: Rng) -> Product:
    """A drop-shaped loop with a clasp, and mostly a pendant."""
    size, wide, tall = rng.uniform(0.014, 0.045), rng.uniform(0.4, 0.8), rng.uniform(0.8, 1.2)
    angle = np.linspace(0, 2 * np.pi, 200, endpoint=False)
    point = rng.uniform(0.0, 0.5)
    x = wide * np.sin(angle) * (1 - point * np.cos(angle) ** 3 * (np.cos(angle) > 0))
    noise = rng.uniform(0, 0.05) * np.sin(2 * angle + rng.uniform(0, 6)) + rng.uniform(0, 0.03) * np.sin(3 * angle)
    outline = np.stack([x * (1 + noise), -tall * np.cos(angle)], 1)
    parts = _strand(rng, outline, size)
    metal = next(part.material for part in reversed(parts))
    clasp = shapes.moved(shapes.torus(0.045, 0.012, steps=24), (0, 0, tall), np.pi / 2, FRONT)
    parts.append(Part(clasp, metal))
    if rng.random() < 0.75:
        parts += _pendant(rng, -tall, metal)
    flat = settled(parts)
    if rng.random() < 0.2:
        return product(grounded(flat), "thin", "holes", pose="hanging")
    return product(flat, "thin", "holes", pose="lying")


def _pendant(rng: Rng, at: float, metal: Material) -> list[Part]:
    """A bail, and below it a disc, ring, heart, bar, drop, cross or stone."""
    size = rng.uniform(0.08, 0.2)
    bail = shapes.moved(shapes.torus(0.05, 0.012, steps=24), (0, 0, at - 0.02), np.pi / 2, FRONT)
    kind, t = (
        rng.choice(["disc", "ring", "heart", "bar", "cross", "stone", "stone"]),
        np.linspace(0, 2 * np.pi, 60, endpoint=False),
    )
    low = at - 0.06 - size
    if kind == "stone":
        gem = shapes.turned([(0, -1), (0.95, -0.2), (1, 0), (0.6, 0.45), (0, 0.45)], int(rng.choice([6, 8, 12, 32])))
        stone = shapes.scaled(shapes.moved(gem, turn=np.pi / 2, axis=FRONT), (0.8 * size, 0.5 * size, size))
        own = one_of(
            rng,
            materials.glass,
            materials.ceramic,
            lambda r: Material(materials.colour(r), roughness=0.05, clearcoat=1.0),
        )
        rim = shapes.scaled(
            shapes.moved(shapes.torus(1.0, 0.1), turn=np.pi / 2, axis=FRONT), (0.8 * size, 0.5 * size, size)
        )
        return [
            Part(bail, metal),
            Part(shapes.moved(stone, (0, 0, low)), own),
            Part(shapes.moved(rim, (0, 0, low)), metal),
        ]
    areas = {
        "disc": shapely.Point(0, 0).buffer(1),
        "ring": shapely.Point(0, 0).buffer(1).difference(shapely.Point(0, -0.1).buffer(rng.uniform(0.5, 0.8))),
        "heart": shapely.Polygon(
            np.stack(
                [np.sin(t) ** 3, (13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t)) / 14 + 0.2], 1
            )
        ),
        "bar": shapely.box(-0.2, -2, 0.2, 1),
        "cross": shapely.box(-0.18, -1.2, 0.18, 1).union(shapely.box(-0.65, 0.1, 0.65, 0.45)),
    }
    area = shapely.affinity.translate(
        shapely.affinity.scale(areas[str(kind)], size, size, origin=(0, 0)), 0, low + 0.01
    )
    return [Part(bail, metal), Part(slab(area, 0.025), metal if rng.random() < 0.8 else materials.ceramic(rng))]


def _bracelet(rng: Rng) -> Product:
    """Bangles, an open cuff, or a strand with charms."""
    metal = jewel_metal(rng)
    kind = rng.choice(["bangles", "cuff", "strand"])
    if kind == "bangles":
        thin = rng.uniform(0.02, 0.06)
        rings = [
            shapes.torus(
                1 + rng.uniform(0, 0.04), thin, (rng.uniform(-0.2, 0.2), rng.uniform(-0.2, 0.2), (2 * n + 1) * thin)
            )
            for n in range(int(rng.integers(1, 5)))
        ]
        own = [one_of(rng, lambda _: metal, lambda _: metal, materials.plastic, materials.wood) for _ in rings]
        return product([Part(ring, each) for ring, each in zip(rings, own, strict=True)], "thin", "holes")
    if kind == "cuff":
        thin = rng.uniform(0.03, 0.06)
        path = np.c_[arc(1.0, -np.pi / 2 + rng.uniform(0.25, 0.6), 1.5 * np.pi - 0.4, 60) * [1, 0.8], np.full(60, thin)]
        ends = [shapes.sphere(1.6 * thin, end, steps=12) for end in path[[0, -1]]]
        return product(
            settled([Part(shapes.merge([shapes.tube(path, thin), *ends]), metal)], (0, 0, -1)), "thin", "holes"
        )
    outline = oval(rng.uniform(0.6, 0.9), rng.uniform(0.45, 0.9), count=200)
    parts = _strand(rng, outline, rng.uniform(0.03, 0.07))
    for place in outline[rng.choice(np.arange(100, 200), int(rng.integers(0, 6)), replace=False)]:
        parts += [
            Part(shapes.moved(p.mesh, (place[0], 0, place[1])), p.material) for p in _pendant(rng, 0, parts[0].material)
        ]
    return product(settled(parts), "thin", "holes", pose="lying")


def _hoops(rng: Rng) -> Product:
    """A pair of earrings."""
    metal, thin, radius = jewel_metal(rng), rng.uniform(0.02, 0.06), rng.uniform(0.4, 0.6)
    hoop = shapes.tube(
        upright(radius * arc(1, 0.55 * np.pi, 2.4 * np.pi, 60)), np.linspace(thin, thin * rng.uniform(1, 2), 60)
    )
    pin = shapes.tube(upright(radius * arc(1, 0.38 * np.pi, 0.56 * np.pi, 12)), 0.012)
    parts = [Part(shapes.merge([hoop, pin]), metal)]
    if rng.random() < 0.5:
        parts += _pendant(rng, -radius - thin, metal)
    pair = [
        Part(shapes.moved(p.mesh, (side * (radius + 0.15), 0, 0), side * 0.2, (0, 1, 0)), p.material)
        for side in (-1, 1)
        for p in settled(parts)
    ]
    return product(pair, "thin", "holes", pose="lying")


FAMILIES: dict[str, Build] = {"chain": chain}
