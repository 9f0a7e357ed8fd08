"""Synthetic packshots: a product cut out of one photo, on a studio sweep with shadows and a mirror image.

No label tells SAM's pseudo-masks where a hard shadow ends and the product begins, and SAM takes many for product. In
a composite of our own making it is known exactly, as are mirror images and the backdrop that shows through holes.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from wesam_packshot.arrays import Rgb
from wesam_packshot.composites.cutouts import Colour, Cutout, Plane
from wesam_packshot.composites.lighting import COARSE, Generator, draw_reflection, draw_shadows, enlarged

# How often a product stands on a floor that mirrors it.
GLOSSY = 0.35


@dataclass(frozen=True)
class Composite:
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


def draw_composite(cutout: Cutout, size: tuple[int, int], generator: Generator) -> Composite:
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
    if generator.random() < GLOSSY:
        mirror, mirror_alpha = draw_reflection(colour, alpha, (top, left), generator)
        canvas = canvas * (1 - mirror_alpha[..., None]) + mirror * mirror_alpha[..., None]
    canvas[inside] += cutout.alpha[..., None] * (colour - canvas[inside])
    noise = generator.normal(0, generator.uniform(0, 0.012), size).astype(np.float32)
    image = (np.clip(canvas + noise[..., None], 0, 1) * 255 + 0.5).astype(np.uint8)
    removed = np.maximum(shade, mirror_alpha) * (alpha < 0.5)
    return Composite(image, alpha, weight, removed, (float(left), float(top), float(left + columns), float(top + rows)))


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
    light = (
        light * (1 - generator.uniform(0, 0.4) * spot / spot.max()) * (1 + generator.uniform(-0.15, 0.15) * (x - 0.5))
    )
    exposure = generator.choice([1.0, 1.0, 1.25])  # burnt out
    plain = level * exposure * light[..., None] * tint
    return enlarged(np.clip(plain, 0, 1).astype(np.float32), size)


def relit(colour: Colour, generator: Generator) -> Colour:
    """The product under somewhat other light."""
    gain = generator.uniform(0.85, 1.12) * (1 + generator.uniform(-0.03, 0.03, 3))
    return np.clip(colour * gain, 0, 1).astype(np.float32)


def shadow_colour(generator: Generator) -> Float[np.ndarray, "3"]:
    """Share of each channel that a shadow takes: nearly all alike, for light is spilled back."""
    return (1 - generator.uniform(0, 0.06, 3)).astype(np.float32)
