"""Weak and strong views of a photo.

The weak view changes where things are: a crop of the surroundings and a horizontal flip, for photo and masks
alike. There are no vertical flips, since shadows and reflections lie below. The strong view changes colours only,
so that teacher and student see the same pixels in the same places.
"""

from collections.abc import Sequence

import kornia.augmentation as K
import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from wesam_packshot.config import ViewsConfig

Window = tuple[int, int, int, int]

# A crop leaves at least this share of the picture's side around the product.
MARGIN = 0.02


def crop_window(
    size: tuple[int, int], box: Sequence[float] | None, share: float, generator: np.random.Generator
) -> Window:
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
