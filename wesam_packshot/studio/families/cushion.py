"""Cushions with piping, buttons, tassels; stacks of folded blankets and towels; bolsters."""

import numpy as np
import shapely
import trimesh

from wesam_packshot.studio import materials, shapes
from wesam_packshot.studio.families.parts_rest import grounded, placed
from wesam_packshot.studio.families.parts_soft import between, distance, loft, meshed, ovals, waves
from wesam_packshot.studio.families.parts_wire import Rng, even, one_of, oval, upright
from wesam_packshot.studio.product import Build, Material, Part, Product, product
from wesam_packshot.studio.shapes import Floats


def cushion(rng: np.random.Generator) -> Product:
    """About 1 wide."""
    kind = rng.choice(["pad", "pouf", "bolster", "stack"], p=[0.55, 0.15, 0.1, 0.2])
    if kind == "pad":
        return _pad(rng)
    build = {"pouf": _pouf, "bolster": _bolster, "stack": _stack}[str(kind)]
    return product(grounded(build(rng)))


def _cloth(rng: Rng) -> Material:
    return one_of(rng, materials.fabric, materials.fabric, _plain, _white, materials.leather)


def _plain(rng: Rng) -> Material:
    return Material(materials.colour(rng), roughness=0.95, specular=0.15)


def _white(rng: Rng) -> Material:
    return Material(materials.white(rng), roughness=0.95, specular=0.15)


def _pad(rng: Rng) -> Product:
    """Two sheets sewn together and filled, lying or leaning back on an edge."""
    kind = str(rng.choice(["square", "long", "round", "heart"], p=[0.5, 0.25, 0.17, 0.08]))
    outline = _outline(rng, kind)
    area = shapely.Polygon(outline)
    points, faces = meshed(area, 0.035)
    inside = distance(points, area.exterior)
    full = rng.uniform(0.12, 0.22)
    reach = float(inside.max())
    # a filled sheet is steep at its seam and flat in its middle
    swell = full * (1 - (1 - inside / reach) ** 2.2) ** 0.65
    crease = rng.uniform(0.0, 0.012) * waves(rng, points, 0.3) * (inside / 0.15).clip(0, 1)
    dents = [np.zeros(2)] if rng.random() < 0.3 else []
    if dents and kind in ("square", "long") and rng.random() < 0.5:
        dents = [np.array(at) * outline.max(0) * 0.45 for at in ((-1, -1), (1, -1), (1, 1), (-1, 1), (0, 0))]
    for dent in dents:
        swell = swell * (1 - 0.75 * np.exp(-np.linalg.norm(points - dent, axis=1) / 0.07))
    own, trim = _cloth(rng), _cloth(rng)
    front = -(swell + crease).clip(min=0.002)
    parts = [Part(between(points, faces, front, -front), own, "box" if rng.random() < 0.8 else "front")]
    if rng.random() < 0.15:
        parts = [Part(parts[0].mesh, Material(texture=materials.printed(rng, (320, 320)), roughness=0.9), "front")]
    parts += [_button(dent, points, front, trim) for dent in dents]
    parts += _trimmed(rng, kind, outline, trim if rng.random() < 0.5 else own)
    tilt = rng.uniform(0.25, 0.6)
    if kind in ("square", "long") and rng.random() < 0.35:
        return product(_leaning(parts, tilt))
    return product(grounded(parts, (0, 1, 0)), pose="lying")


def _leaning(parts: list[Part], tilt: float) -> list[Part]:
    """Upright, as it stays in shops' pictures: pressed flat below."""
    leaned = grounded(placed(parts, turn=0.15 * tilt, axis=(1, 0, 0)))
    floor = 0.05

    def pressed(points: Floats) -> Floats:
        z = points[:, 2]
        return np.column_stack([points[:, :2], np.maximum(z - floor, 0.02 * z)])

    return grounded([Part(shapes.bent(part.mesh, pressed), part.material, part.mapping) for part in leaned])


def _outline(rng: Rng, kind: str) -> Floats:
    if kind == "round":
        return oval(0.5, 0.5, count=96)
    if kind == "heart":
        t = np.linspace(0, 2 * np.pi, 96, endpoint=False)
        x = 16 * np.sin(t) ** 3
        return np.stack([x, 13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t)], 1)[::-1] / 32
    half = (0.5, 0.5) if kind == "square" else (0.55, rng.uniform(0.25, 0.4))
    corners = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]) * half
    # sides bow inwards when the filling pulls at them
    pull = rng.uniform(0.01, 0.045)
    sides = []
    for a, b in zip(corners, np.roll(corners, -1, 0), strict=True):
        t = np.linspace(0, 1, 24, endpoint=False)[:, None]
        inwards = -(a + b) / np.linalg.norm(a + b)
        sides.append(a + (b - a) * t + inwards * pull * np.sin(np.pi * t) ** 0.8)
    return np.concatenate(sides)


