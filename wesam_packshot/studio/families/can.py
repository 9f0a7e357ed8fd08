"""Cans: of food and drinks, spray cans, paint buckets and pails with wire handles, watering cans."""

import numpy as np

from wesam_packshot.studio import materials, shapes
from wesam_packshot.studio.families import parts_vessels as pv
from wesam_packshot.studio.families.parts_rest import grounded
from wesam_packshot.studio.families.parts_wire import Rng, arc, both_sides, one_of, upright, wires
from wesam_packshot.studio.product import Build, Material, Part, Product, product
from wesam_packshot.studio.shapes import Floats


def can(rng: np.random.Generator) -> Product:
    """About 1 high."""
    kind = str(rng.choice(["food", "drink", "spray", "bucket", "watering"], p=[0.22, 0.2, 0.13, 0.3, 0.15]))
    build = {"food": _food, "drink": _drink, "spray": _spray, "bucket": _bucket, "watering": _watering}[kind]
    return product(grounded(build(rng)), *(("holes",) if kind in ("bucket", "watering") else ()))


def _tin(rng: Rng) -> Material:
    return one_of(rng, materials.brushed, materials.chrome, lambda r: materials.metal(r, "aluminium"))


def _coat(rng: Rng) -> Material:
    white = Material(materials.white(rng), roughness=0.3)
    return one_of(rng, materials.brushed, materials.painted_metal, materials.chrome, lambda _: white)


def _ring_pull(radius: float, top: float) -> list[Floats]:
    """A ring and its rivet's tongue on a lid."""
    t = np.linspace(0, 2 * np.pi, 32, endpoint=False)
    ring = np.stack([0.22 * radius * np.cos(t), -0.25 * radius + 0.3 * radius * np.sin(t), top + 0.012 + 0 * t], 1)
    return [ring, np.array([(0, 0.0, top + 0.012), (0, 0.3 * radius, top + 0.008)])]


def _food(rng: Rng) -> list[Part]:
    """Seamed at both ends, with ribs below its label; flat ones as of tuna, too."""
    wide = rng.uniform(0.3, 0.45)
    high = wide * rng.uniform(0.6, 2.8)
    rim = 0.02
    line = [(wide, 0), (wide + rim, 0.01), (wide + rim, 0.04), (wide, 0.06)]
    if rng.random() < 0.6 and high > 0.5:
        z = np.linspace(0.06, high - 0.06, 120)[1:-1]
        inside = np.clip(np.minimum(z - 0.15, high - 0.15 - z) / 0.05, 0, 1)
        line += list(zip(wide - 0.012 * inside * (0.5 + 0.5 * np.sin(z * rng.uniform(90, 160))), z, strict=True))
    line += [(wide, high - 0.06), (wide + rim, high - 0.04), (wide + rim, high - 0.01), (wide, high)]
    line += [
        (wide - 0.02, high - 0.01),
        (wide - 0.03, high - 0.035),
        (0.7 * wide, high - 0.035),
        (0.68 * wide, high - 0.03),
    ]
    tin = _tin(rng)
    parts = [Part(pv.solid(line), tin)]
    if rng.random() < 0.75:
        low, up = 0.07 * high + 0.04, 0.93 * high - 0.04
        parts.append(
            Part(pv.band(np.array([(wide, 0), (wide, high)]), low, up), materials.label(rng, (320, 900)), "around")
        )
    ring, tongue = _ring_pull(wide, high - 0.03)
    pull = shapes.merge(
        [shapes.tube(ring, 0.012, closed=True, sides=8), shapes.scaled(shapes.tube(tongue, 0.03, sides=8), (1, 1, 1))]
    )
    return [*parts, Part(pull, tin)] if rng.random() < 0.6 else parts


