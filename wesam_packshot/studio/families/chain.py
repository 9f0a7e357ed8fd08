"""Chains and rings: necklaces, bracelets, key rings, carabiners, shower-curtain rings, hoops."""

import numpy as np
import shapely
import shapely.affinity
import trimesh

from wesam_packshot.studio import materials, shapes
from wesam_packshot.studio.families.parts_wire import Rng, arc, even, finish, grounded, one_of, oval, rounded, settled, slab, upright
from wesam_packshot.studio.product import Build, Material, Part, Product, product
from wesam_packshot.studio.shapes import Floats

FRONT = (1, 0, 0)


def chain(rng: Rng) -> Product:
    """Jewellery and hardware of links and rings, built in the x-z plane; mostly lying."""
    kinds = (_necklace, _necklace, _bracelet, _keys, _carabiner, _curtain_rings, _hoops)
    return kinds[int(rng.integers(len(kinds)))](rng)


def _jewel(rng: Rng) -> Material:
    """Silver, gold, rose gold, dark steel."""
    return materials.metal(rng, str(rng.choice(["chrome", "steel", "gold", "gold", "copper", "black"], p=[0.3, 0.15, 0.2, 0.15, 0.1, 0.1])))


def _strand(rng: Rng, outline: Floats, size: float) -> list[Part]:
    """Links, beads, a plaited band or a fine wire along a closed outline (count, 2) in the x-z plane."""
    kind = rng.choice(["links", "links", "beads", "balls", "plait"])
    metal = _jewel(rng)
    if kind == "plait":
        path = upright(even(outline, 300))
        phase = np.arange(300) * 2 * np.pi / 6
        wave = np.stack([0 * phase, np.sin(phase), 0 * phase], 1) * 0.35 * size
        return [Part(shapes.merge(shapes.tube(path + wave * s, 0.4 * size, closed=True, sides=6) for s in (1, -1)), metal)]
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
    kind, t = rng.choice(["disc", "ring", "heart", "bar", "cross", "stone", "stone"]), np.linspace(0, 2 * np.pi, 60, endpoint=False)
    low = at - 0.06 - size
    if kind == "stone":
        gem = shapes.turned([(0, -1), (0.95, -0.2), (1, 0), (0.6, 0.45), (0, 0.45)], int(rng.choice([6, 8, 12, 32])))
        stone = shapes.scaled(shapes.moved(gem, turn=np.pi / 2, axis=FRONT), (0.8 * size, 0.5 * size, size))
        own = one_of(rng, materials.glass, materials.ceramic, lambda r: Material(materials.colour(r), roughness=0.05, clearcoat=1.0))
        rim = shapes.scaled(shapes.moved(shapes.torus(1.0, 0.1), turn=np.pi / 2, axis=FRONT), (0.8 * size, 0.5 * size, size))
        return [Part(bail, metal), Part(shapes.moved(stone, (0, 0, low)), own), Part(shapes.moved(rim, (0, 0, low)), metal)]
    areas = {
        "disc": shapely.Point(0, 0).buffer(1),
        "ring": shapely.Point(0, 0).buffer(1).difference(shapely.Point(0, -0.1).buffer(rng.uniform(0.5, 0.8))),
        "heart": shapely.Polygon(np.stack([np.sin(t) ** 3, (13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t)) / 14 + 0.2], 1)),
        "bar": shapely.box(-0.2, -2, 0.2, 1),
        "cross": shapely.box(-0.18, -1.2, 0.18, 1).union(shapely.box(-0.65, 0.1, 0.65, 0.45)),
    }
    area = shapely.affinity.translate(shapely.affinity.scale(areas[str(kind)], size, size, origin=(0, 0)), 0, low + 0.01)
    return [Part(bail, metal), Part(slab(area, 0.025), metal if rng.random() < 0.8 else materials.ceramic(rng))]


