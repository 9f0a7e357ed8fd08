"""Toys: rings on a post, blocks, bears, animals on wheels, cars, trains, bead mazes, rattles."""

import numpy as np
import trimesh

from wesam_packshot.studio import materials, shapes
from wesam_packshot.studio.families import parts_vessels as pv
from wesam_packshot.studio.families.parts_rest import grounded, placed
from wesam_packshot.studio.families.parts_wire import Rng, one_of, wires
from wesam_packshot.studio.families.toy_wheeled import DARK, animal, car, paint
from wesam_packshot.studio.product import Build, Material, Part, Product, product


def toy(rng: np.random.Generator) -> Product:
    """Stacking rings, blocks, bears, cars, animals, bead mazes and rattles."""
    kinds = (_rings, _blocks, _bear, car, car, animal, _maze, _maze, _rattle)
    number = int(rng.integers(len(kinds)))
    tags = ("thin", "holes") if kinds[number] is _maze else ("holes",) if kinds[number] in (_rattle, animal) else ()
    return product(grounded(kinds[number](rng)), *tags)


def _plush(rng: Rng) -> Material:
    own = one_of(rng, materials.leather, materials.cardboard, materials.white_plastic, materials.plastic).colour
    return Material(own, roughness=1.0, specular=0.05)


def _rings(rng: Rng) -> list[Part]:
    """A base, a post, rings or discs each smaller than the one below, a ball."""
    count, thick = int(rng.integers(3, 8)), rng.uniform(0.07, 0.12)
    sizes = np.linspace(0.45, rng.uniform(0.18, 0.28), count)
    disc = rng.random() < 0.4
    wood = paint(rng)
    base = pv.solid(pv.filleted([(0.5, 0), (0.48, 0.08), (0.01, 0.08)], 0.02))
    z, parts = 0.08, [Part(base, wood)]
    for size in sizes:
        if disc:
            ring = pv.solid(
                pv.filleted([(size * 0.98, 0), (size, 0.02), (size, 1.9 * thick), (0.02, 1.95 * thick)], 0.02)
            )
            parts.append(Part(shapes.moved(ring, (0, 0, z)), paint(rng)))
            z += 1.9 * thick
        else:
            parts.append(Part(shapes.torus(size - thick, thick, (0, 0, z + 0.97 * thick)), paint(rng)))
            z += 1.7 * thick
    parts.append(Part(shapes.cylinder(0.06, z, (0, 0, z / 2)), wood))
    return [*parts, Part(shapes.sphere(rng.uniform(0.09, 0.16), (0, 0, z + 0.08)), paint(rng))]


def _block(rng: Rng, size: float) -> list[Part]:
    """A cube with printed sides, or a prism, a bridge, a cylinder; its middle at the origin of its floor."""
    kind = str(rng.choice(["cube", "cube", "cube", "roof", "bridge", "round"]))
    own = paint(rng)
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
    return [Part(shapes.rounded_box((size, size, size), 0.05 * size, (0, 0, size / 2), 3), paint(rng))]


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


def _maze(rng: Rng) -> list[Part]:
    """Wires that wind from side to side of a base, with beads on them."""
    base = shapes.rounded_box((1.2, 0.6, 0.09), 0.04, (0, 0, 0.045), 4)
    parts = [Part(base, materials.wood(rng) if rng.random() < 0.7 else paint(rng))]
    for _ in range(int(rng.integers(2, 6))):
        own = one_of(rng, materials.painted_metal, materials.plastic, materials.chrome)
        x = rng.uniform(0.2, 0.5, 2) * [-1, 1]
        y, high = rng.uniform(-0.22, 0.22, 2), rng.uniform(0.4, 0.9)
        knots = [
            (x[0], y[0], 0.06),
            (x[0], y[0], 0.6 * high),
            (*rng.uniform(-0.4, 0.4, 2) * [1, 0.6], high),
            (*rng.uniform(-0.4, 0.4, 2) * [1, 0.6], rng.uniform(0.3, 0.5)),
            (x[1], y[1], 0.8 * high),
            (x[1], y[1], 0.06),
        ]
        path = shapes.curve(knots, 160)
        path[:, 2] = path[:, 2].clip(min=0.06)
        parts.append(Part(wires([path], 0.011, sides=8), own))
        for place in rng.choice(np.arange(12, 150, 9), int(rng.integers(2, 6)), replace=False):
            bead = shapes.sphere(rng.uniform(0.04, 0.06), path[place], 14)
            cube = shapes.rounded_box((0.09, 0.09, 0.09), 0.02, path[place], 3)
            parts.append(Part(bead if rng.random() < 0.7 else cube, paint(rng)))
    return parts


def _rattle(rng: Rng) -> list[Part]:
    """A ring with beads on it, lying, and a grip; or a teether."""
    ring = shapes.torus(0.35, 0.035, (0, 0, 0.06))
    parts = [Part(ring, paint(rng))]
    count = int(rng.integers(4, 9))
    for angle in np.arange(count) * rng.uniform(0.25, 0.45):
        size = rng.uniform(0.06, 0.085)
        ball = shapes.sphere(size, (0.35 * np.cos(angle), 0.35 * np.sin(angle), size), 16)
        parts.append(Part(ball, paint(rng)))
    return parts


FAMILIES: dict[str, Build] = {"toy": toy}
