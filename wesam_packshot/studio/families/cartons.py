"""Boxes of board: printed folding boxes, open ones with flaps, milk cartons, gift boxes, with hang tabs or handles."""

import numpy as np
import trimesh

from wesam_packshot.studio import materials, shapes
from wesam_packshot.studio.families import parts_vessels as pv
from wesam_packshot.studio.materials import Rng
from wesam_packshot.studio.product import Build, Material, Part, Product, product

Size = tuple[float, float, float]
# Board, in units of boxes of about 1.
BOARD = 0.012


def carton(rng: np.random.Generator) -> Product:
    """A box of board or paper."""
    makers = (_folding, _open, _gable, _gift, _hang_tab, _carrier)
    return makers[int(rng.choice(6, p=[0.26, 0.22, 0.18, 0.12, 0.1, 0.12]))](rng)


def _size(rng: Rng) -> Size:
    return rng.uniform(0.4, 1.2), rng.uniform(0.2, 0.8), rng.uniform(0.4, 1.5)


def _printed(rng: Rng, size: Size, made: Material, at: float = 0.0) -> list[Part]:
    """A closed box with art around it, and other art on its front and perhaps its right side."""
    width, depth, height = size
    around = materials.label(rng, (320, 768)) if rng.random() < 0.4 else made
    parts = [Part(shapes.box(size, (0, 0, at + height / 2)), around, "around")]
    front = shapes.box((width - 0.002, 0.004, height - 0.002), (0, -depth / 2, at + height / 2))
    if rng.random() < 0.85:
        rows = int(np.clip(320 * height / width, 96, 640))
        parts.append(Part(front, materials.label(rng, (rows, 320)), "front"))
    return parts


def _plain(rng: Rng) -> Material:
    return pv.chosen(
        rng, materials.cardboard, _paper, _paper, lambda own: Material(materials.colour(own), roughness=0.5)
    )


def _paper(rng: Rng) -> Material:
    return Material(materials.white(rng), roughness=rng.uniform(0.4, 0.8))


def _folding(rng: Rng) -> Product:
    """A closed box with the seam of its lid, or with a sleeve or a window around it."""
    size = _size(rng)
    width, depth, height = size
    made = _plain(rng)
    parts = _printed(rng, size, made)
    tuck = shapes.box((0.94 * width, 0.004, 0.006), (0, -depth / 2 - 0.002, height - 0.025))
    parts.append(Part(tuck, Material((0.1, 0.1, 0.1), roughness=0.9)))
    if rng.random() < 0.3:
        sleeve = shapes.box(
            (width + 0.012, depth + 0.012, rng.uniform(0.2, 0.5) * height), (0, 0, rng.uniform(0.35, 0.6) * height)
        )
        parts.append(Part(sleeve, materials.label(rng, (256, 768)), "around"))
    if rng.random() < 0.35:  # a lid flap that stands open
        angle = rng.uniform(0.5, 2.0)
        parts += [Part(_flap(width, depth, angle, (0, depth / 2, height), 0), made)]
        parts.append(
            Part(shapes.box((width - 0.04, depth - 0.04, 0.004), (0, 0, height + 0.001)), Material((0.03, 0.03, 0.03)))
        )
    return product(parts)


def _flap(length: float, reach: float, angle: float, at: tuple[float, float, float], turn: float) -> trimesh.Trimesh:
    """A flap hinged at its lower edge along x, leaning backwards by an angle, turned about z and moved."""
    leaf = shapes.box((0.99 * length, BOARD, reach), (0, 0, reach / 2))
    return shapes.moved(shapes.moved(leaf, turn=-angle, axis=(1, 0, 0)), at, turn)


def _walls(size: Size) -> trimesh.Trimesh:
    """A box without a lid."""
    width, depth, height = size
    sides = [shapes.box((width, BOARD, height), (0, y, height / 2)) for y in (-depth / 2, depth / 2)]
    sides += [shapes.box((BOARD, depth, height), (x, 0, height / 2)) for x in (-width / 2, width / 2)]
    return shapes.merge([*sides, shapes.box((width, depth, BOARD), (0, 0, BOARD / 2))])


