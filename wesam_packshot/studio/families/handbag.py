"""Bags with handles and straps: totes, flap bags, bucket bags, carrier bags of paper, duffels."""

from itertools import pairwise

import numpy as np
import trimesh

from wesam_packshot.studio import materials, shapes
from wesam_packshot.studio.families.parts_rest import grounded
from wesam_packshot.studio.families.parts_soft import front_of, loft, ovals
from wesam_packshot.studio.families.parts_wire import Rng, arc, both_sides, one_of, swept
from wesam_packshot.studio.product import Build, Material, Part, Product, product
from wesam_packshot.studio.shapes import Floats


def handbag(rng: np.random.Generator) -> Product:
    """A bag of about 1 high and wide, its handles upright or fallen."""
    kinds = (_tote, _tote, _flap_bag, _flap_bag, _bucket, _carrier, _duffel)
    return product(grounded(kinds[int(rng.integers(len(kinds)))](rng)), "holes")


def _hide(rng: Rng) -> Material:
    cloth = (materials.fabric, _canvas, materials.plastic)
    return one_of(rng, materials.leather, materials.leather, materials.leather, *cloth)


def _canvas(rng: Rng) -> Material:
    return Material(materials.white(rng), roughness=0.95, specular=0.15)


def _fitting(rng: Rng) -> Material:
    """Buckles, rings and clasps."""
    return one_of(rng, materials.chrome, lambda r: materials.metal(r, "gold"), lambda r: materials.metal(r, "brass"))


def _strap(path: Floats, width: float, thick: float) -> trimesh.Trimesh:
    """A flat band along a path over x and z, its width along y if it is a shoulder strap's."""
    return swept(path, (0, 1, 0), (width, thick), 6, 12)


def _open_body(profile: Floats, power: float, wall: float) -> trimesh.Trimesh:
    """A bag open above; profile rows are half width, half depth, height."""
    inner = profile[profile[:, 2] > profile[0, 2] + 2 * wall][::-1] - [wall, wall, 0]
    return loft(ovals(np.concatenate([profile, inner]), power, 72))


def _tote(rng: Rng) -> list[Part]:
    """Open above; two handles sewn on or hung in rings."""
    wide, deep, high = rng.uniform(0.45, 0.75), rng.uniform(0.12, 0.28), rng.uniform(0.6, 1.1)
    power, flare, slim = rng.uniform(3, 9), rng.uniform(0.9, 1.3), rng.uniform(0.35, 1.0)
    share = np.linspace(0, 1, 24)
    widths = wide * (1 + (flare - 1) * share - rng.uniform(0, 0.1) * np.sin(np.pi * share))
    depths = deep * (1 + (slim - 1) * share**1.5)
    heights = high * share
    first = np.array([[0.9 * wide, 0.85 * deep, 0], [0.97 * wide, 0.96 * deep, 0.015]])
    profile = np.concatenate([first, np.stack([widths, depths, heights], 1)[1:]])
    own, trim = _hide(rng), _hide(rng)
    trim = own if rng.random() < 0.5 else trim
    rim = ovals([(widths[-1], depths[-1], high)], power, 72)[0]
    parts = [Part(_open_body(profile, power, 0.015), own), Part(shapes.tube(rim, 0.012, closed=True, sides=8), trim)]
    parts += _handles(rng, profile, power, trim)
    if rng.random() < 0.5:
        size = (rng.uniform(0.1, 0.4), 0.03, rng.uniform(0.05, 0.2))
        low = float(np.interp(0.7 * high, profile[:, 2], profile[:, 1]))
        parts.append(Part(shapes.box(size, (0, -low, 0.7 * high)), materials.label(rng, (128, 256)), "front"))
    return parts


