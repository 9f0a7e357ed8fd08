"""Masks as a LabelMe file (version 5.2 and later): shapes of type `mask`, which keep holes and every pixel."""

import base64
import io
from collections.abc import Sequence
from typing import Any

import numpy as np
from PIL import Image

from wesam_packshot.arrays import Mask
from wesam_packshot.io.outcome import Instance
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
