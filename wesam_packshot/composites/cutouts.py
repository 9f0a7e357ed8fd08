"""Products cut out of photos by their pseudo-masks, ready to be put elsewhere."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from PIL import Image
from scipy import ndimage

from wesam_packshot.arrays import Rgb
from wesam_packshot.masks.binary import bounding_box
from wesam_packshot.masks.window import resample

Plane = Float[np.ndarray, "height width"]
# A map of the same at another size.
Resized = Float[np.ndarray, "rows columns"]
Colour = Float[np.ndarray, "height width 3"]

# Colours within so many pixels of the edge are mixed with the old backdrop's, and replaced by the next pure ones.
FRINGE = 2


@dataclass(frozen=True)
class Cutout:
    """A product without its surroundings.

    Attributes:
        colour: in [0, 1]; outside the product the nearest colour of the product.
        alpha: share of product, 0 to 1.
        weight: trust per pixel, 0 to 1.
    """

    colour: Colour
    alpha: Plane
    weight: Plane

    def mirrored(self) -> "Cutout":
        return Cutout(self.colour[:, ::-1], self.alpha[:, ::-1], self.weight[:, ::-1])


def cut_out(image: Rgb, probability: Resized, weight: Resized, longest: int) -> Cutout | None:
    """The product of a photo, its longer side `longest` pixels; None when the mask is empty.

    Args:
        image: the photo.
        probability, weight: maps of the whole photo, of any size; the product is where the former exceeds 0.5.
    """
    box = bounding_box(probability > 0.5)
    if box is None:
        return None
    part = (float(box[0]), float(box[1]), float(box[2]), float(box[3]))
    rows, columns = image.shape[0] / probability.shape[0], image.shape[1] / probability.shape[1]
    height, width = (part[3] - part[1]) * rows, (part[2] - part[0]) * columns
    scale = longest / max(height, width)
    size = max(2, round(height * scale)), max(2, round(width * scale))
    alpha = harden(resample(probability, size, part))
    picture = Image.fromarray(image).resize(
        size[::-1],
        Image.Resampling.BILINEAR,
        box=(part[0] * columns, part[1] * rows, part[2] * columns, part[3] * rows),
    )
    colour = np.asarray(picture, np.float32) / 255
    pure = ndimage.binary_erosion(alpha > 0.5, iterations=FRINGE)
    if pure.any():
        nearest = ndimage.distance_transform_edt(~pure, return_distances=False, return_indices=True)
        colour = colour[tuple(nearest)]
    return Cutout(colour, alpha, resample(weight, size, part))


def harden(probability: Plane) -> Plane:
    """Probabilities as shares of product: certain away from the edge, a ramp of a few pixels along it."""
    return np.clip((probability - 0.5) * 2 + 0.5, 0, 1).astype(np.float32)
