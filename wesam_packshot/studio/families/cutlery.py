"""Forks, spoons, knives, ladles and servers; single or in a row, lying."""

import numpy as np
import trimesh

from wesam_packshot.studio import materials, shapes
from wesam_packshot.studio.families.parts_rest import placed, settled
from wesam_packshot.studio.families.parts_wire import Rng, one_of, swept
from wesam_packshot.studio.product import Build, Material, Part, Product, product
from wesam_packshot.studio.shapes import Floats


def cutlery(rng: Rng) -> Product:
    """Pieces about 2 long, of one pattern, side by side."""
    pattern = _Pattern(rng)
    sets: tuple[list[str], ...] = (
        ["fork"],
        ["spoon"],
        ["knife"],
        ["ladle"],
        ["server"],
        ["fork", "knife"],
        ["fork", "spoon"],
    )
    sets += (["fork", "knife", "spoon"], ["fork", "knife", "spoon", "small"], ["small", "fork", "knife", "spoon"])
    sets += (["spoon", "ladle"], ["small"] * 4, ["fork"] * 3, ["butter"], ["spoon", "serving"])
    chosen = sets[int(rng.integers(len(sets)))]
    parts, step = [], rng.uniform(0.42, 0.65)
    for number, kind in enumerate(chosen):
        piece = settled(pattern.piece(rng, kind))
        shift = (number * step * (1.5 if kind in ("ladle", "serving") else 1), 0, rng.normal(0, 0.02))
        parts += placed(piece, shift, rng.normal(0, 0.02), (0, 1, 0))
    return product(parts, "thin", *(("holes",) if len(chosen) == 1 and chosen[0] == "serving" else ()), pose="lying")


class _Pattern:
    """What the pieces of a set share: metal, handle and its widths from the end (s = 0) to the neck (s = 1)."""

    def __init__(self, rng: Rng) -> None:
        names = ["chrome", "steel", "gold", "black", "copper"]
        self.metal = materials.metal(rng, str(rng.choice(names, p=[0.4, 0.3, 0.12, 0.1, 0.08])))
        if rng.random() < 0.12:
            self.metal = one_of(rng, materials.white_plastic, materials.plastic, materials.wood)
        self.grip: Material | None = None
        if rng.random() < 0.4:
            self.grip = one_of(rng, materials.wood, materials.plastic, materials.white_plastic, materials.ceramic)
        self.end, self.waist, self.neck = rng.uniform(0.06, 0.2), rng.uniform(0.05, 0.1), rng.uniform(0.045, 0.075)
        self.thick, self.power = rng.uniform(0.025, 0.05), float(rng.choice([2, 3, 6]))
        self.arch, self.long = rng.uniform(0.02, 0.1), rng.uniform(1.15, 1.4)
        self.tip = float(rng.choice([0.25, 0.6, 0.9]))

    def handle(self, size: float) -> list[Part]:
        """From z = 0 up to the neck at z = long * size."""
        s = np.linspace(0, 1, 40)
        path = np.stack([0 * s, -self.arch * np.sin(np.pi * s), s * self.long * size], 1)
        width = np.interp(s, [0, 0.05, 0.15, 0.7, 1], [self.tip * self.end, self.end, self.end, self.waist, self.neck])
        if self.grip is None:
            return [Part(swept(path, (1, 0, 0), np.stack([width, np.full(40, self.thick)], 1), self.power), self.metal)]
        depth = np.interp(s, [0, 0.1, 0.6, 1], [0.5, 1, 0.9, 0.6]) * max(0.09, self.end * 0.6)
        cut = int(40 * 0.72)
        wide = np.stack([np.maximum(width, 0.09), depth], 1)
        grip = swept(path[:cut], (1, 0, 0), wide[:cut], self.power)
        shaft = swept(path[cut - 3 :], (1, 0, 0), (self.neck, self.thick * 1.2), self.power)
        collar = swept(path[cut - 2 : cut + 1], (1, 0, 0), wide[cut] * 1.08, self.power)
        rivets = [
            shapes.moved(shapes.cylinder(0.018, 0.2, sections=16), path[n], np.pi / 2, (1, 0, 0)) for n in (8, 18)
        ]
        flat = (
            shapes.merge(shapes.scaled(rivet, (1, 1, 1)) for rivet in rivets)
            if self.power > 4 and depth[10] > 0.17
            else collar
        )
        return [Part(grip, self.grip), Part(shapes.merge([shaft, collar, flat]), self.metal)]

    def piece(self, rng: Rng, kind: str) -> list[Part]:
        """A piece of the set: its handle with a fork's, knife's or spoon's head."""
        size = {"small": 0.7, "ladle": 1.35, "serving": 1.2, "butter": 0.8}.get(kind, 1.0)
        neck = self.long * size
        if kind == "fork":
            head = _fork(self, neck)
        elif kind in ("knife", "butter"):
            head = _blade(rng, self, neck, size)
        elif kind == "server":
            head = _server(rng, neck)
        elif kind == "ladle":
            head = _ladle(rng, neck)
        else:
            head = _bowl(neck, size * rng.uniform(0.58, 0.66), size * rng.uniform(0.19, 0.23), 0.1 * size)
        return [*self.handle(size), Part(head, self.metal)]