def _open(rng: Rng) -> Product:
    """An open box with four flaps, of corrugated or white board, with tape, prints, perhaps filled."""
    size = (rng.uniform(0.6, 1.2), rng.uniform(0.5, 1.0), rng.uniform(0.35, 1.0))
    width, depth, height = size
    made = materials.cardboard(rng) if rng.random() < 0.6 else _plain(rng)
    reach = depth * rng.uniform(0.35, 0.5)
    hinges = [
        ((0, depth / 2), 0.0, width),
        ((0, -depth / 2), np.pi, width),
        ((width / 2, 0), -np.pi / 2, depth),
        ((-width / 2, 0), np.pi / 2, depth),
    ]
    flaps = [
        _flap(length, reach, rng.uniform(0.2, 2.4), (*place, height - 0.004), turn)
        for place, turn, length in hinges
        if rng.random() < 0.9
    ]
    parts = [Part(shapes.merge([_walls(size), *flaps]), made)]
    if rng.random() < 0.6:
        patch = shapes.box(
            (rng.uniform(0.3, 0.9) * width, 0.006, rng.uniform(0.3, 0.9) * height), (0, -depth / 2 - 0.006, height / 2)
        )
        parts.append(Part(patch, materials.label(rng, (256, 320)), "front"))
    if rng.random() < 0.35:
        balls = [
            shapes.sphere(0.12, (x, y, height - rng.uniform(0.05, 0.2)), 12)
            for x in np.arange(-width / 2 + 0.14, width / 2 - 0.12, 0.2)
            for y in np.arange(-depth / 2 + 0.14, depth / 2 - 0.12, 0.2)
        ]
        bed = shapes.box((width - 0.02, depth - 0.02, 0.02), (0, 0, height - 0.22))
        parts.append(Part(shapes.merge([bed, *balls]), materials.opaque(rng)))
    return product(parts)


def _gable(rng: Rng) -> Product:
    """A milk or juice carton: gusseted roof, fin, often a screw cap."""
    width = rng.uniform(0.4, 0.6)
    depth, height, rise = width * rng.uniform(0.8, 1.0), width * rng.uniform(1.2, 2.6), width * rng.uniform(0.35, 0.5)
    size = (width, depth, height)
    made = _plain(rng)
    parts = _printed(rng, size, made)
    x, y, inner, top = width / 2, depth / 2, width / 2 - 0.6 * rise, height + rise
    points = [
        (-x, -y, height),
        (x, -y, height),
        (x, y, height),
        (-x, y, height),
        (-x, 0, top),
        (x, 0, top),
        (-inner, 0, top),
        (inner, 0, top),
    ]
    faces = [
        (0, 1, 5),
        (0, 5, 4),
        (2, 3, 4),
        (2, 4, 5),
        (1, 2, 7),
        (1, 7, 5),
        (2, 5, 7),
        (3, 0, 6),
        (0, 4, 6),
        (3, 6, 4),
    ]
    roof = trimesh.Trimesh(points, faces, process=False)
    fin = shapes.box((width, 0.025, rng.uniform(0.1, 0.16)), (0, 0, top + 0.04))
    parts.append(Part(shapes.merge([roof, fin]), made if parts[0].material.texture is None else _paper(rng)))
    if rng.random() < 0.6:
        slope = np.arctan2(rise, y)
        cap = pv.knurled(rng.uniform(0.09, 0.13), 0.1, -0.01, int(rng.choice([0, 24])))
        placed = shapes.moved(cap, (0, -y / 2, height + rise / 2), slope, (1, 0, 0))
        parts.append(Part(placed, materials.plastic(rng)))
    return product(parts)


