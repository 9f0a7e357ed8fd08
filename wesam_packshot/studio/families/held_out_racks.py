"""Racks for dishes, toast and bottles, and holders of plates."""

import numpy as np
import trimesh

from wesam_packshot.studio import materials, shapes
from wesam_packshot.studio.families.parts_rest import grounded, settled
from wesam_packshot.studio.families.parts_wire import (
    Rng,
    along_x,
    arc,
    board,
    both_sides,
    finish,
    level,
    one_of,
    oval,
    polygon,
    rounded,
    upright,
    wires,
)
from wesam_packshot.studio.product import Material, Part, Product, product

CROSS = (0, 1, 0)


def dish_rack(rng: Rng) -> Product:
    """Racks for dishes, toast, bottles and plates."""
    kinds = (_drainer, _drainer, _toast_rack, _bottle_rack, _plate_holder, _crossed_rack)
    return product(grounded(kinds[int(rng.integers(len(kinds)))](rng)), "thin", "holes")


def _plate(rng: Rng, radius: float) -> trimesh.Trimesh:
    """A dinner plate on edge: its axis along x, its rim on z = 0."""
    edge = rng.uniform(0.1, 0.18) * radius
    shape = [(0, 0), (0.6 * radius, 0), (radius, edge), (0.98 * radius, edge + 0.02), (0.58 * radius, 0.03), (0, 0.03)]
    return shapes.moved(shapes.turned(shape, 64), (0, 0, radius), np.pi / 2, CROSS)


def _row(rng: Rng, places: list[float], base: float, radius: float, share: float) -> list[Part]:
    """Plates at some of the places along x."""
    own, lean = materials.ceramic(rng), rng.uniform(-0.12, 0.12)
    plates = [shapes.moved(_plate(rng, radius), (x, 0, base), lean, CROSS) for x in places if rng.random() < share]
    return [Part(shapes.merge(plates), own)] if plates else []


def _drainer(rng: Rng) -> list[Part]:
    """A basket of wire with a comb for plates; perhaps a tray below and a cup for cutlery."""
    x, y, high, thin = rng.uniform(0.6, 1.0), rng.uniform(0.4, 0.6), rng.uniform(0.2, 0.4), rng.uniform(0.008, 0.014)
    coat, base = finish(rng), 0.1
    outline = oval(x, y, rng.uniform(6, 14), 100)
    rims = [level(outline, base), level(outline * 1.06, base + high), level(outline * 1.03, base + high / 2)]
    posts = [np.stack([rims[0][n], rims[1][n]]) for n in range(0, 100, int(rng.choice([2, 4, 5])))]
    xs = np.linspace(-0.94 * x, 0.94 * x, int(rng.integers(10, 22)))
    floor = [np.array([(p, -y * 0.98, base), (p, y * 0.98, base)]) for p in xs]
    comb = [
        rounded([(p, -0.3 * y, base), (p, -0.3 * y, base + 0.32), (p, 0.3 * y, base + 0.32), (p, 0.3 * y, base)], 0.12)
        for p in xs[1:-3]
    ]
    feet = [
        np.array([(sx * 0.8 * x, sy * 0.8 * y, 0), (sx * 0.8 * x, sy * 0.8 * y, base)])
        for sx in (-1, 1)
        for sy in (-1, 1)
    ]
    rails = [np.array([(-x, s * 0.8 * y, base - thin), (x, s * 0.8 * y, base - thin)]) for s in (-1, 1)]
    frame = [
        wires(rims, thin * 1.5, closed=True),
        wires([*posts, *floor, *comb], thin * 0.8, sides=6),
        wires([*feet, *rails], thin * 1.6),
    ]
    parts = [Part(shapes.merge(frame), coat)]
    if rng.random() < 0.4:
        rim = [board((2.1 * x, 2.15 * y, 0.02), (0, 0, 0.01))]
        rim += [board((2.1 * x, 0.02, 0.05), (0, s * 1.07 * y, 0.025)) for s in (-1, 1)]
        parts.append(
            Part(shapes.merge(rim), one_of(rng, materials.plastic, materials.white_plastic, materials.brushed))
        )
    if rng.random() < 0.5:
        cup = shapes.hollow([[0.13, base + 0.02], [0.15, base + 0.45]], 0.02, sections=32)
        parts.append(Part(shapes.moved(cup, (0.84 * x, 0.6 * y, 0)), one_of(rng, materials.plastic, lambda _: coat)))
    middle = ((xs[1:-4] + xs[2:-3]) / 2).tolist()
    return parts + (
        _row(rng, middle, base, rng.uniform(0.35, 0.5), rng.uniform(0.2, 0.8)) if rng.random() < 0.6 else []
    )


