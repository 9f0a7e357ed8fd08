"""Eyeglasses and sunglasses, kept for the test split."""

import numpy as np
import shapely
import trimesh

from wesam_packshot.studio import materials, shapes
from wesam_packshot.studio.families.parts_rest import settled
from wesam_packshot.studio.families.parts_wire import (
    Rng,
    both_sides,
    even,
    one_of,
    oval,
    rounded,
    slab,
    swept,
    upright,
    wires,
)
from wesam_packshot.studio.product import Build, Material, Part, Product, product
from wesam_packshot.studio.shapes import Floats


def eyeglasses(rng: np.random.Generator) -> Product:
    """About 1 wide, the lenses to -y; open or folded, on the floor as they come to rest."""
    outline, middle = _lens(rng)
    thin = bool(rng.random() < 0.5)
    frame = one_of(rng, materials.metal, materials.chrome, materials.painted_metal) if thin else _acetate(rng)
    wire = rng.uniform(0.009, 0.014) if thin else rng.uniform(0.018, 0.035)
    placed = outline + np.array([middle, 0])
    parts = [Part(both_sides(_rim(placed, wire, thin)), frame), Part(_bridge(rng, placed, wire, thin), frame)]
    glass = _tint(rng)
    for side in (-1, 1):
        lens = _pane(placed * [side, 1], 0.7 * wire)
        parts.append(Part(lens, glass))
    parts += _temples(rng, placed, wire, frame, folded=bool(rng.random() < 0.3)) + _pads(placed, frame)
    if rng.random() < 0.3:
        return product(settled(parts, (0, 1, 0)), "thin", "holes", pose="lying")
    return product(settled(parts, (0, 0, -1)), "thin", "holes")


def _acetate(rng: Rng) -> Material:
    shell = Material((0.12, 0.05, 0.02), roughness=0.15, clearcoat=1.0)
    return one_of(rng, lambda _: shell, materials.plastic, materials.white_plastic, materials.rubber, materials.wood)


def _tint(rng: Rng) -> Material:
    """Clear, tinted, or a mirror."""
    kind = rng.random()
    if kind < 0.15:
        return Material(materials.METALS["chrome"], roughness=0.03, metallic=1.0)
    clear, hue = (0.98, 0.99, 0.98), rng.uniform(0.15, 0.75, 3)
    return Material(clear if kind < 0.6 else (float(hue[0]), float(hue[1]), float(hue[2])), ior=1.5, roughness=0.0)


def _lens(rng: Rng) -> tuple[Floats, float]:
    """Its outline (96, 2) and the x of its middle: round, square, aviator, cat eye."""
    half, high, power = rng.uniform(0.2, 0.24), rng.uniform(0.13, 0.21), rng.uniform(2, 4.5)
    shape = oval(half, high, power, 96)
    kind = str(rng.choice(["plain", "round", "aviator", "cat"]))
    if kind == "round":
        shape = oval(0.2, 0.2, 2.0, 96)
    if kind == "aviator":
        low = (-shape[:, 1] / high).clip(0, 1)
        shape = shape * np.stack([1 - 0.25 * low, np.ones(96)], 1) + np.stack([-0.05 * low, -0.05 * low], 1)
    if kind == "cat":
        outer = (shape[:, 0] / half).clip(0, 1)
        shape = shape + np.stack([0.03 * outer, 0.08 * outer**2 * (shape[:, 1] > 0)], 1)
    return even(shape, 96), half + rng.uniform(0.05, 0.075)


def _rim(outline: Floats, wire: float, thin: bool) -> trimesh.Trimesh:
    path = upright(outline)
    if thin:
        return shapes.tube(path, wire, closed=True, sides=10)
    area = shapely.Polygon(outline)
    return slab(area.buffer(1.4 * wire).difference(area.buffer(-0.6 * wire)), 1.9 * wire)


