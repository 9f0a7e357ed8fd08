"""What creams and soaps come in: tubes that stand on their caps, pump bottles and sprays."""

import numpy as np
import trimesh
from numpy.typing import ArrayLike

from wesam_packshot.studio import materials, shapes
from wesam_packshot.studio.families import parts_vessels as pv
from wesam_packshot.studio.materials import Rng
from wesam_packshot.studio.product import Build, Material, Part, Product, product
from wesam_packshot.studio.shapes import Bend, Floats


def lofted(
    halves: ArrayLike, depths: ArrayLike, heights: ArrayLike, sides: int = 64, power: float = 2.0
) -> trimesh.Trimesh:
    """A closed body through ovals, each of a half width (x), a half depth (y) and a height.

    Args:
        power: exponent of the superellipse: 2 is an ellipse, less is a lens.
    """
    angles = np.linspace(0, 2 * np.pi, sides, endpoint=False)
    cosine, sine = np.cos(angles), np.sin(angles)
    across, over = np.sign(cosine) * np.abs(cosine) ** (2 / power), np.sign(sine) * np.abs(sine) ** (2 / power)
    a, b, z = (np.asarray(values, float)[:, None] for values in (halves, depths, heights))
    rings = np.stack([a * across, b * over, z + 0 * across], -1)
    ends = np.array([[0, 0, rings[0, 0, 2]], [0, 0, rings[-1, 0, 2]]])
    index = np.arange(len(z) * sides).reshape(len(z), sides)
    there = np.roll(index, -1, 1)
    walls = [[index[:-1], there[:-1], there[1:]], [index[:-1], there[1:], index[1:]]]
    caps = [[np.full(sides, index.size), there[0], index[0]], [np.full(sides, index.size + 1), index[-1], there[-1]]]
    faces = [np.stack([each.ravel() for each in corners], 1) for corners in (*walls, *caps)]
    return trimesh.Trimesh(np.concatenate([rings.reshape(-1, 3), ends]), np.concatenate(faces), process=False)


def tube(rng: np.random.Generator) -> Product:
    """A tube of plastic or aluminium: round at its cap, flat at its crimped end; standing on the cap, or lying."""
    radius, height, start = rng.uniform(0.16, 0.3), rng.uniform(0.9, 1.5), rng.uniform(0.12, 0.35)
    share = np.linspace(0, 1, 48)
    flat = share ** rng.uniform(1.0, 1.8)
    halves, depths = radius * (1 + 0.5 * flat), (radius - 0.012) * (1 - flat) + 0.012
    if rng.random() < 0.4:  # cosmetics are often oval all along
        depths *= np.linspace(rng.uniform(0.6, 1), 1, 48)
    body = lofted(halves, depths, start + height * share)
    made = materials.label(rng, (512, 384)) if rng.random() < 0.6 else _tube_material(rng)
    parts = [
        Part(body, made, "front"),
        _crimp(rng, halves[-1], start + height, made),
        *_tube_cap(rng, radius, depths[0], start),
    ]
    if made.texture is None and rng.random() < 0.8:
        parts.append(_printed_patch(rng, halves, depths, start + height * share))
    if rng.random() >= 0.3:
        return product(parts)
    sunk = [
        Part(shapes.bent(part.mesh, _sinking(start, height, radius)), part.material, part.mapping) for part in parts
    ]
    return product(sunk, pose="lying")


def _sinking(start: float, height: float, depth: float) -> Bend:
    """Lying, the flat end of a tube sinks onto the floor behind it."""

    def bend(points: Floats) -> Floats:
        back = (0.8 * depth * (points[:, 2] - start) / height).clip(min=0)
        sunk: Floats = points + np.stack([0 * back, back, 0 * back], 1)
        return sunk

    return bend


def _tube_material(rng: Rng) -> Material:
    return pv.chosen(rng, materials.white_plastic, materials.plastic, materials.brushed, materials.metal)


