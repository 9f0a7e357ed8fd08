"""The mirror image of a product in a glossy floor.

Below the contact line, a glossy floor shows what is above it, upside down, mixed with the floor: its difference
from the backdrop is a fraction of the product's, row by row away from the line, and never more. Only a match of the
whole lower part is accepted, since the halves of many products resemble each other.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy import ndimage

from wesam_packshot.arrays import Mask
from wesam_packshot.priors.backdrop import Backdrop

Map = Float[np.ndarray, "height width 3"]

# The mirror image against the image: correlation of the differences from the backdrop, and of their pattern.
LIKENESS = 0.8
PATTERN_LIKENESS = 0.3
# A floor mirrors less than this share of the light.
STRONGEST = 0.4
# Share of the lower part that must be fainter than what it mirrors.
FAINTER = 0.95
# Less of the mask below the line is no reflection worth a cut.
SMALLEST = 0.08
# Rows, at least, that must match.
SHORTEST = 8


@dataclass(frozen=True)
class Reflection:
    """A mirror image in a mask.

    Attributes:
        contact: first row of the mirror image.
        strength: share of the light that the floor mirrors.
        likeness: correlation of the mirror image with the image, -1 to 1.
    """

    contact: int
    strength: float
    likeness: float


def find_reflection(backdrop: Backdrop, mask: Mask) -> Reflection | None:
    """The contact line below which `mask` is a mirror image of what is above; None where there is none.

    Expects pictures of about 256 pixels a side, and a level horizon.
    """
    rows = np.flatnonzero(mask.any(1))
    if not backdrop.plain or len(rows) < 4 * SHORTEST:
        return None
    difference = np.clip(backdrop.residual, -2, 0.5)
    region = ndimage.binary_dilation(mask, iterations=2)
    top, bottom = int(rows[0]), int(rows[-1]) + 1
    found = [_match(difference, mask, region, row, bottom) for row in range((3 * top + bottom) // 4, bottom)]
    return max((match for match in found if match), key=lambda match: match.likeness, default=None)


def _match(difference: Map, mask: Mask, region: Mask, row: int, bottom: int) -> Reflection | None:
    """The mirror image below `row`, if it is one down to the mask's end."""
    depth = bottom - row
    if depth < SHORTEST or depth > row or mask[row:].sum() < SMALLEST * mask.sum():
        return None
    above, below = slice(row - depth, row), slice(row, bottom)
    seen = (region[above][::-1] | region[below])[..., None]
    strength, likeness = _regress(difference[above][::-1] * seen, difference[below] * seen)
    if likeness < LIKENESS or strength > STRONGEST:
        return None
    common = mask[above][::-1] & mask[below]
    pattern = [part[common] - part[common].mean(0) for part in (difference[above][::-1], difference[below])]
    if not common.any() or _regress(*pattern)[1] < PATTERN_LIKENESS:
        return None
    image, mirrored = np.abs(difference[above][::-1]).max(-1), np.abs(difference[below]).max(-1)
    fainter = mirrored < 0.7 * ndimage.maximum_filter(image, 5) + 0.03
    if fainter[mask[below]].mean() < FAINTER:
        return None
    return Reflection(row, strength, likeness)


def _regress(image: Float[np.ndarray, "..."], mirrored: Float[np.ndarray, "..."]) -> tuple[float, float]:
    """Slope of the mirrored on the image through the origin, and their correlation."""
    energy, other, both = float((image**2).sum()), float((mirrored**2).sum()), float((image * mirrored).sum())
    return both / max(energy, 1e-9), both / max(float(np.sqrt(energy * other)), 1e-9)