def _handles(rng: Rng, profile: Floats, power: float, own: Material) -> list[Part]:
    """On the front and the back, each from below the rim up over it; the front one may have fallen forwards."""
    top, x = profile[-1], profile[-1, 0] * rng.uniform(0.3, 0.6)
    rise, start = rng.uniform(0.25, 0.75), top[2] * rng.uniform(0.4, 0.9)
    width, thick = rng.uniform(0.035, 0.09), rng.uniform(0.012, 0.025)
    metal, low = _fitting(rng), np.array([np.interp(start, profile[:, 2], profile[:, k]) for k in (0, 1)])
    parts, y = [], front_of((top[0], top[1]), x, power)
    below = front_of((float(low[0]), float(low[1])), x, power)
    fallen = rng.random() < 0.25
    for side in (-1, 1):
        droop = fallen and side < 0
        bow = arc(1, np.pi, 0, 24) * [x, -0.7 * rise if droop else rise]
        lean = -0.05 * np.abs(bow[:, 1]) if droop else 0.35 * np.abs(bow[:, 1]) * y / rise
        over = np.column_stack([bow[:, 0], side * (y + thick - lean), top[2] + bow[:, 1]])
        foot = np.array([[-x, side * (below + 0.004), start], [-x, side * (y + 0.008), top[2] - 0.02]])
        path = over if droop else np.concatenate([foot, over, foot[::-1] * [-1, 1, 1]])
        across = (0, 0, 1) if droop else (1, 0, 0)
        band = swept(path, across, (width, thick), 5, 12)
        if not droop:
            band = swept(_even(path), (0, 1, 0), (thick, width), 5, 12)
        parts.append(Part(band, own))
        rivets = [shapes.sphere(0.022, (s * x, side * (below + thick), start + 0.04), 10) for s in (-1, 1)]
        parts.append(Part(shapes.merge(rivets), metal))
    return parts


def _even(path: Floats, count: int = 80) -> Floats:
    where = np.r_[0, np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1))]
    at = np.linspace(0, where[-1], count)
    return np.stack([np.interp(at, where, values) for values in path.T], 1)


def _flap_bag(rng: Rng) -> list[Part]:
    """Closed by a flap with a clasp; a top handle, or a strap or chain that stands up."""
    wide, deep, high = rng.uniform(0.45, 0.65), rng.uniform(0.12, 0.22), rng.uniform(0.5, 0.85)
    taper, power = rng.uniform(0.75, 1.0), rng.uniform(5, 12)
    share = np.array([0, 0.04, 0.12, 0.5, 0.9, 0.97, 1.0])
    shrink = np.array([0.92, 0.97, 1, 1, 1, 0.96, 0.88])
    scale = (1 + (taper - 1) * share) * shrink
    rows = np.stack([wide * scale, deep * (1 - 0.35 * share) * shrink, high * share], 1)
    own, metal = _hide(rng), _fitting(rng)
    back = float(rows[-2, 1])
    drop = high * rng.uniform(0.35, 0.85)
    parts = [Part(loft(ovals(rows, power, 72)), own), Part(_flap(rng, rows, high, drop), own)]
    front = float(np.interp(high - drop, rows[:, 2], rows[:, 1])) + 0.03
    clasp = shapes.rounded_box((rng.uniform(0.07, 0.16), 0.05, rng.uniform(0.05, 0.1)), 0.02, steps=3)
    parts.append(Part(shapes.moved(clasp, (0, -front, high - drop + 0.05)), metal))
    feet = [shapes.sphere(0.025, (sx * 0.75 * wide, sy * 0.6 * deep, 0), 8) for sx in (-1, 1) for sy in (-1, 1)]
    parts.append(Part(shapes.merge(feet), metal))
    reach, rise = wide * taper * rng.uniform(0.35, 0.9), rng.uniform(0.25, 0.9)
    path = np.insert(arc(1, np.pi, 0, 64) * [reach, rise], 1, 0, 1) + np.array([0, 0, high + 0.04])
    rings = [shapes.moved(shapes.torus(0.045, 0.01, steps=24), (s * reach, 0, high + 0.03), np.pi / 2, (1, 0, 0))
             for s in (-1, 1)]  # fmt: skip
    lugs = [shapes.box((0.05, 0.6 * back, 0.03), (s * reach, 0, high)) for s in (-1, 1)]
    parts += [Part(shapes.merge(rings), metal), Part(shapes.merge(lugs), own)]
    if rng.random() < 0.35:
        return [*parts, Part(_chain(path), metal)]
    narrow = (rng.uniform(0.03, 0.08), rng.uniform(0.012, 0.035))
    return [*parts, Part(_strap(path, *narrow), own)]


