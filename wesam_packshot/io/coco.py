"""COCO instances files: read as data, written as results; run-length codes by pycocotools."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Bool, UInt8
from pycocotools import mask as codec

from wesam_packshot.errors import UserError
from wesam_packshot.io.atomic import write_json

Instances = tuple[dict[str, Any], ...]


def read_images(path: Path) -> list[tuple[Path, Instances]]:
    """Image files of a COCO instances file, each with its annotations.

    File names are looked for in `images/` beside the file, beside it, and in the folder above.

    Raises:
        UserError: when the file is not COCO, or an image cannot be found.
    """
    try:
        content = json.loads(path.read_text())
        annotations: dict[int, list[dict[str, Any]]] = {image["id"]: [] for image in content["images"]}
        for annotation in content.get("annotations", ()):
            annotations[annotation["image_id"]].append(annotation)
        names = [(image["file_name"], tuple(annotations[image["id"]])) for image in content["images"]]
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(f"{path}: not a COCO instances file ({error!r}); export it again as COCO JSON") from error
    return [(_find(path, name), instances) for name, instances in names]


def draw_instances(instances: Instances, height: int, width: int) -> UInt8[np.ndarray, "height width"]:
    """Mask levels of annotations: 255 inside any instance, 128 (ignore) inside crowds, 0 elsewhere."""
    levels = np.zeros((height, width), np.uint8)
    for crowd, level in ((1, 128), (0, 255)):
        for instance in instances:
            if bool(instance.get("iscrowd", 0)) == bool(crowd):
                levels[decode(instance["segmentation"], height, width)] = level
    return levels


def encode(mask: Bool[np.ndarray, "height width"]) -> dict[str, Any]:
    """Compressed run-length code with its counts as text, as JSON wants it."""
    code = codec.encode(np.asfortranarray(mask.astype(np.uint8)))
    return {"size": [int(side) for side in code["size"]], "counts": code["counts"].decode()}


def decode(segmentation: Any, height: int, width: int) -> Bool[np.ndarray, "height width"]:
    """A segmentation in any of COCO's three forms: polygons, uncompressed or compressed run lengths."""
    if isinstance(segmentation, list):
        code = codec.merge(codec.frPyObjects(segmentation, height, width))
    elif isinstance(segmentation["counts"], list):
        code = codec.frPyObjects(segmentation, height, width)
    else:
        code = segmentation
    decoded: Bool[np.ndarray, "height width"] = codec.decode(code).astype(bool)
    return decoded


class ResultFile:
    """Masks of many photos as a COCO instances file with one category, `product`; kept run-length coded."""

    def __init__(self) -> None:
        self._images: list[dict[str, Any]] = []
        self._annotations: list[dict[str, Any]] = []

    def add(self, name: str, mask: Bool[np.ndarray, "height width"], confidence: float) -> None:
        """Note the mask of the photo `name`; an empty mask leaves the photo without annotation."""
        number, (height, width) = len(self._images) + 1, mask.shape
        self._images.append({"id": number, "file_name": name, "height": height, "width": width})
        if not mask.any():
            return
        code = encode(mask)
        self._annotations.append(
            {
                "id": number,
                "image_id": number,
                "category_id": 1,
                "iscrowd": 0,
                "segmentation": code,
                "area": int(mask.sum()),
                "bbox": [float(value) for value in codec.toBbox(code)],
                "score": round(confidence, 4),
            }
        )

    def write(self, path: Path) -> None:
        categories = [{"id": 1, "name": "product", "supercategory": "object"}]
        write_json(path, {"images": self._images, "annotations": self._annotations, "categories": categories})


def _find(path: Path, name: str) -> Path:
    for folder in (path.parent / "images", path.parent, path.parent.parent):
        if (folder / name).is_file():
            return folder / name
    raise UserError(f"{path}: image {name} is neither in {path.parent / 'images'} nor beside the file; put it there")