def _button(at: Floats, points: Floats, front: Floats, own: Material) -> Part:
    y = float(front[np.linalg.norm(points - at, axis=1).argmin()])
    return Part(shapes.scaled(shapes.sphere(0.03, steps=12), (1, 0.6, 1)).apply_translation((at[0], y, at[1])), own)


def _trimmed(rng: Rng, kind: str, outline: Floats, own: Material) -> list[Part]:
    """Piping, a flat border, fringes, tassels, or nothing."""
    what = str(rng.choice(["piping", "border", "fringes", "tassels", "none"], p=[0.35, 0.15, 0.12, 0.18, 0.2]))
    line = even(outline, 160)
    if what == "piping":
        return [Part(shapes.tube(upright(line), rng.uniform(0.008, 0.018), closed=True, sides=8), own)]
    if what == "border":
        area = shapely.Polygon(outline)
        ring = area.buffer(rng.uniform(0.02, 0.06), join_style="mitre").difference(area.buffer(-0.03))
        points, faces = meshed(ring, 0.035)
        wave = 0.01 * waves(rng, points, 0.25)
        return [Part(between(points, faces, wave - 0.006, wave + 0.006), own)]
    if what == "fringes" or (what == "tassels" and kind in ("round", "heart")):
        ahead = np.roll(line, -1, 0) - np.roll(line, 1, 0)
        out = np.stack([ahead[:, 1], -ahead[:, 0]], 1) / np.linalg.norm(ahead, axis=1, keepdims=True)
        length = rng.uniform(0.04, 0.09, len(line))[:, None]
        ends = line + out * length + rng.normal(0, 0.006, line.shape)
        pairs = zip(upright(line - 0.01 * out), upright(ends), strict=True)
        return [Part(shapes.merge(shapes.straight(a, b, 0.006, 5) for a, b in pairs), own)]
    if what == "tassels":
        return [Part(shapes.merge(_tassel(rng, corner) for corner in outline[::24]), own)]
    return []


def _tassel(rng: Rng, corner: Floats) -> trimesh.Trimesh:
    out = corner / np.linalg.norm(corner)
    knot = corner + 0.02 * out
    side = np.array([-out[1], out[0]])
    threads = []
    for _ in range(12):
        spread = rng.uniform(-0.4, 0.4)
        end = knot + (out + spread * side) * rng.uniform(0.1, 0.14)
        path = np.array([[knot[0], 0, knot[1]], [end[0], rng.uniform(-0.02, 0.02), end[1]]])
        threads.append(shapes.tube(path, 0.006, sides=5))
    return shapes.merge([*threads, shapes.sphere(0.022, (knot[0], 0, knot[1]), 8)])


def _pouf(rng: Rng) -> list[Part]:
    """A round or square seat cushion, with piping at both edges, perhaps a button or a strap."""
    high, power = rng.uniform(0.12, 0.5), float(rng.choice([2.0, 2.0, 6.0]))
    share = np.linspace(0, 1, 24)
    puff = 0.5 * (1 - np.abs(2 * share - 1) ** rng.uniform(4, 9) * rng.uniform(0.15, 0.4))
    dome = np.linspace(1, 0.02, 12)[1:] * puff[-1]
    radii = np.r_[puff, dome]
    heights = np.r_[share * high, high + rng.uniform(0.02, 0.06) * (1 - (dome / puff[-1]) ** 2)]
    body = loft(ovals(np.stack([radii, radii, heights], 1), power, 72))
    own, trim = _cloth(rng), _cloth(rng)
    pipes = [
        np.insert(oval(r, r, power, 96), 2, z, 1)
        for r, z in ((puff[1] + 0.004, share[1] * high), (puff[-2] + 0.004, share[-2] * high))
    ]
    parts = [Part(body, own)]
    parts.append(Part(shapes.merge(shapes.tube(pipe, 0.012, True, 8) for pipe in pipes), trim))
    button = shapes.scaled(shapes.sphere(0.035, steps=12), (1, 1, 0.5))
    parts.append(Part(shapes.moved(button, (0, 0, float(heights[-1]))), trim))
    if rng.random() < 0.4:
        bow = shapes.curve(
            [(0.46, -0.08, 0.6 * high), (0.56, -0.06, 0.7 * high), (0.56, 0.06, 0.7 * high), (0.46, 0.08, 0.6 * high)],
            24,
        )
        parts.append(Part(shapes.tube(bow, 0.014, sides=8), trim))
    return parts


