"""Clothes on a hanger, on an unseen mannequin, or lying flat."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import shapely
import trimesh

from wesam_packshot.studio import materials, shapes
from wesam_packshot.studio.families import garment_cuts as cuts
from wesam_packshot.studio.families.parts_rest import grounded
from wesam_packshot.studio.families.parts_soft import between, distance, meshed
from wesam_packshot.studio.families.parts_wire import Rng, arc, one_of, swept, upright
from wesam_packshot.studio.product import Build, Material, Part, Product, product
from wesam_packshot.studio.shapes import Floats

CLOTH = 0.012


def garment(rng: np.random.Generator) -> Product:
    """About 1 wide and 1 to 2 high."""
    kind = str(
        rng.choice(
            [
                "tee",
                "tee",
                "sweater",
                "sweater",
                "shirt",
                "shirt",
                "vest",
                "dress",
                "slip",
                "trousers",
                "shorts",
                "skirt",
            ]
        )
    )
    cut = CUTS[kind](rng)
    look = str(rng.choice(["hanger", "mannequin", "flat"], p=[0.35, 0.35, 0.3]))
    if kind in ("trousers", "shorts", "skirt") and look == "hanger":
        look = "mannequin"
    cloth = _Cloth(cut, rng, look)
    own = one_of(rng, materials.fabric, materials.fabric, _knit, _white_cloth, materials.leather)
    parts = [Part(cloth.side(cut.front, -1), own), Part(cloth.side(cut.back, 1), own)]
    parts += _rims(rng, cloth, own) + _straps(rng, cloth, own) + _details(rng, kind, cloth, own)
    if look == "hanger":
        parts += _hanger(rng, cut)
    sway = _sway(rng)
    parts = [Part(shapes.bent(part.mesh, sway), part.material, part.mapping) for part in parts]
    tags = ("holes",) if look == "hanger" or cut.straps else ()
    if look == "flat":
        return product(grounded(parts, (0, 1, 0)), *tags, pose="lying")
    return product(grounded(parts), *tags, pose="hanging")


CUTS: dict[str, Callable[[Rng], cuts.Cut]] = {
    "tee": lambda rng: cuts.top(rng, False),
    "sweater": lambda rng: cuts.top(rng, True),
    "shirt": lambda rng: cuts.top(rng, bool(rng.random() < 0.7), True),
    "vest": lambda rng: cuts.tank(rng, False),
    "dress": lambda rng: cuts.tank(rng, True),
    "slip": cuts.slip,
    "trousers": lambda rng: cuts.trousers(rng, False),
    "shorts": lambda rng: cuts.trousers(rng, True),
    "skirt": cuts.skirt,
}


def _white_cloth(rng: Rng) -> Material:
    return Material(materials.white(rng), roughness=0.95, specular=0.15)


def _knit(rng: Rng) -> Material:
    return Material(materials.colour(rng), roughness=0.95, specular=0.1)


class _Cloth:
    """How far front and back stand off the middle, and how they fold."""

    def __init__(self, cut: cuts.Cut, rng: Rng, look: str) -> None:
        self.cut = cut
        self.depth = {"hanger": rng.uniform(0.06, 0.12), "mannequin": rng.uniform(0.14, 0.22), "flat": 0.035}[look]
        self.low = float(cut.front.bounds[1])
        self.folds = rng.uniform(0.15, 1.0) * (0.05 if look != "flat" else 0.015)
        self.pleats = [_Wave.drawn(rng, 0.25, rng.uniform(0.14, 0.35)) for _ in range(3)]
        self.creases = [_Wave.drawn(rng, 3.1, rng.uniform(0.15, 0.5)) for _ in range(6)]
        self.crease = rng.uniform(0.002, 0.009)

    def away(self, points: Floats, side: int) -> Floats:
        """The middle of the cloth's y at points (count, 2) of the front (side -1) or back (1)."""
        off = distance(points, self.cut.seams)
        swell = self.depth * np.sqrt(1 - (1 - (off / 0.33).clip(0, 1)) ** 2)
        loose = (off / 0.12).clip(0, 1) * (points[:, 1] / self.low).clip(0, 1) ** 1.3
        fold = self.folds * loose * sum(wave.at(points * [1, side]) for wave in self.pleats)
        crease = self.crease * (off / 0.1).clip(0, 1) * sum(wave.at(points * [side, 1]) for wave in self.creases)
        # front and back never go through one another
        return np.asarray(side * (swell + fold + crease).clip(min=np.minimum(0.006, swell)), float)

    def side(self, area: shapely.Polygon, side: int) -> trimesh.Trimesh:
        points, faces = meshed(area, 0.035)
        y = self.away(points, side)
        return between(points, faces, y - CLOTH / 2, y + CLOTH / 2)

    def patch(self, area: shapely.Polygon) -> trimesh.Trimesh:
        """Something flat on the front."""
        points, faces = meshed(area, 0.03)
        y = self.away(points, -1) - CLOTH / 2
        return between(points, faces, y - 0.006, y + 0.004)

    def on(self, line: Floats, side: int) -> Floats:
        """A line (count, 2) on the cloth, (count, 3)."""
        return np.column_stack([line[:, 0], self.away(line, side), line[:, 1]])


