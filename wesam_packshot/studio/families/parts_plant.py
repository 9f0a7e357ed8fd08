"""Leaves, stems, and many copies of one mesh."""

import numpy as np
import trimesh
from numpy.typing import ArrayLike

from wesam_packshot.studio import shapes
from wesam_packshot.studio.shapes import Floats


def leaf(
    length: float, width: float, droop: float, fold: float, fullest: float, *,
    rows: int = 10, columns: int = 5, thick: float = 0.012,
) -> trimesh.Trimesh:  # fmt: skip
    """A leaf from the origin along +y, its upper side to +z.

    Args:
        droop: how far its tip hangs, in lengths; negative bends it up.
        fold: how far its edges are lifted above the midrib, in half widths.
        fullest: exponent of the outline: below 0.5 pointed and slim, 1 oval.
        thick: in lengths, at its foot; thinner to the tip.
    """
    t = np.linspace(0.02, 1, rows)
    half = width / 2 * np.maximum(np.sin(np.pi * t ** (1.3 - 0.5 * fullest)), 0.0) ** (1.4 - fullest) + 0.006
    across = np.linspace(1, -1, columns)
    x = half[:, None] * across
    z = -droop * t[:, None] ** 2 + fold * half[:, None] * np.abs(across)
    grid = np.stack([x, np.broadcast_to(t[:, None] * (1 - 0.3 * abs(droop) * t[:, None]), x.shape), z], -1)
    middle = grid.reshape(-1, 3)
    blade = shapes.thick_grid(middle, rows, columns, thick)
    thinner = np.repeat(np.sqrt(1.02 - t), columns)[:, None]
    blade.vertices = np.concatenate([middle + (side - middle) * thinner for side in np.split(blade.vertices, 2)])
    return shapes.scaled(blade, length)


def frames(ahead: Floats, sizes: Floats) -> Floats:
    """Matrices (count, 3, 3) that turn +y to a direction each, keep +z up as far as can be, and scale."""
    y = ahead / np.linalg.norm(ahead, axis=1, keepdims=True)
    x = np.cross(y, [0.0, 0.0, 1.0])
    flat = np.linalg.norm(x, axis=1, keepdims=True)
    x = np.where(flat > 1e-6, x / np.maximum(flat, 1e-9), [1.0, 0.0, 0.0])
    return np.stack([x, y, np.cross(x, y)], -1) * sizes[:, None, None]


def instances(mesh: trimesh.Trimesh, turns: Floats, at: Floats) -> trimesh.Trimesh:
    """Copies of a mesh as one, each turned by a matrix (count, 3, 3) and moved by (count, 3)."""
    points = np.einsum("mij,vj->mvi", turns, mesh.vertices) + at[:, None]
    faces = mesh.faces[None] + np.arange(len(at))[:, None, None] * len(mesh.vertices)
    return trimesh.Trimesh(points.reshape(-1, 3), faces.reshape(-1, 3), process=False)


def cone(rng: np.random.Generator, count: int, spread: float) -> Floats:
    """Directions (count, 3) upwards, all around, up to about `spread` radians off the vertical."""
    around = rng.uniform(0, 2 * np.pi) + np.arange(count) * 2.39996 + rng.normal(0, 0.2, count)
    off = spread * np.sqrt(rng.uniform(0.02, 1, count))
    return np.stack([np.sin(off) * np.cos(around), np.sin(off) * np.sin(around), np.cos(off)], 1)


def stem(start: ArrayLike, way: Floats, length: float, droop: float, count: int = 32) -> Floats:
    """A path that bends down the further it goes, by `droop` of its length, (count, 3)."""
    t = np.linspace(0, length, count)[:, None]
    out = np.array([way[0], way[1], 0.0])
    ahead = way / np.linalg.norm(way)
    return np.asarray(start, float) + t * ahead + droop * t**2 / length * (0.6 * out - [0, 0, 1])
