"""Open shelves, ladders, rails and stands for clothes and towels. Lengths in metres."""

import numpy as np

from wesam_packshot.studio import materials, shapes
from wesam_packshot.studio.families.parts_rest import settled
from wesam_packshot.studio.families.parts_wire import (
    Rng,
    along_x,
    board,
    both_sides,
    finish,
    level,
    one_of,
    rounded,
    swept,
    wires,
)
from wesam_packshot.studio.families.stands import clothes_rail, coat_stand, shelf_material, towel_stand
from wesam_packshot.studio.product import Build, Part, Product, product


def shelf(rng: Rng) -> Product:
    """Racks, ladder shelves, clothes rails and stands."""
    kinds = (_rack, _rack, _ladder_shelf, _wire_rack, clothes_rail, clothes_rail, coat_stand, towel_stand)
    parts, tags = kinds[int(rng.integers(len(kinds)))](rng)
    return product(settled(parts, (0, 0, -1)), *tags)


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
    posts = [
        swept(
            [(sx * wide, sy * deep, 0), (sx * wide, sy * deep, top + 0.01)],
            (1, 0, 0),
            (2 * thin, 2 * thin),
            rng.choice([2, 10]),
        )
        for sx in (-1, 1)
        for sy in (-1, 1)
    ]
    meshes = [*posts, both_sides(shapes.straight((wide, -deep, top), (wide, deep, top), thin))]
    if rng.random() < 0.5:
        ends = [
            [(-wide, deep, heights[0]), (wide, deep, heights[-1])],
            [(wide, deep, heights[0]), (-wide, deep, heights[-1])],
        ]
        meshes.append(wires([np.array(line) for line in ends], 0.004))
    if rng.random() < 0.5:
        meshes += [both_sides(shapes.straight((wide, -deep, z), (wide, deep, z), thin)) for z in heights]
    thick = rng.uniform(0.01, 0.03)
    boards = [board((2 * wide, 2 * deep, thick), (0, 0, z)) for z in heights]
    parts = [
        Part(shapes.merge(meshes), one_of(rng, finish, finish, materials.wood)),
        Part(shapes.merge(boards), shelf_material(rng)),
    ]
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
    return [
        Part(shapes.merge(meshes), own),
        Part(shapes.merge(boards), shelf_material(rng) if rng.random() < 0.5 else along_x(own)),
    ], ["holes"]


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
        meshes.append(
            wires([np.array([(-wide, y, z - thin), (wide, y, z - thin)]) for y in (-deep / 2, deep / 2)], thin * 1.5)
        )
    top = 0.12 + step * (count - 1) + 0.07
    posts = [shapes.straight((x * 0.99, y * 0.99, 0.05), (x * 0.99, y * 0.99, top), 0.011) for x, y in corners]
    feet = [
        shapes.moved(shapes.cylinder(0.028, 0.02, sections=20), (x, y, 0.028), np.pi / 2, (1, 0, 0)) for x, y in corners
    ]
    return [Part(shapes.merge([*meshes, *posts]), coat), Part(shapes.merge(feet), materials.rubber(rng))], [
        "thin",
        "holes",
    ]


FAMILIES: dict[str, Build] = {"shelf": shelf}
