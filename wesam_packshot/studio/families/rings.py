"""Key rings, carabiners, shower-curtain rings; metals of jewellery."""

import numpy as np
import shapely
import shapely.affinity
import trimesh

from wesam_packshot.studio import materials, shapes
from wesam_packshot.studio.families.parts_rest import settled
from wesam_packshot.studio.families.parts_wire import Rng, arc, finish, one_of, rounded, slab, upright
from wesam_packshot.studio.product import Material, Part, Product, product

FRONT = (1, 0, 0)


def jewel_metal(rng: Rng) -> Material:
    """Silver, gold, rose gold, dark steel."""
    return materials.metal(
        rng, str(rng.choice(["chrome", "steel", "gold", "gold", "copper", "black"], p=[0.3, 0.15, 0.2, 0.15, 0.1, 0.1]))
    )


def key_ring(rng: Rng) -> Product:
    """A split ring with keys, and a fob."""
    metal, radius = jewel_metal(rng), rng.uniform(0.35, 0.5)
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
        fob = (
            shapely.box(-0.22, -1.1, 0.22, 0.0).buffer(0.08)
            if rng.random() < 0.6
            else shapely.Point(0, -0.4).buffer(0.45)
        )
        area = fob.difference(shapely.Point(0, -0.08).buffer(0.07))
        tag = shapes.moved(
            slab(area, 0.05),
            (0, 0.02, radius + 0.95 if fob.bounds[1] < -1 else radius + 0.1),
            np.pi if fob.bounds[1] > -1 else 0,
            (0, 1, 0),
        )
        parts.append(
            Part(
                shapes.moved(tag, (0, 0, 0.05 - float(tag.bounds[0, 2]) + radius - 0.2)),
                one_of(rng, materials.leather, materials.plastic, materials.wood, materials.metal),
            )
        )
    return product(settled(parts), "holes", pose="lying")


def _key(rng: Rng) -> trimesh.Trimesh:
    """Its bow with a hole at the origin, its blade down."""
    bow = shapely.Point(0, -0.12).buffer(rng.uniform(0.22, 0.3), int(rng.choice([2, 3, 16])))
    long = rng.uniform(0.7, 1.0)
    cuts = shapely.MultiPoint([(0.11, -0.3 - long * s) for s in np.sort(rng.uniform(0.25, 0.95, 5))]).buffer(0.05)
    blade = shapely.Polygon(
        [(-0.09, -0.2), (0.09, -0.2), (0.09, -0.25 - long), (0, -0.33 - long), (-0.09, -0.25 - long)]
    )
    return slab(bow.union(blade).difference(cuts).difference(shapely.Point(0, -0.02).buffer(0.1)), 0.04)


def carabiner(rng: Rng) -> Product:
    """A bent rod with a gate; one or a few."""
    parts = []
    for number in range(int(rng.choice([1, 1, 2, 3]))):
        thick, wide, tall = rng.uniform(0.05, 0.09), rng.uniform(0.3, 0.42), rng.uniform(0.6, 0.8)
        corners = [
            [wide, -0.75 * tall],
            [0.2, -tall],
            [-wide, -0.8 * tall],
            [-wide, tall],
            [0.5 * wide, tall],
            [wide * 1.15, 0.6 * tall],
        ]
        body = shapes.tube(upright(rounded(corners, 0.28, steps=9)), thick, sides=12)
        gate = shapes.straight((wide, 0, -0.78 * tall), (1.12 * wide, 0, 0.62 * tall), thick * 0.72)
        coat = one_of(rng, materials.metal, materials.chrome, materials.painted_metal)
        pieces = [Part(body, coat), Part(gate, coat if rng.random() < 0.5 else materials.metal(rng))]
        if rng.random() < 0.4:
            sleeve = shapes.straight((1.03 * wide, 0, -0.3 * tall), (1.07 * wide, 0, 0.1 * tall), thick * 1.3)
            pieces.append(Part(sleeve, one_of(rng, materials.metal, materials.plastic)))
        turn = rng.uniform(-0.3, 0.3)
        parts += [
            Part(shapes.moved(p.mesh, (number * 0.78, 0, 0), turn * (number > 0), (0, 1, 0)), p.material)
            for p in settled(pieces)
        ]
    return product(parts, "holes", pose="lying")


def curtain_rings(rng: Rng) -> Product:
    """Rings, S-hooks or pear hooks, in a row that overlaps."""
    coat, thin = one_of(rng, finish, finish, materials.white_plastic, materials.wood), rng.uniform(0.025, 0.06)
    kind = rng.choice(["ring", "pear", "s"])
    t = np.linspace(0.12, 2 * np.pi - 0.12, 60) + np.pi / 2
    paths = {
        "ring": np.stack([0.5 * np.cos(t), 0.5 * np.sin(t)], 1),
        "pear": np.stack([(0.36 - 0.16 * np.sin(t)) * np.cos(t), 0.62 * np.sin(t)], 1),
        "s": np.concatenate(
            [
                np.add(arc(0.22, 0.9 * np.pi, -0.5 * np.pi, 20), [0, 0.22]),
                np.add(arc(0.3, np.pi / 2, 1.9 * np.pi, 20), [0, -0.3]),
            ]
        ),
    }
    path = upright(paths[str(kind)])
    balls = [shapes.sphere(thin * 1.6, end, steps=10) for end in path[[0, -1]]]
    one = shapes.merge([shapes.tube(path, thin, sides=8), *(balls if rng.random() < 0.6 else [])])
    count, step = int(rng.integers(2, 9)), rng.uniform(0.3, 0.7) if kind != "s" else 0.85
    tilt = float(np.arctan2(2.2 * thin, step)) if kind != "s" else 0.0
    row = [
        shapes.moved(
            shapes.moved(one, turn=rng.normal(0, 0.1), axis=(0, 1, 0)), (n * step, 0, 0), -tilt * (n + 1 < count)
        )
        for n in range(count)
    ]
    flat = [shapes.moved(each, (0, -float(each.bounds[1, 1]), 0)) for each in row]
    return product([Part(shapes.merge(flat), coat)], "thin", "holes", pose="lying")
