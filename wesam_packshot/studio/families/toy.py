"""Toys: rings on a post, blocks, bears, animals on wheels, cars, trains, bead mazes, rattles."""

import numpy as np
import trimesh

from wesam_packshot.studio import materials, shapes
from wesam_packshot.studio.families import parts_vessels as pv
from wesam_packshot.studio.families.parts_rest import grounded, placed
from wesam_packshot.studio.families.parts_soft import loft, ovals
from wesam_packshot.studio.families.parts_wire import Rng, both_sides, one_of, slab, wires
from wesam_packshot.studio.product import Build, Material, Part, Product, product

DARK = Material((0.015, 0.015, 0.018), roughness=0.3)


def toy(rng: np.random.Generator) -> Product:
    kinds = (_rings, _blocks, _bear, _car, _car, _animal, _maze, _maze, _rattle)
    number = int(rng.integers(len(kinds)))
    tags = ("thin", "holes") if kinds[number] is _maze else ("holes",) if kinds[number] in (_rattle, _animal) else ()
    return product(grounded(kinds[number](rng)), *tags)


def _paint(rng: Rng) -> Material:
    return one_of(rng, materials.plastic, materials.plastic, materials.wood, materials.white_plastic, materials.ceramic)


def _plush(rng: Rng) -> Material:
    own = one_of(rng, materials.leather, materials.cardboard, materials.white_plastic, materials.plastic).colour
    return Material(own, roughness=1.0, specular=0.05)


def _rings(rng: Rng) -> list[Part]:
    """A base, a post, rings or discs each smaller than the one below, a ball."""
    count, thick = int(rng.integers(3, 8)), rng.uniform(0.07, 0.12)
    sizes = np.linspace(0.45, rng.uniform(0.18, 0.28), count)
    disc = rng.random() < 0.4
    wood = _paint(rng)
    base = pv.solid(pv.filleted([(0.5, 0), (0.48, 0.08), (0.01, 0.08)], 0.02))
    z, parts = 0.08, [Part(base, wood)]
    for size in sizes:
        if disc:
            ring = pv.solid(
                pv.filleted([(size * 0.98, 0), (size, 0.02), (size, 1.9 * thick), (0.02, 1.95 * thick)], 0.02)
            )
            parts.append(Part(shapes.moved(ring, (0, 0, z)), _paint(rng)))
            z += 1.9 * thick
        else:
            parts.append(Part(shapes.torus(size - thick, thick, (0, 0, z + 0.97 * thick)), _paint(rng)))
            z += 1.7 * thick
    parts.append(Part(shapes.cylinder(0.06, z, (0, 0, z / 2)), wood))
    return [*parts, Part(shapes.sphere(rng.uniform(0.09, 0.16), (0, 0, z + 0.08)), _paint(rng))]


def _block(rng: Rng, size: float) -> list[Part]:
    """A cube with printed sides, or a prism, a bridge, a cylinder; its middle at the origin of its floor."""
    kind = str(rng.choice(["cube", "cube", "cube", "roof", "bridge", "round"]))
    own = _paint(rng)
    half = size / 2
    if kind == "roof":
        mesh = shapes.plate([(-half, 0), (half, 0), (0, size)], size * 0.95)
    elif kind == "bridge":
        bow = [(0.3 * size * np.cos(a), 0.3 * size * np.sin(a)) for a in np.linspace(0, np.pi, 20)]
        mesh = shapes.plate([(half, 0), (half, size), (-half, size), (-half, 0), *bow[::-1]], size * 0.95)
    elif kind == "round":
        mesh = shapes.cylinder(half * 0.9, size, (0, 0, half), 40)
    else:
        cube = shapes.rounded_box((size, size, size), 0.06 * size, (0, 0, half), 3)
        picture = shapes.box((0.8 * size, 1.006 * size, 0.8 * size), (0, 0, half))
        return [Part(cube, own), Part(picture, materials.label(rng, (160, 160)), "front")]
    return [Part(mesh, own)]