def _bracelet(rng: Rng) -> Product:
    """Bangles, an open cuff, or a strand with charms."""
    metal = _jewel(rng)
    kind = rng.choice(["bangles", "cuff", "strand"])
    if kind == "bangles":
        thin = rng.uniform(0.02, 0.06)
        rings = [shapes.torus(1 + rng.uniform(0, 0.04), thin, (rng.uniform(-0.2, 0.2), rng.uniform(-0.2, 0.2), (2 * n + 1) * thin)) for n in range(int(rng.integers(1, 5)))]
        own = [one_of(rng, lambda _: metal, lambda _: metal, materials.plastic, materials.wood) for _ in rings]
        return product([Part(ring, each) for ring, each in zip(rings, own, strict=True)], "thin", "holes")
    if kind == "cuff":
        thin = rng.uniform(0.03, 0.06)
        path = np.c_[arc(1.0, -np.pi / 2 + rng.uniform(0.25, 0.6), 1.5 * np.pi - 0.4, 60) * [1, 0.8], np.full(60, thin)]
        ends = [shapes.sphere(1.6 * thin, end, steps=12) for end in path[[0, -1]]]
        return product(settled([Part(shapes.merge([shapes.tube(path, thin), *ends]), metal)], (0, 0, -1)), "thin", "holes")
    outline = oval(rng.uniform(0.6, 0.9), rng.uniform(0.45, 0.9), count=200)
    parts = _strand(rng, outline, rng.uniform(0.03, 0.07))
    for place in outline[rng.choice(np.arange(100, 200), int(rng.integers(0, 6)), replace=False)]:
        parts += [Part(shapes.moved(p.mesh, (place[0], 0, place[1])), p.material) for p in _pendant(rng, 0, parts[0].material)]
    return product(settled(parts), "thin", "holes", pose="lying")


def _keys(rng: Rng) -> Product:
    """A split ring with keys, and a fob."""
    metal, radius = _jewel(rng), rng.uniform(0.35, 0.5)
    turns = np.linspace(0, 4 * np.pi, 120)
    ring = shapes.tube(np.stack([radius * np.cos(turns), turns * 0.006, radius * np.sin(turns)], 1), 0.03, sides=8)
    parts = [Part(ring, metal)]
    count = int(rng.integers(1, 5))
    fan = np.linspace(-0.8, 0.8, count + 2)[1:-1] + rng.uniform(-0.1, 0.1, count)
    for number, angle in enumerate(fan):
        own = one_of(rng, materials.brushed, materials.metal, lambda _: metal)
        key = shapes.moved(_key(rng), (0, 0.05 * number - 0.05, -radius + 0.1))
        parts.append(Part(shapes.moved(key, turn=float(angle), axis=(0, 1, 0)), own))
    if rng.random() < 0.7:
        fob = shapely.box(-0.22, -1.1, 0.22, 0.0).buffer(0.08) if rng.random() < 0.6 else shapely.Point(0, -0.4).buffer(0.45)
        area = fob.difference(shapely.Point(0, -0.08).buffer(0.07))
        tag = shapes.moved(slab(area, 0.05), (0, 0.02, radius + 0.95 if fob.bounds[1] < -1 else radius + 0.1), np.pi if fob.bounds[1] > -1 else 0, (0, 1, 0))
        parts.append(Part(shapes.moved(tag, (0, 0, 0.05 - float(tag.bounds[0, 2]) + radius - 0.2)), one_of(rng, materials.leather, materials.plastic, materials.wood, materials.metal)))
    return product(settled(parts), "holes", pose="lying")


def _key(rng: Rng) -> trimesh.Trimesh:
    """Its bow with a hole at the origin, its blade down."""
    bow = shapely.Point(0, -0.12).buffer(rng.uniform(0.22, 0.3), int(rng.choice([2, 3, 16])))
    long = rng.uniform(0.7, 1.0)
    cuts = shapely.MultiPoint([(0.11, -0.3 - long * s) for s in np.sort(rng.uniform(0.25, 0.95, 5))]).buffer(0.05)
    blade = shapely.Polygon([(-0.09, -0.2), (0.09, -0.2), (0.09, -0.25 - long), (0, -0.33 - long), (-0.09, -0.25 - long)])
    return slab(bow.union(blade).difference(cuts).difference(shapely.Point(0, -0.02).buffer(0.1)), 0.04)


