"""Shadows and mirror images of a product, drawn from its silhouette.

The model of light is the plainest that looks right: a shadow is the silhouette, sheared and squashed onto the floor,
that takes away a share of the backdrop's light, and is the more blurred the farther it falls; a mirror image is the
product upside down below its contact line, fainter with depth.
"""

import numpy as np
from jaxtyping import Float, Int
from scipy import ndimage

from wesam_packshot.composites.cutouts import Colour, Plane

Smooth = Float[np.ndarray, "height width *channels"]
Generator = np.random.Generator

# Shadows and backdrops are smooth: they are drawn at this share of the picture's size.
COARSE = 4


def draw_shadows(alpha: Plane, top: int, bottom: int, generator: Generator) -> Plane:
    """Share of light that is missing in each pixel: shadows of one or two lamps, and the dark of the contact."""
    size = (alpha.shape[0], alpha.shape[1])
    small = alpha[::COARSE, ::COARSE]
    first, base = top / COARSE, bottom / COARSE
    lit = np.ones(small.shape, np.float32)
    for _ in range(generator.choice([0, 1, 1, 2])):
        lying = generator.random() < 0.2
        shadow = drop_shadow(small, generator) if lying else cast_shadow(small, first, base, generator)
        lit *= 1 - generator.uniform(0.1, 0.75) * shadow
    if generator.random() < 0.7:
        lit *= 1 - generator.uniform(0.1, 0.6) * contact_shadow(small, first, base, generator)
    missing: Plane = np.clip(1 - enlarged(lit, size), 0, 1)
    return missing


def cast_shadow(small: Plane, top: float, base: float, generator: Generator) -> Plane:
    """The silhouette on the floor: sharp at its foot, blurred and fainter at its end."""
    foot = base - generator.uniform(0.0, 0.12) * (base - top)  # the floor under the middle of the product
    squash = generator.choice([-1.0, 1.0, 1.0]) * generator.uniform(0.08, 0.7)
    shear = generator.normal(0, 0.9)
    flat = fall(small, base, foot, squash, shear)
    reach = small.shape[0] * generator.choice([0.002, 0.01, 0.04])
    near, far = (ndimage.gaussian_filter(flat, max(0.3, reach * share)) for share in (0.3, 1.0))
    y = np.arange(small.shape[0], dtype=np.float32)[:, None]
    distance = np.clip(np.abs(y - foot) / max(abs(squash) * (base - top), 1), 0, 1)
    fading = 1 - generator.uniform(0, 0.7) * distance
    return np.asarray(((1 - distance) * near + distance * far) * fading, np.float32)


def fall(silhouette: Plane, base: float, foot: float, squash: float, shear: float) -> Plane:
    """The silhouette laid down: its point (x, y), at height h = base - y, comes to (x + shear h, foot - squash h)."""
    # for each pixel of the result, the place that it comes from
    matrix = np.array([[1 / squash, 0.0], [shear / squash, 1.0]])
    offset = np.array([base - foot / squash, -shear * foot / squash])
    return ndimage.affine_transform(silhouette, matrix, offset, order=1)


def drop_shadow(small: Plane, generator: Generator) -> Plane:
    """The silhouette on a backdrop right behind the product, as of things photographed from above."""
    offset = generator.normal(0, 0.03, 2) * small.shape[0]
    blur = small.shape[0] * generator.choice([0.004, 0.012, 0.03])
    return np.asarray(ndimage.gaussian_filter(ndimage.shift(small, offset, order=1), blur), np.float32)


def contact_shadow(small: Plane, top: float, base: float, generator: Generator) -> Plane:
    """The dark where product and floor meet: the lowest part of the silhouette, squashed and blurred."""
    part = generator.uniform(0.05, 0.25) * (base - top)
    foot = small.copy()
    foot[: int(base - part)] = 0
    below = generator.uniform(0.0, 0.3) * part
    blur = max(0.5, generator.uniform(0.1, 0.8) * part)
    dark = ndimage.gaussian_filter(ndimage.shift(foot, (below, 0), order=1), (0.6 * blur, blur))
    return np.asarray(dark / max(float(dark.max()), 1e-6), np.float32)


def draw_reflection(
    colour: Float[np.ndarray, "rows columns 3"], alpha: Plane, corner: tuple[int, int], generator: Generator
) -> tuple[Colour, Plane]:
    """The product mirrored below itself: colours, and a share that fades with depth.

    Args:
        colour: of the product alone, whose top left corner lies at `corner` (row, column) of the picture.
        alpha: of the whole picture.
    """
    line = contact_line(alpha, generator.random() < 0.5)
    depth = np.arange(alpha.shape[0])[:, None] - line[None]
    strength = generator.uniform(0.08, 0.55)
    length = generator.uniform(0.1, 1.0) * max((alpha > 0.5).any(1).sum(), 1)
    source = np.clip(line[None] - depth + 1, 0, alpha.shape[0] - 1)
    columns = np.arange(alpha.shape[1])[None]
    share = alpha[source, columns] * np.where(depth > 0, strength * np.exp(-depth / length), 0.0)
    rows = np.clip(source - corner[0], 0, colour.shape[0] - 1)
    mirror = colour[rows, np.clip(columns - corner[1], 0, colour.shape[1] - 1)]
    blur = generator.choice([0.0, 1.0, 4.0])
    if blur:
        mirror, share = ndimage.gaussian_filter(mirror, (blur, blur, 0)), ndimage.gaussian_filter(share, blur)
    return mirror.astype(np.float32), share.astype(np.float32)


def contact_line(alpha: Plane, curved: bool) -> Int[np.ndarray, "width"]:
    """The row of each column that touches the floor: the product's lowest pixel, or the lowest of all.

    Args:
        curved: as round products have it; columns whose product ends far above the floor take the lowest of all.
    """
    solid = alpha > 0.5
    lowest = np.where(solid.any(0), alpha.shape[0] - 1 - solid[::-1].argmax(0), -1)
    level = int(lowest.max())
    if not curved:
        return np.full(alpha.shape[1], level)
    touching = lowest > level - 0.15 * solid.any(1).sum()
    line = np.where(touching, lowest, level).astype(np.float32)
    return ndimage.gaussian_filter1d(line, 3).round().astype(int)


def enlarged(
    values: Float[np.ndarray, "rows columns *channels"], size: tuple[int, int]
) -> Float[np.ndarray, "height width *channels"]:
    """A smooth map at `size`, bilinear."""
    factors = [size[0] / values.shape[0], size[1] / values.shape[1], *[1] * (values.ndim - 2)]
    return ndimage.zoom(values, factors, order=1, grid_mode=True, mode="nearest")