def _blocks(rng: Rng) -> list[Part]:
    """Rows of blocks, each row shorter than the one below."""
    size, count = 0.3, int(rng.integers(2, 5))
    parts: list[Part] = []
    for row in range(int(rng.integers(1, count + 1))):
        for number in range(count - row):
            x = (number - (count - row - 1) / 2) * size * 1.08 + rng.uniform(-0.008, 0.008)
            block = _block(rng, size)
            flat = row == 0 and len(block) == 1 and row < count - 1
            block = block if not flat else _cube(rng, size)
            parts += placed(block, (x, rng.uniform(-0.02, 0.02), row * size), rng.uniform(-0.12, 0.12))
    return parts


def _cube(rng: Rng, size: float) -> list[Part]:
    return [Part(shapes.rounded_box((size, size, size), 0.05 * size, (0, 0, size / 2), 3), _paint(rng))]


def _ball(at: tuple[float, float, float], size: tuple[float, float, float], lean: float = 0.0) -> trimesh.Trimesh:
    """An ellipsoid, leaning in the x-z plane."""
    return shapes.moved(shapes.scaled(shapes.sphere(1, steps=20), size), at, lean, (0, 1, 0))


def _bear(rng: Rng) -> list[Part]:
    """A sitting bear, rabbit or mouse of plush, of rounded parts."""
    fur, pale = _plush(rng), _plush(rng)
    fat, head = rng.uniform(0.26, 0.34), rng.uniform(0.22, 0.3)
    top = 0.58 + head
    ear = str(rng.choice(["round", "long", "big"]))
    size = {"round": (0.09, 0.05, 0.09), "long": (0.065, 0.04, 0.26), "big": (0.16, 0.04, 0.16)}[ear]
    up = head * 0.85 + size[2] * 0.5
    lean = rng.uniform(0.0, 0.4)
    ears = [_ball((s * (0.7 if ear != "long" else 0.4) * head, 0, top + up), size, s * lean) for s in (-1, 1)]
    legs = [_ball((s * fat * 0.8, -0.3, 0.11), (0.11, 0.26, 0.11)) for s in (-1, 1)]
    feet = [_ball((s * fat * 0.8, -0.52, 0.13), (0.1, 0.06, 0.13)) for s in (-1, 1)]
    arms = [_ball((s * fat * 1.0, -0.1, 0.45), (0.09, 0.09, 0.22), s * -rng.uniform(0.4, 0.8)) for s in (-1, 1)]
    body = [
        _ball((0, 0, 0.34), (fat, fat * 0.85, 0.36)),
        _ball((0, 0, top), (head, head * 0.9, head * 0.92)),
        *arms,
        *legs,
        *ears,
    ]
    muzzle = _ball((0, -0.8 * head, top - 0.25 * head), (0.45 * head, 0.35 * head, 0.33 * head))
    eyes = [shapes.sphere(0.032, (s * 0.42 * head, -0.8 * head, top + 0.18 * head), 10) for s in (-1, 1)]
    nose = _ball((0, -1.15 * head, top - 0.12 * head), (0.05, 0.03, 0.04))
    parts = [
        Part(shapes.merge(body), fur),
        Part(shapes.merge([muzzle, *feet]), pale),
        Part(shapes.merge([*eyes, nose]), DARK),
    ]
    if rng.random() < 0.5:
        scarf = shapes.scaled(shapes.torus(0.2, 0.045), (1, 0.9, 1))
        ends = [_ball((s * 0.1, -0.24, 0.64), (0.11, 0.03, 0.06), s * 0.4) for s in (-1, 1)]
        parts.append(Part(shapes.merge([shapes.moved(scarf, (0, 0, 0.63)), *ends]), materials.plastic(rng)))
    return parts


def _wheels(rng: Rng, half: float, wide: float, radius: float, axles: tuple[float, ...]) -> list[Part]:
    """Tyres with hubs on axles along y."""
    tyre = pv.solid(
        pv.filleted([(0.7 * radius, 0), (radius, 0.02), (radius, wide), (0.7 * radius, wide + 0.02)], 0.03), 40
    )
    hub = pv.solid([(0.55 * radius, -0.012), (0.5 * radius, wide + 0.032)], 6 if rng.random() < 0.3 else 32)
    made = []
    for mesh, own in ((tyre, one_of(rng, materials.rubber, _paint)), (hub, one_of(rng, materials.chrome, _paint))):
        centred = shapes.moved(shapes.moved(mesh, (0, 0, -wide / 2)), turn=np.pi / 2, axis=(1, 0, 0))
        copies = [shapes.moved(centred, (x, s * half, radius)) for x in axles for s in (-1, 1)]
        made.append(Part(shapes.merge(copies), own))
    rods = [shapes.straight((x, -half, radius), (x, half, radius), 0.02, 8) for x in axles]
    return [*made, Part(shapes.merge(rods), materials.metal(rng))]


