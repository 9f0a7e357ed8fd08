"""Plants in pots: grasses, broad leaves, succulents, cacti, ferns, small trees, vines, orchids."""

from collections.abc import Callable

import numpy as np
import trimesh

from wesam_packshot.studio import materials, shapes
from wesam_packshot.studio.families import parts_vessels as pv
from wesam_packshot.studio.families.parts_plant import cone, frames, instances, leaf, stem
from wesam_packshot.studio.families.parts_rest import grounded
from wesam_packshot.studio.families.parts_wire import Rng, one_of, wires
from wesam_packshot.studio.product import Build, Material, Part, Product, product
from wesam_packshot.studio.shapes import Floats

SOIL = Material((0.03, 0.02, 0.012), roughness=1.0, specular=0.1)


def plant(rng: np.random.Generator) -> Product:
    """In a pot of about 0.5 wide; what grows starts at z = 0, the soil."""
    grow, thin = GROWTHS[int(rng.integers(len(GROWTHS)))]
    green = materials.leaf(rng)
    reach = rng.uniform(0.18, 0.3)
    parts = grow(rng, reach, green)
    tags = ("thin", "holes") if thin else ("holes",)
    return product(grounded([*_pot(rng, reach), *parts]), *tags)


def _pot(rng: Rng, reach: float) -> list[Part]:
    """Its soil at z = 0 with a radius of at least `reach`; perhaps with a saucer, or on legs."""
    high, wide = reach * rng.uniform(1.2, 2.6), reach * rng.uniform(1.15, 1.4)
    foot = wide * rng.uniform(0.6, 1.05)
    outline = [(foot, -high), (wide * rng.uniform(0.95, 1.1), -0.4 * high), (wide, 0.06)]
    own = one_of(rng, materials.ceramic, materials.ceramic, _terracotta, materials.opaque, materials.rattan)
    profile = pv.filleted(outline, 0.05)
    body = pv.vessel(profile, 0.03)
    if rng.random() < 0.2:
        body = shapes.bent(body, pv.lobed(int(rng.integers(12, 30)), 0.06))
    parts = [Part(body, own)]
    soil = float(np.interp(0, profile[:, 1], profile[:, 0])) - 0.02
    parts.append(Part(shapes.cylinder(soil, 0.06, (0, 0, -0.02)), SOIL))
    extra = rng.random()
    if extra < 0.25:
        saucer = [(foot * 1.05, -high - 0.03), (foot * 1.3, -high + 0.04)]
        parts.append(Part(pv.vessel(pv.filleted(saucer, []), 0.02), own))
    elif extra < 0.4:
        legs = [np.array([[x, y, -0.4 * high], [1.15 * x, 1.15 * y, -1.7 * high]])
                for x, y in wide * 0.75 * np.array([(1, 1), (-1, 1), (-1, -1), (1, -1)])]  # fmt: skip
        parts.append(Part(wires(legs, 0.022), one_of(rng, materials.wood, materials.metal, materials.painted_metal)))
    return parts


def _terracotta(rng: Rng) -> Material:
    return Material((0.5, rng.uniform(0.16, 0.22), 0.09), roughness=0.95)


def _grass(rng: Rng, reach: float, green: Material) -> list[Part]:
    """Long blades from the middle, arching."""
    count, long = int(rng.integers(40, 140)), rng.uniform(0.6, 1.3)
    wide = rng.uniform(0.025, 0.06)
    ahead = cone(rng, count, rng.uniform(0.3, 0.9))
    sizes = long * rng.uniform(0.5, 1, count)
    at = np.insert(rng.normal(0, 0.3 * reach, (count, 2)).clip(-reach * 0.6, reach * 0.6), 2, -0.02, 1)
    blades = leaf(1, wide / long, rng.uniform(0.3, 0.9), 0.3, 0.55)
    return [Part(instances(blades, frames(ahead, sizes), at), green)]


def _broad(rng: Rng, reach: float, green: Material) -> list[Part]:
    """Each leaf on a stem of its own."""
    count = int(rng.integers(7, 26))
    tall = rng.uniform(0.5, 1.1)
    lean = cone(rng, count, rng.uniform(0.3, 0.7))
    stems, ends, ways = [], [], []
    for way in lean:
        length = tall * rng.uniform(0.5, 1)
        path = stem((rng.normal(0, 0.15 * reach), rng.normal(0, 0.15 * reach), -0.03), way, length, 0.25)
        stems.append(path)
        ends.append(path[-1])
        ways.append(path[-1] - path[-3] + [0, 0, -0.02])
    size = rng.uniform(0.25, 0.5)
    blade = leaf(1, rng.uniform(0.35, 0.9), rng.uniform(0.1, 0.5), 0.35, rng.uniform(0.45, 0.9))
    tips = instances(blade, frames(np.array(ways), size * rng.uniform(0.7, 1, count)), np.array(ends))
    return [Part(wires(stems, rng.uniform(0.008, 0.014)), green), Part(tips, green)]


