"""Boxes of any detector, as COCO writes them."""

import reprlib
from pathlib import Path
from typing import Any

from wesam_packshot.errors import UserError
from wesam_packshot.io.json_lines import describe, finite_number, finite_numbers, parse_json
from wesam_packshot.io.prompt_file import PromptSpec

HINT = (
    'give a COCO file with "images" and "annotations", or a list of {"image_id": "photo.jpg", "bbox": [x, y, width, '
    'height], "score": 0.9}'
)


def read_detections(path: Path) -> dict[str, tuple[PromptSpec, ...]]:
    """Boxes by the name of their photo: its file name, or its id.

    Two forms are read: an instances file, whose images tell names and whose categories tell labels, and a list of
    results, whose `image_id` is the photo's name.

    Raises:
        UserError: when the file is neither.
    """
    try:
        content = parse_json(path.read_bytes())
        listed = isinstance(content, list)
        rows = content if listed else content["annotations"]
        names = {} if listed else {image["id"]: Path(image["file_name"]).name for image in content["images"]}
        labels = {} if listed else {one["id"]: str(one["name"]) for one in content.get("categories", ())}
        found: dict[str, tuple[PromptSpec, ...]] = {}
        for row in rows:
            name = names[row["image_id"]] if names else row["image_id"]
            if not isinstance(name, str):
                raise TypeError(f"image_id {reprlib.repr(name)} names no photo")
            found[name] = (*found.get(name, ()), _spec(row, labels))
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror}); {HINT}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(f"{path}: no detections ({describe(error)}); {HINT}") from error
    return found


def _spec(row: dict[str, Any], labels: dict[int, str]) -> PromptSpec:
    x, y, width, height = finite_numbers(row["bbox"], 4)
    if width <= 0 or height <= 0:
        raise ValueError(f"bbox {row['bbox']} is empty")
    label = row.get("category_id")
    category = PromptSpec.category if label is None else labels.get(label, f"category {label}")
    score = row.get("score")
    return PromptSpec(
        (x, y, x + width, y + height), category=category, score=None if score is None else finite_number(score)
    )
