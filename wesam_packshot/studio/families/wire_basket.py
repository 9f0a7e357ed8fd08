"""Baskets and bowls of wire."""

from dataclasses import dataclass

import numpy as np
import shapely
import trimesh

from wesam_packshot.studio import materials, shapes
from wesam_packshot.studio.families.parts_wire import (
    Rng,
    along_x,
    arc,
    deck,
    finish,
    level,
    one_of,
    oval,
    rounded,
    upright,
    wires,
)
from wesam_packshot.studio.product import Build, Material, Part, Product, product
from wesam_packshot.studio.shapes import Floats


@dataclass(frozen=True)
class _Wall:
    """A surface from a bottom outline up to a rim.

    Attributes:
        outline: of the widest place, (count, 2), evenly spaced.
        profile: (scale of the outline, z) from the bottom up, (count, 2).
        wave: height of the rim's waves, and their number.
    """

    outline: Floats
    profile: Floats
    wave: tuple[float, int]

    def at(self, u: Floats | float, v: Floats | float) -> Floats:
        """Points (count, 3) at shares u around and v up."""
        u, v = np.broadcast_arrays(np.asarray(u, float), np.asarray(v, float))
        where = np.arange(len(self.outline)) / len(self.outline)
        x, y = (np.interp(u, where, values, period=1) for values in self.outline.T)
        scale, z = (np.interp(v, np.linspace(0, 1, len(self.profile)), values) for values in self.profile.T)
        return np.stack([x * scale, y * scale, z + self.wave[0] * v**2 * np.cos(2 * np.pi * self.wave[1] * u)], -1)


def wire_basket(rng: Rng) -> Product:
    """A basket, round to rectangular, straight, tapered or a bowl, its wires in one of several patterns."""
    wall = _bowl(rng) if rng.random() < 0.4 else _bin(rng)
    thin = rng.uniform(0.006, 0.016)
    thick = thin * rng.uniform(1.2, 2.2)
    coat = finish(rng)
    rims = [wall.at(np.linspace(0, 1, 120, endpoint=False), 1.0)]
    if rng.random() < 0.4:
        rims.append(rims[0] * [1, 1, 0] + wall.at(np.linspace(0, 1, 120, endpoint=False), 0.93) * [0, 0, 1])
    frame = [
        wires(rims, thick, closed=True),
        _pattern(rng, wall, thin),
        _bottom(rng, wall, thin),
        _foot(rng, wall, thick),
    ]
    low = min(float(mesh.bounds[0, 2]) for mesh in frame)
    parts = [Part(shapes.moved(shapes.merge(frame), (0, 0, -low)), coat)]
    handles = (lambda *_: [], _loops, _arch, _bails)[int(rng.choice(4, p=[0.4, 0.25, 0.2, 0.15]))](rng, wall, thick)
    parts += [
        Part(shapes.moved(mesh, (0, 0, -low)), along_x(_grip(rng)) if number else coat)
        for number, mesh in enumerate(handles)
    ]
    return product(parts, "thin", "holes")


def _grip(rng: Rng) -> Material:
    return one_of(rng, materials.wood, materials.wood, materials.plastic, materials.leather)


def _bin(rng: Rng) -> _Wall:
    wide, deep = 1.0, rng.uniform(0.55, 1.0)
    power = float(rng.choice([2, 2, 4, 7, 12]))
    height, bottom = rng.uniform(0.4, 1.6), rng.uniform(0.55, 1.0)
    middle = (bottom + 1) / 2 + rng.choice([0, 0, 0.08, -0.05])
    profile = shapes.smooth_profile([bottom, middle, 1.0], [0, height / 2, height])
    wave = (0.0, 2) if rng.random() < 0.75 else (rng.uniform(0.03, 0.12), 2)
    return _Wall(oval(wide * 0.8, deep * 0.8, power, 360), profile, wave)


def _bowl(rng: Rng) -> _Wall:
    height, foot, lip = rng.uniform(0.25, 0.75), rng.uniform(0.25, 0.45), rng.uniform(0.85, 1.15)
    profile = shapes.smooth_profile([foot, rng.uniform(0.75, 0.95), 1, lip], [0, 0.3 * height, 0.65 * height, height])
    wave = (0.0, 3) if rng.random() < 0.6 else (rng.uniform(0.04, 0.12), int(rng.integers(3, 8)))
    return _Wall(oval(1, rng.choice([1, 1, 0.7]), float(rng.choice([2, 2, 3])), 360), profile, wave)


def _pattern(rng: Rng, wall: _Wall, radius: float) -> trimesh.Trimesh:
    """Upright ribs, rings, both, slanted ribs, a lattice of crossing wires, or waves."""
    kind = rng.choice(["ribs", "rings", "both", "both", "slanted", "lattice", "waves"])
    count, up = int(rng.integers(16, 48)), np.linspace(0, 1, 28)
    starts = np.arange(count) / count
    if kind == "rings":
        count, starts = 8, np.arange(8) / 8
    slant = {"slanted": rng.uniform(0.05, 0.25), "lattice": rng.uniform(0.06, 0.3)}.get(kind, 0.0)
    bend = rng.uniform(0.4, 0.9) / count if kind == "waves" else 0.0
    lines = [wall.at(u + slant * up + bend * np.sin(4 * np.pi * up), up) for u in starts]
    if kind == "lattice":
        lines += [wall.at(u - slant * up, up) for u in starts]
    meshes = [wires(lines, radius, sides=6)]
    number = {"rings": int(rng.integers(5, 12)), "both": int(rng.integers(2, 9))}.get(kind, int(rng.integers(0, 2)))
    around = np.linspace(0, 1, 100, endpoint=False)
    rings = [wall.at(around, v) for v in np.linspace(0, 1, number + 2)[1:-1]]
    if rings:
        meshes.append(wires(rings, radius, closed=True, sides=6))
    return shapes.merge(meshes)


