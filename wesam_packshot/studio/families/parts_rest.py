"""Products come to rest on the floor."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
import trimesh
from numpy.typing import ArrayLike
from scipy.spatial.transform import Rotation

from wesam_packshot.studio import shapes
from wesam_packshot.studio.product import Part
from wesam_packshot.studio.shapes import Floats


def settled(parts: Sequence[Part], down: ArrayLike = (0, 1, 0)) -> list[Part]:
    """Parts turned as they come to rest on a floor in the direction `down`, which then goes through the origin.

    Lying products rest on their back, y = 0 (down is +y); standing ones on z = 0 (down is -z).
    """
    below = np.asarray(down, float)
    hull = trimesh.convex.convex_hull(np.concatenate([part.mesh.vertices for part in parts]))
    areas = [part.mesh.area for part in parts]
    hull.vertices = np.concatenate([hull.vertices, [np.average([p.mesh.centroid for p in parts], 0, areas)]])
    turn = np.eye(4)
    for _ in range(8):
        step = _tip(hull, below)
        hull.apply_transform(step)
        turn = step @ turn
    turn[:3, 3] -= below * float((hull.vertices[:-1] @ below).max())
    return [replace(part, mesh=part.mesh.copy().apply_transform(turn)) for part in parts]


def _tip(hull: trimesh.Trimesh, below: Floats) -> Floats:
    """Turn about the centre of mass, a hull's last vertex, onto the face that is below it."""
    centre, normals = hull.vertices[-1], hull.face_normals
    facing = normals @ below
    reach = ((hull.triangles[:, 0] - centre) * normals).sum(1) / np.where(facing > 1e-6, facing, np.nan)
    face = normals[int(np.nanargmin(reach))]
    axis = np.cross(face, below)
    angle = float(np.arctan2(np.linalg.norm(axis), face @ below))
    if angle < 1e-6:
        return np.eye(4)
    matrix = np.eye(4)
    matrix[:3, :3] = Rotation.from_rotvec(angle * axis / np.linalg.norm(axis)).as_matrix()
    matrix[:3, 3] = centre - matrix[:3, :3] @ centre
    return matrix


def placed(
    parts: Iterable[Part], by: ArrayLike = (0, 0, 0), turn: float = 0.0, axis: ArrayLike = (0, 0, 1)
) -> list[Part]:
    """Parts turned about an axis through the origin, then moved."""
    return [replace(part, mesh=shapes.moved(part.mesh, by, turn, axis)) for part in parts]


def grounded(parts: Sequence[Part], down: ArrayLike = (0, 0, -1)) -> list[Part]:
    """Parts moved so that the lowest point, in the direction `down`, lies in the plane through the origin."""
    below = np.asarray(down, float)
    lowest = max(float((part.mesh.vertices @ below).max()) for part in parts)
    return placed(parts, -lowest * below)