@dataclass(frozen=True)
class _Wave:
    along: Floats
    phase: float

    @classmethod
    def drawn(cls, rng: Rng, spread: float, length: float) -> "_Wave":
        angle = rng.uniform(-spread, spread)
        return cls(np.array([np.cos(angle), np.sin(angle)]) * 2 * np.pi / length, rng.uniform(0, 6.3))

    def at(self, points: Floats) -> Floats:
        return np.asarray(np.sin(points @ self.along + self.phase), float)


def _sway(rng: Rng) -> Callable[[Floats], Floats]:
    """Crooked by a little, as cloth is."""
    size, phase = rng.uniform(0.0, 0.016, 2), rng.uniform(0, 6.3, 4)

    def bend(points: Floats) -> Floats:
        x, z = points[:, 0], points[:, 2]
        aside = size[0] * (np.sin(5 * z + phase[0]) + 0.6 * np.sin(11 * z + 4 * x + phase[1]))
        up = size[1] * (np.sin(6 * x + phase[2]) + 0.6 * np.sin(13 * x + 3 * z + phase[3])) * (z < 0)
        return np.asarray(points + np.stack([aside * (z < 0), 0 * x, up * np.minimum(1, -z / 0.2)], 1), float)

    return bend


def _rims(rng: Rng, cloth: _Cloth, own: Material) -> list[Part]:
    """A band along the opening above, in front and behind."""
    trim = own if rng.random() < 0.7 else _knit(rng)
    width = rng.uniform(0.02, 0.05)
    bands = []
    for rim, side in zip(cloth.cut.rims, (-1, 1), strict=True):
        fine = np.asarray(shapely.segmentize(shapely.LineString(rim), 0.02).coords)
        bands.append(swept(cloth.on(fine - [0, 0.3 * width], side), (0, 0, 1), (width, 0.022), 4, 10))
    return [Part(shapes.merge(bands), trim)]


def _straps(rng: Rng, cloth: _Cloth, own: Material) -> list[Part]:
    """From the front's edge over the shoulder down to the back's."""
    parts = []
    for strap in cloth.cut.straps:
        front = cloth.on(strap, -1)
        share = np.linspace(0, 1, len(strap)) ** 2
        front[:, 1] = front[0, 1] * (1 - share)
        low = cloth.cut.rims[1][1, 1]
        back = front[::-1] * [1, -1, 1]
        back[:, 2] = np.interp(back[:, 2], [front[0, 2], 0], [low, 0])
        parts.append(
            Part(swept(np.concatenate([front, back[1:]]), (1, 0, 0), (rng.uniform(0.012, 0.03), 0.01), 4, 8), own)
        )
    return parts


def _details(rng: Rng, kind: str, cloth: _Cloth, own: Material) -> list[Part]:
    if kind == "shirt":
        return _collar(cloth, own) + _buttons(rng, cloth, own)
    parts = []
    if kind in ("trousers", "shorts", "skirt"):
        low = -0.08
        parts.append(Part(_button(cloth, 0, low + 0.04), materials.metal(rng)))
        fly = np.array([(0.0, low), (0.0, -0.4)])
        parts.append(Part(_seam(cloth, fly), own))
    if kind in ("tee", "sweater", "vest") and rng.random() < 0.6:
        at = (0, -rng.uniform(0.5, 0.65))
        area = shapely.box(-rng.uniform(0.1, 0.25), at[1] - rng.uniform(0.08, 0.25), 0.2, at[1] + 0.1)
        parts.append(Part(cloth.patch(area), materials.label(rng, (256, 256)), "front"))
    elif kind != "slip" and rng.random() < 0.6:
        pocket = shapely.box(0.1, -0.55, 0.26, -0.36) if kind != "trousers" else shapely.box(-0.3, -0.4, -0.12, -0.2)
        parts.append(Part(cloth.patch(pocket.intersection(cloth.cut.front)), own))
    return parts


