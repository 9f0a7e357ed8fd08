"""Meshes of simple shapes, on top of trimesh: turned bodies, tubes along curves, plates, rounded boxes.

All are `trimesh.Trimesh` in the frame of `wesam_packshot.studio.product`; lengths in the caller's unit.
"""

from collections.abc import Callable, Iterable, Sequence

import numpy as np
import shapely.geometry
import trimesh
from numpy.typing import ArrayLike, NDArray
from scipy.interpolate import PchipInterpolator, make_interp_spline

Floats = NDArray[np.float64]
Bend = Callable[[Floats], Floats]


def merge(meshes: Iterable[trimesh.Trimesh]) -> trimesh.Trimesh:
    """Several meshes as one, overlaps and all; right for anything but glass."""
    return trimesh.util.concatenate(list(meshes))


def moved(
    mesh: trimesh.Trimesh, by: ArrayLike = (0, 0, 0), turn: float = 0.0, axis: ArrayLike = (0, 0, 1)
) -> trimesh.Trimesh:
    """A copy, turned by `turn` radians about an axis through the origin, then moved."""
    matrix = trimesh.transformations.rotation_matrix(turn, np.asarray(axis, float))
    matrix[:3, 3] = by
    copy: trimesh.Trimesh = mesh.copy()
    return copy.apply_transform(matrix)


def scaled(mesh: trimesh.Trimesh, factors: ArrayLike) -> trimesh.Trimesh:
    """A copy, stretched along x, y and z about the origin."""
    copy: trimesh.Trimesh = mesh.copy()
    return copy.apply_transform(np.diag([*np.broadcast_to(np.asarray(factors, float), 3), 1.0]))


def box(size: ArrayLike, at: ArrayLike = (0, 0, 0)) -> trimesh.Trimesh:
    """A box of (x, y, z) lengths around `at`."""
    return moved(trimesh.creation.box(extents=np.asarray(size, float)), at)


def rounded_box(size: ArrayLike, radius: float, at: ArrayLike = (0, 0, 0), steps: int = 6) -> trimesh.Trimesh:
    """A box whose edges and corners are rounded: the hull of spheres in its corners.

    Args:
        radius: of the rounding; shortened to just under half of the smallest side.
    """
    half = np.asarray(size, float) / 2
    radius = min(radius, 0.98 * float(half.min()))
    ball = sphere(radius, steps=2 * steps).vertices
    corners = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)]) * (half - radius)
    hull: trimesh.Trimesh = trimesh.PointCloud((corners[:, None] + ball[None]).reshape(-1, 3)).convex_hull
    return moved(hull, at)


def sphere(radius: float, at: ArrayLike = (0, 0, 0), steps: int = 24) -> trimesh.Trimesh:
    """A ball, of `steps` rings from pole to pole."""
    return moved(trimesh.creation.uv_sphere(radius=radius, count=[steps, 2 * steps]), at)


def cylinder(radius: float, height: float, at: ArrayLike = (0, 0, 0), sections: int = 48) -> trimesh.Trimesh:
    """A closed cylinder along z, around `at`."""
    return moved(trimesh.creation.cylinder(radius=radius, height=height, sections=sections), at)


def torus(major: float, minor: float, at: ArrayLike = (0, 0, 0), steps: int = 64) -> trimesh.Trimesh:
    """A ring about z, of a wire of radius `minor`."""
    ring = trimesh.creation.torus(major_radius=major, minor_radius=minor, major_sections=steps, minor_sections=16)
    return moved(ring, at)


def smooth_profile(radii: ArrayLike, heights: ArrayLike, count: int = 48) -> Floats:
    """Points (radius, z) along a smooth curve through the given ones, without overshoot (PCHIP), (count, 2)."""
    points = np.stack([np.asarray(radii, float), np.asarray(heights, float)], axis=1)
    where = np.r_[0, np.cumsum(np.hypot(*np.diff(points, axis=0).T) + 1e-9)]
    return PchipInterpolator(where, points)(np.linspace(0, where[-1], count))


def turned(profile: ArrayLike, sections: int = 72) -> trimesh.Trimesh:
    """A body of revolution about z.

    Args:
        profile: points (radius, z), from the bottom up along the outside; starts and ends on the axis (radius 0) for
            a solid body. For a hollow one go on down along the inside and end on the axis.
    """
    points = np.asarray(profile, float).copy()
    points[:, 0] = points[:, 0].clip(min=0)
    return trimesh.creation.revolve(points, sections=sections)


