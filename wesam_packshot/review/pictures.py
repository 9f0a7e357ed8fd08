"""What is shown of a photo: small pictures of it, of its cut-out and of its layers, encoded for a browser."""

from pathlib import Path

import numpy as np
from jaxtyping import UInt8
from PIL import Image

from wesam_packshot.arrays import Rgb
from wesam_packshot.batch.outputs import FILES
from wesam_packshot.errors import UserError
from wesam_packshot.files.json_lines import Row
from wesam_packshot.interactive.photo import Photo
from wesam_packshot.io.decoding import load
from wesam_packshot.io.encoding import PREVIEW, encode
from wesam_packshot.review.outputs import Outputs, read_alpha, thumbnail
from wesam_packshot.sam.model import IMAGE_SIZE

KINDS = ("photo", "cut", "shadows", "reflections", "thumbnail")
# Longer side of a thumbnail, in pixels of a display of twice the density.
THUMBNAIL = 240
# Colours of the layers: they lie over the photo, and are told apart by whoever sees no red or no green as well.
TINTS = {"shadows": (0, 90, 200), "reflections": (230, 120, 0)}


def picture(outputs: Outputs, row: Row, kind: str, max_megapixels: float) -> tuple[bytes, str]:
    """A picture's bytes and its media type.

    Args:
        kind: one of `KINDS`.

    Raises:
        UserError: when there is none, or its file cannot be read.
    """
    match kind:
        case "photo":
            photo = Photo.read(Path(row["file"]), max_megapixels)
            return encode(photo.preview, "JPEG", **PREVIEW["JPEG"]), "image/jpeg"
        case "cut":
            shown = _smaller(_cut(outputs, row, max_megapixels), IMAGE_SIZE)
            return encode(shown, "WEBP", **PREVIEW["WEBP"]), "image/webp"
        case "thumbnail":
            return encode(_thumbnail(outputs, row, max_megapixels), "JPEG", quality=80), "image/jpeg"
        case "shadows" | "reflections":
            return encode(_layer(outputs, row, kind), "WEBP", **PREVIEW["WEBP"]), "image/webp"
    raise UserError(f"{kind[:20]}: no kind of picture; reload the page")


def _cut(outputs: Outputs, row: Row, max_megapixels: float) -> UInt8[np.ndarray, "height width 4"]:
    """The cut-out, from its file, or from the photo and its mask; the photo as a whole where there is no mask."""
    file = outputs.folder / FILES["rgba"].format(row["id"])
    if file.is_file():
        return read_alpha(file)
    image = Photo.read(Path(row["file"]), max_megapixels).image
    mask = outputs.mask(row["id"], (image.shape[0], image.shape[1]))
    alpha = np.full(image.shape[:2], 255, np.uint8) if mask is None else mask.astype(np.uint8) * 255
    return np.dstack([image, alpha])


def _thumbnail(outputs: Outputs, row: Row, max_megapixels: float) -> Rgb:
    """The product on light grey; only that where there is nothing to be shown."""
    try:
        return np.asarray(thumbnail(_cut(outputs, row, max_megapixels), THUMBNAIL))
    except (UserError, OSError):
        return np.full((THUMBNAIL, THUMBNAIL, 3), 235, np.uint8)


def _layer(outputs: Outputs, row: Row, kind: str) -> UInt8[np.ndarray, "height width 4"]:
    file = outputs.layer(kind, row["id"])
    if file is None:
        raise UserError(f"{row['id']}: no {kind} are told; label the photos with --format {kind.rstrip('s')}")
    levels = load(file).convert("L")
    levels.thumbnail((IMAGE_SIZE, IMAGE_SIZE))
    alpha = np.asarray(levels)
    return np.dstack([np.broadcast_to(np.array(TINTS[kind], np.uint8), (*alpha.shape, 3)), alpha])


def _smaller(rgba: UInt8[np.ndarray, "height width 4"], side: int) -> UInt8[np.ndarray, "rows columns 4"]:
    shown = Image.fromarray(rgba)
    shown.thumbnail((side, side))
    return np.asarray(shown)
