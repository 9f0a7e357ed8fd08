"""What one drinks and eats from: mugs with saucers, glasses with and without a stem, stacks of bowls and plates."""

from collections.abc import Callable

import numpy as np
import shapely.geometry
import trimesh

from wesam_packshot.studio import materials, shapes
from wesam_packshot.studio.families import parts_vessels as pv
from wesam_packshot.studio.materials import Rng
from wesam_packshot.studio.product import Build, Material, Part, Product, product
from wesam_packshot.studio.shapes import Bend, Floats

COFFEE, TEA, CREMA = (0.03, 0.012, 0.006), (0.25, 0.07, 0.01), (0.45, 0.25, 0.1)


def mug(rng: np.random.Generator) -> Product:
    """A mug or cup with a handle, perhaps a saucer, a spoon and a drink."""
    height, wide = rng.uniform(0.5, 1.1), rng.uniform(0.35, 0.5)
    foot, lip = wide * rng.uniform(0.5, 0.98), wide * rng.uniform(0.9, 1.1)
    outline = {
        "straight": pv.filleted([(0.9 * wide, 0), (wide, 0.04), (wide, height)], 0.05),
        "cone": pv.filleted([(foot, 0), (foot, 0.03), (lip, height)], 0.03),
        "cup": shapes.smooth_profile([0.45 * wide, 0.47 * wide, 0.9 * wide, lip], [0, 0.05, 0.4 * height, height]),
        "barrel": shapes.smooth_profile([0.8 * wide, wide, 0.85 * wide], [0, 0.5 * height, height]),
    }
    outside = outline[pv.pick(rng, *outline)]
    made = _mug_material(rng)
    thickness = rng.uniform(0.02, 0.045) if not made.metallic else 0.012
    form: Bend = (
        pv.lobed(int(rng.integers(10, 30)), 0.04, rng.uniform(-1, 1)) if rng.random() < 0.2 else lambda points: points
    )
    parts = [Part(shapes.bent(pv.vessel(outside, thickness, sections=144), form), made, "around")]
    parts.append(Part(_mug_handle(rng, outside, pv.GAP if made.ior else -thickness * 0.6), made))
    if rng.random() < 0.6:
        drink = pv.filling(outside, thickness, rng.uniform(0.6, 0.92) * height)
        colour = (COFFEE, TEA, CREMA)[int(rng.integers(3))]
        parts.append(Part(shapes.bent(drink, form), Material(colour, roughness=0.1)))
    if not made.ior and rng.random() < 0.35:
        parts.append(
            Part(shapes.torus(outside[-1, 0] - thickness / 2, thickness * 0.62, (0, 0, height)), materials.ceramic(rng))
        )
    if not made.ior and rng.random() < 0.35:
        parts.append(pv.labelled(rng, outside, 0.25 * height, 0.8 * height, form))
    if rng.random() < 0.45:
        parts = _on_saucer(rng, parts, outside, made)
    return product(parts, "holes")


def _mug_material(rng: Rng) -> Material:
    makers = [materials.ceramic, materials.painted_metal, materials.brushed, materials.glass, materials.white_plastic]
    return makers[int(rng.choice(5, p=[0.6, 0.12, 0.08, 0.14, 0.06]))](rng)


def _mug_handle(rng: Rng, outside: Floats, gap: float) -> trimesh.Trimesh:
    """An ear at the right; round, square or pointed; its ends a gap off the wall, or in it if that is negative."""
    height, thick = outside[-1, 1], rng.uniform(0.02, 0.045)
    low, high = rng.uniform(0.15, 0.35) * height, rng.uniform(0.75, 0.9) * height
    near = [float(np.interp(z, outside[:, 1], outside[:, 0])) + gap for z in (low, high)]
    # flat ends of a wire that leaves at a slant reach further in than its middle
    near = [x + (thick if gap > 0 else 0) for x in near]
    out = max(near) + rng.uniform(0.16, 0.32)
    kinds = {
        "round": [
            (near[1], high),
            (0.7 * out + 0.3 * near[1], high + 0.02),
            (out, 0.6 * high + 0.4 * low),
            (near[0], low),
        ],
        "square": [
            (near[1], high),
            (out - 0.03, high),
            (out, high - 0.03),
            (out, low + 0.03),
            (out - 0.03, low),
            (near[0], low),
        ],
        "ear": [
            (near[1], high),
            (out, high - 0.02),
            (0.8 * out + 0.2 * near[0], 0.4 * high + 0.6 * low),
            (near[0], low),
        ],
    }
    return pv.ear(kinds[pv.pick(rng, *kinds)], thick, rng.uniform(1, 2.2))


