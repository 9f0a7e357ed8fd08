"""Kettles and teapots, kept for the test split."""

import numpy as np
import trimesh

from wesam_packshot.studio import materials, shapes
from wesam_packshot.studio.families import parts_vessels as pv
from wesam_packshot.studio.families.parts_rest import grounded
from wesam_packshot.studio.families.parts_wire import Rng, one_of, swept, upright
from wesam_packshot.studio.product import Build, Material, Part, Product, product
from wesam_packshot.studio.shapes import Floats

TEA = Material((0.35, 0.09, 0.02), roughness=0.15, specular=0.25)


def kettle(rng: np.random.Generator) -> Product:
    """About 1 high, its spout to +x."""
    glass = bool(rng.random() < 0.22)
    profile = _outline(rng)
    own = pv.stained(rng) if glass else _coat(rng)
    trim = one_of(rng, materials.chrome, materials.brushed, materials.rubber, materials.wood, _coat)
    parts = _glass_body(rng, profile, own, trim) if glass else [Part(pv.solid(profile, 96), own)]
    shell = materials.chrome(rng) if glass else own
    parts.append(Part(_spout(rng, profile, glass), shell))
    parts += _lid(rng, profile, shell, trim) + _handle(rng, profile, trim)
    if rng.random() < 0.3:
        parts += _base(rng, profile)
    return product(grounded(parts), "holes")


def _coat(rng: Rng) -> Material:
    enamel = Material(materials.white(rng), roughness=0.15, clearcoat=1.0)
    return one_of(
        rng,
        materials.chrome,
        materials.brushed,
        materials.ceramic,
        lambda _: enamel,
        lambda r: materials.metal(r, "copper"),
        materials.painted_metal,
    )


def _outline(rng: Rng) -> Floats:
    """A pear, a ball, a cone or a cylinder, with its opening above."""
    wide, high = rng.uniform(0.36, 0.5), rng.uniform(0.5, 0.85)
    mouth, foot = wide * rng.uniform(0.4, 0.65), wide * rng.uniform(0.65, 1.0)
    kind = pv.pick(rng, "pear", "ball", "cone", "cylinder", "squat")
    outlines = {
        "pear": ([foot, wide, wide * 0.8, mouth], [0, 0.3, 0.65, 1]),
        "ball": ([0.6 * wide, wide, wide * 0.85, mouth], [0, 0.45, 0.8, 1]),
        "cone": ([wide, wide * 0.98, mouth * 1.05, mouth], [0, 0.05, 0.95, 1]),
        "cylinder": ([wide * 0.8, wide * 0.82, wide * 0.75, mouth], [0, 0.04, 0.88, 1]),
        "squat": ([0.9 * wide, wide * 1.15, wide * 1.0, mouth], [0, 0.3, 0.75, 0.95]),
    }
    radii, levels = outlines[kind]
    return shapes.smooth_profile(radii, list(np.array(levels) * high), 60)


def _glass_body(rng: Rng, profile: Floats, own: Material, trim: Material) -> list[Part]:
    top = float(profile[-1, 1])
    foot = pv.vessel(profile[profile[:, 1] < 0.1 * top] + [pv.GAP + 0.014, -0.02], 0.014)
    level = rng.uniform(0.4, 0.8) * top
    liquid = TEA if rng.random() < 0.6 else materials.liquid(rng)
    return [Part(pv.vessel(profile, 0.02), own), Part(pv.filling(profile, 0.02, level), liquid), Part(foot, trim)]


def _radius(profile: Floats, z: float) -> float:
    return float(np.interp(z, profile[:, 1], profile[:, 0]))


def _spout(rng: Rng, profile: Floats, glass: bool) -> trimesh.Trimesh:
    """A swan's neck, a straight tube, or a short lip."""
    top = float(profile[-1, 1])
    kind = pv.pick(rng, "swan", "swan", "straight", "lip")
    low = {"swan": 0.25, "straight": 0.5, "lip": 0.72}[kind] * top
    start = _radius(profile, low) - (0.02 if not glass else -0.004)
    if kind == "lip":
        path = shapes.curve(
            [(start - 0.05 * (not glass), 0, low), (start + 0.1, 0, low + 0.1), (start + 0.2, 0, 0.98 * top)], 24
        )
        return shapes.tube(path, np.linspace(0.1, 0.05, 24), sides=24)
    reach = rng.uniform(0.25, 0.5)
    tip = np.array([start + reach, 0, top * rng.uniform(0.95, 1.2)])
    middle = (
        [(start + 0.45 * reach, 0, low + 0.15), (start + 0.7 * reach, 0, 0.75 * top)]
        if kind == "swan"
        else [(start + 0.5 * reach, 0, 0.5 * (low + tip[2]))]
    )
    path = shapes.curve(
        [
            (start - 0.04 * (not glass), 0, low),
            *middle,
            tip,
            tip + np.array([0.07, 0, -0.005 if kind == "swan" else 0.04]),
        ],
        60,
    )
    slim = rng.uniform(0.022, 0.04)
    return shapes.tube(path, np.linspace(0.09 if kind == "straight" else 0.07, slim, 60), sides=24)