def _succulent(rng: Rng, reach: float, green: Material) -> list[Part]:
    """A rosette of thick leaves: aloe, agave, echeveria."""
    rows, upright = int(rng.integers(3, 6)), rng.uniform(0.2, 1.2)
    template = leaf(1, rng.uniform(0.2, 0.45), -rng.uniform(0, 0.35), 0.6, rng.uniform(0.3, 0.7), thick=0.09)
    ahead, sizes = [], []
    for row in range(rows):
        count = 5 + row
        angles = (np.arange(count) + 0.5 * row) * 2 * np.pi / count
        rise = upright + 1.6 * (rows - 1 - row) / rows
        ahead.append(np.stack([np.cos(angles), np.sin(angles), np.full(count, rise)], 1))
        sizes.append(np.full(count, rng.uniform(0.9, 1.1) * (0.5 + 0.5 * row / rows)))
    turns = np.concatenate(ahead)
    made = frames(turns, 2.2 * reach * rng.uniform(0.8, 1.6) * np.concatenate(sizes))
    return [Part(instances(template, made, np.full((len(turns), 3), (0, 0, 0.0))), green)]


def _cactus(rng: Rng, reach: float, green: Material) -> list[Part]:
    """Ribbed columns or balls with spines."""
    ribs = int(rng.integers(9, 18))
    bodies, spines = [], []
    for number in range(int(rng.integers(1, 4))):
        wide = reach * rng.uniform(0.35, 0.7) / (1 + 0.5 * number)
        high = wide * rng.uniform(1.5, 5)
        angle = 2.1 * number
        at = np.array([np.cos(angle), np.sin(angle), 0]) * (reach - wide) * (number > 0) + [0, 0, -0.03]
        profile = shapes.smooth_profile(
            [0.8 * wide, wide, 0.95 * wide, 0.5 * wide, 0.01], high * np.array([0, 0.2, 0.7, 0.95, 1])
        )
        bodies.append(shapes.moved(shapes.bent(pv.solid(profile, 8 * ribs), pv.lobed(ribs, 0.25)), at))
        for rib in np.arange(ribs) * 2 * np.pi / ribs:
            z = np.linspace(0.12, 0.93, int(high / 0.06)) * high
            r = np.interp(z, profile[:, 1], profile[:, 0])
            roots = np.stack([r * np.cos(rib), r * np.sin(rib), z], 1) * [0.98, 0.98, 1] + at
            spines += [
                np.stack([root, root + rng.normal(0, 0.02, 3) + np.array([np.cos(rib), np.sin(rib), 0.3]) * 0.045])
                for root in roots
            ]
    thorn = Material((0.7, 0.6, 0.4), roughness=0.7)
    return [Part(shapes.merge(bodies), green), Part(wires(spines, 0.003, sides=4), thorn)]


def _fern(rng: Rng, _: float, green: Material) -> list[Part]:
    """Fronds of leaflets: ferns, palms."""
    count, long = int(rng.integers(9, 22)), rng.uniform(0.7, 1.2)
    leaflet = leaf(1, rng.uniform(0.15, 0.3), 0.2, 0.2, 0.6, rows=5, columns=3, thick=0.012)
    size, pairs = rng.uniform(0.15, 0.4), int(rng.integers(12, 24))
    stems, ahead, ends, scales = [], [], [], []
    for way in cone(rng, count, rng.uniform(0.5, 1.0)):
        path = stem((0, 0, -0.03), way, long * rng.uniform(0.6, 1), rng.uniform(0.4, 0.9), 40)
        stems.append(path)
        places = np.linspace(12, 38, pairs).astype(int)
        along = path[places + 1] - path[places]
        along /= np.linalg.norm(along, axis=1, keepdims=True)
        side = np.cross(along, (0, 0, 1))
        side /= np.linalg.norm(side, axis=1, keepdims=True)
        for sign in (-1, 1):
            ahead.append(0.6 * along + sign * side)
            ends.append(path[places])
            scales.append(size * np.sin(np.pi * np.linspace(0.25, 0.97, pairs)))
    leaves = instances(leaflet, frames(np.concatenate(ahead), np.concatenate(scales)), np.concatenate(ends))
    return [Part(wires(stems, 0.007, sides=6), green), Part(leaves, green)]


