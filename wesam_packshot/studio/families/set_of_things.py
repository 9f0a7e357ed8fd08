"""Several products in one picture: care sets, preserves, candles, toys, tableware, side by side."""

from dataclasses import replace

import numpy as np
import trimesh

from wesam_packshot.studio.families import (
    bottles,
    can,
    candle,
    cartons,
    cosmetics,
    jars,
    pouches,
    tableware,
    toy,
    turned,
)
from wesam_packshot.studio.families.parts_rest import grounded
from wesam_packshot.studio.families.parts_wire import Rng
from wesam_packshot.studio.product import Build, Part, Product, product

MOST_FACES = 120_000
MEMBERS: dict[str, Build] = {
    name: build
    for kind in (bottles, can, candle, cartons, cosmetics, jars, pouches, tableware, toy, turned)
    for name, build in kind.FAMILIES.items()
}


def set_of_things(rng: np.random.Generator) -> Product:
    """Two to five products, about 1 high, of one kind or of a few, with gaps between them."""
    names = [str(name) for name in rng.choice(sorted(MEMBERS), int(rng.choice([1, 2, 3])), replace=False)]
    count = int(rng.choice([2, 2, 3, 3, 4, 5]))
    same = len(names) == 1 and rng.random() < 0.4
    parts: list[Part] = []
    tags: set[str] = set()
    edge, gap = 0.0, rng.uniform(0.02, 0.2)
    first = _standing(rng, names[0])
    for number in range(count):
        member = first if number == 0 or same else _standing(rng, names[number % len(names)])
        if parts and sum(len(part.mesh.faces) for part in (*parts, *member.parts)) > MOST_FACES:
            continue
        sized = _sized(member, 1.0 if same else rng.uniform(0.6, 1.25), 0.0 if same else rng.normal(0, 0.4))
        low, high = sized.bounds
        depth = rng.uniform(-0.25, 0.25) * (not same)
        move = trimesh.transformations.translation_matrix([edge - low[0], depth - (low[1] + high[1]) / 2, -low[2]])
        parts += sized.transformed(move).parts
        tags |= member.tags & {"holes"}
        edge += float(high[0] - low[0]) + gap
    return product(grounded([replace(part, mesh=part.mesh) for part in parts]), *sorted(tags))


def _standing(rng: Rng, name: str) -> Product:
    """One of the family that stands; the first of some tries that does, else the last made to stand as it was built."""
    made = MEMBERS[name](rng)
    for _ in range(8):
        if made.pose == "standing":
            break
        made = MEMBERS[name](rng)
    return made


def _sized(member: Product, size: float, turn: float) -> Product:
    """Of a diagonal of `size`, turned about z."""
    low, high = member.bounds
    matrix = trimesh.transformations.rotation_matrix(turn, (0, 0, 1))
    matrix[:3] *= size / float(np.linalg.norm(high - low))
    return member.transformed(matrix)


FAMILIES: dict[str, Build] = {"set_of_things": set_of_things}