def _lid(rng: Rng, profile: Floats, shell: Material, trim: Material) -> list[Part]:
    """Domed, with a knob on a neck, or a ring."""
    mouth, top = float(profile[-1, 0]), float(profile[-1, 1])
    rise = rng.uniform(0.02, 0.14)
    dome = shapes.smooth_profile(
        [mouth + 0.02, mouth + 0.015, 0.6 * mouth, 0.03], [0, 0.02, 0.02 + 0.75 * rise, 0.02 + rise], 30
    )
    lid = shapes.moved(pv.solid(dome), (0, 0, top + pv.GAP))
    at = top + pv.GAP + 0.015 + rise
    if rng.random() < 0.75:
        knob = pv.solid(shapes.smooth_profile([0.04, 0.025, 0.065, 0.06, 0.01], [0, 0.03, 0.07, 0.1, 0.12], 30))
        return [Part(lid, shell), Part(shapes.moved(knob, (0, 0, at)), trim)]
    ring = shapes.moved(shapes.torus(0.05, 0.012, steps=32), (0, 0, at + 0.045), np.pi / 2, (1, 0, 0))
    return [Part(lid, shell), Part(ring, trim)]


def _handle(rng: Rng, profile: Floats, trim: Material) -> list[Part]:
    """An ear behind, or a bail above on two posts."""
    top, mouth = float(profile[-1, 1]), float(profile[-1, 0])
    size = (rng.uniform(0.04, 0.08), rng.uniform(0.025, 0.045))
    if rng.random() < 0.5:
        high, low = 0.92 * top, rng.uniform(0.2, 0.5) * top
        back = max(_radius(profile, high), _radius(profile, low)) + rng.uniform(0.2, 0.32)
        ends = [(-_radius(profile, z) - 0.012, 0, z) for z in (high, low)]
        path = shapes.curve(
            [ends[0], (-back, 0, high + 0.02), (-back * 0.98, 0, 0.5 * (high + low)), ends[1]][
                : 4 if rng.random() < 0.75 else 3
            ],
            60,
        )
        band = swept(path, (0, 1, 0), size, 3, 14)
        plates = shapes.merge(
            shapes.sphere(0.035, end, 12) for end in (path[0], path[-1] if path[-1][2] < 0.6 * top else path[0])
        )
        return [Part(shapes.merge([band, plates]), trim)]
    z = 0.85 * top
    x, rise = _radius(profile, z), rng.uniform(0.35, 0.6)
    bow = np.array(
        [
            (-x - 0.01, z),
            (-x - 0.05, z + 0.5 * rise),
            (-0.5 * mouth - 0.1, z + rise),
            (0.5 * mouth + 0.1, z + rise),
            (x + 0.05, z + 0.5 * rise),
            (x + 0.01, z),
        ]
    )
    path = shapes.curve(upright(bow), 80)
    metal = materials.chrome if trim.metallic else lambda r: materials.metal(r, "steel")
    return [Part(shapes.tube(path, 0.016), metal(rng)), Part(swept(path[28:52], (0, 1, 0), size, 2.5, 16), trim)]


def _base(rng: Rng, profile: Floats) -> list[Part]:
    """Of an electric kettle: a disc with a foot of cable."""
    wide = float(profile[0, 0]) + 0.06
    disc = pv.solid(pv.filleted([(wide, -0.1), (wide, -0.035), (0.8 * wide, -0.008)], 0.02))
    cord = shapes.curve(
        [(-0.9 * wide, 0.1, -0.08), (-wide - 0.25, 0.3, -0.08), (-wide - 0.1, 0.6, -0.08), (-wide - 0.5, 0.7, -0.08)],
        50,
    )
    ring = pv.solid([(0.7 * wide, -0.03), (0.7 * wide, 0.002)])
    return [
        Part(shapes.merge([disc, ring]), materials.rubber(rng)),
        Part(shapes.tube(cord, 0.02, sides=10), materials.rubber(rng)),
    ]


FAMILIES: dict[str, Build] = {"kettle": kettle}
