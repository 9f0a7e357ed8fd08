"""Masks as a LabelMe file (version 5.2 and later): shapes of type `mask`, which keep holes and every pixel.

Read back with the shapes that people draw there: masks, polygons and rectangles.
"""

import base64
import io
import reprlib
from collections.abc import Sequence
from typing import Any

import numpy as np
from PIL import Image

from wesam_packshot.arrays import Mask
from wesam_packshot.files.json_lines import finite_numbers
from wesam_packshot.io.coco import decode_mask
from wesam_packshot.io.decoding import load
from wesam_packshot.io.outcome import Instance
from wesam_packshot.io.picture_file import InMemory
from wesam_packshot.io.segmentations import check, integers
from wesam_packshot.masks.binary import bounding_box

VERSION = "5.5.0"


def document(name: str, masks: Sequence[tuple[Instance, Mask]], size: tuple[int, int]) -> dict[str, Any]:
    """What LabelMe opens: one shape per mask that is not empty.

    Args:
        name: path of the photo, from the folder of the file that this is written to.
        size: (height, width) of the photo.
    """
    return {
        "version": VERSION,
        "flags": {},
        "shapes": [_shape(instance, mask) for instance, mask in masks if mask.any()],
        "imagePath": name,
        "imageData": None,
        "imageHeight": size[0],
        "imageWidth": size[1],
    }


def _shape(instance: Instance, mask: Mask) -> dict[str, Any]:
    box = bounding_box(mask)
    assert box
    x0, y0, x1, y1 = box
    buffer = io.BytesIO()
    Image.fromarray(mask[y0:y1, x0:x1].astype(np.uint8)).save(buffer, "PNG")
    return {
        "label": instance.label,
        "points": [[float(x0), float(y0)], [float(x1 - 1), float(y1 - 1)]],  # the last pixels themselves
        "group_id": None,
        "description": f"confidence {instance.score:.2f}",
        "shape_type": "mask",
        "flags": {},
        "mask": base64.b64encode(buffer.getvalue()).decode(),
    }


def draw(content: Any, size: tuple[int, int]) -> Mask:
    """All shapes of a file together.

    Args:
        size: (height, width) of the photo.

    Raises:
        ValueError: when the file is of another size, or a shape is broken or of another type.
    """
    if [*integers([content["imageHeight"], content["imageWidth"]])] != [*size]:
        raise ValueError(
            f"it is {content['imageWidth']}x{content['imageHeight']}, the photo {size[1]}x{size[0]} pixels"
        )
    mask = np.zeros(size, bool)
    for shape in content["shapes"]:
        mask |= _drawn(shape, size)
    return mask


def _drawn(shape: Any, size: tuple[int, int]) -> Mask:
    corners = [finite_numbers(point, 2) for point in shape["points"]]
    match shape["shape_type"]:
        case "mask":
            return _placed(shape["mask"], corners, size)
        case "rectangle":
            (x0, y0), (x1, y1) = corners
            corners = [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]
        case "polygon":
            pass
        case other:
            raise ValueError(f"a shape is of type {reprlib.repr(other)}; draw masks, polygons or rectangles")
    polygons = [[value for corner in corners for value in corner]]
    check(polygons, *size)
    return decode_mask(polygons, *size)


def _placed(text: Any, corners: Sequence[tuple[float, ...]], size: tuple[int, int]) -> Mask:
    """A mask that is kept as a picture of its own rectangle."""
    (x0, y0), (x1, y1) = ((round(x), round(y)) for x, y in corners)
    if not (0 <= x0 <= x1 < size[1] and 0 <= y0 <= y1 < size[0]):
        raise ValueError("a mask lies beyond the photo")
    content = InMemory("its picture", base64.b64decode(text, validate=True))
    picture = np.asarray(load(content, size[0] * size[1] / 1e6).convert("L"))
    if picture.shape != (y1 - y0 + 1, x1 - x0 + 1):
        raise ValueError(f"a mask of {picture.shape[1]}x{picture.shape[0]} pixels is not of its points' size")
    mask = np.zeros(size, bool)
    mask[y0 : y1 + 1, x0 : x1 + 1] = picture > 0
    return mask