def hollow(outside: ArrayLike, thickness: float, floor: float | None = None, sections: int = 72) -> trimesh.Trimesh:
    """A turned vessel, open above, closed below: the outside, and the inside at a wall's thickness.

    Args:
        outside: points (radius, z) from the bottom up, without the axis.
        floor: thickness of the bottom; that of the wall by default.
    """
    outer = np.asarray(outside, float)
    base = outer[0, 1] + (thickness if floor is None else floor)
    inner = outer[outer[:, 1] > base] - [thickness, 0]
    inner[:, 0] = inner[:, 0].clip(min=thickness / 4)
    start = np.interp(base, outer[:, 1], outer[:, 0]) - thickness
    middle = [[max(start, thickness / 4), base]]
    profile = np.concatenate([[[0, outer[0, 1]]], outer, inner[::-1], middle, [[0, base]]])
    return turned(profile, sections)


def curve(points: ArrayLike, count: int = 64, closed: bool = False) -> Floats:
    """Points on a smooth curve (cubic spline) through the given ones, (count, 3)."""
    through = np.asarray(points, float)
    if closed:
        through = np.concatenate([through, through[:1]])
    degree = min(3, len(through) - 1)
    where = np.r_[0, np.cumsum(np.linalg.norm(np.diff(through, axis=0), axis=1))]
    if closed and degree == 3:
        spline = make_interp_spline(where, through, k=3, bc_type="periodic")
    else:
        spline = make_interp_spline(where, through, k=degree)
    return spline(np.linspace(0, where[-1], count, endpoint=not closed))


def tube(path: ArrayLike, radius: ArrayLike, closed: bool = False, sides: int = 12) -> trimesh.Trimesh:
    """A round wire along a path; its ends are closed by flat caps.

    Args:
        path: points (count, 3); corners are not rounded: give enough points, see `curve`.
        radius: one for all points, or one for each.
        closed: the path's end meets its start.
    """
    line = np.asarray(path, float)
    count = len(line)
    ahead = (np.roll(line, -1, 0) - np.roll(line, 1, 0)) if closed else np.gradient(line, axis=0)
    ahead /= np.linalg.norm(ahead, axis=1, keepdims=True).clip(min=1e-12)
    across = _transported(ahead, closed)
    angles = np.linspace(0, 2 * np.pi, sides, endpoint=False)
    other = np.cross(ahead, across)
    circle = np.cos(angles)[None, :, None] * across[:, None] + np.sin(angles)[None, :, None] * other[:, None]
    radii = np.broadcast_to(np.asarray(radius, float), count)
    rings = line[:, None] + circle * radii[:, None, None]
    faces = _quads(count, sides, closed)
    vertices = rings.reshape(-1, 3)
    if not closed:
        first, last = len(vertices), len(vertices) + 1
        vertices = np.concatenate([vertices, line[:1], line[-1:]])
        here = np.arange(sides)
        there = np.roll(here, -1)
        end = (count - 1) * sides
        caps = [
            np.stack([np.full(sides, first), there, here], 1),
            np.stack([np.full(sides, last), end + here, end + there], 1),
        ]
        faces = np.concatenate([faces, *caps])
    return trimesh.Trimesh(vertices, faces, process=False)


def straight(start: ArrayLike, end: ArrayLike, radius: float, sides: int = 12) -> trimesh.Trimesh:
    """A round bar between two points."""
    return tube(np.stack([np.asarray(start, float), np.asarray(end, float)]), radius, sides=sides)


def plate(outline: ArrayLike, thickness: float, holes: Sequence[ArrayLike] = ()) -> trimesh.Trimesh:
    """A flat plate in the x-z plane, its middle at y = 0.

    Args:
        outline: points (x, z) of its border, in order; `holes` likewise.
    """
    shape = shapely.geometry.Polygon(np.asarray(outline), [np.asarray(hole) for hole in holes]).buffer(0)
    solids = [trimesh.creation.extrude_polygon(each, thickness) for each in getattr(shape, "geoms", [shape])]
    return moved(moved(merge(solids), (0, 0, -thickness / 2)), turn=np.pi / 2, axis=(1, 0, 0))


