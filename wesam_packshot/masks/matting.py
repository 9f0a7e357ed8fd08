"""Boundaries at a photo's full resolution: alpha, and the product's own colours along its edge.

Logits are coarse; the photo's colours tell where the edge is. In tiles along the boundary, logits are moved to the
photo's edges (`masks.snapping`), and the pixels that the edge runs through get the share of product that their
colour shows: alpha = (I - B)(F - B) / |F - B|^2 with the mean colours F and B of product and background near by, the
mixing model of Bayesian matting (Chuang et al. 2001) with one colour on each side.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, UInt8
from scipy import ndimage

from wesam_packshot.arrays import Mask, Rgb
from wesam_packshot.masks.snapping import local_mean, snap_to_colours
from wesam_packshot.masks.window import resample
from wesam_packshot.sam.frame import Frame
from wesam_packshot.sam.model import LOW_RES
from wesam_packshot.sam.prompts import Box

Map = Float[np.ndarray, "height width"]

# A tile's own pixels, and those around it that it looks at, in low-res pixels.
TILE = 1024
AROUND = 8.0
# Half the width of an edge, in pixels of a photo of this length; larger photos' edges are wider.
BAND = 0.8
SHARP_SIDE = 1080
# Pixels from which local colours are taken, in multiples of the band.
NEAR = 2.0
# Colours (0 to 1) nearer to each other cannot be unmixed.
DISTINCT = 0.15
# Pixels of less product keep no colour that could be unmixed.
LEAST_SHARE = 0.1


@dataclass(frozen=True)
class Boundary:
    """A cut-out at full resolution.

    Attributes:
        alpha: share of product, 0 to 255.
        colour: the photo, in which pixels at the edge have the product's own colour.
    """

    alpha: UInt8[np.ndarray, "height width"]
    colour: Rgb

    @property
    def mask(self) -> Mask:
        """Pixels that are product by more than half."""
        return self.alpha > 127


def refine_boundary(image: Rgb, logits: Float[np.ndarray, "rows columns"]) -> Boundary:
    """Alpha and colours of a photo from logits of all of it, in any resolution.

    Args:
        image: (height, width, 3), uint8.
        logits: positive on the product, (rows, columns).
    """
    height, width = image.shape[:2]
    alpha, colour = np.empty((height, width), np.uint8), image.copy()
    pixel = max(height, width) / LOW_RES
    for core, part in tiles(Frame(height, width), round(AROUND * pixel)):
        scale = np.array([logits.shape[1] / width, logits.shape[0] / height] * 2)
        x0, y0, x1, y1 = part
        box: Box = tuple((np.array(part) * scale).tolist())
        coarse = resample(logits, (y1 - y0, x1 - x0), box)
        inner = np.s_[core[1] - y0 : core[3] - y0, core[0] - x0 : core[2] - x0]
        place = np.s_[core[1] : core[3], core[0] : core[2]]
        if (coarse > 0).all() or not (coarse > 0).any():
            alpha[place] = 255 * (coarse[inner] > 0)
            continue
        cut = image[y0:y1, x0:x1]
        share, own = unmixed(cut, snap_to_colours(cut, coarse, pixel), BAND * max(1.0, max(height, width) / SHARP_SIDE))
        alpha[place] = (share[inner] * 255 + 0.5).astype(np.uint8)
        colour[place] = own[inner]
    return Boundary(alpha, colour)


def tiles(frame: Frame, around: int) -> Iterator[tuple[tuple[int, int, int, int], tuple[int, int, int, int]]]:
    """Tiles of a photo, and what each looks at: rectangles (x0, y0, x1, y1) in pixels."""
    for top in range(0, frame.height, TILE):
        for left in range(0, frame.width, TILE):
            right, bottom = min(left + TILE, frame.width), min(top + TILE, frame.height)
            part = (
                max(0, left - around),
                max(0, top - around),
                min(frame.width, right + around),
                min(frame.height, bottom + around),
            )
            yield (left, top, right, bottom), part


def unmixed(image: Rgb, logits: Map, band: float) -> tuple[Map, Rgb]:
    """Share of product in each pixel, and the product's own colour where the edge mixes it with the background's.

    Args:
        logits: positive on the product, at the image's size.
        band: half the width of the edge, in pixels.
    """
    mask = logits > 0
    depth = _signed_depth(mask)
    at_edge = np.abs(depth) <= band
    if not at_edge.any():
        return mask.astype(np.float32), image
    colour = image.astype(np.float32) / 255
    product, product_known = local_mean(colour, depth > band, NEAR * band)
    background, background_known = local_mean(colour, depth < -band, NEAR * band)
    axis = product - background
    length = (axis**2).sum(-1)
    known = (length > DISTINCT**2) & product_known & background_known
    share = ((colour - background) * axis).sum(-1) / np.maximum(length, DISTINCT**2)
    share = np.where(known, np.clip(share, 0, 1), np.clip(depth / 2 + 0.5, 0, 1))
    alpha = np.where(at_edge, share, mask).astype(np.float32)
    mixed = at_edge & (alpha < 1) & product_known
    part = alpha[..., None]
    own = np.clip((colour - (1 - part) * background) / np.maximum(part, LEAST_SHARE), 0, 1)
    trust = np.where(part < LEAST_SHARE, 0, part)
    own = np.where(mixed[..., None], trust * own + (1 - trust) * product, colour)
    return alpha, (np.clip(own, 0, 1) * 255 + 0.5).astype(np.uint8)


def _signed_depth(mask: Mask) -> Map:
    """Distance of each pixel's centre to the mask's edge, positive inside."""
    if mask.all() or not mask.any():
        return np.where(mask, np.inf, -np.inf)
    depth = np.where(mask, ndimage.distance_transform_edt(mask), -ndimage.distance_transform_edt(~mask))
    signed: Map = depth - 0.5 * np.sign(depth)
    return signed
