"""Pictures of masks for people to look at, and cut-outs."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, UInt8
from PIL import Image, ImageDraw
from scipy import ndimage

from wesam_packshot.images import Rgb

Mask = Bool[np.ndarray, "height width"]

OUTLINE = (230, 30, 60)
DIMMED = (40, 60, 120)
CELL = 240
CAPTION = 16


def cut_out(image: Rgb, mask: Mask) -> UInt8[np.ndarray, "height width 4"]:
    """RGBA with straight alpha; pixels outside the mask keep their colour, fully transparent."""
    return np.dstack([image, mask.astype(np.uint8) * 255])


def overlay(image: Rgb, mask: Mask) -> Rgb:
    """The photo with everything outside the mask tinted dark blue, and the mask outlined in red."""
    shown = image.astype(np.float32)
    shown[~mask] = 0.35 * shown[~mask] + 0.65 * np.asarray(DIMMED)
    width = max(1, round(max(mask.shape) / 400))
    shown[mask & ~ndimage.binary_erosion(mask, iterations=width, border_value=1)] = OUTLINE
    return shown.astype(np.uint8)


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
