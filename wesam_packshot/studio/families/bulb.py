"""Light bulbs: clear with filaments, frosted, reflectors; lying, upright, or in a holder on a cord."""

import numpy as np
import trimesh

from wesam_packshot.studio import materials, shapes
from wesam_packshot.studio.families import parts_vessels as pv
from wesam_packshot.studio.families.parts_rest import grounded, settled
from wesam_packshot.studio.families.parts_wire import Rng, one_of, wires
from wesam_packshot.studio.product import Build, Material, Part, Product, product
from wesam_packshot.studio.shapes import Floats

GLOW = Material((0.95, 0.62, 0.15), roughness=0.5)
FROSTED = Material((0.86, 0.86, 0.84), roughness=0.35)


def bulb(rng: np.random.Generator) -> Product:
    """About 1 high, its axis along z, its glass above."""
    parts = _bulb(rng)
    look = str(rng.choice(["upright", "lying", "hanging"], p=[0.45, 0.3, 0.25]))
    if look == "lying":
        return product(settled(parts), pose="lying")
    if look == "hanging":
        turned = [Part(shapes.moved(part.mesh, turn=np.pi, axis=(1, 0, 0)), part.material) for part in parts]
        return product(grounded([*turned, *_holder(rng)]), pose="hanging")
    return product(grounded(parts))


def _envelope(rng: Rng) -> Floats:
    """A profile from the neck at z = 0 up to near the axis: pear, ball, candle, tube, teardrop."""
    kind = pv.pick(rng, "pear", "pear", "ball", "candle", "tube", "teardrop", "spot")
    neck, wide = rng.uniform(0.1, 0.14), rng.uniform(0.24, 0.36)
    outlines = {
        "pear": ([neck, neck * 1.05, wide, wide * 0.75, 0.02], [0, 0.12, 0.5, 0.72, 0.82]),
        "ball": ([neck, neck * 1.02, wide * 1.3, wide * 1.3 * 0.7, 0.02], [0, 0.06, 0.46, 0.75, 0.86]),
        "candle": ([neck, neck * 1.5, neck * 0.9, 0.012], [0, 0.25, 0.55, 0.85]),
        "tube": ([neck, neck * 1.3, neck * 1.3, neck * 0.9, 0.02], [0, 0.12, 0.95, 1.05, 1.09]),
        "teardrop": ([neck, neck * 1.4, wide * 0.95, wide * 0.4, 0.02], [0, 0.2, 0.62, 0.93, 0.99]),
        "spot": ([neck, neck * 1.1, wide * 1.1, wide * 1.12, wide * 0.9, 0.02], [0, 0.15, 0.5, 0.55, 0.6, 0.63]),
    }
    return shapes.smooth_profile(*outlines[kind], 64)


def _bulb(rng: Rng) -> list[Part]:
    profile = _envelope(rng)
    neck, top = float(profile[0, 0]), float(profile[-1, 1])
    parts = _screw(rng, neck)
    kind = pv.pick(rng, "clear", "clear", "clear", "frosted", "mirrored")
    if kind != "clear":
        skin = FROSTED if kind == "frosted" else materials.chrome(rng)
        parts.append(Part(pv.solid(profile), skin))
        if rng.random() < 0.6:
            cup = pv.solid(pv.filleted([(neck * 0.9, -0.1), (neck * 1.25, 0.1), (neck * 1.1, 0.14)], 0.02))
            parts.append(Part(cup, one_of(rng, materials.white_plastic, materials.metal)))
        return parts
    glass = pv.stained(rng, (0.985, 0.99, 0.985), (0.985, 0.99, 0.985), (0.97, 0.8, 0.5), (0.75, 0.75, 0.78))
    parts.append(Part(_sealed(profile), glass))
    return parts + _filament(rng, profile, neck, top)


def _sealed(profile: Floats, wall: float = 0.012) -> trimesh.Trimesh:
    """Glass of a thin wall, open below at its neck, where the socket holds it."""
    head = np.array([[0, profile[0, 1] - 0.03]])
    flipped = profile[::-1] * [1, -1]
    shell = pv.vessel(np.concatenate([flipped, [[float(profile[0, 0]), 0.03 + float(head[0, 1] * 0)]]]), wall)
    return shapes.moved(shell, turn=np.pi, axis=(1, 0, 0))


