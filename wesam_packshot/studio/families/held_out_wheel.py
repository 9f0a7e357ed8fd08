"""Wheels with spokes, kept for the test split."""

import numpy as np
import trimesh

from wesam_packshot.studio import materials, shapes
from wesam_packshot.studio.families import parts_vessels as pv
from wesam_packshot.studio.families.parts_rest import settled
from wesam_packshot.studio.families.parts_wire import Rng, one_of, wires
from wesam_packshot.studio.product import Build, Material, Part, Product, product
from wesam_packshot.studio.shapes import Floats


def wheel(rng: np.random.Generator) -> Product:
    """Of a bicycle, a pram, or a cart; its axle along y, its radius 1."""
    kind = str(rng.choice(["bicycle", "bicycle", "bicycle", "pram", "cart"]))
    parts = {"bicycle": _bicycle, "pram": _pram, "cart": _cart}[kind](rng)
    upright = [
        Part(shapes.moved(part.mesh, (0, 0, 1.0), np.pi / 2, (1, 0, 0)), part.material, part.mapping) for part in parts
    ]
    if rng.random() < 0.4:
        return product(settled(upright), "thin", "holes", pose="lying")
    low = min(float(part.mesh.bounds[0, 2]) for part in upright)
    lifted = [Part(shapes.moved(part.mesh, (0, 0, -low)), part.material, part.mapping) for part in upright]
    return product(lifted, "thin", "holes", pose="hanging")


def _band(profile: list[tuple[float, float]]) -> trimesh.Trimesh:
    """A ring about z of a closed section of points (radius, z), anticlockwise."""
    return shapes.turned([*profile, profile[0]], 144)


def _coat(rng: Rng) -> Material:
    return one_of(
        rng,
        materials.chrome,
        materials.brushed,
        lambda r: materials.metal(r, "black"),
        materials.painted_metal,
        materials.rubber,
        materials.white_plastic,
    )


def _hub(rng: Rng, half: float, flange: float) -> list[Part]:
    """A barrel with two flanges, an axle with nuts."""
    line = [
        (0.03, -half - 0.04),
        (0.035, -half - 0.01),
        (flange, -half),
        (flange, -half + 0.018),
        (0.045, -half + 0.04),
        (0.04, 0),
        (0.045, half - 0.04),
        (flange, half - 0.018),
        (flange, half),
        (0.035, half + 0.01),
        (0.03, half + 0.04),
    ]
    axle = shapes.cylinder(0.014, 2 * half + 0.16, sections=16)
    nuts = [shapes.cylinder(0.028, 0.03, (0, 0, s * (half + 0.05)), sections=6) for s in (-1, 1)]
    return [Part(pv.solid(line), _coat(rng)), Part(shapes.merge([axle, *nuts]), materials.metal(rng, "steel"))]


def _bicycle(rng: Rng) -> list[Part]:
    """A tyre, a rim, crossed spokes of wire, a valve; perhaps sprockets, a brake disc, reflectors."""
    fat, deep = rng.uniform(0.03, 0.08), rng.uniform(0.04, 0.16)
    inner = 1 - 2 * fat - 0.6 * deep
    half, flange = rng.uniform(0.07, 0.12), rng.uniform(0.06, 0.1)
    tyre = shapes.torus(1 - fat, fat, steps=144)
    width = 0.75 * fat
    rim = _band(
        [
            (inner, -0.3 * width),
            (1 - 1.6 * fat, -width),
            (1 - 1.2 * fat, -width),
            (1 - 1.2 * fat, width),
            (1 - 1.6 * fat, width),
            (inner, 0.3 * width),
        ]
    )
    wall = one_of(rng, materials.rubber, materials.rubber, materials.rubber, materials.white_plastic, materials.leather)
    parts = [Part(tyre, wall), Part(rim, _coat(rng)), *_hub(rng, half, flange)]
    count, cross = int(rng.choice([16, 20, 24, 28, 32, 36])), int(rng.integers(0, 4))
    thin = rng.uniform(0.0035, 0.007)
    parts.append(Part(wires(_laced(count, cross, half, 0.92 * flange, inner + 0.005), thin, sides=6), _coat(rng)))
    if rng.random() < 0.8:
        valve = shapes.straight((inner + 0.01, 0, 0), (inner - 0.1, 0, 0), 0.009, 8)
        parts.append(Part(shapes.moved(valve, turn=rng.uniform(0, 6)), materials.metal(rng, "brass")))
    if rng.random() < 0.4:
        sizes = np.linspace(0.2, 0.1, int(rng.integers(3, 8)))
        cogs = [shapes.moved(_cog(float(size)), (0, 0, half + 0.02 + 0.014 * n)) for n, size in enumerate(sizes)]
        parts.append(Part(shapes.merge(cogs), materials.metal(rng, "steel")))
    elif rng.random() < 0.4:
        disc = _band([(0.17, -0.004), (0.22, -0.004), (0.22, 0.004), (0.17, 0.004)])
        arms = wires(
            [
                [(0.05 * np.cos(a), 0.05 * np.sin(a), 0), (0.175 * np.cos(a + 0.4), 0.175 * np.sin(a + 0.4), 0)]
                for a in np.arange(6) * np.pi / 3
            ],
            0.008,
        )
        parts.append(Part(shapes.moved(shapes.merge([disc, arms]), (0, 0, half + 0.01)), materials.brushed(rng)))
    return parts