def _bolster(rng: Rng) -> list[Part]:
    """A roll along x, its ends gathered to buttons."""
    half, radius = rng.uniform(0.4, 0.6), rng.uniform(0.11, 0.17)
    own, trim = _cloth(rng), _cloth(rng)
    along = np.concatenate([[-1.0, -1.01, -1.0, -0.97], np.linspace(-0.9, 0.9, 12), [0.97, 1.0, 1.01, 1.0]]) * half
    size = np.concatenate([[0.05, 0.5, 0.85, 0.98], np.ones(12), [0.98, 0.85, 0.5, 0.05]]) * radius
    angles = np.linspace(0, 2 * np.pi, 49)[:-1]
    pleat = 1 + 0.03 * np.sin(16 * angles) * (np.abs(along)[:, None] > 0.95 * half)
    y = size[:, None] * pleat * np.cos(angles)
    z = np.maximum(size[:, None] * pleat * np.sin(angles), -0.93 * radius)
    body = loft(np.stack([along[:, None] + 0 * y, y, z], -1))
    ends = [shapes.sphere(0.03, (side * half, 0, 0), 10) for side in (-1, 1)]
    rings = [
        shapes.moved(shapes.torus(0.99 * radius, 0.01, steps=48), (side * 0.97 * half, 0, 0), np.pi / 2, (0, 1, 0))
        for side in (-1, 1)
    ]
    flat = shapes.bent(shapes.merge(rings), lambda points: np.maximum(points, [-9, -9, -0.93 * radius]))
    return [Part(body, own), Part(shapes.merge([*ends, flat]), trim)]


def _stack(rng: Rng) -> list[Part]:
    """Folded blankets or towels, one on another; perhaps with a ribbon, or fringes."""
    parts: list[Part] = []
    high = 0.0
    wide, deep = rng.uniform(0.4, 0.55), rng.uniform(0.28, 0.4)
    same = _cloth(rng)
    for _ in range(int(rng.integers(1, 6))):
        layers, thick = int(rng.integers(2, 5)), rng.uniform(0.022, 0.045)
        own = same if rng.random() < 0.4 else _cloth(rng)
        parts.append(Part(_folded(rng, (wide, deep), layers, thick, high), own))
        high += 2 * layers * thick * 0.985
    if rng.random() < 0.3:
        band = np.array([(-deep - 0.02, 0), (-deep - 0.02, high + 0.01), (deep + 0.02, high + 0.01), (deep + 0.02, 0)])
        line = even(band, 80)
        ring = np.stack([0 * line[:, 0], line[:, 0], line[:, 1]], 1)
        grid = np.concatenate([ring + np.array([-0.06, 0, 0]), ring + np.array([0.06, 0, 0])])
        parts.append(Part(shapes.thick_grid(grid, 2, 80, 0.008), _cloth(rng)))
    return parts


def _folded(rng: Rng, half: tuple[float, float], layers: int, thick: float, low: float) -> trimesh.Trimesh:
    """A cloth laid to and fro: its section in the y-z plane, drawn out along x."""
    points = []
    deep = half[1] * rng.uniform(0.92, 1.0)
    for layer in range(layers):
        z, back = low + thick * (2 * layer + 1), layer % 2 == 1
        ys = np.linspace(-deep, deep, 14)[:: -1 if back else 1]
        points += [(y, z) for y in ys]
        turn = np.linspace(-np.pi / 2, np.pi / 2, 7)[1:-1] * (-1 if back else 1)
        if layer < layers - 1:
            points += [
                (ys[-1] + np.sign(ys[-1]) * thick * np.cos(a), z + thick + thick * np.sin(a * (-1 if back else 1)))
                for a in turn
            ]
    line = np.array(points)
    xs = np.linspace(-1, 1, 30) * half[0] * rng.uniform(0.94, 1)
    grid = np.stack(
        [np.broadcast_to(xs[:, None], (30, len(line))), *(np.broadcast_to(v, (30, len(line))) for v in line.T)], -1
    )
    bumps = 0.006 * waves(rng, grid[..., :2].reshape(-1, 2), 0.4)
    points3 = grid.reshape(-1, 3) + np.outer(bumps.clip(-0.1 * thick, 0.1 * thick), [0, 0, 1])
    return shapes.thick_grid(points3, 30, len(line), 1.94 * thick)


FAMILIES: dict[str, Build] = {"cushion": cushion}
