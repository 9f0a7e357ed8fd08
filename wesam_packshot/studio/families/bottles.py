"""Bottles: wine, beer, water, milk, oil; of glass or plastic with a liquid inside, of steel, of opaque plastic."""

from dataclasses import dataclass

import numpy as np

from wesam_packshot.studio import materials, shapes
from wesam_packshot.studio.families import parts_vessels as pv
from wesam_packshot.studio.materials import Rng
from wesam_packshot.studio.product import Build, Material, Part, Product, product
from wesam_packshot.studio.shapes import Bend, Floats

# What bottle glass lets through a surface, linear RGB.
GREEN, OLIVE, AMBER, BLUE = (0.2, 0.45, 0.2), (0.35, 0.4, 0.12), (0.5, 0.22, 0.05), (0.35, 0.55, 0.85)


@dataclass(frozen=True)
class Shape:
    """A body with its neck, in units of the body's radius, seen from the side.

    Attributes:
        outside: profile.
        straight: heights between which a label fits.
        neck: radius of the mouth.
        form: cross-section of the body, which fades to a circle at the neck.
    """

    outside: Floats
    straight: tuple[float, float]
    neck: float
    form: Bend | None = None

    @property
    def top(self) -> float:
        return float(self.outside[-1, 1])


def bottle(rng: np.random.Generator) -> Product:
    """A bottle with its closure, label and content."""
    makers = (_wine, _beer, _water, _milk, _oil, _flask, _detergent, _decanter)
    return makers[int(rng.choice(8, p=[0.2, 0.13, 0.16, 0.08, 0.13, 0.12, 0.1, 0.08]))](rng)


def _shape(rng: Rng, body: float, shoulder: float, total: float, neck: float) -> Shape:
    """A bottle of radius 0.4: heights of the body's end, of the shoulder's end and of the mouth."""
    points = [(0.36, 0), (0.4, 0.05), (0.4, body), (neck * rng.uniform(1, 1.15), shoulder), (neck, total)]
    return Shape(pv.filleted(points, [0.04, 0.25 * (body), 0.3 * (total - shoulder)]), (0.12, body * 0.85), neck)


def _formed(rng: Rng, shape: Shape, *kinds: str) -> Shape:
    """The same bottle, of one of some cross-sections."""
    fade = (shape.straight[1], shape.top * 0.86)
    forms = {
        "square": pv.polygon(4, rng.uniform(8, 24), fade),
        "hexagon": pv.polygon(int(rng.choice([6, 8])), rng.uniform(30, 80), fade),
        "oval": pv.oval(rng.uniform(0.5, 0.75), fade),
        "lobed": pv.lobed(int(rng.integers(8, 20)), 0.06, fade=fade),
    }
    return Shape(shape.outside, shape.straight, shape.neck, forms.get(pv.pick(rng, *kinds)))


def _body(rng: Rng, shape: Shape, made: Material, content: Material | None, labels: float = 0.9) -> list[Part]:
    """The wall, what is in it, and perhaps a label."""
    bend: Bend = shape.form or (lambda points: points)
    sections = 96 if shape.form else 64
    parts = [Part(shapes.bent(pv.vessel(shape.outside, 0.022, 0.05, sections), bend), made, "around")]
    if content and made.ior:
        level = rng.uniform(0.65, 0.9) * shape.top
        parts.append(Part(shapes.bent(pv.filling(shape.outside, 0.022, level, 0.05, sections), bend), content))
    if rng.random() < labels:
        low, high = shape.straight
        middle, half = rng.uniform(0.4, 0.6), rng.uniform(0.25, 0.4)
        ends = (low + (high - low) * (middle - half), low + (high - low) * (middle + half))
        parts.append(pv.labelled(rng, shape.outside, *ends, shape.form))
    return parts


def _wine(rng: Rng) -> Product:
    """Bordeaux, burgundy or sparkling, with a capsule or a cork."""
    body = rng.uniform(0.9, 1.6)
    shape = _shape(rng, body, body + rng.uniform(0.25, 0.7), rng.uniform(2.4, 2.9), rng.uniform(0.13, 0.16))
    made = pv.stained(rng, GREEN, OLIVE, AMBER, (0.985, 0.99, 0.985))
    red = Material((0.12, 0.01, 0.02), roughness=0.1)
    content = red if max(made.colour) < 0.6 else pv.chosen(rng, materials.liquid, lambda _: red)
    ring = shapes.torus(shape.neck, 0.018, (0, 0, shape.top - 0.08), 48)
    parts = [*_body(rng, shape, made, content)]
    if rng.random() < 0.3:
        cork = shapes.cylinder(shape.neck - 0.035, 0.34, (0, 0, shape.top - 0.07))
        return product([*parts, Part(cork, pv.CORK)])
    length = rng.uniform(0.25, 0.6)
    wide = shape.outside[-1, 0] + 0.03
    capsule = pv.solid(pv.filleted([(wide, 0), (wide, length), (0.01, length)], 0.03))
    foil = pv.chosen(rng, materials.plastic, materials.metal, materials.painted_metal)
    return product([*parts, Part(shapes.merge([shapes.moved(capsule, (0, 0, shape.top - length + 0.03)), ring]), foil)])