def _laced(count: int, cross: int, half: float, flange: float, rim: float) -> list[Floats]:
    """Spokes from both flanges to the rim, each crossing `cross` others of its side."""
    lines = []
    for number in range(count):
        side = 1 if number % 2 else -1
        lean = 1 if (number // 2) % 2 else -1
        angle = 2 * np.pi * number / count
        start = angle + lean * cross * 2 * np.pi / count * 2.2
        z = side * (half - 0.009)
        lines.append(
            np.array(
                [(flange * np.cos(start), flange * np.sin(start), z), (rim * np.cos(angle), rim * np.sin(angle), 0.0)]
            )
        )
    return lines


def _cog(size: float) -> trimesh.Trimesh:
    teeth = int(size * 130)
    return shapes.bent(pv.solid([(size, 0), (size, 0.007)], 6 * teeth), pv.lobed(teeth, 0.09))


def _pram(rng: Rng) -> list[Part]:
    """A fat tyre on a rim with a few broad spokes."""
    fat, count = rng.uniform(0.1, 0.17), int(rng.integers(3, 10))
    rim = 1 - 2 * fat
    own = one_of(rng, materials.plastic, materials.white_plastic, materials.metal, materials.painted_metal)
    band = _band([(rim - 0.06, -0.6 * fat), (rim + 0.03, -0.7 * fat), (rim + 0.03, 0.7 * fat), (rim - 0.06, 0.6 * fat)])
    broad, double = rng.uniform(0.03, 0.1), bool(rng.random() < 0.3)
    arms = []
    for angle in np.arange(count) * 2 * np.pi / count:
        for aside in (-broad, broad) if double else (0.0,):
            bar = shapes.rounded_box(
                (rim, 0.5 * broad if double else broad, 0.7 * fat), 0.02, (rim / 2 - 0.01, aside, 0), 3
            )
            arms.append(shapes.moved(bar, turn=float(angle)))
    hub = pv.solid(pv.filleted([(0.16, -1.1 * fat), (0.18, 0), (0.16, 1.1 * fat)], 0.03))
    cap = shapes.cylinder(0.07, 2.4 * fat, sections=32)
    tyre = shapes.torus(1 - fat, fat, steps=144)
    return [
        Part(tyre, one_of(rng, materials.rubber, materials.rubber, _coat)),
        Part(shapes.merge([band, *arms, hub]), own),
        Part(cap, _coat(rng)),
    ]


def _cart(rng: Rng) -> list[Part]:
    """Of wood: a rim with an iron tyre, turned spokes, a barrel for a hub."""
    count, deep, thick = int(rng.choice([8, 10, 12, 14])), rng.uniform(0.07, 0.12), rng.uniform(0.05, 0.08)
    own = one_of(rng, materials.wood, materials.wood, materials.painted_metal)
    rim = _band([(0.97 - deep, -thick), (0.97, -thick), (0.97, thick), (0.97 - deep, thick)])
    tyre = _band([(0.965, -0.9 * thick), (1.0, -0.9 * thick), (1.0, 0.9 * thick), (0.965, 0.9 * thick)])
    radii = np.interp(np.linspace(0, 1, 30), [0, 0.15, 0.3, 0.8, 1], [0.045, 0.045, 0.028, 0.03, 0.04])
    spokes = []
    for angle in np.arange(count) * 2 * np.pi / count:
        way = np.array([np.cos(angle), np.sin(angle), 0])
        spokes.append(shapes.tube(np.outer(np.linspace(0.1, 0.99 - deep, 30), way), radii, sides=12))
    hub = pv.solid(shapes.smooth_profile([0.1, 0.11, 0.16, 0.11, 0.1], [-0.17, -0.12, 0, 0.12, 0.17], 40))
    hoops = [shapes.torus(0.115, 0.014, (0, 0, s * 0.12), 48) for s in (-1, 1)]
    iron = one_of(rng, lambda r: materials.metal(r, "black"), materials.rubber)
    return [
        Part(shapes.merge([rim, *spokes, hub]), own),
        Part(shapes.merge([tyre, *hoops, shapes.cylinder(0.05, 0.38)]), iron),
    ]


FAMILIES: dict[str, Build] = {"wheel": wheel}
