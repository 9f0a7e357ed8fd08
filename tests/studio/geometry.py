"""A sphere and a box on a plane by geometry alone, ray by ray: what the studio's truth is compared with."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from wesam_packshot.studio.camera import View

Floats = NDArray[np.float64]
Hit = Callable[[Floats, Floats], Floats]


def rays(view: View, side: int) -> tuple[Floats, Floats]:
    """Origin (3,) and unit directions (height, width, side * side, 3) of a pinhole camera."""
    origin = np.array(view.origin)
    forward = unit(np.array(view.target) - origin)
    right = unit(np.cross(forward, np.array(view.up)))
    up = np.cross(right, forward)
    height, width = view.size
    reach = np.tan(np.radians(view.fov) / 2) * 2 / max(height, width)
    within = (np.arange(side) + 0.5) / side
    x = ((np.arange(width)[:, None] + within).reshape(-1) - width / 2) * reach
    y = ((np.arange(height)[:, None] + within).reshape(-1) - height / 2) * reach
    directions = forward + x[None, :, None] * right - y[:, None, None] * up
    cells = directions.reshape(height, side, width, side, 3).transpose(0, 2, 1, 3, 4)
    return origin, unit(cells.reshape(height, width, side * side, 3))


def unit(vectors: Floats) -> Floats:
    lengths: Floats = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return vectors / lengths


def ball(centre: tuple[float, float, float], radius: float) -> Hit:
    """Distance along rays to a sphere; infinite where it is missed."""

    def hit(origin: Floats, directions: Floats) -> Floats:
        away = origin - np.array(centre)
        along = (away * directions).sum(-1)
        rest = along**2 - (away**2).sum(-1) + radius**2
        distance = -along - np.sqrt(rest.clip(0))
        return np.where((rest > 0) & (distance > 1e-6), distance, np.inf)

    return hit


def block(low: tuple[float, float, float], high: tuple[float, float, float]) -> Hit:
    """Distance along rays to a box with sides along the axes, by slabs."""

    def hit(origin: Floats, directions: Floats) -> Floats:
        with np.errstate(divide="ignore"):
            ends = (np.stack([low, high]).reshape(2, *[1] * (directions.ndim - 1), 3) - origin) / directions
        near, far = ends.min(0).max(-1), ends.max(0).min(-1)
        return np.where((near < far) & (near > 1e-6), near, np.inf)

    return hit


def floor_points(origin: Floats, directions: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """Where rays meet z = 0, and whether they do."""
    with np.errstate(divide="ignore"):
        distance = -origin[2] / directions[..., 2]
    return origin + directions * distance[..., None], (distance > 0) & np.isfinite(distance)


def coverage(view: View, hit: Hit, side: int = 8) -> Floats:
    """Share of each pixel that the shape covers."""
    share: Floats = np.isfinite(hit(*rays(view, side))).mean(-1)
    return share


def shadow(view: View, hit: Hit, lamp: tuple[float, float, float]) -> NDArray[np.bool_]:
    """Whether the floor at each pixel's centre is hidden from the lamp."""
    points, met = floor_points(*rays(view, 1))
    dark: NDArray[np.bool_] = (met & np.isfinite(hit(points, unit(np.array(lamp) - points))))[..., 0]
    return dark


def mirror_image(view: View, hit: Hit) -> NDArray[np.bool_]:
    """Whether the floor at each pixel's centre mirrors the shape."""
    origin, directions = rays(view, 1)
    points, met = floor_points(origin, directions)
    seen: NDArray[np.bool_] = (met & np.isfinite(hit(points, directions * np.array([1, 1, -1]))))[..., 0]
    return seen
