"""Crates of slats, of plastic with holes, and woven baskets that one sees through."""

import numpy as np
import shapely
import trimesh

from wesam_packshot.studio import materials, shapes
from wesam_packshot.studio.families.parts_rest import grounded
from wesam_packshot.studio.families.parts_wire import (
    Rng,
    along_x,
    arc,
    both_sides,
    deck,
    level,
    one_of,
    oval,
    rounded,
    slab,
    wires,
)
from wesam_packshot.studio.product import Build, Material, Part, Product, product
from wesam_packshot.studio.shapes import Floats

Size = tuple[float, float, float]


def crate(rng: np.random.Generator) -> Product:
    """About 1 wide, open above."""
    kinds = (_slatted, _slatted, _plastic, _woven, _woven)
    return product(grounded(kinds[int(rng.integers(len(kinds)))](rng)), "holes")


def _boards(rng: Rng) -> Material:
    paint = Material(materials.white(rng), roughness=0.6)
    return one_of(rng, materials.wood, materials.wood, materials.wood, lambda _: paint, materials.painted_metal)


def _slatted(rng: Rng) -> list[Part]:
    """Corner posts, slats around and below, perhaps handles cut out, a shelf, feet or castors."""
    wide, deep, high = rng.uniform(0.8, 1.2), rng.uniform(0.5, 0.8), rng.uniform(0.3, 0.75)
    rows, thick, post = int(rng.integers(2, 6)), rng.uniform(0.015, 0.03), rng.uniform(0.04, 0.09)
    own = _boards(rng)
    share = rng.uniform(0.45, 0.88)
    pitch = high / rows
    levels = (np.arange(rows) + 0.5) * pitch
    long, across = [], []
    for z in levels:
        for side in (-1, 1):
            long.append(shapes.box((wide, thick, share * pitch), (0, side * (deep / 2 + thick / 2), z)))
    for z in levels[: rows - int(rng.random() < 0.3)]:
        slat = _end(deep + 2 * thick, share * pitch, thick, bool(z == levels[-1]) and share * pitch > 0.1)
        across.append(shapes.moved(slat, (0, 0, z)))
    ends = both_sides(shapes.moved(shapes.moved(shapes.merge(across), turn=np.pi / 2), (wide / 2, 0, 0)))
    count = int(rng.integers(3, 8))
    floor = [
        shapes.box((wide, 0.8 * deep / count, thick), (0, y, thick / 2))
        for y in ((np.arange(count) + 0.5) / count - 0.5) * deep
    ]
    posts = [
        shapes.box((post, post, high), (sx * (wide / 2 - post / 2), sy * (deep / 2 - post / 2), high / 2))
        for sx in (-1, 1)
        for sy in (-1, 1)
    ]
    parts = [Part(shapes.merge(long + floor), along_x(own)), Part(shapes.merge([ends, *posts]), own)]
    nails = [
        shapes.sphere(0.009, (sx * (wide / 2 - post / 2), -deep / 2 - thick, z), 6) for z in levels for sx in (-1, 1)
    ]
    parts.append(Part(shapes.merge(nails), materials.metal(rng, "steel")))
    if rng.random() < 0.3:
        balls = [
            shapes.sphere(0.06, (sx * 0.42 * wide, sy * 0.4 * deep, -0.05), 12) for sx in (-1, 1) for sy in (-1, 1)
        ]
        parts.append(Part(shapes.merge(balls), materials.rubber(rng)))
    if rng.random() < 0.3:
        rope = [
            shapes.curve(
                [
                    (s * wide / 2, -0.12, high * 0.8),
                    (s * (wide / 2 + 0.1), 0, high * 0.6),
                    (s * wide / 2, 0.12, high * 0.8),
                ],
                24,
            )
            for s in (-1, 1)
        ]
        parts.append(Part(wires(rope, 0.018), materials.rattan(rng)))
    return parts


def _end(long: float, high: float, thick: float, handle: bool) -> trimesh.Trimesh:
    """A slat along x around the origin, perhaps with a hole to carry by."""
    area = shapely.box(-long / 2, -high / 2, long / 2, high / 2)
    if handle:
        area = area.difference(shapely.LineString([(-0.1, 0), (0.1, 0)]).buffer(0.3 * high))
    return slab(area, thick)


def _plastic(rng: Rng) -> list[Part]:
    """Moulded walls full of holes, a rim, handles."""
    wide, deep, high = rng.uniform(0.7, 1.1), rng.uniform(0.5, 0.75), rng.uniform(0.3, 0.7)
    thick = rng.uniform(0.015, 0.03)
    own = one_of(rng, materials.plastic, materials.white_plastic, materials.painted_metal)
    kind = str(rng.choice(["grid", "slots", "round", "bars"]))
    front = slab(_pierced(kind, wide, high), thick)
    end = slab(_pierced(kind, deep, high).difference(shapely.box(-0.13, 0.74 * high, 0.13, 0.88 * high)), thick)
    walls = [
        both_sides(shapes.moved(front, (0, deep / 2, 0)), 1),
        both_sides(shapes.moved(end, (wide / 2, 0, 0), np.pi / 2)),
    ]
    flat = slab(_pierced(kind, wide, deep), thick)
    floor = shapes.moved(shapes.moved(flat, (0, 0, -deep / 2)), (0, 0, thick), np.pi / 2, (1, 0, 0))
    ring = rounded(
        [(-wide / 2, -deep / 2), (wide / 2, -deep / 2), (wide / 2, deep / 2), (-wide / 2, deep / 2)], 0.06, closed=True
    )
    rims = [shapes.tube(level(ring, z), 1.2 * thick, closed=True, sides=8) for z in (high, 0.02)]
    posts = [
        shapes.straight((sx * wide / 2, sy * deep / 2, 0), (sx * wide / 2, sy * deep / 2, high), 1.2 * thick, 8)
        for sx in (-1, 1)
        for sy in (-1, 1)
    ]
    shifted = shapes.moved(floor, (0, -float(floor.bounds.mean(0)[1]), 0))
    return [Part(shapes.merge([*walls, shifted, *rims, *posts]), own)]


