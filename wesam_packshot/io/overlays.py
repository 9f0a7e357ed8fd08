"""Pictures of masks for people to look at, and cut-outs."""

import colorsys
from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Float, UInt8
from PIL import Image, ImageDraw
from scipy import ndimage

from wesam_packshot.arrays import Mask, Rgb
from wesam_packshot.io.prompt_file import PromptSpec
from wesam_packshot.masks.binary import bounding_box

Levels = UInt8[np.ndarray, "height width"]

OUTLINE = (230, 30, 60)
DIMMED = (40, 60, 120)
# Distinct for colour-blind eyes as well (Okabe and Ito 2008).
COLOURS = {"product": (0, 158, 115), "shadow": (86, 180, 233), "reflection": (213, 94, 0), "unsure": (240, 228, 66)}
CELL = 240
CAPTION = 16


def cut_out(colour: Rgb, alpha: Levels, shadow: Levels | None = None) -> UInt8[np.ndarray, "height width 4"]:
    """RGBA with straight alpha; pixels outside the product keep their colour, fully transparent.

    Args:
        shadow: alpha of a shadow to be kept below the product: black, as dense as the photo shows it.
    """
    if shadow is None:
        return np.dstack([colour, alpha])
    product = alpha / np.float32(255)
    both = product + (1 - product) * shadow / np.float32(255)
    share = np.where(both > 0, product / np.maximum(both, 1e-6), 1)
    return np.dstack([colour * share[..., None], both * 255]).round().astype(np.uint8)


def cropped(rgba: UInt8[np.ndarray, "height width 4"], margin: float) -> UInt8[np.ndarray, "rows columns 4"]:
    """A cut-out's own rectangle and a margin, transparent beyond the photo; one clear pixel if nothing is seen.

    Args:
        margin: share of the rectangle's longer side.
    """
    box = bounding_box(rgba[..., 3] > 0)
    if box is None:
        return np.zeros((1, 1, 4), np.uint8)
    edge = round(margin * max(box[2] - box[0], box[3] - box[1]))
    x0, y0, x1, y1 = box
    return np.pad(rgba[y0:y1, x0:x1], ((edge, edge), (edge, edge), (0, 0)))


def flattened(rgba: UInt8[np.ndarray, "height width 4"], background: tuple[int, int, int]) -> Rgb:
    """A cut-out on a plain colour."""
    canvas = Image.new("RGBA", rgba.shape[1::-1], background)
    return np.asarray(Image.alpha_composite(canvas, Image.fromarray(rgba)).convert("RGB"))


def overlay(image: Rgb, mask: Mask) -> Rgb:
    """The photo with everything outside the mask tinted dark blue, and the mask outlined in red."""
    shown = image.astype(np.float32)
    shown[~mask] = 0.35 * shown[~mask] + 0.65 * np.asarray(DIMMED)
    shown[outline(mask)] = OUTLINE
    return shown.astype(np.uint8)


def layered_overlay(
    image: Rgb,
    mask: Mask,
    shadow: Float[np.ndarray, "_ _"],
    reflection: Bool[np.ndarray, "_ _"],
    unsure: Bool[np.ndarray, "_ _"],
) -> Rgb:
    """`overlay`, with shadow in blue, reflection in orange and unsure pixels in yellow.

    Args:
        shadow, reflection, unsure: maps of the whole photo at any resolution; the shadow's alpha is its strength.
    """
    shown = overlay(image, mask).astype(np.float32)
    strength = {
        "shadow": np.clip(1.5 * _enlarged(shadow, mask.shape), 0, 0.85) * ~mask,
        "reflection": 0.6 * (_enlarged(reflection, mask.shape) > 0.5) * ~mask,
        "unsure": 0.7 * (_enlarged(unsure, mask.shape) > 0.5) * ~outline(mask),
    }
    for name, share in strength.items():
        shown += share[..., None] * (np.asarray(COLOURS[name]) - shown)
    return shown.round().astype(np.uint8)


def coloured(image: Rgb, masks: Sequence[Mask]) -> Rgb:
    """`overlay` of all masks together, each in a colour of its own, larger ones below smaller ones."""
    shown = overlay(image, np.any(masks, axis=0)).astype(np.float32) if len(masks) else image.astype(np.float32)
    for number, mask in enumerate(sorted(masks, key=lambda mask: -int(mask.sum()))):
        hue = number * (5**0.5 - 1) / 2 % 1  # far from those before it, by the golden ratio
        colour = 255 * np.array(colorsys.hsv_to_rgb(hue, 0.75, 0.95))
        shown[mask] = 0.7 * image[mask] + 0.3 * colour
        shown[outline(mask)] = colour
    return shown.astype(np.uint8)


def marked(shown: Rgb, prompts: Sequence[PromptSpec]) -> Rgb:
    """The picture with prompts drawn: boxes, points on the product green, points off it red."""
    if not prompts:
        return shown
    canvas = Image.fromarray(shown)
    draw = ImageDraw.Draw(canvas)
    width = max(2, round(max(shown.shape) / 300))
    for prompt in prompts:
        if prompt.box:
            draw.rectangle(prompt.box, outline=COLOURS["unsure"], width=width)
        for (x, y), label in zip(prompt.points, prompt.labels, strict=True):
            circle = (x - 3 * width, y - 3 * width, x + 3 * width, y + 3 * width)
            draw.ellipse(circle, fill=COLOURS["product" if label else "reflection"], outline="white", width=width // 2)
    return np.asarray(canvas)


def outline(mask: Mask, width: int = 0) -> Mask:
    """Pixels of the mask along its edge, `width` of them deep; by default in proportion to the picture."""
    width = width or max(1, round(max(mask.shape) / 400))
    return mask & ~ndimage.binary_erosion(mask, iterations=width, border_value=1)


def sheet(rows: Sequence[tuple[str, Sequence[UInt8[np.ndarray, "_ _ 3"]]]], titles: Sequence[str]) -> Image.Image:
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


def _enlarged(
    values: Float[np.ndarray, "_ _"] | Bool[np.ndarray, "_ _"], size: tuple[int, ...]
) -> Float[np.ndarray, "height width"]:
    picture = Image.fromarray(values.astype(np.float32))
    return np.asarray(picture.resize((size[1], size[0]), Image.Resampling.BILINEAR))