def _filament(rng: Rng, profile: Floats, neck: float, top: float) -> list[Part]:
    """A stem, wires that hold, and between them a thread to and fro, sticks, or a spiral."""
    room = float(np.interp(0.55 * top, profile[:, 1], profile[:, 0])) - 0.05
    wide, low, high = min(room, 0.2) * 0.75, 0.28 * top, 0.72 * top
    stem = pv.solid(shapes.smooth_profile([0.7 * neck, 0.03, 0.025, 0.035], [-0.02, 0.3 * low, 0.9 * low, low], 24))
    metal = materials.metal(rng, "steel")
    parts = [Part(stem, Material((0.75, 0.78, 0.78), roughness=0.15))]
    kind = pv.pick(rng, "zigzag", "sticks", "spiral", "loop")
    if kind == "zigzag":
        count = 2 * int(rng.integers(3, 7)) + 1
        angles = np.linspace(0, 1.7 * np.pi, count)
        points = [(wide * np.cos(a), wide * np.sin(a), high if n % 2 else low) for n, a in enumerate(angles)]
        spokes = [np.array([(0, 0, low * 0.98), point]) for point in points]
        spokes += [np.array([(0, 0, 0.5 * low), (0, 0, high)])]
        spokes += [np.array([(0, 0, high), point]) for point in points[1::2]]
        return [
            *parts,
            Part(wires(spokes[::2] + spokes[-(count // 2) - 1 :], 0.004), metal),
            Part(wires([np.array(points)], 0.006), GLOW),
        ]
    if kind == "sticks":
        count = int(rng.integers(2, 7))
        feet = [np.array([np.cos(a), np.sin(a), 0]) * 0.6 * wide for a in np.arange(count) * 2 * np.pi / count]
        sticks = [
            shapes.straight(foot + np.array([0, 0, low + 0.03]), 0.5 * foot + np.array([0, 0, high]), 0.013, 8)
            for foot in feet
        ]
        holds = [np.array([(0, 0, 0.9 * low), foot + np.array([0, 0, low + 0.04])]) for foot in feet]
        holds += [np.array([0.5 * foot + [0, 0, high - 0.01], (0, 0, high + 0.03)]) for foot in feet]
        return [*parts, Part(wires(holds, 0.005), metal), Part(shapes.merge(sticks), GLOW)]
    t = np.linspace(0, 1, 200)
    if kind == "spiral":
        turn = 2 * np.pi * rng.uniform(2, 5) * t
        radius = 0.7 * wide * np.sin(np.pi * (0.1 + 0.8 * t))
        path = np.stack([radius * np.cos(turn), radius * np.sin(turn), low + (high - low) * t], 1)
    else:
        path = np.stack(
            [
                0.8 * wide * np.sin(2 * np.pi * t),
                0.3 * wide * np.sin(6 * np.pi * t),
                low + (high - low) * np.sin(np.pi * t),
            ],
            1,
        )
    holds = [
        np.array([(0, 0, 0.8 * low), path[0]]),
        np.array([(0, 0, 0.8 * low), (0, 0, 0.5 * (low + high)), path[-1]]),
    ]
    return [*parts, Part(wires(holds, 0.005), metal), Part(wires([path], rng.uniform(0.007, 0.014)), GLOW)]


def _screw(rng: Rng, neck: float) -> list[Part]:
    """A threaded cap below z = 0, its contact at the foot; or a bayonet's, or two pins."""
    own = one_of(
        rng, lambda r: materials.metal(r, "aluminium"), lambda r: materials.metal(r, "brass"), materials.chrome
    )
    long, wide = rng.uniform(0.2, 0.27), 1.08 * neck
    z = np.linspace(-long, 0.04, 60)
    thread = np.where((z > -0.9 * long) & (z < -0.02), 0.012 * np.sin(2 * np.pi * z / (long / 4.5)), 0.0)
    cap = pv.solid(np.stack([wide + thread, z], 1))
    black = pv.solid([(0.45 * wide, -long - 0.05), (wide, -long)])
    tip = shapes.cylinder(0.4 * wide, 0.02, (0, 0, -long - 0.055))
    if rng.random() < 0.2:
        pins = [
            shapes.straight((0, s * 0.9 * wide, -0.6 * long), (0, s * 1.25 * wide, -0.6 * long), 0.02) for s in (-1, 1)
        ]
        cap = shapes.merge([pv.solid([(wide, -long), (wide, 0.04)]), *pins])
    return [Part(cap, own), Part(black, Material((0.02, 0.02, 0.02), roughness=0.4)), Part(tip, own)]


def _holder(rng: Rng) -> list[Part]:
    """A lamp holder above the bulb that hangs, and its cord."""
    own = one_of(
        rng,
        lambda r: materials.metal(r, "brass"),
        materials.rubber,
        materials.white_plastic,
        materials.wood,
        materials.metal,
    )
    cup = pv.solid(pv.filleted([(0.18, -0.02), (0.18, 0.3), (0.1, 0.42), (0.04, 0.45)], 0.03))
    cord = shapes.curve([(0, 0, 0.44), (0.01, 0, 0.8), (-0.01, 0, rng.uniform(1.1, 1.8))], 30)
    return [Part(cup, own), Part(shapes.tube(cord, 0.02, sides=10), one_of(rng, materials.fabric, materials.rubber))]


FAMILIES: dict[str, Build] = {"bulb": bulb}