def _on_saucer(rng: Rng, parts: list[Part], outside: Floats, made: Material) -> list[Part]:
    """The same cup raised onto a saucer, perhaps with a spoon at its side."""
    wide = outside[:, 0].max() * rng.uniform(1.6, 2.0)
    profile = pv.filleted([(0.55 * wide, 0), (0.6 * wide, 0.03), (wide, rng.uniform(0.08, 0.16))], 0.05)
    rise = 0.035 + (pv.GAP if made.ior else -0.002)
    own = made if not made.ior and rng.random() < 0.8 else pv.chosen(rng, materials.ceramic, materials.wood)
    raised = [Part(shapes.moved(part.mesh, (0, 0, rise)), part.material, part.mapping) for part in parts]
    raised.append(Part(pv.vessel(profile, 0.03, sections=96), own))
    if rng.random() < 0.5:
        reach = 0.8 * wide
        line = shapes.curve(
            [(-reach, -0.35 * wide, 0.09), (-0.2 * wide, -0.7 * wide, 0.07), (0.9 * reach, -0.62 * wide, 0.13)], 32
        )
        bowl = shapes.scaled(shapes.sphere(1, steps=16), (0.11, 0.07, 0.02))
        spoon = shapes.merge([shapes.tube(line, np.linspace(0.012, 0.02, 32)), shapes.moved(bowl, line[0], 0.7)])
        raised.append(Part(spoon, materials.chrome(rng)))
    return raised


def glass(rng: np.random.Generator) -> Product:
    """Stemware, a goblet, a tumbler or a beaker: of glass, of metal or of plastic; empty or filled."""
    return _stemmed(rng) if rng.random() < 0.6 else _tumbler(rng)


def _glass_material(rng: Rng) -> Material:
    makers: list[Callable[[Rng], Material]] = [materials.glass, materials.metal, materials.plastic, materials.ceramic]
    return makers[int(rng.choice(4, p=[0.8, 0.1, 0.04, 0.06]))](rng)


def _stemmed(rng: Rng) -> Product:
    """Foot, stem and bowl in one: for wine, sparkling wine, cocktails, brandy, ice."""
    stem, rise = rng.uniform(0.022, 0.05), rng.uniform(0.15, 0.9)
    wide, deep = rng.uniform(0.3, 0.5), rng.uniform(0.55, 1.0)
    lip = rng.uniform(0.6, 0.95) * wide
    bowls = {
        "wine": ([stem, 0.6 * wide, wide, lip], [0, 0.12, 0.42, 1]),
        "flute": ([stem, 0.17, 0.21, 0.17], [0, 0.3, 0.8, 1.7]),
        "coupe": ([stem, 0.7 * wide, wide, 1.02 * wide], [0, 0.1, 0.3, 0.45]),
        "martini": ([stem, 0.5 * wide, 1.1 * wide], [0, 0.3, 0.7]),
        "goblet": ([stem, 0.8 * wide, wide, wide], [0, 0.1, 0.35, 0.8]),
    }
    radii, heights = bowls[pv.pick(rng, *bowls, "wine")]
    bowl = shapes.smooth_profile(radii, np.array(heights) * deep + rise, 64)
    foot = rng.uniform(0.65, 0.9) * max(wide, 0.3)
    base = pv.filleted(
        [(foot, 0), (foot, 0.015), (1.5 * stem, 0.06), (stem, 0.15), (stem, rise - 0.01)], [0.006, 0.05, 0.05]
    )
    if rng.random() < 0.25 and rise > 0.3:  # a bead in the stem
        base[:, 0] += 1.5 * stem * np.exp(-(((base[:, 1] - rng.uniform(0.45, 0.8) * rise) / 0.04) ** 2))
    made, thickness = _glass_material(rng), rng.uniform(0.012, 0.02)
    parts = [Part(pv.vessel(bowl, thickness, sections=96, foot=base), made)]
    if rng.random() < 0.55:
        level = rise + rng.uniform(0.3, 0.75) * (bowl[-1, 1] - rise)
        parts.append(Part(pv.filling(bowl, thickness, level, sections=96), materials.liquid(rng)))
    return product(parts)


def _tumbler(rng: Rng) -> Product:
    """Water, whisky, beer, latte: straight or conical, cut or plain, perhaps with a straw."""
    foot, height = rng.uniform(0.22, 0.4), rng.uniform(0.5, 1.4)
    lip = foot * rng.uniform(0.95, 1.45)
    outside = pv.filleted([(foot * 0.93, 0), (foot, 0.03), (lip, height)], 0.03)
    if rng.random() < 0.3:
        outside = shapes.smooth_profile([foot, 0.95 * foot, lip, 0.95 * lip], [0, 0.2 * height, 0.7 * height, height])
    made, thickness, floor = _glass_material(rng), rng.uniform(0.014, 0.03), rng.uniform(0.03, 0.1)
    form: Bend = lambda points: points  # noqa: E731
    if rng.random() < 0.45:
        fade = (rng.uniform(0.4, 0.9) * height, height)
        count = int(rng.integers(6, 20))
        form = pv.lobed(count, 0.07, fade=fade) if rng.random() < 0.6 else pv.polygon(count, 80, fade)
    parts = [Part(shapes.bent(pv.vessel(outside, thickness, floor, 144), form), made)]
    if rng.random() < 0.55:
        drink = pv.filling(outside, thickness, rng.uniform(0.4, 0.85) * height, floor, 144)
        parts.append(Part(shapes.bent(drink, form), materials.liquid(rng)))
    if rng.random() < 0.3:
        low = floor + 0.06
        room = 0.85 * float(np.interp(low, outside[:, 1], outside[:, 0])) - thickness - 0.05
        over = room * (1 + rng.uniform(-0.3, 0.1)) / (height - low) * 1.4 * height - room
        straw = shapes.straight((-room, 0, low), (min(over, 0.6 * lip), 0, 1.4 * height), 0.022)
        parts.append(Part(straw, pv.chosen(rng, materials.plastic, materials.metal)))
    return product(parts)


