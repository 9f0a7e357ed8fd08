"""Pixels of every kind as 8-bit RGB, a strip of rows at a time, so that a large photo is held once."""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Float
from numpy.typing import NDArray
from PIL import Image

from wesam_packshot.arrays import Rgb

# Pixels of a strip: a few MB in double precision.
STRIP = 2**19


def strips(height: int, width: int) -> Iterator[slice]:
    """Rows of an image, in strips of about `STRIP` pixels."""
    rows = max(1, STRIP // width)
    return (slice(top, min(top + rows, height)) for top in range(0, height, rows))


def rgb_of(image: Image.Image) -> Rgb:
    """A picture of PIL as RGB; transparency is laid on white."""
    rgb = np.empty((image.height, image.width, 3), np.uint8)
    for rows in strips(image.height, image.width):
        rgb[rows] = _strip_of(image.crop((0, rows.start, image.width, rows.stop)))
    return rgb


def _strip_of(image: Image.Image) -> Rgb:
    if image.mode.startswith(("I", "F")):
        values = np.asarray(image)
        # "I" is what older versions of PIL make of PNGs of 16 bits
        return to_bytes(unit(values if image.mode != "I" else values.clip(0, 65535).astype(np.uint16))[..., None])
    if image.has_transparency_data:
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image.convert("RGBA"))
    return np.asarray(image.convert("RGB"))


def unit(values: NDArray[np.generic]) -> NDArray[np.float64]:
    """Unsigned integers by their full range, or floats as they are, as levels in [0, 1]."""
    if values.dtype.kind == "f":
        return np.nan_to_num(values.astype(np.float64), posinf=1).clip(0, 1)
    return values.astype(np.float64) / np.iinfo(values.dtype.str).max


def from_ink(cmyk: Float[np.ndarray, "rows columns 4"]) -> Float[np.ndarray, "rows columns 3"]:
    """Light that plain inks leave, as PIL converts them: no colour profile."""
    light: Float[np.ndarray, "rows columns 3"] = (1 - cmyk[..., :3]) * (1 - cmyk[..., 3:])
    return light


def to_bytes(levels: Float[np.ndarray, "rows columns channels"]) -> Rgb:
    """Levels in [0, 1] of one or three channels as 8-bit RGB."""
    scaled = (levels.clip(0, 1) * 255 + 0.5).astype(np.uint8)
    return np.broadcast_to(scaled, (*scaled.shape[:2], 3))