def _beer(rng: Rng) -> Product:
    """With a crown cap, or a swing top of wire."""
    body = rng.uniform(0.9, 1.3)
    shape = _shape(rng, body, body + rng.uniform(0.15, 0.6), body + rng.uniform(0.75, 0.95), rng.uniform(0.13, 0.17))
    parts = _body(rng, shape, pv.stained(rng, AMBER, GREEN, (0.985, 0.99, 0.985)), materials.liquid(rng))
    radius = shape.neck + 0.012
    if rng.random() < 0.5:
        cap = pv.solid(pv.filleted([(radius + 0.035, 0), (radius, 0.07), (0.01, 0.08)], 0.03, 0.01), 126)
        crown = shapes.bent(cap, pv.lobed(21, 0.12, fade=(0.0, 0.07)))
        return product([*parts, Part(shapes.moved(crown, (0, 0, shape.top - 0.045)), materials.metal(rng))])
    return product([*parts, *_swing_top(rng, shape)], "holes")


def _swing_top(rng: Rng, shape: Shape) -> list[Part]:
    """A stopper of china on a seal, held by a bail of wire on both sides."""
    top, radius = shape.top, shape.neck + 0.02
    stopper = pv.solid(pv.filleted([(0.6 * radius, -0.06), (radius, 0.02), (radius, 0.05), (0.05, 0.16)], 0.05, 0.02))
    seal = shapes.torus(0.75 * radius, 0.02, (0, 0, top + 0.005), 32)
    out = radius + 0.06
    bail = [(-radius, top - 0.2), (-out, top - 0.1), (-out, top + 0.03), (-0.05, top + 0.13)]
    loop = pv.ear([*bail, *[(-x, z) for x, z in bail[::-1]]], 0.012, sides=8)
    lever = shapes.tube(
        shapes.curve(
            [
                (-out, 0, top - 0.1),
                (-out, -0.14, top - 0.35),
                (0, -radius - 0.1, top - 0.42),
                (out, -0.14, top - 0.35),
                (out, 0, top - 0.1),
            ]
        ),
        0.012,
        sides=8,
    )
    collar = shapes.torus(radius + 0.005, 0.014, (0, 0, top - 0.2), 40)
    return [
        Part(shapes.moved(stopper, (0, 0, top + 0.02)), materials.ceramic(rng)),
        Part(seal, Material((0.6, 0.08, 0.05), roughness=0.7)),
        Part(shapes.merge([loop, lever, collar]), materials.chrome(rng)),
    ]


def _water(rng: Rng) -> Product:
    """Thin plastic with rings and a screw cap, or a carafe of it."""
    body = rng.uniform(1.1, 1.7)
    shape = _shape(rng, body, body + rng.uniform(0.3, 0.5), body + rng.uniform(0.5, 0.65), rng.uniform(0.14, 0.2))
    outside = shape.outside.copy()
    rings = rng.uniform(0, 0.03) * np.sin(outside[:, 1] * 2 * np.pi * rng.uniform(3, 8)) ** 2
    outside[:, 0] -= rings * ((outside[:, 1] > 0.1) & (outside[:, 1] < body))
    shape = _formed(rng, Shape(outside, shape.straight, shape.neck), "round", "round", "square", "lobed")
    clear = pv.stained(rng, (0.985, 0.99, 0.985), (0.985, 0.99, 0.985), (0.8, 0.92, 0.99), (0.75, 0.93, 0.8))
    juice = materials.liquid(rng) if rng.random() < 0.5 else Material((0.75, 0.85, 0.9), roughness=0.05)
    parts = _body(rng, shape, clear, juice if rng.random() < 0.8 else None)
    wide = shape.outside[-1, 0] + 0.02
    collar = shapes.torus(wide + 0.01, 0.014, (0, 0, shape.top - 0.16), 48)
    cap = pv.knurled(wide, rng.uniform(0.13, 0.2), shape.top - 0.11, int(rng.choice([0, 24, 36])))
    return product([*parts, Part(shapes.merge([cap, collar]), materials.plastic(rng))])


def _milk(rng: Rng) -> Product:
    """A wide-mouthed bottle with milk or juice, and a lid of foil or plastic, perhaps with a straw."""
    body = rng.uniform(0.8, 1.2)
    shape = _formed(rng, _shape(rng, body, body + 0.35, body + 0.6, rng.uniform(0.22, 0.27)), "round", "square")
    milk = Material((0.85, 0.83, 0.78), roughness=0.3)
    parts = _body(rng, shape, pv.stained(rng), pv.chosen(rng, materials.liquid, lambda _: milk), 0.5)
    lid = shapes.moved(pv.knurled(shape.neck + 0.03, 0.09, shape.top - 0.06, 0), (0, 0, 0))
    parts.append(Part(lid, pv.chosen(rng, materials.metal, materials.plastic, materials.white_plastic)))
    if rng.random() < 0.5:
        lean = rng.uniform(0.1, 0.3)
        straw = shapes.straight((0.02, 0, shape.top - 0.03), (lean, 0, shape.top + rng.uniform(0.4, 0.7)), 0.03)
        parts.append(Part(straw, materials.plastic(rng)))
    return product(parts)


