"""Pictures of masks for people to look at, and cut-outs."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, UInt8
from PIL import Image, ImageDraw
from scipy import ndimage

from wesam_packshot.images import Rgb
from wesam_packshot.masks import Mask

OUTLINE = (230, 30, 60)
DIMMED = (40, 60, 120)
# Distinct for colour-blind eyes as well (Okabe and Ito 2008).
COLOURS = {"product": (0, 158, 115), "shadow": (0, 114, 178), "reflection": (213, 94, 0), "unsure": (240, 228, 66)}
CELL = 240
CAPTION = 16


def cut_out(
    image: Rgb, mask: Mask, shadow: UInt8[np.ndarray, "height width"] | None = None
) -> UInt8[np.ndarray, "height width 4"]:
    """RGBA with straight alpha; pixels outside the mask keep their colour, fully transparent.

    Args:
        shadow: alpha of a shadow to be kept: black, as dense as the photo shows it.
    """
    if shadow is None:
        return np.dstack([image, mask.astype(np.uint8) * 255])
    colour = np.where((~mask & (shadow > 0))[..., None], 0, image)
    return np.dstack([colour, np.where(mask, 255, shadow)]).astype(np.uint8)


def overlay(image: Rgb, mask: Mask) -> Rgb:
    """The photo with everything outside the mask tinted dark blue, and the mask outlined in red."""
    shown = image.astype(np.float32)
    shown[~mask] = 0.35 * shown[~mask] + 0.65 * np.asarray(DIMMED)
    shown[_outline(mask)] = OUTLINE
    return shown.astype(np.uint8)


def layered_overlay(
    image: Rgb, mask: Mask, shadow: Float[np.ndarray, "rows columns"], reflection: Mask, unsure: Mask
) -> Rgb:
    """The photo in grey, with product in green, shadow in blue, reflection in red and unsure pixels in yellow.

    Args:
        shadow, reflection, unsure: maps of the whole photo at any resolution; the shadow's alpha is its strength.
    """
    shown = np.repeat(image.mean(-1, keepdims=True), 3, axis=-1)
    strength = {
        "shadow": np.clip(1.5 * _enlarged(shadow, mask.shape), 0, 0.85) * ~mask,
        "reflection": 0.6 * (_enlarged(reflection, mask.shape) > 0.5),
        "product": 0.4 * mask,
        "unsure": 0.7 * (_enlarged(unsure, mask.shape) > 0.5),
    }
    for name, share in strength.items():
        shown += share[..., None] * (np.asarray(COLOURS[name]) - shown)
    shown[_outline(mask)] = COLOURS["product"]
    return shown.round().astype(np.uint8)


def sheet(rows: Sequence[tuple[str, Sequence[Rgb]]], titles: Sequence[str]) -> Image.Image:
    """A contact sheet: a caption and one picture per column in each row, under the columns' titles."""
    width, height = CELL * len(titles), CAPTION + len(rows) * (CELL + CAPTION)
    canvas = Image.new("RGB", (width, height), "white")
    draw = ImageDraw.Draw(canvas)
    for column, title in enumerate(titles):
        draw.text((column * CELL + 4, 2), title, fill="black")
    for number, (caption, pictures) in enumerate(rows):
        top = CAPTION + number * (CELL + CAPTION)
        for column, picture in enumerate(pictures):
            tile = Image.fromarray(picture)
            tile.thumbnail((CELL - 4, CELL - 4))
            canvas.paste(tile, (column * CELL + (CELL - tile.width) // 2, top + (CELL - tile.height) // 2))
        draw.text((4, top + CELL - 1), caption, fill="black")
    return canvas


def _outline(mask: Mask) -> Mask:
    width = max(1, round(max(mask.shape) / 400))
    outline: Mask = mask & ~ndimage.binary_erosion(mask, iterations=width, border_value=1)
    return outline


def _enlarged(
    values: Float[np.ndarray, "rows columns"] | Mask, size: tuple[int, ...]
) -> Float[np.ndarray, "height width"]:
    picture = Image.fromarray(values.astype(np.float32))
    return np.asarray(picture.resize((size[1], size[0]), Image.Resampling.BILINEAR))