def _car(rng: Rng) -> list[Part]:
    """A car, van or lorry along x, with windows, lamps and bumpers."""
    long, half, radius = rng.uniform(0.55, 0.7), rng.uniform(0.2, 0.26), rng.uniform(0.11, 0.16)
    low, waist = 0.8 * radius, radius + rng.uniform(0.12, 0.2)
    roof = waist + rng.uniform(0.15, 0.3)
    own, glass = _paint(rng), Material((0.02, 0.025, 0.03), roughness=0.05)
    lower = ovals([(long * s, half * t, z) for s, t, z in
                   ((0.94, 0.94, low), (1, 1, low + 0.03), (1, 1, waist - 0.05), (0.97, 0.95, waist))], 7, 80)  # fmt: skip
    rear, front = -long * rng.uniform(0.55, 0.95), long * rng.uniform(0.1, 0.45)
    middle, reach = (rear + front) / 2, (front - rear) / 2
    slope = rng.uniform(0.65, 0.95)
    rows = [(reach * s, half * t, z) for s, t, z in
            ((1, 0.94, waist - 0.02), (0.5 + 0.5 * slope, 0.9, (waist + roof) / 2), (slope, 0.85, roof - 0.02), (slope - 0.08, 0.75, roof))]  # fmt: skip
    cabin = shapes.moved(loft(ovals(rows, 6, 64)), (middle, 0, 0))
    inner = [
        (r * 1.012, d * 1.012, z)
        for (r, d, _), z in zip(rows[:3], np.linspace(waist + 0.02, roof - 0.06, 3), strict=True)
    ]
    panes = shapes.moved(loft(ovals(inner, 6, 64)), (middle, 0, 0))
    lamps = [
        shapes.scaled(shapes.sphere(0.04, steps=10), (0.5, 1, 1)).apply_translation(
            (long * 0.97, s * 0.6 * half, 0.6 * (low + waist))
        )
        for s in (-1, 1)
    ]
    bars = [shapes.rounded_box((0.05, 1.8 * half, 0.05), 0.02, (s * long, 0, low + 0.04), 3) for s in (-1, 1)]
    posts = [
        shapes.box((0.035, 1.9 * half, roof - waist), (middle + f * reach, 0, (waist + roof) / 2 - 0.01))
        for f in (-0.1, 0.35)
    ]
    parts = [Part(shapes.merge([loft(lower), cabin, *posts]), own), Part(panes, glass)]
    parts.append(Part(shapes.merge(bars), one_of(rng, materials.chrome, materials.rubber)))
    parts.append(Part(shapes.merge(lamps), Material((0.9, 0.8, 0.4), roughness=0.1)))
    turned = _wheels(rng, half * 0.96, 0.09, radius, (-0.62 * long, 0.62 * long))
    return placed([*parts, *turned], turn=float(rng.choice([0, np.pi])) + rng.uniform(-0.7, 0.7))