def _oil(rng: Rng) -> Product:
    """Oil, vinegar, sauce or spirits: often square, with a cork, a knob or a pourer."""
    body = rng.uniform(0.7, 1.6)
    neck = rng.uniform(0.1, 0.15)
    plain = _shape(rng, body, body + rng.uniform(0.08, 0.4), body + rng.uniform(0.5, 0.9), neck)
    shape = _formed(rng, plain, "square", "square", "hexagon", "oval", "round")
    parts = _body(rng, shape, pv.stained(rng, (0.985, 0.99, 0.985), GREEN, BLUE), materials.liquid(rng), 0.7)
    if rng.random() < 0.4:
        cork = pv.solid([(0.7 * neck, -0.15), (0.7 * neck, 0.0), (neck, 0.01), (1.1 * neck, 0.14), (0.9 * neck, 0.16)])
        return product([*parts, Part(shapes.moved(cork, (0, 0, shape.top + 0.02)), pv.CORK)])
    if rng.random() < 0.5:
        top = shape.top
        line = shapes.curve([(0, 0, top), (0, 0, top + 0.12), (0.06, 0, top + 0.25), (0.2, 0, top + 0.36)], 24)
        spout = shapes.tube(line, np.linspace(0.04, 0.022, 24))
        plug = pv.solid([(0.6 * neck, -0.1), (0.65 * neck, 0.0), (neck, 0.01), (neck, 0.06), (0.05, 0.1)])
        return product(
            [*parts, Part(shapes.merge([spout, shapes.moved(plug, (0, 0, top + 0.01))]), materials.chrome(rng))]
        )
    cap = pv.knurled(shape.outside[-1, 0] + 0.02, rng.uniform(0.15, 0.3), shape.top - 0.1, int(rng.choice([0, 40])))
    return product([*parts, Part(cap, pv.chosen(rng, materials.metal, materials.plastic))])


def _flask(rng: Rng) -> Product:
    """A drinking bottle of steel or plastic with a loop, a strap or a straw on its lid."""
    body = rng.uniform(1.2, 1.9)
    neck = rng.uniform(0.2, 0.34)
    shape = _shape(rng, body, body + rng.uniform(0.15, 0.3), body + rng.uniform(0.3, 0.4), neck)
    made = pv.chosen(rng, materials.brushed, materials.painted_metal, materials.white_plastic, materials.chrome)
    lid = pv.knurled(shape.outside[-1, 0] + 0.03, 0.26, shape.top - 0.14, int(rng.choice([0, 30])))
    parts = [*_body(rng, shape, made, None, 0.4), Part(lid, own := materials.plastic(rng))]
    top, half = shape.top + 0.1, rng.uniform(0.12, neck)
    arc = [
        (-half, top - 0.02),
        (-half, top + 0.1),
        (0, top + rng.uniform(0.18, 0.3)),
        (half, top + 0.1),
        (half, top - 0.02),
    ]
    return product([*parts, Part(pv.ear(arc, rng.uniform(0.02, 0.035), rng.uniform(1, 3)), own)], "holes")


def _detergent(rng: Rng) -> Product:
    """An oval jug of opaque plastic with a grip at its side."""
    body = rng.uniform(0.8, 1.2)
    shape = _shape(rng, body, body + 0.25, body + 0.4, 0.16)
    shape = _formed(rng, shape, "oval", "square")
    own = pv.chosen(rng, materials.plastic, materials.white_plastic)
    top = shape.top
    grip = pv.ear(
        [(0.1, top - 0.12), (0.35, top - 0.1), (0.58, top - 0.3), (0.54, 0.55 * top), (0.33, 0.4 * top)],
        rng.uniform(0.06, 0.08),
        1.3,
    )
    cap = pv.knurled(0.2, rng.uniform(0.18, 0.35), top - 0.1, int(rng.choice([24, 36])))
    return product([*_body(rng, shape, own, None), Part(grip, own), Part(cap, materials.plastic(rng))], "holes")


def _decanter(rng: Rng) -> Product:
    """A carafe with a ball or a cork on it."""
    belly, neck = rng.uniform(0.45, 0.75), rng.uniform(0.12, 0.2)
    radii, heights = [0.75 * belly, belly, neck, neck, 1.25 * neck], [0, 0.35, 1, 1.25, 1.45]
    outside = shapes.smooth_profile(radii, heights, 60)
    shape = Shape(outside, (0.2, 0.5), neck)
    parts = _body(rng, shape, materials.glass(rng), materials.liquid(rng) if rng.random() < 0.7 else None, 0.1)
    ball = shapes.sphere(1.3 * neck, (0, 0, 1.45 + 0.9 * neck))
    own = pv.chosen(rng, lambda _: pv.CORK, materials.wood, materials.metal)
    return product([*parts, Part(ball, own)])


FAMILIES: dict[str, Build] = {"bottle": bottle}