def _pane(outline: Floats, into: float) -> trimesh.Trimesh:
    """A closed flat lens, its edge in the rim."""
    ring = shapely.Polygon(outline).buffer(0.3 * into).exterior
    return shapes.plate(even(np.asarray(ring.coords)[:-1], 96), 0.008)


def _bridge(rng: Rng, outline: Floats, wire: float, thin: bool) -> trimesh.Trimesh:
    """Between the lenses: an arch, two bars as of aviators, or a saddle."""
    inner = outline[outline[:, 0] < outline[:, 0].mean()]
    start = inner[np.abs(inner[:, 1] - 0.06).argmin()]
    arch = shapes.curve(
        [(-start[0], -0.005, 0.06), (0, -0.02, 0.06 + rng.uniform(0.01, 0.05)), (start[0], -0.005, 0.06)], 24
    )
    if not thin:
        return swept(arch, (0, 0, 1), (rng.uniform(0.045, 0.07), 1.9 * wire), 4, 12)
    bars = [arch]
    if rng.random() < 0.35:
        high = inner[np.abs(inner[:, 1] - 0.11).argmin()]
        bars.append(np.array([(-high[0], 0, high[1]), (0, 0, high[1] + 0.01), (high[0], 0, high[1])]))
    return wires(bars, wire)


def _pads(outline: Floats, frame: Material) -> list[Part]:
    """Nose pads on wires behind the lenses."""
    x = float(outline[:, 0].min()) - 0.012
    arm = shapes.curve([(x + 0.02, 0, -0.02), (x + 0.01, 0.05, 0.0), (x, 0.07, -0.04)], 16)
    pad = shapes.scaled(shapes.sphere(1, steps=12), (0.01, 0.018, 0.034)).apply_translation((x, 0.075, -0.05))
    return [
        Part(both_sides(wires([arm], 0.005)), frame),
        Part(both_sides(pad), Material((0.85, 0.85, 0.82), roughness=0.2)),
    ]


def _temples(rng: Rng, outline: Floats, wire: float, frame: Material, folded: bool) -> list[Part]:
    """From the upper outer corners back, bent down behind the ears; or folded behind the lenses."""
    x, z = float(outline[:, 0].max()) + 1.2 * wire, rng.uniform(0.05, 0.1)
    long = rng.uniform(0.9, 1.05)
    side = [(0, 0, 0), (0.0, 0.7 * long, 0.0), (0, long, -rng.uniform(0.12, 0.25))]
    path = rounded(side, 0.2, steps=14)
    path = np.concatenate([np.linspace(path[0], path[1], 12)[:-1], path[1:]])
    share = np.linspace(0, 1, len(path))
    width = np.interp(share, [0, 0.2, 0.7, 1], [2.6 * wire, 1.8 * wire, 1.8 * wire, 2.6 * wire])
    made = []
    for sign in (-1, 1):
        own = path.copy()
        if folded:
            turn = np.radians(86 if sign < 0 else 82)
            own = np.stack(
                [-sign * np.sin(turn) * path[:, 1], np.cos(turn) * path[:, 1] + 0.03 * (sign > 0), path[:, 2]], 1
            )
            own[:, 1] += 0.05
        else:
            own[:, 0] -= sign * 0.06 * share**2
        bar = swept(own, (0, 0, 1), np.stack([width * 1.6, width], 1), 3, 12)
        made.append(shapes.moved(bar, (sign * x, 0.02, z)))
    hinge = shapes.rounded_box(
        (2.4 * wire + 0.02, 0.08 if folded else 0.05, 2.8 * wire), 0.008, (x - 0.8 * wire, 0.02, z), 3
    )
    screw = shapes.straight((x - 1.6 * wire, 0.03, z - 1.6 * wire), (x - 1.6 * wire, 0.03, z + 1.6 * wire), 0.006, 8)
    return [
        Part(shapes.merge([*made, both_sides(hinge)]), frame),
        Part(both_sides(screw), materials.metal(rng, "steel")),
    ]


FAMILIES: dict[str, Build] = {"eyeglasses": eyeglasses}