def _pierced(kind: str, wide: float, high: float) -> shapely.Geometry:
    """A wall of x from -wide / 2, z from 0, with rows of holes."""
    size = {"grid": 0.07, "slots": 0.12, "round": 0.08, "bars": 0.05}[kind]
    margin = 0.06
    columns = int((wide - 2 * margin) / size)
    rows = {"slots": 2, "bars": 1}.get(kind, max(1, int((high - 2 * margin) / size)))
    dx, dz = (wide - 2 * margin) / columns, (high - 2 * margin) / rows
    holes = []
    for row in range(rows):
        for column in range(columns):
            x, z = -wide / 2 + margin + (column + 0.5) * dx, margin + (row + 0.5) * dz
            half = (0.36 * dx, 0.36 * dz if kind in ("grid", "round") else 0.44 * dz)
            hole = (
                shapely.Point(x, z).buffer(0.38 * min(dx, dz), 6)
                if kind == "round"
                else shapely.box(x - half[0], z - half[1], x + half[0], z + half[1])
            )
            holes.append(hole)
    return shapely.box(-wide / 2, 0, wide / 2, high).difference(shapely.union_all(holes))


def _woven(rng: Rng) -> list[Part]:
    """Stakes with weavers in and out of them, a plaited rim, handles; perhaps a cloth band or a lid."""
    x, y = rng.uniform(0.4, 0.55), rng.uniform(0.3, 0.5)
    high, power = rng.uniform(0.3, 1.0), rng.uniform(2, 5)
    flare, belly = rng.uniform(0.75, 1.05), rng.uniform(0, 0.12)
    stakes = 2 * int(rng.integers(12, 22))
    thick = rng.uniform(0.007, 0.014)
    rows = int(high / (thick * rng.uniform(2.2, 6.0)))

    def at(turn: Floats, v: float, out: float | Floats = 0.0) -> Floats:
        scale = flare + (1 - flare) * v + belly * np.sin(np.pi * v)
        base = oval(x * scale, y * scale, power, 480)
        flat = base[(turn * 480).round().astype(int) % 480]
        away = 1 + np.asarray(out) / np.linalg.norm(flat, axis=1)
        return np.column_stack([flat * away[:, None] if np.ndim(away) else flat * away, np.full(len(flat), v * high)])

    turn = np.linspace(0, 1, 240, endpoint=False)
    weavers = [
        at(turn, (row + 0.5) / rows, 1.1 * thick * np.cos(np.pi * stakes * turn + np.pi * (row % 2)))
        for row in range(rows)
    ]
    places = np.arange(stakes) / stakes
    uprights = np.stack([at(places, float(v)) for v in np.linspace(0, 1, 10)], 1)
    own = one_of(rng, materials.rattan, materials.rattan, materials.plastic, materials.white_plastic, materials.wood)
    rims = [
        at(turn, 1.0, 0.6 * thick * np.cos(60 * np.pi * turn + phase))
        + np.outer(1.2 * thick * np.sin(60 * np.pi * turn + phase), (0, 0, 1))
        for phase in (0, np.pi)
    ]
    foot = at(turn, 0.0)
    meshes = [
        wires(weavers, thick, closed=True, sides=6),
        wires(uprights, 0.9 * thick, sides=6),
        wires(rims, 1.3 * thick, closed=True, sides=8),
        deck(foot[:, :2], thick, -0.5 * thick),
        wires([foot], 1.3 * thick, closed=True),
    ]
    parts = [Part(shapes.merge(meshes), own)]
    trim = one_of(rng, lambda _: own, materials.leather, materials.rattan)
    kind = str(rng.choice(["ears", "arch", "none"], p=[0.45, 0.3, 0.25]))
    if kind == "ears":
        bow = arc(1, np.pi, 0, 24)
        loop = np.stack(
            [np.full(24, x) + 0.04 * bow[:, 1], 0.15 * bow[:, 0], high - 0.02 + rng.uniform(0.08, 0.2) * bow[:, 1]], 1
        )
        parts.append(Part(both_sides(shapes.tube(loop, 1.8 * thick)), trim))
    if kind == "arch":
        bow = arc(1, np.pi, 0, 48) * [x, rng.uniform(0.35, 0.6)]
        path = np.stack([bow[:, 0], 0 * bow[:, 0], high - 0.02 + bow[:, 1]], 1)
        parts.append(Part(shapes.tube(path, 2 * thick), trim))
    return parts


FAMILIES: dict[str, Build] = {"crate": crate}
