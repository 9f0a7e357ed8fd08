"""Pictures as bytes, for answers over a network."""

import base64
from io import BytesIO
from typing import Any, Literal

import numpy as np
from jaxtyping import UInt8
from PIL import Image

Kind = Literal["PNG", "WEBP", "JPEG"]
# zlib's level: on a cut-out of a photo of 24 megapixels 6, the default, takes three times as long for 5 % less.
COMPRESSION = 3
# Previews: they are looked at, not kept. WebP's fastest method takes a third of the default's time.
PREVIEW: dict[str, dict[str, Any]] = {"WEBP": {"quality": 85, "method": 0}, "JPEG": {"quality": 88}}
# What is kept: nothing is lost, or next to nothing where the format cannot do that.
WHOLE: dict[str, dict[str, Any]] = {
    "PNG": {"compress_level": COMPRESSION},
    "WEBP": {"lossless": True, "exact": True, "method": 0},
    "JPEG": {"quality": 95},
}


def encode(picture: UInt8[np.ndarray, "..."], kind: Kind, **options: Any) -> bytes:
    """A grey, RGB or RGBA picture, uint8, as the bytes of a file."""
    buffer = BytesIO()
    Image.fromarray(picture).save(buffer, kind, **options)
    return buffer.getvalue()


def data_url(content: bytes, kind: Kind) -> str:
    """An address that holds the picture itself."""
    return f"data:image/{kind.lower()};base64,{base64.b64encode(content).decode()}"
