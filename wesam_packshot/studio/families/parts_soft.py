"""Lofted bodies and areas of cloth: what bags, clothes, cushions and shoes share."""

import numpy as np
import shapely
import trimesh
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import Delaunay

from wesam_packshot.studio import shapes
from wesam_packshot.studio.families.parts_wire import oval
from wesam_packshot.studio.shapes import Floats

Faces = NDArray[np.int64]


def loft(rings: ArrayLike) -> trimesh.Trimesh:
    """A closed body through rings, the first and last one filled.

    Args:
        rings: (count, sides, 3), each anticlockwise about the way that the body goes; they may turn back inside.
    """
    points = np.asarray(rings, float)
    count, sides = points.shape[:2]
    frame = shapes.tube(np.outer(np.arange(count), [0, 0, 1]), 1.0, sides=sides)
    ends = [points[:1].mean(1), points[-1:].mean(1)]
    return trimesh.Trimesh(np.concatenate([points.reshape(-1, 3), *ends]), frame.faces, process=False)


def ovals(profile: ArrayLike, power: float = 2.0, sides: int = 64) -> Floats:
    """Level superelliptic rings for a loft from rows of half width, half depth and height, (count, sides, 3)."""
    given = np.asarray(profile, float)
    section = oval(1, 1, power, sides)
    flat = section[None] * given[:, None, :2]
    return np.concatenate([flat, np.broadcast_to(given[:, None, 2:], (*flat.shape[:2], 1))], 2)


def front_of(half: tuple[float, float], x: float, power: float) -> float:
    """How far before the middle a superellipse of half width and depth is at x."""
    return float(half[1] * (1 - min(abs(x) / half[0], 0.999) ** power) ** (1 / power))


def meshed(area: shapely.Polygon, step: float) -> tuple[Floats, Faces]:
    """Points (count, 2) over an area, about `step` apart, and triangles between them, anticlockwise."""
    edge = np.concatenate(
        [
            np.asarray(shapely.segmentize(ring, step).coords)[:-1]
            for ring in (area.exterior, *area.interiors)
        ]
    )  # fmt: skip
    low, high = np.array(area.bounds).reshape(2, 2)
    xs, ys = (np.arange(a + step / 2, b, step) for a, b in zip(low, high, strict=True))
    lattice = np.stack(np.meshgrid(xs, ys), -1)
    lattice[1::2, :, 0] += step / 2
    inside = lattice.reshape(-1, 2)
    inside = inside[shapely.contains_xy(area.buffer(-0.6 * step), inside)]
    points = np.concatenate([edge, inside])
    faces = Delaunay(points).simplices.astype(np.int64)
    middles = points[faces].mean(1)
    corners = points[faces]
    one, other = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    turn = one[:, 0] * other[:, 1] - one[:, 1] * other[:, 0]
    faces[turn < 0] = faces[turn < 0][:, ::-1]
    return points, faces[shapely.contains_xy(area, middles) & (np.abs(turn) > 1e-9)]


def between(points: Floats, faces: Faces, front: Floats, back: Floats) -> trimesh.Trimesh:
    """A closed body over an area of the x-z plane, from y = front (the smaller) to y = back at each point."""
    count = len(points)
    edges = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    _, index, times = np.unique(np.sort(edges, 1), axis=0, return_index=True, return_counts=True)
    a, b = edges[index[times == 1]].T
    rim = [np.stack([b, a, a + count], 1), np.stack([b, a + count, b + count], 1)]
    sides = [np.stack([points[:, 0], y, points[:, 1]], 1) for y in (front, back)]
    return trimesh.Trimesh(
        np.concatenate(sides), np.concatenate([faces, faces[:, ::-1] + count, *rim]), process=False
    )  # fmt: skip


def distance(points: Floats, line: shapely.Geometry) -> Floats:
    """From points (count, 2) to a line."""
    return np.asarray(shapely.distance(shapely.points(points), line))


def waves(rng: np.random.Generator, points: Floats, length: float, count: int = 5) -> Floats:
    """Smooth noise of about unit size over the plane, of waves about `length` long."""
    total = np.zeros(len(points))
    for _ in range(count):
        angle, size = rng.uniform(0, np.pi), length * rng.uniform(0.6, 1.6)
        along = points @ [np.cos(angle), np.sin(angle)]
        total += np.sin(2 * np.pi * along / size + rng.uniform(0, 6.3)) / np.sqrt(count)
    return total
