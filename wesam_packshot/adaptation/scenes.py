"""Synthetic packshots: a product cut out of one photo, on a studio sweep with shadows and a mirror image.

No label tells SAM's pseudo-masks where a hard shadow ends and the product begins, and SAM takes many for product. In
a scene of our own making it is known exactly, as are mirror images and the backdrop that shows through holes.
The model of light is the plainest that looks right: a shadow is the silhouette, sheared and squashed onto the
floor, that takes away a share of the backdrop's light, and is the more blurred the farther it falls; a mirror
image is the product upside down below its contact line, fainter with depth.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy import ndimage

from wesam_packshot.adaptation.cutouts import Cutout
from wesam_packshot.images import Rgb

Plane = Float[np.ndarray, "height width"]
Colour = Float[np.ndarray, "height width 3"]
Smooth = Float[np.ndarray, "height width *channels"]
Generator = np.random.Generator

# Shadows and backdrops are smooth: they are drawn at this share of the picture's size.
COARSE = 4


@dataclass(frozen=True)
class Scene:
    """A picture whose every pixel is known.

    Attributes:
        image: (height, width, 3), uint8.
        product: share of product in each pixel, 0 to 1.
        weight: trust in `product`, 0 to 1.
        removed: share of shadow or of mirror image beside the product, 0 to 1.
        box: tight box of the product (x0, y0, x1, y1).
    """

    image: Rgb
    product: Plane
    weight: Plane
    removed: Plane
    box: tuple[float, float, float, float]


def draw_scene(cutout: Cutout, size: tuple[int, int], generator: Generator) -> Scene:
    """Put a product on a backdrop of (height, width) pixels, in which it must fit, at a random place."""
    height, width = size
    rows, columns = cutout.alpha.shape
    top = int(generator.beta(3, 2) * (height - rows))
    left = int(generator.beta(3, 3) * (width - columns))
    alpha, weight, mirror_alpha = (np.zeros(size, np.float32) for _ in range(3))
    inside = np.s_[top : top + rows, left : left + columns]
    alpha[inside], weight[inside] = cutout.alpha, cutout.weight
    weight = np.where(alpha > 0, weight, 1.0).astype(np.float32)

    shade = draw_shadows(alpha, top, top + rows, generator)
    canvas = draw_backdrop(size, generator) * (1 - shade[..., None] * shadow_colour(generator))
    colour = relit(cutout.colour, generator)
    if generator.random() < 0.35:
        mirror, mirror_alpha = draw_reflection(colour, alpha, (top, left), generator)
        canvas = canvas * (1 - mirror_alpha[..., None]) + mirror * mirror_alpha[..., None]
    canvas[inside] += cutout.alpha[..., None] * (colour - canvas[inside])
    noise = generator.normal(0, generator.uniform(0, 0.012), size).astype(np.float32)
    image = (np.clip(canvas + noise[..., None], 0, 1) * 255 + 0.5).astype(np.uint8)
    removed = np.maximum(shade, mirror_alpha) * (alpha < 0.5)
    return Scene(image, alpha, weight, removed, (float(left), float(top), float(left + columns), float(top + rows)))


def draw_backdrop(size: tuple[int, int], generator: Generator) -> Colour:
    """A sweep of one hue: wall above, floor below, a soft bend between, and light that falls off smoothly."""
    height, width = size
    rows, columns = -(-height // COARSE), -(-width // COARSE)
    y, x = (np.linspace(0, 1, count, dtype=np.float32) for count in (rows, columns))
    y, x = y[:, None], x[None]
    level = 1 - 0.55 * generator.beta(1, 2.5) * (generator.random() < 0.7)  # white is what most shops want
    tint = 1 - generator.choice([0.0, 1.0, 1.0]) * generator.uniform(0, 0.12, 3) * generator.random()
    bend, softness = generator.uniform(0.25, 0.75), generator.choice([0.004, 0.05, 0.15])
    floor = 1 / (1 + np.exp(-np.clip((y - bend) / softness, -30, 30)))
    light = 1 + floor * generator.choice([0.0, 1.0]) * generator.uniform(-0.2, 0.2)
    spot = (x - generator.uniform(-0.2, 1.2)) ** 2 + (y - generator.uniform(-0.2, 1.2)) ** 2
    light = light * (1 - generator.uniform(0, 0.35) * spot) * (1 + generator.uniform(-0.15, 0.15) * (x - 0.5))
    exposure = generator.choice([1.0, 1.0, 1.25])  # burnt out
    plain = level * exposure * light[..., None] * tint
    return enlarged(np.clip(plain, 0, 1).astype(np.float32), size)


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
    """The silhouette on the floor: a point at height h falls to (x + shear h, base - squash h).

    Sharp at its foot, blurred at its end.
    """
    foot = base - generator.uniform(0.0, 0.12) * (base - top)  # the floor under the middle of the product
    squash = generator.choice([-1.0, 1.0, 1.0]) * generator.uniform(0.08, 0.7)
    shear = generator.normal(0, 0.9)
    # of each pixel of the result, the place in the silhouette: y = base - (base - y') / squash
    matrix = np.array([[1 / squash, 0.0], [shear / squash, 1.0]])
    offset = np.array([base - foot / squash, -shear * foot / squash])
    flat = ndimage.affine_transform(small, matrix, offset, order=1)
    reach = small.shape[0] * generator.choice([0.002, 0.01, 0.04])
    near, far = (ndimage.gaussian_filter(flat, max(0.3, reach * share)) for share in (0.3, 1.0))
    y = np.arange(small.shape[0], dtype=np.float32)[:, None]
    distance = np.clip(np.abs(y - foot) / max(abs(squash) * (base - top), 1), 0, 1)
    fading = 1 - generator.uniform(0, 0.7) * distance
    return np.asarray(((1 - distance) * near + distance * far) * fading, np.float32)


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
    colour: Colour, alpha: Plane, corner: tuple[int, int], generator: Generator
) -> tuple[Colour, Plane]:
    """The product mirrored about its contact line: colours, and a share that fades with depth.

    The contact line is the lowest product of each column, or one level for all.
    """
    height, width = alpha.shape
    rows, columns = np.arange(height)[:, None], np.arange(width)[None]
    solid = alpha > 0.5
    lowest = np.where(solid.any(0), height - 1 - solid[::-1].argmax(0), -1)
    level = int(lowest.max())
    line = np.full(width, level)
    if generator.random() < 0.5:
        close = lowest > level - 0.15 * solid.any(1).sum()
        line = ndimage.gaussian_filter1d(np.where(close, lowest, level).astype(np.float32), 3).round().astype(int)
    depth = rows - line[None]
    source = np.clip(line[None] - depth + 1, 0, height - 1)
    strength = generator.uniform(0.08, 0.55)
    length = generator.uniform(0.1, 1.0) * max(solid.any(1).sum(), 1)
    faded = np.where(depth > 0, strength * np.exp(-depth / length), 0.0)
    share = alpha[source, columns] * faded
    top, left = corner
    inside_rows = np.clip(source - top, 0, colour.shape[0] - 1)
    inside_columns = np.clip(columns - left, 0, colour.shape[1] - 1)
    mirror = colour[inside_rows, inside_columns]
    blur = generator.choice([0.0, 1.0, 4.0])
    mirror = ndimage.gaussian_filter(mirror, (blur, blur, 0)) if blur else mirror
    share = ndimage.gaussian_filter(share, blur) if blur else share
    return mirror.astype(np.float32), share.astype(np.float32)


def relit(colour: Colour, generator: Generator) -> Colour:
    """The product under somewhat other light."""
    gain = generator.uniform(0.85, 1.12) * (1 + generator.uniform(-0.03, 0.03, 3))
    return np.clip(colour * gain, 0, 1).astype(np.float32)


def shadow_colour(generator: Generator) -> Float[np.ndarray, "3"]:
    """Share of each channel that a shadow takes: nearly all alike, for light is spilled back."""
    share: Float[np.ndarray, 3] = (1 - generator.uniform(0, 0.06, 3)).astype(np.float32)
    return share


def enlarged(
    values: Float[np.ndarray, "rows columns *channels"], size: tuple[int, int]
) -> Float[np.ndarray, "height width *channels"]:
    """A smooth map at `size`, bilinear."""
    factors = [size[0] / values.shape[0], size[1] / values.shape[1], *[1] * (values.ndim - 2)]
    grown: Float[np.ndarray, "height width *channels"] = ndimage.zoom(
        values, factors, order=1, grid_mode=True, mode="nearest"
    )
    return grown