def _carabiner(rng: Rng) -> Product:
    """A bent rod with a gate; one or a few."""
    parts = []
    for number in range(int(rng.choice([1, 1, 2, 3]))):
        thick, wide, tall = rng.uniform(0.05, 0.09), rng.uniform(0.3, 0.42), rng.uniform(0.6, 0.8)
        corners = [[wide, -0.75 * tall], [0.2, -tall], [-wide, -0.8 * tall], [-wide, tall], [0.5 * wide, tall], [wide * 1.15, 0.6 * tall]]
        body = shapes.tube(upright(rounded(corners, 0.28, steps=9)), thick, sides=12)
        gate = shapes.straight((wide, 0, -0.78 * tall), (1.12 * wide, 0, 0.62 * tall), thick * 0.72)
        coat = one_of(rng, materials.metal, materials.chrome, materials.painted_metal)
        pieces = [Part(body, coat), Part(gate, coat if rng.random() < 0.5 else materials.metal(rng))]
        if rng.random() < 0.4:
            sleeve = shapes.straight((1.03 * wide, 0, -0.3 * tall), (1.07 * wide, 0, 0.1 * tall), thick * 1.3)
            pieces.append(Part(sleeve, one_of(rng, materials.metal, materials.plastic)))
        turn = rng.uniform(-0.3, 0.3)
        parts += [Part(shapes.moved(p.mesh, (number * 0.78, 0, 0), turn * (number > 0), (0, 1, 0)), p.material) for p in settled(pieces)]
    return product(parts, "holes", pose="lying")


def _curtain_rings(rng: Rng) -> Product:
    """Rings, S-hooks or pear hooks, in a row that overlaps."""
    coat, thin = one_of(rng, finish, finish, materials.white_plastic, materials.wood), rng.uniform(0.025, 0.06)
    kind = rng.choice(["ring", "pear", "s"])
    t = np.linspace(0.12, 2 * np.pi - 0.12, 60) + np.pi / 2
    paths = {
        "ring": np.stack([0.5 * np.cos(t), 0.5 * np.sin(t)], 1),
        "pear": np.stack([(0.36 - 0.16 * np.sin(t)) * np.cos(t), 0.62 * np.sin(t)], 1),
        "s": np.concatenate([arc(0.22, 0.9 * np.pi, -0.5 * np.pi, 20) + [0, 0.22], arc(0.3, np.pi / 2, 1.9 * np.pi, 20)[::-1][::-1] - [0, 0.3]]),
    }
    path = upright(paths[str(kind)])
    balls = [shapes.sphere(thin * 1.6, end, steps=10) for end in path[[0, -1]]]
    one = shapes.merge([shapes.tube(path, thin, sides=8), *(balls if rng.random() < 0.6 else [])])
    count, step = int(rng.integers(2, 9)), rng.uniform(0.3, 0.7) if kind != "s" else 0.3
    tilt = float(np.arctan2(2.2 * thin, step))
    row = [shapes.moved(shapes.moved(one, turn=rng.normal(0, 0.1), axis=(0, 1, 0)), (n * step, 0, 0), -tilt * (n + 1 < count)) for n in range(count)]
    flat = [shapes.moved(each, (0, -float(each.bounds[1, 1]), 0)) for each in row]
    return product([Part(shapes.merge(flat), coat)], "thin", "holes", pose="lying")


def _hoops(rng: Rng) -> Product:
    """A pair of earrings."""
    metal, thin, radius = _jewel(rng), rng.uniform(0.02, 0.06), rng.uniform(0.4, 0.6)
    hoop = shapes.tube(upright(radius * arc(1, 0.55 * np.pi, 2.4 * np.pi, 60)), np.linspace(thin, thin * rng.uniform(1, 2), 60))
    pin = shapes.tube(upright(radius * arc(1, 0.38 * np.pi, 0.56 * np.pi, 12)), 0.012)
    parts = [Part(shapes.merge([hoop, pin]), metal)]
    if rng.random() < 0.5:
        parts += _pendant(rng, -radius - thin, metal)
    pair = [Part(shapes.moved(p.mesh, (side * (radius + 0.15), 0, 0), side * 0.2, (0, 1, 0)), p.material) for side in (-1, 1) for p in settled(parts)]
    return product(pair, "thin", "holes", pose="lying")


FAMILIES: dict[str, Build] = {"chain": chain}