def _bottom(rng: Rng, wall: _Wall, radius: float) -> trimesh.Trimesh:
    """A ring, filled with a grid, spokes, rings or a plate."""
    ring = wall.at(np.linspace(0, 1, 100, endpoint=False), 0.0)
    meshes = [wires([ring], radius * 1.2, closed=True)]
    kind = rng.choice(["grid", "bars", "spokes", "rings", "plate"], p=[0.35, 0.2, 0.2, 0.15, 0.1])
    if kind == "plate":
        return shapes.merge([*meshes, deck(ring[:, :2], radius, float(ring[0, 2]))])
    if kind in ("grid", "bars"):
        step = rng.uniform(0.08, 0.2)
        sets = [_across(ring, step, 0)] + ([_across(ring, step, 1)] if kind == "grid" else [])
        return shapes.merge(meshes + [wires(lines, radius, sides=6) for lines in sets])
    middle = 0.15 * ring
    count = int(rng.integers(6, 20))
    picks = (np.arange(count) * len(ring)) // count
    rings = [middle] if kind == "spokes" else [share * ring for share in np.linspace(0.15, 1, 6)[:-1]]
    spokes = [
        np.stack([middle[pick], ring[pick]]) for pick in (picks if kind == "spokes" else picks[:: max(1, count // 4)])
    ]
    return shapes.merge([*meshes, wires(rings, radius, closed=True, sides=6), wires(spokes, radius, sides=6)])


def _across(ring: Floats, step: float, axis: int) -> list[Floats]:
    """Parallel wires across a ring, along the axis."""
    area = shapely.Polygon(ring[:, :2])
    reach = float(np.abs(ring[:, 1 - axis]).max())
    lines = []
    for offset in np.arange(step / 2, reach, step).tolist():
        for side in (offset, -offset):
            ends = np.array([[-9, side], [9, side]]) if axis == 0 else np.array([[side, -9], [side, 9]])
            inside = area.intersection(shapely.LineString(ends))
            if inside.length > step / 2:
                lines.append(level(np.asarray(inside.coords), float(ring[0, 2])))
    return lines


def _foot(rng: Rng, wall: _Wall, radius: float) -> trimesh.Trimesh:
    """The bottom ring itself, a lower ring on posts, or short legs with balls."""
    kind, drop = rng.choice(["none", "ring", "balls"], p=[0.5, 0.25, 0.25]), rng.uniform(0.06, 0.16)
    if kind == "none":
        return wires([wall.at(np.linspace(0, 1, 100, endpoint=False), 0.0)], radius, closed=True)
    tops = wall.at(np.arange(4) / 4 + 0.125, 0.0)
    ends = tops - [0, 0, drop]
    posts = wires([np.stack(pair) for pair in zip(tops, ends, strict=True)], radius)
    if kind == "balls":
        return shapes.merge([posts, *(shapes.sphere(2.2 * radius, end, steps=10) for end in ends)])
    ring = wall.at(np.linspace(0, 1, 100, endpoint=False), 0.0) - [0, 0, drop]
    return shapes.merge([posts, wires([ring], radius, closed=True)])


def _loops(rng: Rng, wall: _Wall, radius: float) -> list[trimesh.Trimesh]:
    """A loop at each end; perhaps upright."""
    half, out, up = rng.uniform(0.04, 0.08), rng.uniform(0.03, 0.15), rng.uniform(0.06, 0.22)
    meshes = []
    for middle in (0.0, 0.5):
        ends = wall.at(np.array([middle - half, middle + half]), 1.0)
        away = np.array([np.sign(ends[0, 0]) * out, 0, up])
        meshes.append(shapes.tube(rounded([ends[0], ends[0] + away, ends[1] + away, ends[1]], 0.08), radius))
    return [shapes.merge(meshes)]


def _arch(rng: Rng, wall: _Wall, radius: float) -> list[trimesh.Trimesh]:
    """One handle over the whole, with a grip."""
    ends = wall.at(np.array([0.5, 0.0]), 1.0)
    half, base = float(ends[1, 0]), float(ends[1, 2])
    path = upright(arc(half, np.pi, 0, 48) * [1, rng.uniform(0.6, 1.3)] + [0, base])
    middle = path[18:30] if rng.random() < 0.7 else path[22:26]
    return [shapes.tube(path, radius), shapes.tube(middle, radius * rng.uniform(1.8, 3))]


def _bails(rng: Rng, wall: _Wall, radius: float) -> list[trimesh.Trimesh]:
    """Two handles as of a shopping basket, folded up to the middle."""
    meshes, grips = [], []
    lift, gap = rng.uniform(0.35, 0.6), rng.uniform(0.05, 0.25)
    for side in (-1, 1):
        ends = wall.at(np.array([0.5, 0.0]) + side * np.array([-0.1, 0.1]), 1.0)
        tops = np.array([[0.4 * end[0], side * gap, ends[:, 2].mean() + lift] for end in ends])
        meshes.append(shapes.tube(rounded([ends[0], tops[0], tops[1], ends[1]], 0.15), radius))
        grips.append(shapes.straight(tops[0] * [0.5, 1, 1], tops[1] * [0.5, 1, 1], radius * 2.2))
    return [shapes.merge(meshes), shapes.merge(grips)]


FAMILIES: dict[str, Build] = {"wire_basket": wire_basket}
