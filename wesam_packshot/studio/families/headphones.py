"""Headphones on the ears, with a boom or a cable, on a stand, lying; earbuds in their case."""

import numpy as np
import trimesh

from wesam_packshot.studio import materials, shapes
from wesam_packshot.studio.families.parts_rest import grounded, placed, settled
from wesam_packshot.studio.families.parts_soft import loft
from wesam_packshot.studio.families.parts_wire import Rng, arc, both_sides, one_of, oval, swept, upright, wires
from wesam_packshot.studio.product import Build, Material, Part, Product, product
from wesam_packshot.studio.shapes import Floats


def headphones(rng: np.random.Generator) -> Product:
    """About 1.5 wide, the cups facing each other along x."""
    if rng.random() < 0.15:
        return product(grounded(_buds(rng)))
    look = str(rng.choice(["standing", "lying", "hanging", "stand"], p=[0.3, 0.25, 0.25, 0.2]))
    parts, high = _pair(rng, cabled=look in ("lying", "hanging"))
    if look == "lying":
        return product(settled(parts), "holes", pose="lying")
    if look == "stand":
        parts += _stand(rng, high)
    return product(grounded(parts), "holes", pose="hanging" if look == "hanging" else "standing")


def _shell(rng: Rng) -> Material:
    return one_of(rng, materials.plastic, materials.white_plastic, materials.rubber, materials.metal, materials.wood)


def _pad(rng: Rng) -> Material:
    return one_of(rng, materials.leather, materials.rubber, _soft, _soft)


def _soft(rng: Rng) -> Material:
    return Material(materials.colour(rng), roughness=0.85, specular=0.2)


def _disc(half: tuple[float, float], rows: Floats, power: float) -> trimesh.Trimesh:
    """A body about the x axis, of rows (x, scale) times a superellipse of half depth and height."""
    section = oval(*half, power, 48)
    rings = np.stack([np.insert(section * scale, 0, x, 1) for x, scale in rows])
    return loft(rings)


def _pair(rng: Rng, cabled: bool) -> tuple[list[Part], float]:
    """Two cups and what joins them, and the height of the band's underside."""
    wide, high = rng.uniform(0.6, 0.72), rng.uniform(0.8, 1.0)
    half, power = (rng.uniform(0.24, 0.32), rng.uniform(0.28, 0.4)), rng.uniform(2, 3.2)
    own, pad, trim = _shell(rng), _pad(rng), one_of(rng, materials.chrome, materials.metal, _shell)
    parts = [*_band(rng, wide, high, own, pad, trim)]
    deep, bulge = rng.uniform(0.1, 0.2), rng.uniform(0.6, 0.95)
    shell = _disc(
        half,
        np.array(
            [(0.0, 0.85), (0.0, 1), (0.6 * deep, 1), (0.9 * deep, bulge), (deep, bulge * 0.9), (deep + 0.005, 0.3)]
        ),
        power,
    )
    cap = _disc(half, np.array([(deep - 0.01, 0.55), (deep + 0.018, 0.52), (deep + 0.02, 0.3)]), power)
    soft = rng.uniform(0.05, 0.1)
    ring = _disc(
        half,
        np.array(
            [
                (0.01, 0.9),
                (0, 1.02),
                (-0.5 * soft, 1.06),
                (-soft, 0.98),
                (-1.1 * soft, 0.85),
                (-soft, 0.7),
                (-0.4 * soft, 0.6),
                (-0.012, 0.55),
            ]
        ),
        power,
    )
    ring.faces = ring.faces[:, ::-1]
    turn = rng.uniform(0, 0.25)
    for mesh, made in ((shell, own), (cap, trim), (ring, pad)):
        tilted = shapes.moved(mesh, (wide, 0, 0), turn, (0, 1, 0))
        parts.append(Part(both_sides(tilted), made))
    parts.append(Part(both_sides(_yoke(rng, wide, half)), trim))
    return parts + _extras(rng, wide, half, cabled), high


def _band(rng: Rng, wide: float, high: float, own: Material, pad: Material, trim: Material) -> list[Part]:
    """A padded band, or two wires with a strap below."""
    bow = arc(1, np.pi + 0.05, -0.05, 60) * [wide + 0.06, high - 0.35] + [0, 0.35]
    path = upright(bow)
    width = rng.uniform(0.1, 0.2)
    kind = str(rng.choice(["padded", "wires", "plain"], p=[0.45, 0.3, 0.25]))
    if kind == "wires":
        pair = [path + np.array([0, s * width * 0.5, 0]) for s in (-1, 1)]
        below = upright(arc(1, np.pi * 0.94, np.pi * 0.06, 40) * [wide * 0.97, high - 0.46] + [0, 0.34])
        ends = [shapes.rounded_box((0.08, width * 1.4, 0.14), 0.03, (s * (wide + 0.04), 0, 0.36), 3) for s in (-1, 1)]
        strap = swept(below, (0, 1, 0), (width * 1.3, 0.02), 6, 12)
        return [Part(wires(pair, 0.014), trim), Part(strap, pad), Part(shapes.merge(ends), own)]
    thick = rng.uniform(0.02, 0.04)
    parts = [Part(swept(path, (0, 1, 0), (width, thick), 5, 16), own if kind == "padded" else trim)]
    arms = both_sides(shapes.rounded_box((thick * 1.6, width * 0.8, 0.24), 0.015, (wide + 0.06, 0, 0.3), 3))
    parts.append(Part(arms, trim))
    if kind == "padded":
        inner = upright(arc(1, np.pi * 0.85, np.pi * 0.15, 48) * [wide + 0.02, high - 0.4] + [0, 0.35])
        taper = np.sin(np.linspace(0.15, np.pi - 0.15, 48)) ** 0.4
        parts.append(Part(swept(inner, (0, 1, 0), np.stack([width * 1.1 * taper, 0.09 * taper], 1), 3, 16), pad))
    return parts