def _seam(cloth: _Cloth, line: Floats) -> trimesh.Trimesh:
    fine = np.asarray(shapely.segmentize(shapely.LineString(line), 0.03).coords)
    return shapes.tube(cloth.on(fine, -1) - [0, CLOTH / 2, 0], 0.006, sides=6)


def _button(cloth: _Cloth, x: float, z: float) -> trimesh.Trimesh:
    y = float(cloth.away(np.array([[x, z]]), -1)[0])
    return shapes.moved(shapes.cylinder(0.016, 0.014, sections=16), (x, y - CLOTH, z), np.pi / 2, (1, 0, 0))


def _buttons(rng: Rng, cloth: _Cloth, own: Material) -> list[Part]:
    low = cloth.low + 0.02
    strip = cloth.patch(shapely.box(-0.03, low, 0.03, -0.08).intersection(cloth.cut.front))
    places = np.linspace(-0.14, low + 0.12, int(rng.integers(5, 9)))
    buttons = shapes.merge(shapes.moved(_button(cloth, 0, float(z)), (0, -0.008, 0)) for z in places)
    return [Part(strip, own), Part(buttons, one_of(rng, materials.white_plastic, materials.plastic, materials.metal))]


def _collar(cloth: _Cloth, own: Material) -> list[Part]:
    """A stand around the neck, and two points that fall from it."""
    half = float(cloth.cut.rims[1][-1, 0])
    turn = arc(1, 0, 2 * np.pi, 49)[:-1]
    deep = cloth.depth * 0.6 + 0.02
    ring = np.stack([half * 1.02 * turn[:, 0], deep * turn[:, 1], 0.025 * turn[:, 1]], 1)
    stand = swept(np.concatenate([ring, ring[:1]]), (0, 0, 1), (0.1, 0.014), 6, 10)
    points = np.array([(0.012, -0.07), (half * 0.62, -0.24), (half * 1.12, -0.02), (half * 0.95, 0.05)])
    area, faces = meshed(shapely.Polygon(points), 0.03)
    y = np.minimum(-deep * np.sqrt(1 - (area[:, 0] / half / 1.13).clip(0, 1) ** 2), cloth.away(area, -1)) - 0.012
    leaf = between(area, faces, y - 0.012, y + 0.004)
    other = between(area * [-1, 1], faces[:, ::-1], y - 0.012, y + 0.004)
    return [Part(shapes.merge([stand, leaf, other]), own)]


def _hanger(rng: Rng, cut: cuts.Cut) -> list[Part]:
    """Inside the shoulders, its hook above."""
    reach = 0.34 if not cut.straps else float(abs(cut.straps[0][-1, 0])) + 0.08
    line = shapes.curve(
        [(-reach, 0, -0.135), (-0.2 * reach, 0, -0.05), (0.2 * reach, 0, -0.05), (reach, 0, -0.135)], 40
    )
    if cut.straps:
        line = line + np.array([0, 0, float(np.interp(cut.straps[0][-1, 0], line[:, 0], -line[:, 2])) - 0.02])
    bar = swept(line, (0, 1, 0), (0.035, 0.035), 2.5, 12)
    neck = float(line[20, 2])
    radius, stem = rng.uniform(0.06, 0.09), rng.uniform(0.08, 0.14)
    bow = arc(radius, -0.5 * np.pi, 1.05 * np.pi, 30) + np.array([0, neck + stem + radius])
    hook = shapes.tube(upright(np.concatenate([[[0, neck]], bow])), 0.009, sides=8)
    own = one_of(rng, materials.wood, materials.plastic, materials.white_plastic)
    return [Part(bar, own), Part(hook, materials.chrome(rng))]


FAMILIES: dict[str, Build] = {"garment": garment}
