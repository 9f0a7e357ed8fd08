"""Pieces that vessels share: profiles with rounded corners, shells with a filling, cross-sections, labels, handles.

A profile is points (radius, z), from the bottom up along the outside, without the axis.
"""

from collections.abc import Callable, Sequence

import numpy as np
import shapely.geometry
import trimesh
from numpy.typing import ArrayLike

from wesam_packshot.studio import shapes
from wesam_packshot.studio.materials import label
from wesam_packshot.studio.product import Colour, Material, Part
from wesam_packshot.studio.shapes import Bend, Floats

Rng = np.random.Generator
# Air between a glass wall and what it holds, or what sticks to it: surfaces of glass must not touch others.
GAP = 0.005
CORK = Material((0.55, 0.36, 0.2), roughness=0.9)


def pick(rng: Rng, *choices: str) -> str:
    """One of some names, each as likely; a name given twice is twice as likely."""
    return choices[int(rng.integers(len(choices)))]


def chosen(rng: Rng, *makers: Callable[[Rng], Material]) -> Material:
    """What one of some makers of materials makes."""
    return makers[int(rng.integers(len(makers)))](rng)


def filleted(points: ArrayLike, radius: float | Sequence[float], longest: float = 0.04) -> Floats:
    """A line through points, with rounded corners, and points at most `longest` apart, (count, 2).

    Args:
        radius: what each corner inside the line cuts off its sides, or one for all.
    """
    line = np.asarray(points, float)
    radii = np.broadcast_to(np.asarray(radius, float), len(line) - 2)
    steps = np.linspace(0, 1, 7)[:, None]
    rounded = [line[:1]]
    for before, corner, after, cut in zip(line, line[1:], line[2:], radii, strict=False):
        ends = []
        for other in (before, after):
            length = float(np.linalg.norm(other - corner))
            ends.append(corner + (other - corner) * min(cut, 0.49 * length) / max(length, 1e-9))
        rounded.append((1 - steps) ** 2 * ends[0] + 2 * steps * (1 - steps) * corner + steps**2 * ends[1])
    joined = np.concatenate([*rounded, line[-1:]])
    kept = np.r_[True, np.linalg.norm(np.diff(joined, axis=0), axis=1) > 1e-6]
    return np.asarray(shapely.segmentize(shapely.geometry.LineString(joined[kept]), longest).coords)


def inside(outside: Floats, thickness: float, floor: float | None = None) -> Floats:
    """The wall's inner side, from the axis at the bottom up to the lip, (count, 2); `floor` is at least the wall."""
    bottom = outside[0, 1]
    line = shapely.geometry.LineString(np.concatenate([[[0, bottom]], outside]))
    offset = line.offset_curve(thickness, join_style="mitre")
    points = np.asarray(max(getattr(offset, "geoms", [offset]), key=lambda each: each.length).coords)
    base = bottom + max(floor or 0.0, thickness)
    above = points[(points[:, 1] > base + 1e-6) & (points[:, 0] > 1e-6)]
    start = float(np.interp(base, points[:, 1], points[:, 0])) if points[0, 1] < base - 1e-6 else 0.0
    first = [[0, base], [min(start, above[0, 0]), base]] if start > 1e-3 else [[0, base]]
    return np.concatenate([first, above])


def vessel(
    outside: Floats, thickness: float, floor: float | None = None, sections: int = 72, foot: ArrayLike = ()
) -> trimesh.Trimesh:
    """A closed solid, open above, whose wall has the same thickness everywhere, and a rounded lip.

    Args:
        foot: profile of a solid foot or stem below the outside.
    """
    inner = inside(outside, thickness, floor)
    along = outside[-1] - outside[-2]
    lip = (outside[-1] + inner[-1]) / 2 + along / max(float(np.linalg.norm(along)), 1e-9) * thickness * 0.35
    below = np.asarray(foot, float).reshape(-1, 2)
    outer = np.concatenate([below, outside])
    return shapes.turned(np.concatenate([[[0, outer[0, 1]]], outer, lip[None], inner[::-1]]), sections)


def filling(
    outside: Floats, thickness: float, level: float, floor: float | None = None, sections: int = 72
) -> trimesh.Trimesh:
    """What a vessel of these measures holds, up to a height, with `GAP` of air around it."""
    inner = inside(outside, thickness + GAP, (floor or thickness) + GAP)
    below = inner[inner[:, 1] < level - 1e-4]
    edge = float(np.interp(level, inner[:, 1], inner[:, 0]))
    return shapes.turned(np.concatenate([below, [[edge, level], [0, level]]]), sections)


def solid(outside: ArrayLike, sections: int = 72) -> trimesh.Trimesh:
    """A turned body, closed by flat ends below and above."""
    points = np.asarray(outside, float)
    return shapes.turned(np.concatenate([[[0, points[0, 1]]], points, [[0, points[-1, 1]]]]), sections)


