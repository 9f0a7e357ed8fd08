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

from wesam_packshot.arrays import Mask, Rgb
from wesam_packshot.masks.binary import bounding_box, signed_distance
from wesam_packshot.masks.local_colours import COARSE, local_mean
from wesam_packshot.masks.snapping import snap_to_colours
from wesam_packshot.masks.window import Window
from wesam_packshot.sam.frame import Frame
from wesam_packshot.sam.model import LOW_RES

Map = Float[np.ndarray, "height width"]

# A tile's own pixels, and those around it that it looks at, in low-res pixels.
TILE = 1024
AROUND = 10.0
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


def refine_boundary(image: Rgb, logits: Float[np.ndarray, "rows columns"], within: Window | None = None) -> Boundary:
    """Alpha and colours of a photo from logits of all of it, in any resolution.

    Args:
        image: (height, width, 3), uint8.
        logits: positive on the product, (rows, columns).
        within: the part of the photo to refine, by default all; elsewhere alpha is 0 or 255, as the logits say.
    """
    frame = Frame(*image.shape[:2])
    longer = max(image.shape[:2])
    pixel, band = longer / LOW_RES, BAND * max(1.0, longer / SHARP_SIDE)
    around = round(AROUND * pixel)
    alpha, colour = np.empty(image.shape[:2], np.uint8), image.copy()
    for tile in tiles(frame):
        part = tile.grown(around)
        mask = part.cut_map(logits, part.size) > 0
        alpha[tile.slices] = 255 * mask[tile.slices_in(part)]
        core, edges = tile.overlap(within or tile), _around_edges(mask, part, around)
        near = edges.overlap(core.grown(around)) if core and edges else None
        kept = near.overlap(core) if near and core else None
        if near is None or kept is None:
            continue
        near = near.aligned(COARSE)
        cut = near.cut(image)
        share, own = unmixed(cut, snap_to_colours(cut, near.cut_map(logits, near.size), pixel), band)
        alpha[kept.slices] = (share[kept.slices_in(near)] * 255 + 0.5).astype(np.uint8)
        colour[kept.slices] = own[kept.slices_in(near)]
    return Boundary(alpha, colour)


def tiles(frame: Frame) -> Iterator[Window]:
    """A photo's tiles, each pixel in one."""
    for top in range(0, frame.height, TILE):
        for left in range(0, frame.width, TILE):
            right, bottom = min(left + TILE, frame.width), min(top + TILE, frame.height)
            yield Window(left, top, right, bottom, frame.height, frame.width)


def _around_edges(mask: Mask, part: Window, around: int) -> Window | None:
    """What lies within `around` pixels of an edge of a part's mask, as one window; None without an edge."""
    down, across = mask[1:] != mask[:-1], mask[:, 1:] != mask[:, :-1]
    changes = np.zeros_like(mask)
    changes[1:] |= down
    changes[:, 1:] |= across
    box = bounding_box(changes)
    return box and part.inner(box).grown(around).overlap(part)


def unmixed(image: Rgb, logits: Map, band: float) -> tuple[Map, Rgb]:
    """Share of product in each pixel, and the product's own colour where the edge mixes it with the background's.

    Args:
        logits: positive on the product, at the image's size.
        band: half the width of the edge, in pixels.
    """
    mask = logits > 0
    depth = signed_distance(mask)
    depth -= 0.5 * np.sign(depth)  # from the pixel's centre to the edge itself
    places = np.nonzero(np.abs(depth) <= band)
    alpha, own = mask.astype(np.float32), image.copy()
    if not places[0].size:
        return alpha, own
    values = image.astype(np.float32) / 255
    product, product_known = local_mean(values, depth > band, NEAR * band, places)
    background, background_known = local_mean(values, depth < -band, NEAR * band, places)
    colour, axis = values[places], product - background
    length = (axis**2).sum(-1)
    known = (length > DISTINCT**2) & product_known & background_known
    share = ((colour - background) * axis).sum(-1) / np.maximum(length, DISTINCT**2)
    share = np.where(known, np.clip(share, 0, 1), np.clip(depth[places] / 2 + 0.5, 0, 1)).astype(np.float32)
    alpha[places] = share
    part = share[:, None]
    found = np.clip((colour - (1 - part) * background) / np.maximum(part, LEAST_SHARE), 0, 1)
    trust = np.where(part < LEAST_SHARE, 0, part)
    found = np.clip(trust * found + (1 - trust) * product, 0, 1)
    mixed = (share < 1) & product_known
    own[places] = np.where(mixed[:, None], (found * 255 + 0.5).astype(np.uint8), image[places])
    return alpha, own
