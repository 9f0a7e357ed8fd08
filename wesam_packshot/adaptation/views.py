"""Views of a photo: weak, strong, and as a composite.

The weak view changes where things are: a crop of the surroundings and a horizontal flip, for photo and masks
alike. There are no vertical flips, since shadows and reflections lie below. A composite shows the product elsewhere,
with shadows and mirror images of known place. The strong view changes colours only,
so that teacher and student see the same pixels in the same places.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import kornia.augmentation as K
import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor

from wesam_packshot.arrays import Rgb
from wesam_packshot.composites.composite import draw_composite
from wesam_packshot.composites.cutouts import Cutout, cut_out
from wesam_packshot.composites.shapes import painted_white, punched, wire_object
from wesam_packshot.config import ViewsConfig
from wesam_packshot.sam.model import IMAGE_SIZE
from wesam_packshot.sam.prompts import Box

Crop = tuple[int, int, int, int]
# A map in a resolution of its own.
AnySize = Float[np.ndarray, "_ _"]

# A crop leaves at least this share of the picture's side around the product.
MARGIN = 0.02
# Sizes of a composite, and of the product in it, as shares of the longest side.
NARROWEST = 0.65
SMALLEST, LARGEST = 0.35, 0.95
# A composite's pixels that have lost more than this share of light are shadow or mirror image.
SHADED = 0.04
# How often the product is a drawn thing of wires instead; is punched; is painted white.
WIRES, PUNCHED, WHITE = 0.3, 0.12, 0.1


@dataclass(frozen=True)
class View:
    """A picture and its target; the maps cover all of it, in any resolution.

    Attributes:
        image: (height, width, 3), uint8.
        probability: of product, 0 to 1.
        weight: trust in it, 0 to 1.
        colour: what colour alone is sure of: 1 product, -1 not, 0 unknown.
        box: tight box of the product in the image's pixels.
        own: whether it is the photo's own product, and looks as it does there.
        layers: shares of shadow, reflection and transparency, (height, width, 3), 0 to 1, where they are known.
    """

    image: Rgb
    probability: AnySize
    weight: AnySize
    colour: AnySize
    box: Box
    own: bool = True
    layers: Float[np.ndarray, "_ _ 3"] | None = None


def photo_view(photo: View, config: ViewsConfig, generator: np.random.Generator) -> View:
    """The weak view of a photo."""
    size = (photo.image.shape[0], photo.image.shape[1])
    window = crop_window(size, photo.box, config.crop, generator)
    planes = (photo.image, photo.probability, photo.weight, photo.colour)
    image, probability, weight, colour = (_crop(values, window, size) for values in planes)
    x0, y0, x1, y1 = photo.box
    layers = None if photo.layers is None else _crop(photo.layers, window, size)
    box = (x0 - window[0], y0 - window[1], x1 - window[0], y1 - window[1])
    view = View(image, probability, weight, colour, box, layers=layers)
    return mirrored(view) if generator.random() < config.flip else view


def mirrored(view: View) -> View:
    """The view with left and right exchanged."""
    planes = (view.image, view.probability, view.weight, view.colour)
    image, probability, weight, colour = (values[:, ::-1] for values in planes)
    width, (x0, y0, x1, y1) = image.shape[1], view.box
    layers = None if view.layers is None else view.layers[:, ::-1]
    return View(image, probability, weight, colour, (width - x1, y0, width - x0, y1), layers=layers)


def composite_view(photo: View, generator: np.random.Generator) -> View | None:
    """The photo's product in a composite, now and then changed or in company; None when the mask is empty."""
    sides = IMAGE_SIZE, int(IMAGE_SIZE * generator.uniform(NARROWEST, 1))
    height, width = sides if generator.random() < 0.5 else sides[::-1]
    longest = int(min(height, width) * generator.uniform(SMALLEST, LARGEST))
    if drawn := generator.random() < WIRES:
        product: Cutout | None = wire_object(longest, generator)
    else:
        product = cut_out(photo.image, photo.probability, photo.weight, longest)
    if product is None:
        return None
    if generator.random() < PUNCHED:
        product = punched(product, generator)
    if painted := generator.random() < WHITE:
        product = painted_white(product, generator)
    composite = draw_composite(product.mirrored() if generator.random() < 0.5 else product, (height, width), generator)
    colour = np.where(composite.removed > SHADED, -1.0, np.where(composite.product > 0.5, 1.0, 0.0)).astype(np.float32)
    return View(
        composite.image, composite.product, composite.weight, colour, composite.box, own=not drawn and not painted
    )


def crop_window(
    size: tuple[int, int], box: Sequence[float] | None, share: float, generator: np.random.Generator
) -> Crop:
    """A random window (x0, y0, x1, y1) around the product's box, or the whole image of (height, width).

    Args:
        share: probability of a crop at all.
    """
    height, width = size
    draws = generator.random(5)
    if box is None or draws[0] >= share:
        return 0, 0, width, height
    left, top = (max(0.0, edge - MARGIN * side) for edge, side in zip(box[:2], (width, height), strict=True))
    right, bottom = (min(side, edge + MARGIN * side) for edge, side in zip(box[2:], (width, height), strict=True))
    x0, y0 = int(draws[1] * left), int(draws[2] * top)
    x1, y1 = width - int(draws[3] * (width - right)), height - int(draws[4] * (height - bottom))
    return x0, y0, x1, y1


def strong_view(
    images: Float[Tensor, "batch 3 height width"], config: ViewsConfig, seed: int
) -> Float[Tensor, "batch 3 height width"]:
    """Colours of a share `config.strong` of the images changed by kornia; images and result in [0, 1].

    The rest stay as they are, since it is unchanged photos that the student will be asked for. The same seed gives
    the same view.
    """
    pipeline = torch.nn.Sequential(
        K.ColorJiggle(config.brightness, config.contrast, config.saturation, config.hue, p=1.0),
        K.RandomGrayscale(p=config.grey),
        K.RandomPlasmaShadow(shade_intensity=(-0.4, 0.0), shade_quantity=(0.0, 0.6), p=config.shadow),
        K.RandomGaussianBlur((7, 7), (0.3, 2.0), p=config.blur),
        K.RandomGaussianNoise(std=0.02, p=config.noise),
    )
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(seed)
        changed: Tensor = pipeline(images).clamp(0, 1)
        strong = torch.rand(len(images), 1, 1, 1) < config.strong
    return torch.where(strong.to(images.device), changed, images)


def _crop(values: NDArray[Any], window: Crop, size: tuple[int, int]) -> NDArray[Any]:
    """Cut a window, given in pixels of an image of `size`, out of an array that may be smaller or larger."""
    rows, columns = values.shape[0] / size[0], values.shape[1] / size[1]
    top, bottom = round(window[1] * rows), max(round(window[3] * rows), round(window[1] * rows) + 1)
    left, right = round(window[0] * columns), max(round(window[2] * columns), round(window[0] * columns) + 1)
    return values[top:bottom, left:right]