def _yoke(rng: Rng, wide: float, half: tuple[float, float]) -> trimesh.Trimesh:
    """A fork that holds the cup at its sides, from the band's end down."""
    reach = np.linspace(np.pi, 0, 30)
    y, z = (half[0] + 0.035) * np.cos(reach), 0.02 + (half[1] + 0.04) * np.sin(reach)
    path = np.stack([np.full(30, wide + 0.05), y, z], 1)
    fork = swept(path, (1, 0, 0), (rng.uniform(0.03, 0.07), 0.025), 5, 10)
    pins = [
        shapes.straight((wide + 0.05, s * (half[0] - 0.02), 0.02), (wide + 0.05, s * (half[0] + 0.05), 0.02), 0.022, 10)
        for s in (-1, 1)
    ]
    return shapes.merge([fork, *pins])


def _extras(rng: Rng, wide: float, half: tuple[float, float], cabled: bool) -> list[Part]:
    """A boom with a microphone, a cable from each cup if there is room below, or nothing."""
    kind = str(rng.choice(["none", "boom", "cable" if cabled else "none"], p=[0.5, 0.2, 0.3]))
    low = -half[1]
    if kind == "boom":
        path = shapes.curve([(wide + 0.1, -0.1, -0.05), (wide + 0.02, -0.5, -0.12), (wide - 0.25, -0.75, -0.22)], 30)
        tip = shapes.scaled(shapes.sphere(0.055, steps=12), (1.4, 1, 1)).apply_translation(path[-1])
        return [Part(wires([path], 0.016), materials.rubber(rng)), Part(tip, _soft(rng))]
    if kind == "cable":
        fork = (0.0, -0.05, low - 0.2)
        runs = [
            shapes.curve([(s * (wide + 0.02), 0, low + 0.03), (s * wide * 0.9, -0.03, low - 0.1), fork], 30)
            for s in (-1, 1)
        ]
        tail = shapes.curve([fork, (0.05, -0.04, low - 0.5), (-0.1, -0.02, low - 0.75), (0.1, -0.02, low - 1.0)], 40)
        plug = shapes.straight(tail[-1], tail[-1] + [0.05, 0, -0.15], 0.02)
        pin = shapes.straight(tail[-1] + [0.05, 0, -0.14], tail[-1] + [0.08, 0, -0.24], 0.01, 8)
        return [
            Part(wires([*runs, tail], 0.011), materials.rubber(rng)),
            Part(plug, materials.rubber(rng)),
            Part(pin, materials.chrome(rng)),
        ]
    return []


def _stand(rng: Rng, high: float) -> list[Part]:
    """A foot behind, a post, and a cradle below the band."""
    low = -rng.uniform(0.45, 0.7)
    under = high - rng.uniform(0.09, 0.1)
    own = one_of(rng, materials.wood, materials.metal, materials.plastic, materials.white_plastic)
    foot = shapes.cylinder(rng.uniform(0.3, 0.42), 0.05, (0, 0, low), 64)
    post = shapes.straight((0, 0, low), (0, 0, under - 0.06), rng.uniform(0.03, 0.06))
    bow = upright(arc(0.22, np.pi * 0.85, np.pi * 0.15, 20) + np.array([0, under - 0.24]))
    cradle = swept(bow, (0, 1, 0), (0.16, 0.05), 4, 12)
    return [Part(shapes.merge([foot, post, cradle]), own)]


def _buds(rng: Rng) -> list[Part]:
    """Two buds before their case, its lid open."""
    own = one_of(rng, materials.white_plastic, materials.plastic, materials.rubber)
    case = shapes.rounded_box((0.6, 0.28, 0.4), 0.13, (0, 0.15, 0.2), 8)
    case.vertices[:, 2] = case.vertices[:, 2].clip(max=0.3)
    lid = shapes.rounded_box((0.6, 0.28, 0.22), 0.1, (0, 0.35, 0.38), 6)
    seat = shapes.rounded_box((0.5, 0.2, 0.02), 0.008, (0, 0.15, 0.302), 3)
    parts = [Part(shapes.merge([case, lid]), own), Part(seat, materials.rubber(rng))]
    head = shapes.scaled(shapes.sphere(0.11, steps=16), (1, 0.85, 0.9))
    stem = shapes.straight((0.03, 0, 0), (0.05, 0, -0.3), 0.035)
    tip = shapes.moved(shapes.scaled(shapes.sphere(0.07, steps=12), (1, 1, 1)), (-0.1, -0.02, 0.01))
    for side in (-1, 1):
        bud = [Part(shapes.merge([head, stem]), own), Part(tip, one_of(rng, materials.rubber, materials.white_plastic))]
        laid = placed(bud, turn=np.pi / 2 - 0.3, axis=(1, 0, 0))
        parts += placed(grounded(laid), (side * 0.25, -0.35, 0), side * rng.uniform(0.3, 0.9))
    return parts


FAMILIES: dict[str, Build] = {"headphones": headphones}