def _toast_rack(rng: Rng) -> list[Part]:
    """Arches in a row on a frame with feet; perhaps with plates, toast or post."""
    count, thin, gap = int(rng.integers(4, 9)), rng.uniform(0.015, 0.03), rng.uniform(0.14, 0.24)
    half, high, kind = rng.uniform(0.25, 0.45), rng.uniform(0.35, 0.7), rng.choice(["round", "square", "pointed"])
    arch = {
        "round": np.c_[np.zeros(30), oval(half, high, 2, 60)[:30]],
        "square": rounded([(0, half, 0), (0, half, high), (0, -half, high), (0, -half, 0)], 0.12),
        "pointed": rounded([(0, half, 0), (0, 0, high * 1.2), (0, -half, 0)], 0.08),
    }[str(kind)]
    xs = gap * (np.arange(count) - (count - 1) / 2)
    coat, base = one_of(rng, finish, materials.chrome, materials.wood), 0.08
    rails = [np.array([(xs[0], s * half, base), (xs[-1], s * half, base)]) for s in (-1, 1)]
    feet = [shapes.sphere(thin * 2.2, (x, s * half, thin * 2.2), steps=12) for x in xs[[0, -1]] for s in (-1, 1)]
    posts = [np.array([(x, s * half, 0.03), (x, s * half, base)]) for x in xs[[0, -1]] for s in (-1, 1)]
    bars = [wires([np.add(arch, [x, 0, base]) for x in xs], thin), wires([*rails, *posts], thin * 1.2), *feet]
    parts = [Part(shapes.merge(bars), coat)]
    if rng.random() < 0.5:
        bread = [
            board((gap * 0.55, 1.7 * half, high * 0.9), (x + gap / 2, 0, base + 0.45 * high - thin), 0.4)
            for x in xs[:-1]
            if rng.random() < 0.7
        ]
        if bread:
            floor = wires(
                [np.array([(xs[0], y, base), (xs[-1], y, base)]) for y in (-0.5 * half, 0.5 * half)], thin * 0.8
            )
            parts += [
                Part(shapes.merge(bread), one_of(rng, materials.cardboard, materials.fabric, materials.leather)),
                Part(floor, coat),
            ]
    return parts


def _bottle_rack(rng: Rng) -> list[Part]:
    """Rings, cells or waves in a front and a rear frame; perhaps with bottles."""
    columns, rows, radius = int(rng.integers(2, 6)), int(rng.integers(1, 5)), 0.2
    depth, thin, coat, step = rng.uniform(0.2, 0.3), rng.uniform(0.012, 0.022), finish(rng), 2 * radius + 0.06
    spots = [(step * (c - (columns - 1) / 2), step * (r + 0.5) + 0.04) for c in range(columns) for r in range(rows)]
    half, top, meshes = step * columns / 2, step * rows + 0.04, []
    cell = (
        arc(radius, 0, 2 * np.pi, 33)[:-1]
        if rng.random() < 0.6
        else rounded(polygon(int(rng.choice([4, 6])), radius * 1.12), 0.04, closed=True)
    )
    for y in (-depth, depth):
        frame = np.array([(-half, y, 0.02), (half, y, 0.02), (half, y, top), (-half, y, top)])
        meshes.append(shapes.tube(rounded(frame, 0.06, closed=True), thin * 1.4, closed=True))
        meshes.append(wires([upright(cell + spot, y) for spot in spots], thin, closed=True, sides=6))
        bars = [np.array([(-half, y, step * r + 0.04), (half, y, step * r + 0.04)]) for r in range(1, rows)]
        bars += [np.array([(step * c - half, y, 0.02), (step * c - half, y, top)]) for c in range(1, columns)]
        meshes.append(wires([*bars, *([(x, y, z - step / 2), (x, y, z - radius)] for x, z in spots)], thin, sides=6))
    meshes += [shapes.straight((x, -depth, z), (x, depth, z), thin * 1.4) for x in (-half, half) for z in (0.02, top)]
    red, green, blue = materials.colour(rng)
    dark = Material((0.3 * red, 0.3 * green, 0.3 * blue), roughness=0.08, clearcoat=1.0)
    parts = [Part(shapes.merge(meshes), coat)]
    body = shapes.smooth_profile([0.17, 0.17, 0.17, 0.06, 0.065], [-0.6, 0, 0.3, 0.62, 0.95])
    bottle = shapes.moved(
        shapes.turned(np.concatenate([[[0, -0.6]], body, [[0, 0.95]]]), 32), turn=np.pi / 2, axis=(1, 0, 0)
    )
    full = [
        shapes.moved(bottle, (x, 0, z - 0.03), float(rng.choice([0, np.pi]))) for x, z in spots if rng.random() < 0.4
    ]
    if full and rng.random() < 0.6:
        parts.append(Part(shapes.merge(full), dark))
    return parts


