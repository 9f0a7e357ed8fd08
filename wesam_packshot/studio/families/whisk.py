"""Kitchen tools of wire and cut sheet: whisks, mashers, strainers, slotted turners, skimmers."""

import numpy as np
import shapely
import trimesh

from wesam_packshot.studio import materials, shapes
from wesam_packshot.studio.families.parts_rest import grounded, settled
from wesam_packshot.studio.families.parts_wire import (
    Rng,
    arc,
    finish,
    lathe,
    one_of,
    rounded,
    slab,
    swept,
    upright,
    wires,
)
from wesam_packshot.studio.product import Build, Material, Part, Product, product
from wesam_packshot.studio.shapes import Floats


def whisk(rng: Rng) -> Product:
    """One tool: its handle from z = 0 up to 1, its head below."""
    kinds = (_balloon, _balloon, _masher, _strainer, _strainer, _turner, _skimmer)
    head, tags = kinds[int(rng.integers(len(kinds)))](rng)
    parts = [*head, *_handle(rng)]
    if rng.random() < 0.25:
        return product(grounded(parts), *tags, pose="hanging")
    return product(settled(parts), *tags, pose="lying")


def _metal(rng: Rng) -> Material:
    return one_of(rng, materials.chrome, materials.brushed, materials.metal)


def _handle(rng: Rng) -> list[Part]:
    """Of metal tube, wood, plastic or twisted wire, with a loop or a hole to hang it by."""
    length, thick = rng.uniform(0.8, 1.3), rng.uniform(0.035, 0.065)
    metal = _metal(rng)
    if rng.random() < 0.25:
        turns = np.linspace(0, 1, 120)
        angle = turns * 2 * np.pi * rng.integers(8, 16)
        strand = np.stack([0.018 * np.cos(angle), 0.018 * np.sin(angle), length * turns - 0.02], 1)
        pair = [shapes.tube(strand * [s, s, 1], 0.018, sides=6) for s in (1, -1)]
        return [Part(shapes.merge([*pair, _eye(length, 0.018, rng.uniform(0.05, 0.09))]), metal)]
    bulge = rng.uniform(0.8, 1.4, 4) * thick
    grip = lathe((0, 0, 0), (0, 0, length), [thick * 0.5, *bulge, bulge[-1] * 0.6], 20)
    flat = shapes.scaled(grip, (1, rng.uniform(0.5, 1.0), 1))
    own = one_of(rng, materials.wood, materials.plastic, materials.rubber, lambda _: metal, materials.white_plastic)
    collar = shapes.cylinder(thick * 0.6, 0.06, (0, 0, 0.01), 20)
    return [Part(flat, own), Part(collar, metal), Part(_eye(length, 0.012, rng.uniform(0.03, 0.06)), metal)]


def _eye(at: float, thin: float, radius: float) -> trimesh.Trimesh:
    """A ring in the x-z plane on top of a handle."""
    return shapes.moved(shapes.torus(radius, thin, steps=28), (0, 0, at + radius), np.pi / 2, (1, 0, 0))


def _balloon(rng: Rng) -> tuple[list[Part], list[str]]:
    """Loops of wire, each in an own plane; pear-shaped to long."""
    length, wide, count = rng.uniform(0.8, 1.3), rng.uniform(0.2, 0.42), int(rng.integers(4, 9))
    belly = rng.uniform(0.55, 0.8)
    side = [[0.02, 0], [0.4 * wide, -0.25 * length], [wide, -belly * length], [0.6 * wide, -0.95 * length]]
    loop = shapes.curve(upright(np.array([*side, [0, -length], *(np.array(side[::-1]) * [-1, 1])])), 60)
    thin = rng.uniform(0.009, 0.016)
    loops = [
        shapes.moved(shapes.tube(loop * [1, 1, 1 - 0.02 * n], thin, sides=6), turn=np.pi * n / count)
        for n in range(count)
    ]
    coat = one_of(rng, _metal, _metal, _metal, materials.plastic)
    return [Part(shapes.merge(loops), coat)], ["thin", "holes"]


