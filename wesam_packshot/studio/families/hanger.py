"""Clothes hangers."""

import numpy as np
import shapely
import trimesh

from wesam_packshot.studio import materials, shapes
from wesam_packshot.studio.families.parts_rest import grounded
from wesam_packshot.studio.families.parts_wire import (
    Rng,
    along_x,
    arc,
    board,
    both_sides,
    finish,
    one_of,
    rounded,
    slab,
    swept,
    upright,
)
from wesam_packshot.studio.product import Build, Material, Part, Product, product
from wesam_packshot.studio.shapes import Floats


def hanger(rng: Rng) -> Product:
    """Of wood, wire, tube, cloth or flat plastic, with bars or clips as sold; the shoulders are 2 wide."""
    kinds = (_wooden, _wooden, _wire, _tubular, _flat, _padded, _clips)
    parts, tags = kinds[int(rng.integers(len(kinds)))](rng)
    return product(grounded(parts), *tags, pose="hanging")


def _hook(rng: Rng, foot: float, thick: float) -> trimesh.Trimesh:
    """A hook whose stem starts at z = foot."""
    radius, stem = rng.uniform(0.14, 0.22), rng.uniform(0.1, 0.3)
    bow = arc(radius, -0.5 * np.pi, rng.uniform(0.85, 1.15) * np.pi, 30) * [1, 1]
    bow = np.add(bow, [0, foot + stem + radius])
    tip = bow[-1] + [-0.02, -0.03]
    line = np.concatenate([[[0, foot]], [[0, foot + stem * 0.6]], bow, [tip]])
    hook = shapes.tube(upright(line), thick, sides=10)
    ball = shapes.sphere(thick * rng.uniform(1.0, 1.7), (tip[0], 0, tip[1]), steps=10)
    return shapes.merge([hook, ball])


def _shoulder(rng: Rng, count: int = 40) -> Floats:
    """The middle line from the left tip over the neck to the right, (count, 3); the neck is at z = 0."""
    x = np.linspace(-1, 1, count)
    drop, sag = rng.uniform(0.28, 0.5), rng.uniform(0.0, 0.12)
    rise = np.sqrt(x**2 + rng.uniform(0.002, 0.03))
    z = -drop * rise - sag * np.sin(np.pi * np.abs(x)) * rng.choice([-1, 1, 1]) * 0.5
    forward = -rng.uniform(0, 0.16) * x**2
    return np.column_stack([x, forward, z - z.max()])


def _bar(rng: Rng, line: Floats, thick: float) -> trimesh.Trimesh:
    """A bar for trousers below the shoulders; round."""
    place = int(rng.integers(2, 6))
    ends = line[[place, -place - 1]]
    low = float(ends[0, 2]) - rng.uniform(0.0, 0.2)
    corner = ends * [1, 1, 0] + [0, 0, low]
    if float(ends[0, 2]) - low < 0.05:
        return shapes.straight(ends[0], ends[1], thick)
    return shapes.tube(rounded([ends[0], corner[0], corner[1], ends[1]], 0.06), thick)


def _wooden(rng: Rng) -> tuple[list[Part], list[str]]:
    line = _shoulder(rng)
    share = np.abs(line[:, 0])
    wide = rng.uniform(0.08, 0.13) + 0.05 * (1 - share) ** 3
    deep = rng.uniform(0.05, 0.08) + rng.uniform(0, 0.16) * share**3
    ends = np.sqrt((1 - (share.clip(0.93, 1) - 0.93) / 0.0701).clip(0.05))
    body = swept(line, (0, 1, 0), np.stack([deep * ends, wide * ends], 1), rng.uniform(2, 4), 20)
    make: tuple[Material, ...] = (
        along_x(materials.wood(rng)),
        Material(materials.white(rng), roughness=0.3, clearcoat=1.0),
    )
    own = make[int(rng.random() < 0.3)]
    metal = one_of(rng, materials.chrome, materials.metal)
    parts = [Part(body, own), Part(_hook(rng, -0.03, rng.uniform(0.016, 0.024)), metal)]
    if rng.random() < 0.65:
        parts.append(Part(_bar(rng, line, rng.uniform(0.018, 0.032)), own if rng.random() < 0.7 else metal))
        return parts, ["holes"]
    return parts, []


def _wire(rng: Rng) -> tuple[list[Part], list[str]]:
    """One wire, twisted at the neck."""
    drop, thick, low = rng.uniform(0.3, 0.45), rng.uniform(0.012, 0.02), rng.uniform(0.02, 0.12)
    sag = rng.uniform(0, 0.05)
    corners = [[0.02, 0, 0], [0.25, 0, -0.25 * drop], [1, 0, -drop], [0.9, 0, -drop - low], [0, 0, -drop - low - sag]]
    right = rounded(corners, rng.uniform(0.05, 0.1))
    frame = both_sides(shapes.tube(right, thick, sides=8))
    turns = np.linspace(0, 1, 60)
    angle = 2 * np.pi * rng.integers(3, 6) * turns
    twist = np.stack([1.4 * thick * np.cos(angle), 1.4 * thick * np.sin(angle), -0.02 + 0.2 * turns], 1)
    pair = [shapes.tube(twist * [sign, sign, 1], thick * 0.9, sides=6) for sign in (1, -1)]
    meshes = (frame, *pair, _hook(rng, 0.12, thick))
    return [Part(shapes.merge(meshes), finish(rng))], ["thin", "holes"]