def _animal(rng: Rng) -> list[Part]:
    """Cut from a board, on wheels, with a cord to pull: elephant, duck or dog."""
    kind = str(rng.choice(["duck", "dog", "elephant"]))
    outlines = {
        "duck": [(-0.55, 0.5), (-0.4, 0.15), (0.3, 0.12), (0.45, 0.35), (0.3, 0.6), (0.42, 0.72), (0.62, 0.74),
                 (0.43, 0.84), (0.3, 0.98), (0.1, 0.93), (0.05, 0.75), (0.08, 0.6), (-0.2, 0.48)],
        "dog": [(-0.45, 0.1), (-0.25, 0.1), (-0.22, 0.36), (0.2, 0.36), (0.22, 0.1), (0.42, 0.1), (0.45, 0.5), (0.68, 0.55),
                (0.68, 0.72), (0.45, 0.88), (0.3, 0.86), (0.25, 0.64), (-0.4, 0.62), (-0.6, 0.86), (-0.62, 0.8), (-0.48, 0.5)],
        "elephant": [(-0.48, 0.1), (-0.22, 0.1), (-0.2, 0.3), (0.12, 0.3), (0.14, 0.1), (0.4, 0.1), (0.42, 0.4), (0.55, 0.16),
                     (0.72, 0.14), (0.62, 0.3), (0.66, 0.7), (0.45, 0.92), (0.15, 0.86), (-0.35, 0.84), (-0.55, 0.6)],
    }  # fmt: skip
    flat = np.insert(np.array(outlines[kind]), 1, 0, 1)
    smooth = shapes.curve(flat, 120, closed=True)[:, [0, 2]]
    thick = rng.uniform(0.1, 0.22)
    body = slab(pv.shapely.geometry.Polygon(smooth).buffer(-0.01).buffer(0.01), thick)
    eye = both_sides(
        shapes.sphere(0.028, ((0.28 if kind == "duck" else 0.46), -thick / 2, 0.8 if kind != "elephant" else 0.68), 8),
        1,
    )
    board = shapes.rounded_box((1.1, 1.3 * thick, 0.06), 0.02, (0, 0, 0.12), 3)
    parts = [Part(body, _paint(rng)), Part(eye, DARK), Part(board, _paint(rng))]
    parts += _wheels(rng, 0.75 * thick, 0.05, 0.1, (-0.4, 0.4))
    cord = shapes.curve(
        [(0.54, 0, 0.12), (0.7, -0.1, 0.03), (0.85, 0.15, 0.012), (1.05, -0.1, 0.012), (1.2, 0.05, 0.035)], 50
    )
    bead = shapes.sphere(0.035, (1.2, 0.05, 0.035), 12)
    return [*parts, Part(wires([cord], 0.01), materials.rattan(rng)), Part(bead, _paint(rng))]


def _maze(rng: Rng) -> list[Part]:
    """Wires that wind from side to side of a base, with beads on them."""
    base = shapes.rounded_box((1.2, 0.6, 0.09), 0.04, (0, 0, 0.045), 4)
    parts = [Part(base, materials.wood(rng) if rng.random() < 0.7 else _paint(rng))]
    for _ in range(int(rng.integers(2, 6))):
        own = one_of(rng, materials.painted_metal, materials.plastic, materials.chrome)
        x = rng.uniform(0.2, 0.5, 2) * [-1, 1]
        y, high = rng.uniform(-0.22, 0.22, 2), rng.uniform(0.4, 0.9)
        knots = [(x[0], y[0], 0.06), (x[0], y[0], 0.6 * high), (*rng.uniform(-0.4, 0.4, 2) * [1, 0.6], high),
                 (*rng.uniform(-0.4, 0.4, 2) * [1, 0.6], rng.uniform(0.3, 0.5)), (x[1], y[1], 0.8 * high), (x[1], y[1], 0.06)]  # fmt: skip
        path = shapes.curve(knots, 160)
        path[:, 2] = path[:, 2].clip(min=0.06)
        parts.append(Part(wires([path], 0.011, sides=8), own))
        for place in rng.choice(np.arange(12, 150, 9), int(rng.integers(2, 6)), replace=False):
            bead = shapes.sphere(rng.uniform(0.04, 0.06), path[place], 14)
            cube = shapes.rounded_box((0.09, 0.09, 0.09), 0.02, path[place], 3)
            parts.append(Part(bead if rng.random() < 0.7 else cube, _paint(rng)))
    return parts


def _rattle(rng: Rng) -> list[Part]:
    """A ring with beads on it, lying, and a grip; or a teether."""
    ring = shapes.torus(0.35, 0.035, (0, 0, 0.06))
    parts = [Part(ring, _paint(rng))]
    count = int(rng.integers(4, 9))
    for angle in np.arange(count) * rng.uniform(0.25, 0.45):
        size = rng.uniform(0.06, 0.085)
        ball = shapes.sphere(size, (0.35 * np.cos(angle), 0.35 * np.sin(angle), size), 16)
        parts.append(Part(ball, _paint(rng)))
    return parts


FAMILIES: dict[str, Build] = {"toy": toy}
