"""Boxes of any detector, as COCO writes them."""

import os
import reprlib
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from wesam_packshot.errors import UserError
from wesam_packshot.files.json_lines import describe, finite_number, finite_numbers, parse_json
from wesam_packshot.io.prompt_file import PromptSpec
from wesam_packshot.io.records import Record

HINT = (
    'give a COCO file with "images" and "annotations", or a list of {"image_id": "photo.jpg", "bbox": [x, y, width, '
    'height], "score": 0.9}'
)


def read_detections(path: Path) -> dict[str, tuple[PromptSpec, ...]]:
    """Boxes by the name of their photo: its id or file name, perhaps with folders; see `detected`.

    Two forms are read: an instances file, whose images tell names and whose categories tell labels, and a list of
    results, whose `image_id` is the photo's name.

    Raises:
        UserError: when the file is neither.
    """
    try:
        content = parse_json(path.read_bytes())
        listed = isinstance(content, list)
        rows = content if listed else content["annotations"]
        names = {} if listed else {image["id"]: os.fspath(Path(image["file_name"])) for image in content["images"]}
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


def detected(found: Mapping[str, tuple[PromptSpec, ...]], records: Sequence[Record]) -> list[tuple[PromptSpec, ...]]:
    """The boxes of each photo, which is called by its id, or by the end of its path, as far as no other has that.

    Of a name with folders that lead elsewhere, the file's name counts, if no other photo is called by it.
    """
    ends = [_ends(record.file) for record in records]
    photos = Counter(end for each in ends for end in each)
    called = Counter(Path(name).name for name in found)
    bare = {Path(name).name: specs for name, specs in found.items() if called[Path(name).name] == 1}
    own = [[record.id, *(end for end in each if photos[end] == 1)] for record, each in zip(records, ends, strict=True)]
    return [next((each[name] for each in (found, bare) for name in names if name in each), ()) for names in own]


def _ends(file: Path) -> list[str]:
    """The path without its root, then with ever fewer folders, down to the file's name."""
    parts = Path(os.path.abspath(file)).parts  # noqa: PTH100 - `resolve` would follow links
    return [str(file), *("/".join(parts[first:]) for first in range(1, len(parts)))]


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