def _masher(rng: Rng) -> tuple[list[Part], list[str]]:
    """A zigzag of wire or a plate with holes, square to the handle, on one stem or two."""
    metal, drop, half = _metal(rng), rng.uniform(0.5, 0.8), rng.uniform(0.25, 0.38)
    thin = rng.uniform(0.02, 0.032)
    if rng.random() < 0.5:
        count = int(rng.integers(5, 9))
        x = np.repeat(np.linspace(-half, half, count), 2)
        y = half * 0.8 * np.where(np.arange(2 * count) // 2 % 2 == np.arange(2 * count) % 2, 1, -1)
        zigzag = rounded(np.stack([x, y, np.full(2 * count, -drop)], 1), 0.5 * half)
        ends = [zigzag[0], zigzag[-1]]
        head = [shapes.tube(zigzag, thin)]
    else:
        spots = [
            (x, y) for x in np.linspace(-0.75, 0.75, 7) for y in np.linspace(-0.75, 0.75, 7) if np.hypot(x, y) < 0.82
        ]
        disc = (
            shapely.Point(0, 0)
            .buffer(half)
            .difference(shapely.MultiPoint(np.array(spots) * half).buffer(half * rng.uniform(0.07, 0.1)))
        )
        head = [shapes.moved(slab(disc, 0.025), (0, 0, -drop), np.pi / 2, (1, 0, 0))]
        ends = [np.array([side * half * 0.85, 0, -drop]) for side in (-1, 1)]
    stems = [rounded([end, end * [1, 1, 0.55], (0, 0, -0.15), (0, 0, 0.03)], 0.12) for end in ends]
    return [Part(shapes.merge([*head, wires(stems, thin)]), metal)], ["holes"]


def _strainer(rng: Rng) -> tuple[list[Part], list[str]]:
    """A bowl or cone of mesh, with a rim, a foot to hook over a pot, and a stem."""
    radius, steps = rng.uniform(0.3, 0.6), int(rng.integers(14, 30))
    depth, power = rng.uniform(0.4, 1.0) * radius, rng.choice([0.5, 0.5, 0.8])
    lines = []
    for place in np.linspace(-0.97, 0.97, steps):
        along = np.linspace(-1, 1, 24) * np.sqrt(1 - place**2)
        sink = depth * (1 - along**2 - place**2).clip(0) ** power
        lines.append(np.stack([radius * along, sink, np.full(24, radius * place)], 1))
        lines.append(lines[-1][:, [2, 1, 0]])
    mesh = wires(lines, rng.uniform(0.0035, 0.006), sides=5)
    if rng.random() < 0.35:
        mesh = shapes.scaled(mesh, (1, -1, 1))
    thick = rng.uniform(0.014, 0.028)
    rim = shapes.moved(shapes.torus(radius, thick), turn=np.pi / 2, axis=(1, 0, 0))
    hook = rounded(
        [[s * 0.12, 0, -radius * 0.97] for s in (-1,)]
        + [[-0.1, 0, -radius - 0.14], [0.1, 0, -radius - 0.14], [0.12, 0, -radius * 0.97]],
        0.05,
    )
    gap = rng.uniform(0.02, 0.2)
    stems = wires([[(side * 0.05, 0, radius), (side * 0.03, 0, radius + gap + 0.03)] for side in (-1, 1)], 0.016)
    frame = [mesh, rim, stems] + ([shapes.tube(hook, 0.013)] if rng.random() < 0.7 else [])
    lowered = shapes.moved(shapes.merge(frame), (0, 0, -radius - gap))
    return [Part(lowered, _metal(rng))], ["holes"]


def _rest(rng: Rng, length: float) -> Floats:
    """A stem from the handle down to a head, bent as of a turner, (count, 3)."""
    bend = rng.uniform(0.0, 0.16)
    return rounded([[0, 0, 0.05], [0, 0, -0.3 * length], [0, bend, -0.75 * length], [0, bend, -length]], 0.1)


def _turner(rng: Rng) -> tuple[list[Part], list[str]]:
    """A slotted blade on a bent stem."""
    stem = _rest(rng, rng.uniform(0.4, 0.8))
    wide, long = rng.uniform(0.18, 0.3), rng.uniform(0.5, 0.8)
    flare = rng.uniform(0.6, 1.0)
    blade = shapely.Polygon([(-wide * flare, 0), (wide * flare, 0), (wide, -long), (-wide, -long)]).buffer(0.06)
    count = int(rng.integers(2, 7))
    for x in np.linspace(-0.75, 0.75, count) * wide * flare:
        slot = shapely.LineString([(x, -0.15 * long), (x * 1.1 / flare, -rng.uniform(0.75, 0.88) * long)])
        blade = blade.difference(slot.buffer(0.5 * wide / count * rng.uniform(0.5, 0.8)))
    head = shapes.moved(slab(blade, 0.018), stem[-1] + [0, 0, 0.03])
    rod = swept(stem, (1, 0, 0), (0.07, 0.03), sides=10)
    own = one_of(rng, _metal, materials.plastic, materials.rubber, materials.wood, materials.white_plastic)
    return [Part(shapes.merge([head, rod]), own)], ["holes"]


def _skimmer(rng: Rng) -> tuple[list[Part], list[str]]:
    """A ladle's disc with holes, or a spider: rings and spokes of wire."""
    stem, radius = _rest(rng, rng.uniform(0.5, 0.9)), rng.uniform(0.28, 0.42)
    centre = stem[-1] - [0, 0, radius * 0.93]
    metal = _metal(rng) if rng.random() < 0.7 else finish(rng)
    rod = swept(stem, (1, 0, 0), (0.06, 0.03), sides=10)
    if rng.random() < 0.5:
        rings = [shapes.torus(radius * share, 0.014) for share in np.linspace(0.2, 1, int(rng.integers(4, 7)))]
        spokes = [np.array([[*end, 0.0], [*-end, 0.0]]) for end in arc(radius, 0.3, np.pi + 0.3, 5)[:-1]]
        web = shapes.merge([*rings, wires(spokes, 0.014)])
        head = shapes.moved(web, centre, np.pi / 2, (1, 0, 0))
        return [Part(shapes.merge([head, rod]), metal)], ["thin", "holes"]
    spots = [
        (r * np.cos(a), r * np.sin(a)) for n in range(1, 5) for r in [n * 0.2] for a in np.arange(6 * n) * np.pi / 3 / n
    ]
    holes = shapely.MultiPoint(np.array(spots) * radius).buffer(radius * rng.uniform(0.04, 0.075), 6)
    disc = slab(shapely.Point(0, 0).buffer(radius).difference(holes), 0.02)
    return [Part(shapes.merge([shapes.moved(disc, centre), rod]), metal)], ["holes"]


FAMILIES: dict[str, Build] = {"whisk": whisk}
