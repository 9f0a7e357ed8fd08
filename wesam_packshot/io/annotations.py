"""Masks that people have drawn in other tools: COCO, LabelMe and Label Studio, told apart by their content."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from wesam_packshot.arrays import Mask
from wesam_packshot.errors import UserError
from wesam_packshot.files.json_lines import describe, parse_json
from wesam_packshot.io import coco, label_studio, labelme

# Of a mask's levels, those above this are product; 128 is ignored.
PRODUCT_LEVEL = 128


@dataclass(frozen=True)
class Annotation:
    """What was drawn on one photo.

    Attributes:
        name: of the photo, as the tool has it: a path, an address, or a file's name.
        draw: the mask of a photo of (height, width), all things together; raises ValueError where that cannot be.
        submitted: whether a person has said that it is right; a file alone does not tell.
    """

    name: str
    draw: Callable[[tuple[int, int]], Mask]
    submitted: bool = False


def read_annotations(path: Path) -> Iterator[Annotation]:
    """Annotations of a file, or of all JSON files below a folder; tasks on which nobody has worked are left out.

    Raises:
        UserError: naming the file that is none of these.
    """
    files = sorted(path.rglob("*.json")) if path.is_dir() else [path]
    if not files:
        raise UserError(f"{path}: holds no JSON file; export from Label Studio as JSON, or give LabelMe's folder")
    for file in files:
        try:
            yield from _annotations(parse_json(file.read_bytes()))
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise UserError(
                f"{file}: neither COCO nor LabelMe nor Label Studio ({describe(error)}); export it again as JSON"
            ) from error


def _annotations(content: Any) -> Iterator[Annotation]:
    if isinstance(content, list):
        for task in content:
            yield from _of_task(task)
    elif "images" in content:
        drawn: dict[Any, list[dict[str, Any]]] = {image["id"]: [] for image in content["images"]}
        for found in content["annotations"]:
            drawn[found["image_id"]].append(found)
        for image in content["images"]:
            yield Annotation(image["file_name"], partial(_draw_coco, tuple(drawn[image["id"]])))
    elif "shapes" in content:
        yield Annotation(content["imagePath"], partial(labelme.draw, content))
    else:
        yield from _of_task(content)


def _of_task(task: Any) -> Iterator[Annotation]:
    """The latest annotation of a Label Studio task; a prediction is nobody's work."""
    name = task["data"]["image"]
    done = [found for found in task.get("annotations", ()) if not found.get("was_cancelled")]
    if done:
        latest = max(done, key=lambda found: str(found.get("updated_at", "")))
        yield Annotation(name, partial(label_studio.draw, latest["result"]), submitted=True)


def _draw_coco(instances: coco.Instances, size: tuple[int, int]) -> Mask:
    return coco.draw_instances(instances, *size) > PRODUCT_LEVEL
