"""What shoes are lofted from: the outline of a foot, rings over it, soles, openings; the toe is at +x."""

import numpy as np
import trimesh
from scipy.interpolate import PchipInterpolator

from wesam_packshot.studio import materials, shapes
from wesam_packshot.studio.families.parts_soft import loft
from wesam_packshot.studio.families.parts_wire import Rng, even, one_of
from wesam_packshot.studio.product import Material
from wesam_packshot.studio.shapes import Floats

SIDES = 96
HEEL = -0.5


def foot_outline(rng: Rng, point: float = 0.5) -> Floats:
    """The outline of a foot from above, from the toe around by +y, (SIDES, 2); `point` 0 is blunt, 1 pointed."""
    toe = 0.13 - 0.07 * point
    right = [(0.5, 0.0), (0.455, toe), (0.24, 0.175), (-0.05, 0.135), (-0.3, 0.135), (-0.45, 0.1), (-0.5, 0.0)]
    left = [(-0.45, -0.1), (-0.3, -0.13), (-0.05, -0.115), (0.24, -0.155), (0.45, -0.8 * toe)]
    smooth = shapes.curve(np.insert(np.array(right + left), 2, 0, 1), 400, closed=True)
    return even(smooth[:, :2], SIDES) * [1, rng.uniform(0.9, 1.05)]


def shortened(foot: Floats, rows: Floats) -> Floats:
    """Rings of rows (height, length, width, back): the outline shortened from the toe, narrowed, its heel moved."""
    flat = [
        np.stack([HEEL + back + (foot[:, 0] - HEEL) * (length - back), foot[:, 1] * width], 1)
        for _, length, width, back in rows
    ]
    return np.stack([np.insert(ring, 2, z, 1) for ring, z in zip(flat, rows[:, 0], strict=True)])


def opened(rings: Floats, floor: float, wall: float = 0.025) -> trimesh.Trimesh:
    """An upper with an opening at its last ring, and the inside seen through it down to a floor."""
    top = rings[-1]
    middle = top.mean(0) * [1, 1, 0]
    lip = (top - middle * [1, 1, 0]) * [0.96, 0.94, 1] + middle + [0, 0, 0.008]
    inside = [(top - middle) * [0.9, 0.88, 1] + middle - [0, 0, drop] for drop in (0.0, 0.5 * wall, 3 * wall)]
    bottom = inside[-1] * [1, 1, 0] + [0, 0, floor]
    return loft(np.concatenate([rings, lip[None], *(ring[None] for ring in (*inside, bottom))]))


def under(foot: Floats, thick: float, wide: float = 1.04, lift: float = 0.03) -> trimesh.Trimesh:
    """A sole, its toe and its edge raised a little."""
    rows = np.array(
        [
            (0, 0.97),
            (0.01, 1.0),
            (0.5 * thick, 1.0),
            (0.52 * thick, 0.985),
            (0.58 * thick, 1.0),
            (thick, 1.0),
            (thick, 0.9),
        ]
    )
    rings = np.stack([np.insert(foot * [wide * s, wide * 1.04 * s], 2, z, 1) for z, s in rows])
    rings[..., 2] += spring(rings, lift)
    return loft(rings)


def spring(rings: Floats, high: float) -> Floats:
    """How far the toe's points are raised, (...)."""
    return np.asarray(high * ((rings[..., 0] - 0.2) / 0.3).clip(0, 1) ** 2, float)


def fine(rows: list[tuple[float, float, float, float]], count: int = 30) -> Floats:
    """Rows between the given ones, smooth over the height."""
    given = np.array(rows)
    at = np.linspace(0, len(given) - 1, count)
    return np.stack([PchipInterpolator(np.arange(len(given)), column)(at) for column in given.T], 1)


def tilted(rise: float) -> shapes.Bend:
    """Down to the floor from the instep to the toe, for shoes with heels."""

    def bend(points: Floats) -> Floats:
        share = ((points[:, 0] + 0.25) / 0.5).clip(0, 1)
        return points - np.outer(rise * share * share * (3 - 2 * share), [0, 0, 1])

    return bend


def heel_block(foot: Floats, rise: float) -> trimesh.Trimesh:
    """A heel block under the foot's back."""
    back = foot * [1, 1.02]
    back[:, 0] = back[:, 0].clip(max=-0.27)
    return loft(np.stack([np.insert(back * [1, s], 2, z, 1) for z, s in ((0, 0.95), (rise + 0.02, 1.0))]))


def upper_cloth(rng: Rng) -> Material:
    """What a shoe's upper is made of."""
    return one_of(
        rng, materials.leather, materials.leather, materials.fabric, plain_mesh, white_hide, materials.plastic
    )


def plain_mesh(rng: Rng) -> Material:
    """A dull fabric of one colour."""
    return Material(materials.colour(rng), roughness=0.9, specular=0.2)


def white_hide(rng: Rng) -> Material:
    """White leather."""
    return Material(materials.white(rng), roughness=0.6)


def sole_rubber(rng: Rng) -> Material:
    """What a sole is made of, often white."""
    return one_of(rng, white_hide, white_hide, materials.rubber, plain_mesh)
