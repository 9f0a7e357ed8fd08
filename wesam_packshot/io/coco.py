"""COCO instances files: read as data, written as results; run-length codes by pycocotools."""

import json
import reprlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO

import numpy as np
from jaxtyping import UInt8
from pycocotools import mask as codec

from wesam_packshot.arrays import Mask
from wesam_packshot.errors import UserError
from wesam_packshot.files.atomic import replacing
from wesam_packshot.files.json_lines import describe, finite_numbers, parse_json
from wesam_packshot.io import segmentations
from wesam_packshot.io.outcome import PRODUCT, Instance
from wesam_packshot.io.prompt_file import PromptSpec

Instances = tuple[dict[str, Any], ...]


def read_images(path: Path) -> list[tuple[Path, Instances]]:
    """Image files of a COCO instances file, each with its annotations.

    File names are looked for in `images/` beside the file, beside it, and in the folder above.

    Raises:
        UserError: when the file is not COCO, or an image cannot be found.
    """
    try:
        content = parse_json(path.read_bytes())
        annotations: dict[int, list[dict[str, Any]]] = {image["id"]: [] for image in content["images"]}
        for annotation in content.get("annotations", ()):
            annotations[annotation["image_id"]].append(annotation)
        names = [(image["file_name"], tuple(annotations[image["id"]])) for image in content["images"]]
        if not all(isinstance(name, str) for name, _ in names):
            raise TypeError("a file_name is no text")
        return [(_find(path, name), instances) for name, instances in names]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(
            f"{path}: not a COCO instances file ({describe(error)}); export it again as COCO JSON"
        ) from error


def box_prompt(annotation: dict[str, Any]) -> PromptSpec:
    """The box of an annotation; a prompt that cannot be used, and says why, where it has none."""
    try:
        x, y, width, height = finite_numbers(annotation.get("bbox"), 4)
        if width <= 0 or height <= 0:
            raise ValueError(f"its bbox of {width:g}x{height:g} pixels is empty")
    except ValueError as error:
        return PromptSpec(mistake=_mistake(annotation, error))
    return PromptSpec(box=(x, y, x + width, y + height))


def draw_instances(instances: Instances, height: int, width: int) -> UInt8[np.ndarray, "height width"]:
    """Mask levels of annotations: 255 inside any instance, 128 (ignore) inside crowds, 0 elsewhere.

    Raises:
        UserError: naming the annotation that is broken, or of another size.
    """
    for instance in instances:
        try:
            segmentations.check(instance["segmentation"], height, width)
        except ValueError as error:
            raise UserError(_mistake(instance, error)) from error
    levels = np.zeros((height, width), np.uint8)
    for crowd, level in ((1, 128), (0, 255)):
        for instance in instances:
            if bool(instance.get("iscrowd", 0)) == bool(crowd):
                levels[decode_mask(instance["segmentation"], height, width)] = level
    return levels


def encode_mask(mask: Mask) -> dict[str, Any]:
    """Compressed run-length code with its counts as text, as JSON wants it."""
    code = codec.encode(np.asfortranarray(mask.astype(np.uint8)))
    return {"size": [int(side) for side in code["size"]], "counts": code["counts"].decode()}


def decode_mask(segmentation: Any, height: int, width: int) -> Mask:
    """A segmentation in any of COCO's three forms: polygons, uncompressed or compressed run lengths.

    A foreign one must have been checked (`segmentations.check`): a wrong one ends the process.
    """
    if isinstance(segmentation, list):
        code = codec.merge(codec.frPyObjects(segmentation, height, width))
    elif isinstance(segmentation["counts"], list):
        code = codec.frPyObjects(segmentation, height, width)
    else:
        code = segmentation
    decoded: Mask = codec.decode(code).astype(bool)
    return decoded


def describe_result(name: str, size: tuple[int, int], masks: Sequence[tuple[Instance, Mask]]) -> dict[str, Any]:
    """What a COCO file tells of a photo of (height, width) and of its masks; empty ones are left out."""
    annotations = [_annotation(instance, mask) for instance, mask in masks if mask.any()]
    return {"image": {"file_name": name, "height": size[0], "width": size[1]}, "annotations": annotations}


def is_described(result: Mapping[str, Any]) -> bool:
    """Whether it is what `describe_result` gives, as far as `write_results` needs it."""
    annotations = result.get("annotations")
    if not isinstance(result.get("image"), dict) or not isinstance(annotations, list):
        return False
    return all(isinstance(found, dict) and isinstance(found.get("category"), str) for found in annotations)


def _mistake(annotation: dict[str, Any], error: ValueError) -> str:
    return f"annotation {reprlib.repr(annotation.get('id'))}: {error}; mend or remove it"


def _annotation(instance: Instance, mask: Mask) -> dict[str, Any]:
    code = encode_mask(mask)
    return dict(instance.facts or {}) | {
        "category": instance.label,
        "iscrowd": 0,
        "segmentation": code,
        "area": int(mask.sum()),
        "bbox": [float(value) for value in codec.toBbox(code)],
        "score": round(instance.score, 4),
    }


def write_results(path: Path, results: Callable[[], Iterator[dict[str, Any]]]) -> None:
    """Write results of `describe_result` as a COCO instances file; its categories are the labels, in their order.

    Args:
        results: goes through them anew at each call; they are read several times and never held together.
    """
    labels = dict.fromkeys([PRODUCT, *(found["category"] for result in results() for found in result["annotations"])])
    numbers = {label: number for number, label in enumerate(labels, start=1)}
    with replacing(path) as temporary, temporary.open("w") as file:
        file.write('{"categories": [')
        _write_items(file, ({"id": id_, "name": label, "supercategory": "object"} for label, id_ in numbers.items()))
        file.write('],\n"images": [')
        _write_items(file, ({"id": number} | result["image"] for number, result in enumerate(results(), start=1)))
        file.write('],\n"annotations": [')
        _write_items(file, _numbered(results(), numbers))
        file.write("]}\n")


def _numbered(results: Iterator[dict[str, Any]], numbers: dict[str, int]) -> Iterator[dict[str, Any]]:
    """Annotations with the ids that COCO wants of them, of their images and of their categories."""
    pairs = ((image, found) for image, result in enumerate(results, start=1) for found in result["annotations"])
    for number, (image, found) in enumerate(pairs, start=1):
        facts = {key: value for key, value in found.items() if key != "category"}
        yield {"id": number, "image_id": image, "category_id": numbers[found["category"]]} | facts


def _write_items(file: TextIO, items: Iterator[dict[str, Any]]) -> None:
    separator = "\n"
    for item in items:
        file.write(separator + json.dumps(item))
        separator = ",\n"


def _find(path: Path, name: str) -> Path:
    for folder in (path.parent / "images", path.parent, path.parent.parent):
        if (folder / name).is_file():
            return folder / name
    raise UserError(f"{path}: image {name} is neither in {path.parent / 'images'} nor beside the file; put it there")