def bowl_stack(rng: np.random.Generator) -> Product:
    """One to six bowls and plates, each resting in the one below, perhaps with fruit in the last."""
    count, thickness = int(rng.choice([1, 2, 3, 4, 6], p=[0.25, 0.15, 0.25, 0.2, 0.15])), rng.uniform(0.018, 0.035)
    made, radius = _bowl_material(rng), rng.uniform(0.7, 1.0)
    gap = 2 * pv.GAP if made.ior else 0.001
    forms: list[Bend] = [
        pv.lobed(int(rng.integers(6, 24)), 0.05),
        pv.polygon(4, 7),
        pv.oval(0.7),
        lambda points: points,
    ]
    form = forms[int(rng.choice(4, p=[0.15, 0.1, 0.1, 0.65]))]
    parts: list[Part] = []
    same, rise, below = rng.random() < 0.4, 0.0, None
    profile = _dish(rng, radius)
    for _ in range(count):
        if below is not None:
            rise = _rest(below, profile, gap)
        parts.append(
            Part(shapes.bent(shapes.moved(pv.vessel(profile, thickness, sections=96), (0, 0, rise)), form), made)
        )
        below, top = np.add(pv.inside(profile, thickness), [0, rise]), profile
        if not same:
            radius *= rng.uniform(0.72, 0.97)
            profile, made = _dish(rng, radius), made if made.ior or rng.random() < 0.6 else materials.ceramic(rng)
    if rng.random() < 0.35 and top[-1, 1] > 0.2 * top[-1, 0]:
        parts.append(_fruit(rng, top, thickness, rise))
    return product(parts)


def _bowl_material(rng: Rng) -> Material:
    makers = [materials.ceramic, materials.glass, materials.wood, materials.brushed, materials.plastic]
    return makers[int(rng.choice(5, p=[0.56, 0.14, 0.12, 0.1, 0.08]))](rng)


def _dish(rng: Rng, wide: float) -> Floats:
    """A plate, a soup plate or a bowl of a radius, with a foot ring."""
    foot, deep = rng.uniform(0.35, 0.6) * wide, rng.uniform(0.3, 0.75) * wide
    dishes = {
        "plate": [(0.6 * wide, 0), (0.62 * wide, 0.03), (wide, rng.uniform(0.08, 0.16) * wide)],
        "rimmed": [(0.5 * wide, 0), (0.55 * wide, 0.03), (0.68 * wide, 0.16 * wide), (wide, 0.22 * wide)],
        "bowl": [(foot, 0), (foot + 0.02, 0.03), (0.8 * wide, 0.4 * deep), (wide, deep)],
        "deep": [(foot, 0), (foot, 0.05), (0.97 * wide, 0.45 * deep + 0.03), (wide, 1.2 * deep)],
    }
    return pv.filleted(dishes[pv.pick(rng, *dishes)], 0.12 * wide)


def _rest(below: Floats, upper: Floats, gap: float) -> float:
    """How high a dish rests in another: the lowest of steps at which their profiles keep a gap."""
    inner = shapely.geometry.LineString(below)
    closed = np.concatenate([[[0, upper[0, 1]]], upper])
    start = below[0, 1] + gap
    for rise in np.arange(start, start + 2, 0.004):
        line = shapely.geometry.LineString(np.add(closed, [0, rise]))
        if line.distance(inner) >= gap and rise >= start:
            return float(rise)
    return float(start)


def _fruit(rng: Rng, dish: Floats, thickness: float, rise: float) -> Part:
    """Round fruit, stacked in a dish: a ring on its floor, one on top."""
    radius = rng.uniform(0.22, 0.3) * dish[-1, 0]
    count = int(rng.integers(3, 5))
    around = radius / np.sin(np.pi / count)
    floor = rise + thickness + radius + pv.GAP + 0.3 * around * dish[-1, 1] / dish[-1, 0]
    balls = [
        shapes.sphere(radius, (around * np.cos(a), around * np.sin(a), floor))
        for a in np.arange(count) * 2 * np.pi / count + rng.uniform(0, 6)
    ]
    balls.append(shapes.sphere(radius, (0, 0, floor + 1.2 * radius)))
    return Part(shapes.merge(balls), Material(materials.colour(rng), roughness=0.4))


FAMILIES: dict[str, Build] = {"mug": mug, "glass": glass, "bowl_stack": bowl_stack}