def _bowl(neck: float, long: float, half: float, deep: float) -> trimesh.Trimesh:
    """An egg-shaped hollow, its tip up along z, sunk towards +y."""
    s, t = np.linspace(0, 1, 30), np.linspace(-1, 1, 17)
    width = half * np.sin(np.pi * s**0.85) ** 0.55
    width = np.maximum(width, np.interp(s, [0, 0.1, 0.98, 1], [0.025, 0.0, 0.0, 0.004]))
    sink = deep * np.sin(np.pi * s).clip(0)[:, None] ** 0.8 * (1 - t[None] ** 2) + 0.06 * deep * (1 - s[:, None])
    grid = np.stack(
        [width[:, None] * t[None], sink, np.broadcast_to((neck - 0.02 + long * s)[:, None], sink.shape)], -1
    )
    return shapes.thick_grid(grid.reshape(-1, 3), 30, 17, 0.022)


def _fork(pattern: _Pattern, neck: float) -> trimesh.Trimesh:
    """A shoulder that widens, and prongs in a curve."""
    count = 4 if pattern.power != 3 else 3
    half, long = 0.15 + 0.02 * (pattern.end > 0.12), 0.72
    root = 0.42 * long

    def bend(z: Floats) -> Floats:
        return 0.11 * np.sin(np.pi * ((z - neck) / long).clip(0, 1)) ** 1.2

    s, t = np.linspace(0, 1, 16), np.linspace(-1, 1, 13)
    width = pattern.neck / 2 + (half - pattern.neck / 2) * np.sin(np.pi / 2 * s**0.8) ** 1.5
    z = np.broadcast_to((neck - 0.02 + (root + 0.02) * s)[:, None], (16, 13))
    grid = np.stack([width[:, None] * t[None], bend(z) + 0.02 * (1 - t[None] ** 2) * s[:, None], z], -1)
    meshes = [shapes.thick_grid(grid.reshape(-1, 3), 16, 13, 0.028)]
    wide = 2 * half / (count * 1.55)
    for x in np.linspace(-half + wide / 2, half - wide / 2, count):
        up = np.linspace(neck + root - 0.04, neck + long, 16)
        taper = np.interp(np.arange(16), [0, 12, 15], [1, 0.75, 0.3])
        prong = np.stack([np.full(16, x), bend(up) + 0.01, up], 1)
        meshes.append(swept(prong, (1, 0, 0), np.stack([wide * taper, 0.032 * taper], 1), 3, 10))
    return shapes.merge(meshes)


def _blade(rng: Rng, pattern: _Pattern, neck: float, size: float) -> trimesh.Trimesh:
    """A back nearly straight, an edge with a belly; the knife lies on its side."""
    long, wide = rng.uniform(0.85, 1.1) * size, rng.uniform(0.15, 0.21) * (1.2 if size < 1 else 1)
    s = np.linspace(0, 1, 30)
    back = pattern.neck / 2 + 0.02 * np.sin(np.pi * s) - (0.5 * wide) * (s > 0.8) * ((s - 0.8) / 0.2) ** 2
    edge = -np.interp(s, [0, 0.06, 0.15, 0.75, 1], [pattern.neck / 2, 0.6 * wide, 0.7 * wide, wide, 0.35 * wide])
    edge = np.where(s > 0.75, -wide * np.sqrt((1 - ((s - 0.75) / 0.25) ** 2 * 0.9).clip(0.01)), edge)
    t = np.linspace(0, 1, 6)
    x = edge[:, None] + (back - edge)[:, None] * t[None]
    grid = np.stack([x, 0 * x, np.broadcast_to((neck - 0.02 + long * s)[:, None], x.shape)], -1)
    return shapes.thick_grid(grid.reshape(-1, 3), 30, 6, 0.022)


def _server(rng: Rng, neck: float) -> trimesh.Trimesh:
    """A triangular blade, set lower than the handle."""
    s, t = np.linspace(0, 1, 26), np.linspace(-1, 1, 7)
    half = rng.uniform(0.22, 0.32)
    width = np.interp(s, [0, 0.15, 0.3, 0.95, 1], [0.03, 0.04, half, half * 0.3, half * 0.1])
    sink = np.interp(s, [0, 0.08, 0.25, 1], [0, 0.03, 0.16, 0.16])
    x = width[:, None] * t[None]
    z = np.broadcast_to((neck - 0.02 + rng.uniform(0.8, 1.0) * s)[:, None], x.shape)
    return shapes.thick_grid(np.stack([x, np.broadcast_to(sink[:, None], x.shape), z], -1).reshape(-1, 3), 26, 7, 0.022)


def _ladle(rng: Rng, neck: float) -> trimesh.Trimesh:
    """A half ball whose mouth faces -y, up when it lies."""
    radius = rng.uniform(0.25, 0.36)
    angles = np.linspace(0, np.pi / 2, 14)
    outside = np.stack([radius * np.sin(angles), radius * 0.75 * (1 - np.cos(angles))], 1)
    cup = shapes.hollow(outside, 0.025, sections=40)
    mouth = shapes.moved(cup, (0, 0.75 * radius, neck + radius * 0.96), np.pi / 2, (1, 0, 0))
    return shapes.moved(mouth, (0, 0, 0))


FAMILIES: dict[str, Build] = {"cutlery": cutlery}
