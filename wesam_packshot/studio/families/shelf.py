"""Open shelves, ladders, rails and stands for clothes and towels. Lengths in metres."""

import numpy as np
import trimesh

from wesam_packshot.studio import materials, shapes
from wesam_packshot.studio.families.parts_wire import (
    Rng,
    along_x,
    around,
    board,
    both_sides,
    finish,
    lathe,
    level,
    one_of,
    rounded,
    settled,
    swept,
    wires,
)
from wesam_packshot.studio.product import Build, Material, Part, Product, product


def shelf(rng: Rng) -> Product:
    kinds = (_rack, _rack, _ladder_shelf, _wire_rack, _clothes_rail, _clothes_rail, _coat_stand, _towel_stand)
    parts, tags = kinds[int(rng.integers(len(kinds)))](rng)
    return product(settled(parts, (0, 0, -1)), *tags)


def _boards(rng: Rng) -> Material:
    kind = rng.choice(4, p=[0.5, 0.25, 0.15, 0.1])
    if kind == 0:
        return along_x(materials.wood(rng))
    return (materials.white_plastic, materials.plastic, finish)[kind - 1](rng)


def _things(rng: Rng, wide: float, deep: float, z: float, high: float) -> list[Part]:
    """Books in a row, boxes, a ball vase: what stands on a shelf."""
    found: list[Part] = []
    x, end = -wide + 0.03, wide - 0.03
    while x < end - 0.1 and rng.random() < 0.8:
        size = rng.uniform(0.02, 0.05) if rng.random() < 0.75 else rng.uniform(0.08, 0.15)
        tall = min(high * 0.9, rng.uniform(0.12, 0.28))
        book = board((size, deep * rng.uniform(0.8, 1.4), tall), (x + size / 2, 0, z + tall / 2), 0.05)
        found.append(Part(book, one_of(rng, materials.plastic, materials.fabric, materials.cardboard)))
        x += size + rng.choice([0.001, 0.001, 0.03])
    return found


def _rack(rng: Rng) -> tuple[list[Part], list[str]]:
    """Boards between posts or frames, with crosses behind."""
    wide, deep, count = rng.uniform(0.25, 0.6), rng.uniform(0.13, 0.2), int(rng.integers(2, 6))
    step, thin = rng.uniform(0.28, 0.4), rng.uniform(0.007, 0.018)
    low = rng.uniform(0.06, 0.2)
    heights = low + step * np.arange(count)
    top = float(heights[-1]) + rng.choice([0.0, 0.0, 0.08, 0.3])
    posts = [swept([(sx * wide, sy * deep, 0), (sx * wide, sy * deep, top + 0.01)], (1, 0, 0), (2 * thin, 2 * thin), rng.choice([2, 10])) for sx in (-1, 1) for sy in (-1, 1)]
    meshes = [*posts, both_sides(shapes.straight((wide, -deep, top), (wide, deep, top), thin))]
    if rng.random() < 0.5:
        ends = [[(-wide, deep, heights[0]), (wide, deep, heights[-1])], [(wide, deep, heights[0]), (-wide, deep, heights[-1])]]
        meshes.append(wires([np.array(line) for line in ends], 0.004))
    if rng.random() < 0.5:
        meshes += [both_sides(shapes.straight((wide, -deep, z), (wide, deep, z), thin)) for z in heights]
    thick = rng.uniform(0.01, 0.03)
    boards = [board((2 * wide, 2 * deep, thick), (0, 0, z)) for z in heights]
    parts = [Part(shapes.merge(meshes), one_of(rng, finish, finish, materials.wood)), Part(shapes.merge(boards), _boards(rng))]
    if rng.random() < 0.3:
        for z in heights[:-1]:
            parts += _things(rng, wide, deep, float(z) + thick / 2, step - thick)
    return parts, ["holes"]


def _ladder_shelf(rng: Rng) -> tuple[list[Part], list[str]]:
    """Leaning front posts, boards that grow downwards, straight posts behind."""
    wide, high, count = rng.uniform(0.2, 0.35), rng.uniform(1.3, 1.9), int(rng.integers(3, 6))
    deep, own = rng.uniform(0.35, 0.5), one_of(rng, materials.wood, finish)
    front = np.array([[wide, -deep, 0], [wide, -0.06, high]])
    rear = np.array([[wide, 0.05, 0], [wide, 0.0, high]])
    size = (0.022, rng.uniform(0.03, 0.05))
    meshes = [both_sides(swept(line, (1, 0, 0), size, 10)) for line in (front, rear)]
    boards = []
    for z in np.linspace(0.15, 0.93, count) * high:
        y = float(np.interp(z, front[:, 2], front[:, 1]))
        boards.append(board((2 * wide, -y + 0.03, 0.018), (0, y / 2 + 0.015, z)))
        meshes.append(both_sides(shapes.straight((wide, y, z - 0.01), (wide, 0.03, z - 0.01), 0.01)))
    return [Part(shapes.merge(meshes), own), Part(shapes.merge(boards), _boards(rng) if rng.random() < 0.5 else along_x(own))], ["holes"]