def _crimp(rng: Rng, half: float, at: float, made: Material) -> Part:
    """The flat end: ribs across, or a fold rolled up as of tubes of aluminium."""
    deep = rng.uniform(0.06, 0.12)
    own = Material(made.colour, roughness=made.roughness, metallic=made.metallic)
    if made.texture is not None:
        own = materials.plastic(rng, materials.white(rng))
    if made.metallic:
        fold = shapes.rounded_box((2 * half, 0.045, deep), 0.02, (0, 0, at + deep / 2 - 0.01))
        return Part(fold, own)
    ribs = [shapes.box((2 * half, 0.03, deep / 12), (0, 0, at + (k + 0.5) * deep / 6)) for k in range(6)]
    return Part(shapes.merge([shapes.box((2 * half, 0.022, deep), (0, 0, at + deep / 2 - 0.003)), *ribs]), own)


def _tube_cap(rng: Rng, radius: float, depth: float, height: float) -> list[Part]:
    """A wide cap to stand on, smooth, ribbed or with a flip lid; of plastic, metal or wood."""
    own = pv.chosen(rng, materials.plastic, materials.white_plastic, materials.metal, materials.wood)
    wide = radius * rng.uniform(0.7, 1.0)
    cap = pv.knurled(wide, height - 0.02, 0, int(rng.choice([0, 0, 30, 45])), 0.05)
    cap = shapes.moved(cap, (0, 0, -(height - 0.02)), np.pi, (1, 0, 0))
    cap.apply_translation((0, 0, -cap.bounds[0, 2]))
    shoulder = pv.solid(pv.filleted([(0.8 * wide, height - 0.05), (radius, height), (radius, height + 0.02)], 0.01))
    flat = (1, depth / radius, 1)
    parts = [Part(shapes.scaled(cap, flat), own), Part(shapes.scaled(shoulder, flat), own)]
    if rng.random() < 0.35:
        seam = shapes.scaled(shapes.torus(wide, 0.006, (0, 0, rng.uniform(0.55, 0.75) * height)), flat)
        parts.append(Part(seam, Material((0.05, 0.05, 0.05))))
    return parts


def _printed_patch(rng: Rng, halves: Floats, depths: Floats, heights: Floats) -> Part:
    """A print on the front of a plain tube."""
    low, high = int(rng.integers(4, 10)), int(rng.integers(25, 38))
    across = np.linspace(-0.75, 0.75, 17)
    a, b, z = (values[low:high, None] for values in (halves, depths, heights))
    grid = np.stack([a * across, -b * np.sqrt(1 - across**2) - 0.004, z + 0 * across], -1)
    return Part(
        shapes.thick_grid(grid.reshape(-1, 3), high - low, 17, 0.004), materials.label(rng, (320, 256)), "front"
    )


def pump_bottle(rng: np.random.Generator) -> Product:
    """A bottle for soap or lotion with a pump, a fine mist sprayer or a trigger; of glass, plastic, china, metal."""
    wide, body = rng.uniform(0.28, 0.45), rng.uniform(0.6, 1.3)
    neck = rng.uniform(0.11, 0.15)
    shoulder = body + rng.uniform(0.03, 0.3)
    line = [
        (0.94 * wide, 0),
        (wide, 0.03),
        (wide * rng.uniform(0.85, 1), body),
        (neck, shoulder),
        (neck, shoulder + 0.08),
    ]
    outside = pv.filleted(line, [0.03, rng.uniform(0.03, 0.25), 0.04])
    fade = (body * 0.98, shoulder)
    forms: list[Bend] = [lambda points: points, pv.polygon(4, rng.uniform(8, 30), fade), pv.oval(0.6, fade)]
    forms.append(pv.lobed(int(rng.integers(12, 36)), 0.05, fade=fade))
    form = forms[int(rng.choice(4, p=[0.5, 0.25, 0.15, 0.1]))]
    made = _pump_material(rng)
    parts = [Part(shapes.bent(pv.vessel(outside, 0.022, 0.04, 144), form), made, "around")]
    top = shoulder + 0.08
    if made.ior:
        level = rng.uniform(0.3, 0.85) * body
        parts.append(Part(shapes.bent(pv.filling(outside, 0.022, level, 0.04, 144), form), materials.liquid(rng)))
        dip = shapes.straight((0, 0, level - 0.01), (0, 0, top + 0.05), 0.018)
        parts.append(Part(dip, materials.white_plastic(rng)))
    if rng.random() < 0.75:
        parts.append(pv.labelled(rng, outside, rng.uniform(0.1, 0.3) * body, rng.uniform(0.65, 0.9) * body, form))
    own = pv.chosen(rng, materials.plastic, materials.white_plastic, materials.metal, materials.chrome)
    collar = pv.knurled(neck + 0.03, 0.13, top - 0.09, int(rng.choice([0, 0, 30])), 0.1)
    head = (_pump, _pump, _mist, _trigger)[int(rng.integers(4))](rng, neck)
    return product([*parts, Part(shapes.merge([collar, shapes.moved(head, (0, 0, top + 0.03))]), own)])