def _gift(rng: Rng) -> Product:
    """A box with a lid, a ribbon crosswise and a bow; or a shoe box, its lid a little off."""
    size = (rng.uniform(0.6, 1.1), rng.uniform(0.5, 0.9), rng.uniform(0.25, 0.8))
    width, depth, height = size
    made = _plain(rng)
    lid_made = made if rng.random() < 0.5 else _plain(rng)
    lid_height = rng.uniform(0.12, 0.3) * height + 0.04
    lid = shapes.box((width + 0.04, depth + 0.04, lid_height), (0, 0, height - lid_height / 2 + 0.02))
    parts = [Part(shapes.box(size, (0, 0, height / 2)), made), Part(lid, lid_made)]
    if rng.random() < 0.3:
        return product([*parts, *_printed(rng, (width, depth + 0.002, height - lid_height), made)[1:]])
    wide, top = rng.uniform(0.06, 0.12), height + 0.02
    hull = shapes.box((wide, depth + 0.055, top + 0.006), (0, 0, top / 2 + 0.003))
    cross = shapes.box((width + 0.055, wide, top + 0.006), (0, 0, top / 2 + 0.003))
    loops = []
    for angle in (0.3, np.pi - 0.3, 0.9, np.pi - 0.9)[: int(rng.choice([2, 4]))]:
        path = shapes.curve([(0, 0, 0), (0.16, 0, 0.13), (0.3, 0, 0.1), (0.28, 0, 0.02), (0.02, 0, 0.0)], 40)
        loop = shapes.scaled(shapes.tube(path, 0.01, sides=8), (1, 0.4 * wide / 0.01, 1))
        loops.append(shapes.moved(loop, (0, 0, top), angle))
    knot = shapes.scaled(shapes.sphere(0.05, steps=12), (1, 1, 0.7))
    ribbon = shapes.merge([hull, cross, *loops, shapes.moved(knot, (0, 0, top + 0.02))])
    satin = pv.chosen(rng, materials.plastic, lambda own: Material(materials.colour(own), roughness=0.35))
    return product([*parts, Part(ribbon, satin)], "holes")


def _slot(half: float, at: float, high: float) -> list[tuple[float, float]]:
    """An oblong hole around x = 0."""
    angles = np.linspace(-np.pi / 2, np.pi / 2, 9)
    right = [(half + high * np.cos(a), at + high * np.sin(a)) for a in angles]
    return right + [(-x, 2 * at - z) for x, z in right]


def _hang_tab(rng: Rng) -> Product:
    """A flat box whose back goes on upwards as a tab with a hole to hang it by."""
    size = (rng.uniform(0.4, 0.8), rng.uniform(0.12, 0.3), rng.uniform(0.6, 1.1))
    width, depth, height = size
    made = _plain(rng)
    tall = rng.uniform(0.2, 0.35)
    x = width / 2
    outline = [
        (-x, 0.02),
        (x, 0.02),
        (x, height + 0.6 * tall),
        (0.7 * x, height + tall),
        (-0.7 * x, height + tall),
        (-x, height + 0.6 * tall),
    ]
    tab = shapes.plate(outline, BOARD, [_slot(rng.uniform(0.02, 0.12), height + 0.55 * tall, 0.045)])
    parts = [*_printed(rng, size, made), Part(shapes.moved(tab, (0, depth / 2 - BOARD / 2, 0)), made)]
    return product(parts, "holes")


def _carrier(rng: Rng) -> Product:
    """A box to carry: a slanting roof below a handle with a grip hole; or a carrier of bottles."""
    width, depth, height = rng.uniform(0.7, 1.1), rng.uniform(0.45, 0.7), rng.uniform(0.4, 0.7)
    rise = rng.uniform(0.2, 0.4)
    made = _plain(rng)
    x, y, top = width / 2, depth / 2, height + rise
    roof = trimesh.convex.convex_hull(
        np.array(
            [(sx * x, sy * y, height) for sx in (-1, 1) for sy in (-1, 1)] + [(s * 0.85 * x, 0, top) for s in (-1, 1)]
        )
    )
    grip = [(-0.85 * x, top - 0.03), (0.85 * x, top - 0.03), (0.6 * x, top + 0.26), (-0.6 * x, top + 0.26)]
    handle = shapes.plate(grip, 2 * BOARD, [_slot(0.3 * x, top + 0.14, 0.055)])
    parts = _printed(rng, (width, depth, height), made)
    return product([*parts, Part(shapes.merge([roof, handle]), made)], "holes")


FAMILIES: dict[str, Build] = {"carton": carton}
