"""Paths, bars, boards and swept bodies that products of wire, rod and board share."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import numpy as np
import shapely
import trimesh
from numpy.typing import ArrayLike

from wesam_packshot.studio import materials, shapes
from wesam_packshot.studio.product import Material
from wesam_packshot.studio.shapes import Floats

Rng = np.random.Generator
Make = Callable[[Rng], Material]


def rounded(points: ArrayLike, radius: float, closed: bool = False, steps: int = 6) -> Floats:
    """A polyline whose corners are rounded over `radius` of each side, by parabolas, (more, 2 or 3)."""
    given = np.asarray(points, float)
    before, after = np.roll(given, 1, 0), np.roll(given, -1, 0)
    along = np.linspace(0, 1, steps)[:, None]
    found = []
    for number, (last, here, following) in enumerate(zip(before, given, after, strict=True)):
        if not closed and number in (0, len(given) - 1):
            found.append(here[None])
            continue
        first, second = (_towards(here, other, radius) for other in (last, following))
        found.append((1 - along) ** 2 * first + 2 * along * (1 - along) * here + along**2 * second)
    return np.concatenate(found)


def _towards(start: Floats, end: Floats, distance: float) -> Floats:
    length = max(float(np.linalg.norm(end - start)), 1e-9)
    return start + (end - start) * min(distance / length, 0.49)


def oval(x: float, y: float, power: float = 2.0, count: int = 48) -> Floats:
    """Points evenly along a superellipse of half axes x, y: an ellipse (power 2) to a rounded rectangle (8)."""
    angles = np.linspace(0, 2 * np.pi, 720, endpoint=False)
    cos, sin = np.cos(angles), np.sin(angles)
    corner = np.abs(cos) ** power + np.abs(sin) ** power
    dense = np.stack([x * cos, y * sin], 1) / corner[:, None] ** (1 / power)
    return even(dense, count)


def even(outline: Floats, count: int) -> Floats:
    """A closed outline, resampled evenly along its length."""
    closed = np.concatenate([outline, outline[:1]])
    where = np.r_[0, np.cumsum(np.linalg.norm(np.diff(closed, axis=0), axis=1))]
    at = np.linspace(0, where[-1], count, endpoint=False)
    return np.stack([np.interp(at, where, values) for values in closed.T], 1)


def arc(radius: float, start: float, end: float, count: int = 24) -> Floats:
    """Points (count, 2) of a circle about the origin, between angles in radians."""
    angles = np.linspace(start, end, count)
    return radius * np.stack([np.cos(angles), np.sin(angles)], 1)


def level(outline: Floats, z: float) -> Floats:
    """An outline in the x-y plane, (count, 3)."""
    return np.column_stack([outline, np.full(len(outline), z)])


def upright(outline: Floats, y: float = 0.0) -> Floats:
    """An outline in the x-z plane, (count, 3)."""
    return np.column_stack([outline[:, 0], np.full(len(outline), y), outline[:, 1]])


def wires(paths: Iterable[ArrayLike], radius: float, closed: bool = False, sides: int = 8) -> trimesh.Trimesh:
    """Wires along several paths, as one mesh."""
    return shapes.merge(shapes.tube(path, radius, closed, sides) for path in paths)


def swept(path: ArrayLike, across: ArrayLike, sizes: ArrayLike, power: float = 2.0, sides: int = 16) -> trimesh.Trimesh:
    """A closed body along a path, of superelliptic cross-section.

    Args:
        across: the direction of its width, (3,).
        sizes: whole width and depth at each point of the path, (2,) or (count, 2).
    """
    line = np.asarray(path, float)
    ahead = np.gradient(line, axis=0)
    ahead /= np.linalg.norm(ahead, axis=1, keepdims=True).clip(min=1e-12)
    side = np.asarray(across, float) - ahead * (ahead @ np.asarray(across, float))[:, None]
    side /= np.linalg.norm(side, axis=1, keepdims=True).clip(min=1e-12)
    half = np.broadcast_to(np.asarray(sizes, float), (len(line), 2)) / 2
    section = oval(1, 1, power, sides)
    offsets = section[None, :, :1] * (side * half[:, :1])[:, None]
    offsets = offsets + section[None, :, 1:] * (np.cross(ahead, side) * half[:, 1:])[:, None]
    frame = shapes.tube(np.outer(np.arange(len(line)), [0, 0, 1]), 1.0, sides=sides)
    vertices = np.concatenate([(line[:, None] + offsets).reshape(-1, 3), line[:1], line[-1:]])
    return trimesh.Trimesh(vertices, frame.faces, process=False)


def lathe(start: ArrayLike, end: ArrayLike, radii: Sequence[float], sides: int = 16) -> trimesh.Trimesh:
    """A turned rod between two points, its radii evenly along it and smooth between them."""
    first, last = np.asarray(start, float), np.asarray(end, float)
    profile = shapes.smooth_profile(radii, list(np.linspace(0, 1, len(radii))), 6 * len(radii))
    return shapes.tube(first + profile[:, 1:].clip(0, 1) * (last - first), profile[:, 0].clip(min=1e-4), sides=sides)


def board(size: ArrayLike, at: ArrayLike = (0, 0, 0), round_by: float = 0.2) -> trimesh.Trimesh:
    """A box with edges rounded by a share of its smallest side, of few faces."""
    lengths = np.asarray(size, float)
    return shapes.rounded_box(lengths, round_by * float(lengths.min()), at, steps=2)


def slab(shape: shapely.Geometry, thickness: float, y: float = 0.0) -> trimesh.Trimesh:
    """A plate in the x-z plane cut to a shapely area, its middle at y."""
    areas = [each for each in getattr(shape, "geoms", [shape]) if each.area > 0]
    plates = [shapes.plate(each.exterior.coords, thickness, [r.coords for r in each.interiors]) for each in areas]
    return shapes.moved(shapes.merge(plates), (0, y, 0))


def deck(outline: ArrayLike, thickness: float, z: float = 0.0, holes: Sequence[ArrayLike] = ()) -> trimesh.Trimesh:
    """A flat plate in the x-y plane, from z up."""
    flat = shapes.plate(outline, thickness, holes)
    return shapes.moved(flat, (0, 0, z + thickness / 2), np.pi / 2, (1, 0, 0))


def polygon(corners: int, radius: float, start: float = 0.0) -> Floats:
    """Corners (count, 2) of a regular polygon."""
    return arc(radius, start, start + 2 * np.pi, corners + 1)[:-1]


def around(mesh: trimesh.Trimesh, count: int, start: float = 0.0) -> trimesh.Trimesh:
    """Copies turned evenly about z."""
    turns = start + 2 * np.pi * np.arange(count) / count
    return shapes.merge(shapes.moved(mesh, turn=float(turn)) for turn in turns)


def both_sides(mesh: trimesh.Trimesh, axis: int = 0) -> trimesh.Trimesh:
    """A mesh and its mirror image, across x = 0 (or y, z)."""
    factors = np.ones(3)
    factors[axis] = -1
    return shapes.merge([mesh, shapes.scaled(mesh, factors)])


def along_x(material: Material) -> Material:
    """A material whose grain runs along x, for boards that lie."""
    if material.texture is None:
        return material
    return replace(material, texture=np.ascontiguousarray(material.texture.transpose(1, 0, 2)))


def one_of(rng: Rng, *makers: Make) -> Material:
    """A material by one of these makers, each as likely."""
    return makers[int(rng.integers(len(makers)))](rng)


def finish(rng: Rng) -> Material:
    """What frames of wire and tube are coated with: white, black or coloured powder, chrome, other metals."""
    kind = rng.choice(5, p=[0.25, 0.2, 0.2, 0.2, 0.15])
    if kind < 2:
        own = materials.white(rng) if kind == 0 else (0.02, 0.02, 0.02)
        return Material(own, roughness=rng.uniform(0.2, 0.6))
    return (materials.chrome, materials.metal, materials.painted_metal)[kind - 2](rng)