def _flap(rng: Rng, rows: Floats, high: float, drop: float) -> trimesh.Trimesh:
    """From the back over the top down the front, its lower corners round."""
    heights = np.linspace(high * 0.97, high - drop, 20)
    front = np.interp(heights, rows[:, 2], rows[:, 1]) + 0.022
    back = float(rows[-2, 1])
    line = np.concatenate(
        [
            [
                [back + 0.02, 0.85 * high],
                [back + 0.018, 0.96 * high],
                [0.6 * back, high + 0.025],
                [-0.6 * back, high + 0.025],
            ],
            np.stack([-front, heights], 1),
        ]
    )
    share = np.r_[np.zeros(4), np.linspace(0, 1, 20)]
    power = rng.uniform(2, 12)
    half = (float(rows[-2, 0]) + 0.012) * (1 - 0.999 * share**power) ** (1 / rng.uniform(2, 5))
    across = np.linspace(1, -1, 25)
    grid = np.stack(
        [half[:, None] * across, line[:, :1] + 0 * across, line[:, 1:] + 0 * across], -1
    ).reshape(-1, 3)  # fmt: skip
    return shapes.thick_grid(grid, len(line), 25, 0.016)


def _chain(path: Floats) -> trimesh.Trimesh:
    """Oval links, each turned a right angle against the one before."""
    line = _even(path, 44)
    links = []
    for number, (a, b) in enumerate(pairwise(line)):
        ahead, side = (b - a) * 0.72, np.array([0, 1, 0]) if number % 2 else np.cross(b - a, (0, 1, 0))
        side = side / np.linalg.norm(side) * 0.022
        angles = np.linspace(0, 2 * np.pi, 14, endpoint=False)[:, None]
        links.append(shapes.tube((a + b) / 2 + np.cos(angles) * ahead + np.sin(angles) * side, 0.008, True, 6))
    return shapes.merge(links)


def _bucket(rng: Rng) -> list[Part]:
    """Round, gathered by a cord; one long strap."""
    wide, high = rng.uniform(0.35, 0.5), rng.uniform(0.7, 1.0)
    share = np.linspace(0, 1, 30)
    radius = wide * (0.92 + 0.1 * np.sin(np.pi * share) - rng.uniform(0.0, 0.3) * share**4)
    body = _open_body(np.stack([radius, radius * rng.uniform(0.7, 1), high * share], 1), 2.2, 0.015)
    pleats = int(rng.integers(9, 16))

    def gather(points: Floats) -> Floats:
        angle, up = np.arctan2(points[:, 1], points[:, 0]), (points[:, 2] / high).clip(0, 1) ** 5
        factor = 1 + 0.07 * up * np.cos(pleats * angle)
        return np.asarray(points * np.stack([factor, factor, np.ones_like(factor)], 1), float)

    own, metal = _hide(rng), _fitting(rng)
    x = float(radius[-2])
    cord = shapes.scaled(shapes.torus(float(radius[-4]) + 0.02, 0.014), (1, body.extents[1] / body.extents[0], 1))
    ends = [
        shapes.tube(shapes.curve([(s * 0.02, 0, 0), (s * 0.06, -0.05, -0.1), (s * 0.05, -0.04, -0.25)]), 0.012, sides=8)
        for s in (-1, 1)
    ]
    at = (0, float(cord.bounds[0, 1]) + 0.01, 0.9 * high)
    tie = shapes.merge([shapes.moved(cord, (0, 0, 0.9 * high)), *(shapes.moved(end, at) for end in ends)])
    path = np.insert(arc(1, np.pi, 0, 48) * [x, rng.uniform(0.5, 1.0)], 1, 0, 1) + np.array([0, 0, high - 0.03])
    path = np.concatenate([path[:1] - [0, 0, 0.15], path, path[-1:] - [0, 0, 0.15]])
    knobs = both_sides(shapes.sphere(0.03, (x + 0.01, 0, high - 0.12), 10))
    return [Part(shapes.bent(body, gather), own), Part(tie, _hide(rng)), Part(knobs, metal),
            Part(_strap(_even(path), rng.uniform(0.04, 0.09), 0.016), own)]  # fmt: skip