def _wire_rack(rng: Rng) -> tuple[list[Part], list[str]]:
    """Shelves of wires with raised rims, on round posts; perhaps on castors."""
    wide, deep, count = rng.uniform(0.22, 0.5), rng.uniform(0.14, 0.24), int(rng.integers(2, 5))
    step, thin, coat = rng.uniform(0.28, 0.4), rng.uniform(0.003, 0.005), finish(rng)
    corners = np.array([[wide, deep], [-wide, deep], [-wide, -deep], [wide, -deep]])
    meshes = []
    for z in 0.12 + step * np.arange(count):
        rims = [rounded(level(corners, z + dz), 0.03, closed=True) for dz in (0.0, rng.uniform(0.03, 0.07))]
        meshes.append(wires(rims, thin * 1.8, closed=True))
        xs = np.linspace(-wide, wide, int(wide * 2 / rng.uniform(0.025, 0.05)))
        meshes.append(wires([np.array([(x, -deep, z), (x, deep, z)]) for x in xs], thin, sides=6))
        meshes.append(wires([np.array([(-wide, y, z - thin), (wide, y, z - thin)]) for y in (-deep / 2, deep / 2)], thin * 1.5))
    top = 0.12 + step * (count - 1) + 0.07
    posts = [shapes.straight((x * 0.99, y * 0.99, 0.05), (x * 0.99, y * 0.99, top), 0.011) for x, y in corners]
    feet = [shapes.moved(shapes.cylinder(0.028, 0.02, sections=20), (x, y, 0.028), np.pi / 2, (1, 0, 0)) for x, y in corners]
    return [Part(shapes.merge([*meshes, *posts]), coat), Part(shapes.merge(feet), materials.rubber(rng))], ["thin", "holes"]


def _clothes_rail(rng: Rng) -> tuple[list[Part], list[str]]:
    """An upright frame on feet, with a rail, perhaps a shelf below and hooks."""
    wide, high, thin = rng.uniform(0.3, 0.6), rng.uniform(1.3, 1.7), rng.uniform(0.009, 0.016)
    deep, coat = rng.uniform(0.18, 0.26), one_of(rng, finish, finish, finish, materials.wood)
    kind = rng.choice(["bow", "crossed", "frame"])
    if kind == "bow":
        bow = rounded([[-wide, 0, thin], [-wide, 0, high], [wide, 0, high], [wide, 0, thin]], rng.uniform(0.02, 0.15))
        meshes = [shapes.tube(bow, thin), both_sides(shapes.straight((wide, -deep, thin), (wide, deep, thin), thin))]
    elif kind == "crossed":
        lines = [[(wide, -deep, 0), (wide * 0.97, 0.05, high + 0.1)], [(wide, deep, 0), (wide * 0.97, -0.05, high + 0.1)]]
        meshes = [both_sides(wires([np.array(line) for line in lines], thin))]
        meshes.append(shapes.straight((-wide - 0.1, 0, high), (wide + 0.1, 0, high), thin))
    else:
        loop = rounded([[wide, -deep, thin], [wide, -deep, high], [wide, deep, high], [wide, deep, thin]], 0.05, closed=True)
        meshes = [both_sides(shapes.tube(loop, thin, closed=True)), shapes.straight((-wide, 0, high), (wide, 0, high), thin)]
        meshes += [shapes.straight((-wide, y, 0.12), (wide, y, 0.12), thin * 0.8) for y in (-deep, deep)]
    low = rng.uniform(0.1, 0.25)
    parts = [Part(shapes.merge(meshes), coat)]
    if rng.random() < 0.55:
        half = deep if kind == "frame" else deep * 0.85
        ends = both_sides(shapes.straight((wide, -half, low), (wide, half, low), thin * 0.7))
        slats = [board((2 * wide, 2 * half / 6 * 0.7, 0.016), (0, y, low)) for y in np.linspace(-half, half, 7)[1:] - half / 6]
        tray = slats if rng.random() < 0.4 else [board((2 * wide, 2 * half, 0.018), (0, 0, low))]
        parts += [Part(ends, coat), Part(shapes.merge(tray), _boards(rng))]
        return parts, ["thin", "holes"]
    parts.append(Part(shapes.straight((-wide, 0, low), (wide, 0, low), thin * 0.8), coat))
    return parts, ["thin", "holes"]