def _plate_holder(rng: Rng) -> list[Part]:
    """An easel of wire with a plate, or a rack for a stack of plates."""
    coat, thin, radius = finish(rng), rng.uniform(0.014, 0.025), rng.uniform(0.5, 0.8)
    side = rounded([(0.3, -0.42, 0.14), (0.3, -0.42, 0.02), (0.3, 0.0, 0.02), (0.18, 0.22, 0.9)], 0.06)
    curl = shapes.curve([(0.18, 0.22, 0.9), (0.14, 0.25, 1.05), (0.05, 0.25, 1.1), (0, 0.25, 1.0)], 20)
    leg = shapes.straight((0.18, 0.2, 0.8), (0.26, 0.62, 0.0), thin)
    tie = [shapes.straight((-0.3, y, 0.02), (0.3, y, 0.02), thin) for y in (-0.3, -0.05)]
    tie.append(shapes.straight((-0.22, 0.13, 0.55), (0.22, 0.13, 0.55), thin))
    frame = shapes.merge([both_sides(wires([side, curl], thin)), both_sides(leg), *tie])
    plate = shapes.moved(_plate(rng, radius), turn=-np.pi / 2)
    leaned = shapes.moved(plate, (0, -0.3, 0.05), -0.22, (1, 0, 0))
    own = (
        materials.ceramic(rng)
        if rng.random() < 0.7
        else Material(texture=np.array(materials.printed(rng)), roughness=0.2)
    )
    parts = [Part(frame, coat)]
    return settled(parts + ([Part(leaned, own, "front")] if rng.random() < 0.7 else []), (0, 0, -1))


def _crossed_rack(rng: Rng) -> list[Part]:
    """Wooden rods in two leaning combs that cross."""
    x, half, high, own = (
        rng.uniform(0.6, 1.0),
        rng.uniform(0.35, 0.5),
        rng.uniform(0.5, 0.7),
        one_of(rng, materials.wood, finish),
    )
    count, thin = int(rng.integers(9, 17)), rng.uniform(0.018, 0.03)
    xs, meshes = np.linspace(-0.9 * x, 0.9 * x, count), []
    for s in (-1, 1):
        foot, tip = np.array([0, s * half, thin * 1.5]), np.array([0, -s * half, high])
        meshes += [
            shapes.straight(np.add(foot, [p, 0, 0]), np.add(tip, [p, 0, 0]), thin * 0.6, sides=8)
            for p in xs + s * thin * 0.6
        ]
        rails = [foot + share * (tip - foot) for share in (0.0, 0.3, 1.0)]
        meshes += [board((2 * x, 2.4 * thin, 2.4 * thin), rail) for rail in rails]
    parts = [Part(shapes.merge(meshes), along_x(own))]
    middle = ((xs[:-1] + xs[1:]) / 2).tolist()
    plates = (
        _row(rng, middle, high * 0.38, rng.uniform(0.35, 0.45), rng.uniform(0.2, 0.7)) if rng.random() < 0.6 else []
    )
    return settled(parts + plates, (0, 0, -1)) if plates else parts