def _pump_material(rng: Rng) -> Material:
    amber = pv.stained(rng, (0.5, 0.22, 0.05), (0.2, 0.45, 0.2), (0.985, 0.99, 0.985))
    makers = [lambda _: amber, materials.glass, materials.plastic, materials.white_plastic, materials.ceramic]
    makers += [materials.brushed, materials.painted_metal]
    return makers[int(rng.choice(7, p=[0.22, 0.13, 0.15, 0.2, 0.15, 0.08, 0.07]))](rng)


def _pump(rng: Rng, _neck: float) -> trimesh.Trimesh:
    """Piston, head and a spout that bends down; turned to any side but the back."""
    rise, reach = rng.uniform(0.12, 0.3), rng.uniform(0.28, 0.45)
    piston = shapes.cylinder(rng.uniform(0.025, 0.04), rise + 0.04, (0, 0, rise / 2))
    thick = rng.uniform(0.026, 0.045)
    head = pv.solid(pv.filleted([(0.055, 0), (0.09, 0.03), (0.085, 0.09), (0.02, 0.1)], 0.02))
    path = shapes.curve([(0, 0, 0.05), (0.6 * reach, 0, 0.06), (0.92 * reach, 0, 0.045), (reach, 0, -0.03)], 32)
    if rng.random() < 0.3:  # a gooseneck in place of the head
        path = shapes.curve([(0, 0, 0), (0.03, 0, 0.15), (0.6 * reach, 0, 0.2), (reach, 0, 0.12), (reach, 0, 0.02)], 40)
    spout = shapes.tube(path, np.linspace(thick, 0.75 * thick, len(path)))
    upper = shapes.moved(shapes.merge([head, spout]), (0, 0, rise))
    return shapes.moved(shapes.merge([piston, upper]), turn=rng.uniform(-1.9, 0.6))


def _mist(rng: Rng, neck: float) -> trimesh.Trimesh:
    """A finger spray with its nozzle, or the clear overcap's outline as a closed cap."""
    if rng.random() < 0.4:
        return pv.knurled(neck + 0.02, rng.uniform(0.25, 0.4), 0, 0, 0.2)
    stem = shapes.cylinder(0.05, 0.14, (0, 0, 0.06))
    head = pv.knurled(0.09, 0.13, 0.1, int(rng.choice([0, 20])), 0.2)
    nozzle = shapes.moved(shapes.cylinder(0.02, 0.04), (0, -0.09, 0.18), np.pi / 2, (1, 0, 0))
    return shapes.moved(shapes.merge([stem, head, nozzle]), turn=rng.uniform(-1, 1))


def _trigger(rng: Rng, neck: float) -> trimesh.Trimesh:
    """A spray gun: body, nozzle, trigger."""
    outline = [
        (-0.16, 0.3),
        (-0.12, 0.18),
        (-0.06, 0.14),
        (-0.06, 0),
        (0.06, 0),
        (0.08, 0.15),
        (0.3, 0.2),
        (0.3, 0.29),
        (0.1, 0.36),
        (-0.1, 0.36),
    ]
    body = shapes.plate(outline, 0.13)
    nozzle = shapes.rounded_box((0.08, 0.1, 0.1), 0.02, (0.33, 0, 0.245))
    lever = shapes.tube(shapes.curve([(0.17, 0, 0.2), (0.2, 0, 0.1), (0.17, 0, 0.0), (0.23, 0, -0.12)], 24), 0.026)
    root = shapes.cylinder(neck, 0.05, (0, 0, 0.02))
    turn = rng.uniform(-0.6, 0.6) + (np.pi if rng.random() < 0.5 else 0)
    return shapes.moved(shapes.merge([body, nozzle, lever, root]), turn=turn)


FAMILIES: dict[str, Build] = {"tube": tube, "pump_bottle": pump_bottle}