def _tubular(rng: Rng) -> tuple[list[Part], list[str]]:
    """Thick plastic tube, hook and all, with small hooks for straps."""
    drop, thick = rng.uniform(0.3, 0.5), rng.uniform(0.028, 0.042)
    low = drop + rng.uniform(0.1, 0.2)
    corners = [(0, 0, 0), (0.3, 0, -0.22 * drop), (1, 0, -drop), (0.97, 0, -low), (0, 0, -low)]
    meshes = [both_sides(shapes.tube(rounded(corners, 0.14), thick)), _hook(rng, -0.03, thick * 0.9)]
    if rng.random() < 0.6:
        hook = rounded([[0.75, 0, -0.75 * drop], [0.7, 0, -0.75 * drop - 0.12], [0.62, 0, -0.72 * drop - 0.08]], 0.04)
        meshes.append(both_sides(shapes.tube(hook, thick * 0.6)))
    return [Part(shapes.merge(meshes), one_of(rng, materials.plastic, materials.white_plastic))], ["holes"]


def _flat(rng: Rng) -> tuple[list[Part], list[str]]:
    """Cut from a sheet, velvet or plastic: a triangle with a hole, notches for straps."""
    line = _shoulder(rng)[:, [0, 2]]
    low = float(line[0, 1]) - rng.uniform(0.04, 0.1)
    hull = shapely.Polygon([*line, (0.98, low), (-0.98, low)]).buffer(0.03)
    width = rng.uniform(0.06, 0.1)
    area = hull.difference(hull.buffer(-width).buffer(-0.04).buffer(0.04))
    notch = float(np.interp(0.7, line[20:, 0], line[20:, 1]))
    for side in (-0.7, 0.7):
        area = area.difference(shapely.Point(side, notch + 0.02).buffer(0.035))
    own = one_of(
        rng, materials.plastic, materials.white_plastic, lambda r: Material(materials.colour(r), roughness=0.95)
    )
    parts = [Part(slab(area, rng.uniform(0.03, 0.05)), own)]
    return [*parts, Part(_hook(rng, -0.01, rng.uniform(0.014, 0.022)), materials.metal(rng))], ["holes"]


def _padded(rng: Rng) -> tuple[list[Part], list[str]]:
    """Covered in cloth, with a bow at the neck."""
    line = _shoulder(rng, 80)
    share = np.abs(line[:, 0])
    size = rng.uniform(0.14, 0.22) * np.sqrt((1 - share.clip(0.85, 1) ** 12 * 0.98).clip(0.02))
    puff = 1 + 0.05 * np.sin(np.linspace(0, rng.uniform(60, 120), 80))
    body = swept(line, (0, 1, 0), np.stack([size * puff, size * puff], 1), sides=20)
    cloth = materials.fabric(rng)
    loops = [
        rounded([[0, -0.1, 0], [s * 0.18, -0.12, 0.1], [s * 0.22, -0.12, -0.02], [0, -0.1, 0]], 0.05) for s in (-1, 1)
    ]
    bow = shapes.merge(swept(loop, (0, 1, 0), (0.05, 0.008), sides=8) for loop in loops)
    parts = [Part(body, cloth), Part(bow, cloth), Part(shapes.sphere(0.035, (0, -0.1, 0), steps=10), cloth)]
    return [*parts, Part(_hook(rng, 0, 0.018), materials.metal(rng))], []


def _clips(rng: Rng) -> tuple[list[Part], list[str]]:
    """A bar with two clips; perhaps below wooden shoulders."""
    half, thick = rng.uniform(0.55, 0.95), rng.uniform(0.018, 0.03)
    metal = one_of(rng, materials.chrome, materials.metal, finish)
    low, parts = 0.0, []
    if rng.random() < 0.4:
        parts = _wooden(rng)[0][:2]
        place = float(np.interp(half, [0, 1], [0, parts[0].mesh.bounds[0, 2]]))
        low = place - 0.12
        posts = both_sides(shapes.straight((half * 0.9, 0, low), (half * 0.9, -0.05, place + 0.1), thick * 0.7))
        parts.append(Part(posts, metal))
    else:
        parts.append(Part(_hook(rng, 0, thick), metal))
    parts.append(Part(shapes.straight((-half, 0, low), (half, 0, low), thick), metal))
    at, size = half * rng.uniform(0.7, 0.9), rng.uniform(0.1, 0.18)
    jaws = [board((size, 0.02, 0.22), (at, y, low - 0.07)) for y in (-0.03, 0.03)]
    jaws.append(board((size, 0.07, 0.03), (at, 0, low - 0.165)))
    spring = shapes.moved(shapes.cylinder(0.04, size * 1.05, sections=20), (at, 0, low), np.pi / 2, (0, 1, 0))
    grip = one_of(rng, materials.plastic, materials.rubber, lambda _: metal)
    return [*parts, Part(both_sides(shapes.merge(jaws)), grip), Part(both_sides(spring), metal)], ["thin"]


FAMILIES: dict[str, Build] = {"hanger": hanger}
