"""Cuts of garments: outlines in the x-z plane, the neck at z = 0, with their seams and openings."""

from dataclasses import dataclass

import numpy as np
import shapely

from wesam_packshot.studio import shapes
from wesam_packshot.studio.families.parts_wire import Rng
from wesam_packshot.studio.shapes import Floats

Point = tuple[float, float]


@dataclass(frozen=True)
class Cut:
    """A garment laid flat.

    Attributes:
        front: its area seen from the front; `back` differs by the neckline.
        seams: lines where front and back are sewn together.
        rims: edges of openings with a rib or a band, of the front and of the back, each (count, 2).
        straps: shoulder straps, each (count, 2) from the front's edge up; seen through above them.
    """

    front: shapely.Polygon
    back: shapely.Polygon
    seams: shapely.MultiLineString
    rims: tuple[Floats, Floats]
    straps: tuple[Floats, ...] = ()


def _mirrored(right: Floats) -> Floats:
    return right[::-1] * [-1, 1]


def _curve(points: list[Point], count: int = 16) -> Floats:
    flat = np.asarray(points, float)
    return shapes.curve(np.insert(flat, 1, 0, 1), count)[:, [0, 2]]


def _cut(sides: list[Floats], rims: tuple[Floats, Floats]) -> Cut:
    """Of seams on the right, from the neck down, and necklines from the left to the right."""
    seams = shapely.MultiLineString([*sides, *(_mirrored(side) for side in sides)])
    right = np.concatenate(sides)
    around = np.concatenate([right, _mirrored(right)])
    front, back = (shapely.Polygon(np.concatenate([around, rim])).buffer(0) for rim in rims)
    return Cut(_largest(front), _largest(back), seams, rims)


def _largest(area: shapely.Geometry) -> shapely.Polygon:
    return max(getattr(area, "geoms", [area]), key=lambda each: each.area)


def _necklines(rng: Rng, half: float) -> tuple[Floats, Floats]:
    deep = rng.uniform(0.08, 0.26)
    sharp = rng.random() < 0.3
    front = [(-half, 0), (-0.7 * half, -0.62 * deep), (0, -deep), (0.7 * half, -0.62 * deep), (half, 0)]
    vee = np.array([(-half, 0.0), (0, -1.3 * deep), (half, 0.0)])
    return vee if sharp else _curve(front), _curve([(-half, 0), (0, -0.045), (half, 0)])


def top(rng: Rng, long: bool, closed: bool = False) -> Cut:
    """With sleeves: a T-shirt, sweater, shirt; `closed` up to the neck, for collars."""
    neck, wide, shoulder = rng.uniform(0.14, 0.2), rng.uniform(0.42, 0.56), rng.uniform(0.38, 0.48)
    start = np.array([shoulder, -rng.uniform(0.08, 0.16)])
    angle = rng.uniform(0.9, 1.22) if long else rng.uniform(0.4, 1.0)
    reach = rng.uniform(0.8, 1.0) if long else rng.uniform(0.22, 0.45)
    ahead = np.array([np.cos(angle), -np.sin(angle)])
    width = rng.uniform(0.15, 0.2) if long else rng.uniform(0.2, 0.28)
    cuff = start + reach * ahead
    under = cuff + width * np.array([-np.sin(angle), -np.cos(angle)])
    pit = np.array([min(wide, 0.9 * under[0]), -rng.uniform(0.4, 0.52)])
    hem = (wide * rng.uniform(0.9, 1.15), -rng.uniform(1.1, 1.5))
    shape = np.array([(neck, 0), start, cuff])
    side = _curve([(pit[0], pit[1]), (wide * rng.uniform(0.86, 1), -0.8), hem])
    rims = _necklines(rng, neck)
    if closed:
        rims = (_curve([(-neck, 0), (0, -0.06), (neck, 0)]), rims[1])
    return _cut([shape, np.concatenate([[under], side])], rims)


def tank(rng: Rng, dress: bool) -> Cut:
    """Without sleeves: a vest, or a dress with a skirt."""
    neck, shoulder, wide = rng.uniform(0.16, 0.24), rng.uniform(0.3, 0.38), rng.uniform(0.38, 0.5)
    pit = (wide, -rng.uniform(0.34, 0.46))
    waist = (wide * (rng.uniform(0.7, 0.9) if dress else rng.uniform(0.85, 1)), -0.85)
    hem = (wide * rng.uniform(0.95, 2.1), -rng.uniform(1.6, 2.5)) if dress else (wide, -rng.uniform(1.15, 1.4))
    below = (0.5 * (waist[0] + hem[0]) * rng.uniform(1, 1.08), 0.5 * (waist[1] + hem[1]))
    return _cut([np.array([(neck, 0), (shoulder, -0.05)]), _curve([pit, waist, below, hem], 30)], _necklines(rng, neck))


def slip(rng: Rng) -> Cut:
    """A dress or top held by thin straps."""
    wide, chest, long = rng.uniform(0.34, 0.44), -rng.uniform(0.3, 0.4), rng.random() < 0.7
    hem = (wide * rng.uniform(0.95, 1.7), -rng.uniform(1.7, 2.4)) if long else (wide, -rng.uniform(0.95, 1.2))
    side = _curve([(wide, chest - 0.08), (0.85 * wide, -0.75), hem], 30)
    peak, dip = rng.uniform(0.4, 0.7) * wide, rng.uniform(0.02, 0.14)
    edge = [(-wide, chest - 0.08), (-peak, chest + 0.06), (0, chest - dip), (peak, chest + 0.06), (wide, chest - 0.08)]
    back = np.array([(-wide, chest - 0.08), (0, chest - 0.1), (wide, chest - 0.08)])
    cut = _cut([side], (_curve(edge, 40), back))
    strap = _curve([(peak, chest + 0.05), (peak * 0.95, -0.1), (0.9 * peak, 0)], 12)
    return Cut(cut.front, cut.back, cut.seams, cut.rims, (strap, strap * [-1, 1]))


def trousers(rng: Rng, short: bool) -> Cut:
    """Or shorts; the waist at z = 0."""
    waist, hip, crotch = rng.uniform(0.3, 0.36), rng.uniform(0.4, 0.46), -rng.uniform(0.5, 0.62)
    low = -rng.uniform(0.75, 1.0) if short else -rng.uniform(1.7, 2.1)
    outer, width = hip * rng.uniform(0.95, 1.25), rng.uniform(0.3, 0.36) if short else rng.uniform(0.17, 0.32)
    outside = _curve([(waist, 0), (hip, -0.4), (outer, low)], 24)
    inside = np.array([(outer - width, low), (0.02, crotch)])
    rims = tuple(np.array([(-waist, 0.0), (0, dip), (waist, 0.0)]) for dip in (-0.03, 0.0))
    return _cut([outside, inside], (rims[0], rims[1]))


def skirt(rng: Rng) -> Cut:
    """A skirt: narrow, straight or flared."""
    waist, low = rng.uniform(0.3, 0.36), -rng.uniform(0.6, 1.5)
    hem = (waist * rng.uniform(1.2, 2.4), low)
    side = _curve([(waist, 0), (rng.uniform(0.42, 0.6) * (waist + hem[0]), 0.4 * low), hem], 24)
    rims = tuple(np.array([(-waist, 0.0), (0, dip), (waist, 0.0)]) for dip in (-0.03, 0.0))
    return _cut([side], (rims[0], rims[1]))
