"""What the n-th picture of a seed shows: family, product, stage, lighting, view."""

from dataclasses import dataclass

import numpy as np
import trimesh
from numpy.typing import NDArray

from wesam_packshot.studio import families, lights
from wesam_packshot.studio.camera import LONGEST, draw_view
from wesam_packshot.studio.passes import Setup
from wesam_packshot.studio.product import Product
from wesam_packshot.studio.stage import draw_stage

# Changes with every change of what a seed and an index show.
VERSION = 3
SPLITS = {"train": 0, "test": 1}


@dataclass(frozen=True)
class Draw:
    """The randomness of one picture, and its family.

    Attributes:
        family: name of the product's.
        rng: draws everything else.
    """

    family: str
    rng: np.random.Generator


def draw_family(seed: int, index: int, split: str) -> Draw:
    """Family and generator of picture `index`; every run of as many pictures as there are families shows each once."""
    names = sorted(families.TEST if split == "test" else families.TRAIN)
    turn, place = divmod(index, len(names))
    order = np.random.default_rng([seed, SPLITS[split], VERSION, turn]).permutation(len(names))
    return Draw(names[order[place]], np.random.default_rng([seed, SPLITS[split], VERSION, turn, place]))


def draw_setup(draw: Draw, split: str, longest: int = LONGEST) -> Setup:
    """A studio around a product of the family.

    Args:
        longest: the picture's longer side, pixels.
    """
    rng = draw.rng
    build = families.TEST if split == "test" else families.TRAIN
    product = placed(build[draw.family](rng), rng)
    stage = draw_stage(rng, product.pose, "white" in product.tags)
    kinds = lights.TEST if split == "test" else lights.TRAIN
    lighting = kinds[int(rng.integers(len(kinds)))](rng)
    points = np.concatenate([np.asarray(part.mesh.vertices) for part in product.parts])
    return Setup(product, stage, lighting, draw_view(rng, points, product.pose, longest), int(rng.integers(2**31)))


def placed(product: Product, rng: np.random.Generator) -> Product:
    """The product in the studio's frame: laid down or turned as its pose allows, of unit radius, on z = 0.

    A hanging one is left upright, its back at y = 0 or before it.
    """
    matrix = np.eye(4)
    if product.pose == "lying":
        matrix = _turn(rng.uniform(-np.pi, np.pi) if rng.random() < 0.7 else 0.0) @ _turn(-np.pi / 2, (1, 0, 0))
    elif product.pose == "standing":
        matrix = _turn(rng.uniform(-np.pi, np.pi) if rng.random() < 0.35 else rng.normal(0, 0.5))
    else:
        matrix = _turn(rng.normal(0, 0.15))
    turned = product.transformed(matrix)
    low, high = turned.bounds
    radius = float(np.linalg.norm(high - low)) / 2
    middle = (low + high) / 2
    back = [middle[0], high[1] if product.pose == "hanging" else middle[1], low[2]]
    scale = np.diag([1 / radius] * 3 + [1.0])
    scale[:3, 3] = -np.array(back) / radius
    return turned.transformed(scale)


def _turn(angle: float, axis: tuple[int, int, int] = (0, 0, 1)) -> NDArray[np.float64]:
    matrix: NDArray[np.float64] = trimesh.transformations.rotation_matrix(angle, axis)
    return matrix