def _drink(rng: Rng) -> list[Part]:
    """Drawn in at both ends; slim or stout; perhaps a dented one, or a pack of several."""
    wide = rng.uniform(0.2, 0.3)
    high = wide * rng.uniform(3.2, 5.2)
    neck = wide * rng.uniform(0.78, 0.86)
    outline = [
        (0.75 * wide, 0),
        (0.76 * wide, 0.02),
        (wide, 0.09),
        (wide, high - 0.16),
        (neck, high - 0.05),
        (neck, high - 0.03),
    ]
    body = pv.solid(pv.filleted(outline, [0.01, 0.04, 0.06, 0.03]))
    lid = [
        (neck, high - 0.04),
        (neck + 0.014, high - 0.02),
        (neck + 0.012, high),
        (neck - 0.01, high),
        (neck - 0.02, high - 0.03),
        (0.02, high - 0.028),
    ]
    ring, tongue = _ring_pull(0.75 * neck, high - 0.03)
    top = [pv.solid(lid), shapes.tube(ring, 0.009, closed=True, sides=8), shapes.tube(tongue, 0.02, sides=8)]
    coat = materials.label(rng, (384, 640)) if rng.random() < 0.7 else _coat(rng)
    if rng.random() < 0.5:
        coat = Material(coat.colour, coat.texture, roughness=0.25, metallic=0.7)
    one = [Part(body, coat, "around"), Part(shapes.merge(top), _tin(rng))]
    count = int(rng.choice([1, 1, 1, 2, 3]))
    parts: list[Part] = []
    for number in range(count):
        at = ((number - (count - 1) / 2) * 2.02 * wide, 0.0, 0.0)
        parts += [Part(shapes.moved(part.mesh, at, rng.uniform(-1, 1)), part.material, part.mapping) for part in one]
    return parts


def _spray(rng: Rng) -> list[Part]:
    """A slim can with a domed shoulder; its cap on, or its nozzle bare."""
    wide = rng.uniform(0.16, 0.24)
    high = wide * rng.uniform(3.5, 5.5)
    outline = [
        (wide, 0.0),
        (wide + 0.012, 0.02),
        (wide, 0.045),
        (wide, high - 0.03),
        (wide + 0.012, high),
        (0.95 * wide, high + 0.02),
        (0.8 * wide, high + 0.09),
        (0.45 * wide, high + 0.14),
        (0.45 * wide, high + 0.17),
    ]
    parts = [
        Part(
            pv.solid(pv.filleted(outline, 0.01)),
            materials.label(rng, (512, 512)) if rng.random() < 0.7 else _coat(rng),
            "around",
        )
    ]
    cap = _coat(rng) if rng.random() < 0.3 else materials.plastic(rng)
    if rng.random() < 0.5:
        tall = rng.uniform(0.2, 0.32)
        hood = pv.solid(pv.filleted([(wide + 0.005, 0), (0.95 * wide, tall), (0.02, tall + 0.01)], 0.04))
        return [*parts, Part(shapes.moved(hood, (0, 0, high)), cap)]
    nozzle = pv.solid(pv.filleted([(0.2 * wide, 0), (0.28 * wide, 0.05), (0.28 * wide, 0.14), (0.02, 0.15)], 0.015))
    hole = shapes.straight((0, -0.2 * wide, high + 0.25), (0, -0.3 * wide, high + 0.25), 0.02)
    return [*parts, Part(shapes.moved(nozzle, (0, 0, high + 0.14)), cap), Part(hole, materials.rubber(rng))]


def _bucket(rng: Rng) -> list[Part]:
    """A paint can or pail: open or closed, with a wire handle up or down, its grip of wood."""
    wide, high = rng.uniform(0.38, 0.5), rng.uniform(0.6, 1.0)
    foot = wide * rng.uniform(0.7, 1.0)
    outline = np.array(
        [(foot, 0), (foot, 0.02), (0.5 * (foot + wide), 0.5 * high), (wide, high - 0.03), (wide + 0.02, high)]
    )
    own, wire = _coat(rng), one_of(rng, materials.chrome, materials.painted_metal, materials.brushed)
    body = pv.vessel(pv.filleted(outline, 0.01), 0.014)
    parts = [Part(body, own)]
    hoops = [
        shapes.torus(float(np.interp(z, outline[:, 1], outline[:, 0])), 0.014, (0, 0, z))
        for z in (0.03, high * 0.97, high * 0.75)
    ]
    parts.append(Part(shapes.merge(hoops), own))
    lidded, filled = rng.random() < 0.35, rng.random() < 0.5
    if lidded:
        lid = [
            (wide + 0.025, high - 0.02),
            (wide + 0.025, high + 0.012),
            (wide - 0.03, high + 0.012),
            (wide - 0.06, high - 0.015),
            (0.02, high - 0.015),
        ]
        parts.append(Part(pv.solid(lid), _coat(rng)))
    elif filled:
        level = rng.uniform(0.6, 0.9) * high
        parts.append(Part(pv.filling(outline, 0.014, level), materials.liquid(rng)))
    if foot > 0.9 * wide and rng.random() < 0.8:
        parts.append(Part(pv.band(outline[1:4], 0.12 * high, 0.68 * high), materials.label(rng, (256, 900)), "around"))
    return parts + _bail(rng, wide, high, wire)