def bent(mesh: trimesh.Trimesh, shape: Bend) -> trimesh.Trimesh:
    """A copy whose vertices have gone through a function of (count, 3) points; subdivide long faces before."""
    copy: trimesh.Trimesh = mesh.copy()
    copy.vertices = shape(np.asarray(copy.vertices, float))
    return copy


def subdivided(mesh: trimesh.Trimesh, longest: float) -> trimesh.Trimesh:
    """A copy without edges longer than `longest`."""
    vertices, faces = trimesh.remesh.subdivide_to_size(mesh.vertices, mesh.faces, longest)
    return trimesh.Trimesh(vertices, faces)


def grid(points: ArrayLike, rows: int, columns: int) -> trimesh.Trimesh:
    """A surface without thickness through a grid of points (rows * columns, 3)."""
    return trimesh.Trimesh(np.asarray(points, float), _grid_faces(rows, columns), process=False)


def sheet(heights: Floats, size: tuple[float, float], thickness: float) -> trimesh.Trimesh:
    """A thick sheet over the x-y plane, centred, as of cloth.

    Args:
        heights: z of its middle on a grid, (rows along y, columns along x).
    """
    rows, columns = heights.shape
    xs, ys = np.linspace(-size[0] / 2, size[0] / 2, columns), np.linspace(-size[1] / 2, size[1] / 2, rows)
    grid = np.stack([*np.meshgrid(xs, ys), heights], -1).reshape(-1, 3)
    return thick_grid(grid, rows, columns, thickness)


def thick_grid(points: Floats, rows: int, columns: int, thickness: float) -> trimesh.Trimesh:
    """A surface through a grid of points (rows * columns, 3), thickened along its normals and closed at its rim."""
    faces = _grid_faces(rows, columns)
    normals = trimesh.Trimesh(points, faces, process=False).vertex_normals * thickness / 2
    count = rows * columns
    index = np.arange(count).reshape(rows, columns)
    rim = np.concatenate([index[0, :-1], index[:-1, -1], index[-1, :0:-1], index[:0:-1, 0]])
    following = np.roll(rim, -1)
    sides = [np.stack([rim, rim + count, following], 1), np.stack([following, rim + count, following + count], 1)]
    return trimesh.Trimesh(
        np.concatenate([points + normals, points - normals]),
        np.concatenate([faces, faces[:, ::-1] + count, *sides]),
        process=False,
    )


def _grid_faces(rows: int, columns: int) -> NDArray[np.int64]:
    index = np.arange(rows * columns).reshape(rows, columns)
    a, b, c, d = (part.ravel() for part in (index[:-1, :-1], index[:-1, 1:], index[1:, :-1], index[1:, 1:]))
    return np.concatenate([np.stack([a, b, d], 1), np.stack([a, d, c], 1)])


def _quads(rings: int, sides: int, closed: bool) -> NDArray[np.int64]:
    """Faces between neighbouring rings of `sides` vertices each, seen from outside."""
    first = np.arange(rings if closed else rings - 1)[:, None]
    here, there = np.arange(sides)[None], (np.arange(sides)[None] + 1) % sides
    following = (first + 1) % rings
    a, b, c, d = first * sides + here, first * sides + there, following * sides + here, following * sides + there
    return np.concatenate([np.stack([a, b, d], -1).reshape(-1, 3), np.stack([a, d, c], -1).reshape(-1, 3)])


def _transported(ahead: Floats, closed: bool) -> Floats:
    """A direction across the path at each of its points, carried along without twist (parallel transport).

    Where the path is closed, what is left of twist is spread over all points.
    """
    start = np.eye(3)[np.abs(ahead[0]).argmin()]
    across = np.empty_like(ahead)
    side = start - ahead[0] * (start @ ahead[0])
    for number, direction in enumerate(ahead):
        side = side - direction * (side @ direction)
        side /= np.linalg.norm(side)
        across[number] = side
    if not closed:
        return across
    end = across[-1] - ahead[0] * (across[-1] @ ahead[0])
    twist = np.arctan2(np.cross(end, across[0]) @ ahead[0], end @ across[0])
    angles = (np.arange(len(ahead)) / len(ahead) * twist)[:, None]
    untwisted: Floats = across * np.cos(angles) + np.cross(ahead, across) * np.sin(angles)
    return untwisted