def _carrier(rng: Rng) -> list[Part]:
    """Of paper, its handles cords."""
    wide, deep, high = rng.uniform(0.35, 0.55), rng.uniform(0.12, 0.25), rng.uniform(0.8, 1.2)
    rows = np.stack([np.full(8, wide), deep * np.linspace(1, rng.uniform(0.7, 1), 8), np.linspace(0, high, 8)], 1)
    own = one_of(rng, materials.cardboard, _canvas, materials.plastic, lambda r: materials.label(r, (384, 512)))
    parts = [Part(_open_body(rows, 40, 0.008), own, "around")]
    if rng.random() < 0.5:
        size = (rng.uniform(0.3, 0.6), 0.01, rng.uniform(0.2, 0.5))
        at = (0, -float(np.interp(0.5 * high, rows[:, 2], rows[:, 1])), 0.5 * high)
        parts.append(Part(shapes.box(size, at), materials.label(rng, (256, 256)), "front"))
    cord, x, rise = _hide(rng), wide * rng.uniform(0.3, 0.5), rng.uniform(0.2, 0.4)
    for side in (-1, 1):
        bow = arc(1, np.pi, 0, 24) * [x, rise]
        y = side * (float(rows[-1, 1]) + 0.005)
        path = np.column_stack([bow[:, 0], y * (1 - 0.5 * bow[:, 1]), high - 0.06 + bow[:, 1]])
        parts.append(Part(shapes.tube(path, rng.uniform(0.01, 0.02), sides=8), cord))
    return parts


def _duffel(rng: Rng) -> list[Part]:
    """A barrel along x, a zip above, two handles whose bands run around it."""
    half, radius = rng.uniform(0.6, 0.8), rng.uniform(0.3, 0.4)
    along = np.array([-1, -0.99, -0.95, -0.6, 0, 0.6, 0.95, 0.99, 1]) * half
    size = radius * np.array([0.8, 0.93, 1, 1.02, 1.02, 1.02, 1, 0.93, 0.8])
    body = swept(np.insert(np.zeros((9, 2)), 0, along, 1), (0, 1, 0), np.stack([2 * size, 1.8 * size], 1), 2.8, 64)
    own, trim, metal = _hide(rng), _hide(rng), _fitting(rng)
    x, rise = half * rng.uniform(0.25, 0.4), rng.uniform(0.25, 0.5)
    parts = [Part(body, own), Part(shapes.box((1.7 * half, 0.05, 0.03), (0, 0, 0.92 * radius)), metal)]
    for side in (-1, 1):
        around = np.linspace(-np.pi * 0.5, 0.2 * np.pi, 20)
        leg = np.stack([np.full(20, -x), side * 1.04 * radius * np.cos(around), 0.95 * radius * np.sin(around)], 1)
        bow = arc(1, np.pi, 0, 24)[1:-1] * [x, rise]
        top = np.column_stack([bow[:, 0], side * radius * (0.82 - 0.6 * bow[:, 1]), leg[-1, 2] + bow[:, 1]])
        path = _even(np.concatenate([leg, top, leg[::-1] * [-1, 1, 1]]), 110)
        parts.append(Part(shapes.tube(path, 0.024, sides=10), trim))
    parts.append(
        Part(
            both_sides(shapes.moved(shapes.torus(0.06, 0.012, steps=24), (half, 0, 0.4 * radius), 1.2, (0, 1, 0))),
            metal,
        )
    )
    return parts


FAMILIES: dict[str, Build] = {"handbag": handbag}