def _coat_stand(rng: Rng) -> tuple[list[Part], list[str]]:
    """A post with pegs or bent hooks, on a disc, feet, or as a bundle of crossed sticks."""
    high, thin, own = rng.uniform(1.4, 1.8), rng.uniform(0.012, 0.022), one_of(rng, finish, materials.wood)
    if rng.random() < 0.3:
        count = int(rng.integers(3, 6))
        stick = lathe((0.28, 0.05, 0), (-0.17, 0.05, high), [thin * 0.9, thin, thin * 0.7])
        ring = shapes.torus(0.06, thin * 0.6, (0, 0, high * 0.62), steps=32)
        return [Part(shapes.merge([around(stick, count), ring]), own)], ["thin", "holes"]
    meshes = [shapes.straight((0, 0, 0.01), (0, 0, high), thin), shapes.sphere(thin * 1.5, (0, 0, high), steps=12)]
    bend = shapes.curve([(0, 0, 0), (0.08, 0, 0.015), (0.13, 0, 0.08), (0.12, 0, 0.14)], 16)
    hook = shapes.merge([shapes.tube(bend, thin * 0.45), shapes.sphere(thin * 0.8, bend[-1], steps=10)])
    peg = lathe((0, 0, 0), (0.13, 0, 0.07), [thin * 0.6, thin * 0.5, thin * 0.8])
    arm = hook if rng.random() < 0.5 else peg
    for z in high - np.array([0.12, 0.3, 0.5])[: int(rng.integers(1, 4))]:
        meshes.append(shapes.moved(around(arm, int(rng.integers(3, 7)), rng.uniform(0, 1)), (0, 0, z)))
    if rng.random() < 0.5:
        meshes.append(shapes.turned([[0, 0], [0.2, 0], [0.2, 0.012], [0.03, 0.03], [0, 0.04]]))
    else:
        foot = shapes.curve([(0, 0, 0.2), (0.12, 0, 0.12), (0.27, 0, thin * 0.6)], 16)
        meshes.append(around(shapes.tube(foot, thin * 0.75), int(rng.integers(3, 5)), 0.4))
    return [Part(shapes.merge(meshes), own)], ["thin"]


def _towel_stand(rng: Rng) -> tuple[list[Part], list[str]]:
    """Two posts with rungs, as a ladder or on feet; perhaps with a towel."""
    wide, high, thin = rng.uniform(0.2, 0.3), rng.uniform(0.8, 1.6), rng.uniform(0.009, 0.018)
    own, count = one_of(rng, finish, finish, materials.wood), int(rng.integers(2, 7))
    line = rounded([[wide, -0.02, 0.01], [wide, 0, high * 0.6], [wide, 0.02, high]], 0.05)
    foot = shapes.straight((wide, -0.19, thin), (wide, 0.19, thin), thin)
    rungs = np.linspace(0.35, 0.97, count) * high
    depth = np.interp(rungs, line[:, 2], line[:, 1])
    bars = [shapes.straight((-wide, y, z), (wide, y, z), thin * 0.8) for y, z in zip(depth, rungs, strict=True)]
    parts = [Part(shapes.merge([both_sides(shapes.tube(line, thin)), both_sides(foot), *bars]), own)]
    if rng.random() < 0.45:
        parts.append(Part(_towel(rng, wide, float(depth[-1]), float(rungs[-1]), thin), materials.fabric(rng)))
    return parts, ["thin", "holes"]


def _towel(rng: Rng, wide: float, y: float, z: float, thin: float) -> trimesh.Trimesh:
    """Cloth over a rung."""
    drop, half = rng.uniform(0.25, 0.5) * z, wide * rng.uniform(0.5, 0.85)
    turn = np.linspace(0, np.pi, 9)
    r = thin * 0.8 + 0.007
    side = np.concatenate([[[-r, -drop], [-r, -drop / 2]], np.stack([-r * np.cos(turn), r * np.sin(turn)], 1), [[r, -drop * 0.4], [r, -drop * 0.9]]])
    x = np.linspace(-half, half, 17)
    grid = np.stack(np.broadcast_arrays(x[None], y + side[:, :1] - 0.006 * np.sin(9 * x / half)[None] * (side[:, 1:] < -0.05), z + side[:, 1:]), -1)
    return shapes.thick_grid(grid.reshape(-1, 3), len(side), 17, 0.008)


FAMILIES: dict[str, Build] = {"shelf": shelf}