def _bail(rng: Rng, wide: float, high: float, wire: Material) -> list[Part]:
    """A handle that turns in ears at both sides."""
    reach, at = wide + 0.035, 0.88 * high
    turn = float(rng.choice([0.0, 1.0])) * rng.uniform(0.3, 1.95) * rng.choice([-1, 1])
    bow = arc(1, np.pi, 0, 48) * [reach, reach * rng.uniform(0.95, 1.25)]
    path = shapes.moved(shapes.tube(upright(bow), rng.uniform(0.009, 0.016), sides=8), (0, 0, at), turn, (1, 0, 0))
    ears = both_sides(
        shapes.moved(shapes.cylinder(0.05, 0.05, sections=24), (wide + 0.01, 0, at), np.pi / 2, (0, 1, 0))
    )
    parts = [Part(path, wire), Part(ears, wire)]
    if rng.random() < 0.6:
        grip = shapes.moved(shapes.tube(upright(bow[19:29]), 0.035), (0, 0, at), turn, (1, 0, 0))
        parts.append(Part(grip, one_of(rng, materials.wood, materials.plastic)))
    return parts


def _watering(rng: Rng) -> list[Part]:
    """A body with a long spout, a rose, and a handle over it and behind it."""
    wide, high = rng.uniform(0.25, 0.36), rng.uniform(0.4, 0.7)
    own = one_of(rng, _coat, _coat, materials.plastic)
    outline = pv.filleted(
        [(wide, 0), (wide * rng.uniform(0.95, 1.1), 0.5 * high), (wide * rng.uniform(0.6, 1), high)], 0.08
    )
    tip = (wide + rng.uniform(0.4, 0.7), 0.0, high * rng.uniform(1.0, 1.4))
    path = shapes.curve([(0.9 * wide, 0, 0.2 * high), (wide + 0.15, 0, 0.35 * high), tip], 40)
    spout = shapes.tube(path, np.linspace(0.07, 0.03, 40), sides=16)
    parts = [Part(pv.vessel(outline, 0.014), own), Part(spout, own)]
    if rng.random() < 0.6:
        rose = shapes.tube(
            path[-1] + np.outer([0.0, 0.1, 0.12], path[-1] - path[-2]) / np.linalg.norm(path[-1] - path[-2]),
            [0.03, 0.1, 0.1],
            sides=24,
        )
        parts.append(Part(rose, one_of(rng, lambda _: own, lambda r: materials.metal(r, "brass"))))
    return [*parts, _grips(rng, outline, wide, high, own)]


def _grips(rng: Rng, outline: Floats, wide: float, high: float, own: Material) -> Part:
    """A bow over the body, one behind it, or both."""
    edge = float(outline[-1, 0])
    over = np.array(
        [
            (0.8 * edge, 0, high - 0.01),
            (0.5 * edge, 0, high + 0.25),
            (-0.5 * edge, 0, high + 0.28),
            (-edge, 0, high - 0.02),
        ]
    )
    back = np.array(
        [
            (-edge, 0, high - 0.03),
            (-wide - 0.3, 0, 0.9 * high),
            (-wide - 0.2, 0, 0.35 * high),
            (-0.97 * wide, 0, 0.2 * high),
        ]
    )
    chosen = [[over], [back], [over, back]][int(rng.integers(3))]
    return Part(wires([shapes.curve(each, 40) for each in chosen], rng.uniform(0.018, 0.03), sides=12), own)


FAMILIES: dict[str, Build] = {"can": can}