def _tree(rng: Rng, _: float, green: Material) -> list[Part]:
    """A stem that forks twice, small leaves at the ends: olive, ficus, bonsai."""
    tall = rng.uniform(0.5, 1.1)
    trunk = stem((0, 0, -0.03), np.array([rng.normal(0, 0.15), rng.normal(0, 0.15), 1]), tall, rng.uniform(-0.2, 0.2))
    branches, twigs = [], []
    for _number in range(int(rng.integers(5, 10))):
        at = trunk[int(rng.integers(18, 30))]
        branches.append(stem(at, cone(rng, 1, 1.0)[0], rng.uniform(0.25, 0.5), -0.1))
        for _number in range(5):
            start = branches[-1][int(rng.integers(8, 31))]
            twigs.append(stem(start, cone(rng, 1, 1.4)[0], rng.uniform(0.12, 0.3), 0.1))
    points = np.concatenate([twig[4::2] for twig in twigs])
    shown = points[rng.random(len(points)) < rng.uniform(0.5, 1.0)]
    ways = rng.normal(0, 1, shown.shape) + np.array([0, 0, 0.3])
    template = leaf(1, rng.uniform(0.3, 0.7), 0.2, 0.3, 0.7, rows=6, columns=3, thick=0.02)
    leaves = instances(template, frames(ways, rng.uniform(0.05, 0.11) * rng.uniform(0.7, 1.1, len(shown))), shown)
    bark = Material((0.12, 0.07, 0.04), roughness=0.95)
    wood = [
        shapes.tube(trunk, np.linspace(0.035, 0.018, len(trunk))),
        wires(branches, 0.012),
        wires(twigs, 0.005, sides=6),
    ]
    return [Part(shapes.merge(wood), bark), Part(leaves, green)]


def _vine(rng: Rng, reach: float, green: Material) -> list[Part]:
    """Stems that hang over the rim, with small leaves: ivy, string of hearts."""
    count = int(rng.integers(8, 20))
    paths, ends, ways = [], [], []
    for angle in np.arange(count) * 2 * np.pi / count + rng.uniform(-0.2, 0.2, count):
        out = np.array([np.cos(angle), np.sin(angle)])
        far, low = reach * rng.uniform(1.5, 2.1), -reach * rng.uniform(0.0, 1.1)
        knots = [(0, 0, -0.02), (*0.5 * far * out, rng.uniform(0.1, 0.3)), (*far * out, 0.05), (*1.1 * far * out, low)]
        path = shapes.curve(knots, 40)
        paths.append(path)
        picked = path[4::3] + rng.normal(0, 0.01, path[4::3].shape)
        ends.append(picked)
        ways.append(rng.normal(0, 0.6, picked.shape) + np.array([*out, 0.2]))
    where = np.concatenate(ends)
    template = leaf(1, rng.uniform(0.6, 1.0), 0.3, 0.2, 0.9, rows=6, columns=5, thick=0.02)
    sizes = rng.uniform(0.07, 0.14) * rng.uniform(0.7, 1.1, len(where))
    return [
        Part(wires(paths, 0.006, sides=6), green),
        Part(instances(template, frames(np.concatenate(ways), sizes), where), green),
    ]


def _orchid(rng: Rng, _: float, green: Material) -> list[Part]:
    """Thin stems with blossoms, a few broad leaves below."""
    base = instances(leaf(1, 0.4, 0.7, 0.4, 0.8), frames(cone(rng, 6, 1.2), np.full(6, 0.45)), np.zeros((6, 3)))
    paths, ends, ways = [], [], []
    for _number in range(int(rng.integers(1, 4))):
        path = stem(
            (0, 0, -0.03), np.array([rng.normal(0, 0.3), rng.normal(0, 0.2), 1]), rng.uniform(0.9, 1.3), 0.45, 40
        )
        paths.append(path)
        chosen = path[18::5]
        ends.append(chosen)
        ways.append(np.tile([0.0, -1.0, 0.2], (len(chosen), 1)) + rng.normal(0, 0.3, chosen.shape))
    return [Part(base, green), Part(wires(paths, 0.009), green),
            *_blossoms(rng, np.concatenate(ends), np.concatenate(ways))]  # fmt: skip


def _blossoms(rng: Rng, at: Floats, ways: Floats) -> list[Part]:
    """Five petals each about the way that it faces."""
    petal = leaf(1, rng.uniform(0.5, 0.9), 0.15, 0.1, 0.9, rows=6, columns=5, thick=0.03)
    flower = shapes.merge(shapes.moved(petal, turn=float(a), axis=(0, 0, 1)) for a in np.arange(5) * 2 * np.pi / 5)
    upright: trimesh.Trimesh = shapes.moved(flower, turn=-np.pi / 2, axis=(1, 0, 0))
    heart = shapes.sphere(0.2, steps=8)
    own = Material(materials.white(rng) if rng.random() < 0.5 else materials.colour(rng), roughness=0.6)
    made = frames(ways, 0.1 * rng.uniform(0.8, 1.2, len(at)))
    return [Part(instances(upright, made, at), own), Part(instances(heart, made, at), Material((0.7, 0.4, 0.05)))]


GROWTHS: tuple[tuple[Callable[[Rng, float, Material], list[Part]], bool], ...] = (
    (_grass, True), (_grass, True), (_broad, True), (_broad, True), (_succulent, False), (_cactus, False),
    (_fern, True), (_tree, True), (_vine, True), (_orchid, True),
)  # fmt: skip

FAMILIES: dict[str, Build] = {"plant": plant}