def polygon(corners: int, sharpness: float = 16, fade: tuple[float, float] | None = None, turn: float = 0.0) -> Bend:
    """Round cross-sections become those of a prism, a flat side to the front.

    Args:
        sharpness: exponent of the superellipse: 3 is soft, 40 has edges.
        fade: heights between which the form turns round.
    """
    normals = np.arange(corners) * 2 * np.pi / corners - np.pi / 2 + turn

    def factor(angle: Floats, _: Floats) -> Floats:
        reach = np.cos(angle[:, None] - normals).clip(min=0) ** sharpness
        return np.asarray(0.93 * reach.sum(1) ** (-1 / sharpness), float)

    return _around(factor, fade)


def lobed(count: int, depth: float, twist: float = 0.0, fade: tuple[float, float] | None = None) -> Bend:
    """Flutes: `count` waves around the axis, of a depth relative to the radius, turned by `twist` radians a unit."""
    return _around(lambda angle, z: 1 + depth * (np.cos(count * angle + twist * count * z) - 1) / 2, fade)


def oval(depth: float, fade: tuple[float, float] | None = None) -> Bend:
    """Flattened from front to back, to `depth` of the width."""
    return _around(lambda angle, _: depth / np.hypot(depth * np.cos(angle), np.sin(angle)), fade)


def _around(factor: Callable[[Floats, Floats], Floats], fade: tuple[float, float] | None) -> Bend:
    """Radii times a factor of the angle and the height, fading to 1 between two heights."""

    def bend(points: Floats) -> Floats:
        times = factor(np.arctan2(points[:, 1], points[:, 0]), points[:, 2])
        if fade:
            share = ((points[:, 2] - fade[0]) / (fade[1] - fade[0])).clip(0, 1)
            times = times + (1 - times) * share * share * (3 - 2 * share)
        return points * np.stack([times, times, np.ones_like(times)], 1)

    return bend


def band(outside: Floats, low: float, high: float, angle: float = 3.12, rounded: bool = False) -> trimesh.Trimesh:
    """A film stuck on a vessel between two heights, to both sides of the front up to an angle.

    Args:
        rounded: the film is an oval.
    """
    rows, columns = 25, 2 * int(np.ceil(angle * 12)) + 1
    heights = np.linspace(low, high, rows)
    radii = np.interp(heights, outside[:, 1], outside[:, 0]) + GAP
    reach = np.sqrt(1 - np.linspace(-0.99, 0.99, rows) ** 2) if rounded else np.ones(rows)
    angles = np.linspace(-angle, angle, columns)[None] * reach[:, None]
    grid = np.stack(
        [radii[:, None] * np.sin(angles), -radii[:, None] * np.cos(angles), heights[:, None] + 0 * angles], -1
    )
    return shapes.thick_grid(grid.reshape(-1, 3), rows, columns, GAP)


def labelled(rng: Rng, outside: Floats, low: float, high: float, form: Bend | None = None) -> Part:
    """A printed label on a vessel: on the front, or all the way around."""
    around = bool(rng.random() < 0.35)
    angle = 3.12 if around else rng.uniform(0.6, 1.2)
    film = band(outside, low, high, angle, rounded=not around and rng.random() < 0.25)
    picture = label(rng, (256, 768) if around else (320, 288))
    return Part(shapes.bent(film, form) if form else film, picture, "around" if around else "front")


def knurled(radius: float, height: float, at: float, ridges: int, rounding: float = 0.15) -> trimesh.Trimesh:
    """A screw cap standing at a height; 0 ridges make it smooth."""
    edge = [(radius * 0.98, 0), (radius, 0.06 * height), (radius, height), (0.01, height)]
    cap = solid(filleted(edge, [0.02 * height, rounding * radius], radius * 0.3), max(64, 4 * ridges))
    if ridges:
        cap = shapes.bent(cap, lobed(ridges, 0.06, fade=(height * 0.8, height * 0.92)))
    return shapes.moved(cap, (0, 0, at))


def ear(points: ArrayLike, radius: float, flat: float = 1.0, sides: int = 12) -> trimesh.Trimesh:
    """A handle along a smooth curve through points (x, z), `flat` times as broad as thick."""
    through = np.asarray(points, float)
    path = shapes.curve(np.stack([through[:, 0], 0 * through[:, 0], through[:, 1]], 1), 48)
    return shapes.scaled(shapes.tube(path, radius, sides=sides), (1, flat, 1))


def stained(rng: Rng, *colours: Colour) -> Material:
    """Glass of one of some colours, or clear if there are none."""
    own = colours[int(rng.integers(len(colours)))] if colours else (0.985, 0.99, 0.985)
    return Material(own, ior=1.5, roughness=0.0)
