"""Users' prompts: `prompts.jsonl` of a data folder, and the coarse masks that it names."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import UInt8
from PIL import Image, UnidentifiedImageError

from wesam_packshot.errors import UsageError, UserError
from wesam_packshot.images import Frame
from wesam_packshot.io.atomic import replacing
from wesam_packshot.masks import Mask
from wesam_packshot.prompts import Box, Point, Prompt, coarse_mask

IGNORE = 128
KEYS = ("id", "box", "points", "labels", "coarse")
EXAMPLE = '{"id": "chair", "box": [40, 25, 610, 590]}'

MaskLevels = UInt8[np.ndarray, "height width"]


@dataclass(frozen=True)
class PromptSpec:
    """A user's prompt as written in `prompts.jsonl` or COCO: image pixels, x1 and y1 exclusive.

    Attributes:
        box, points, labels: see `wesam_packshot.prompts.Prompt`.
        coarse: file of a roughly painted mask.
        category: what the thing is, by a detector or by COCO annotations.
        score: the detector's, 0 to 1.
    """

    box: Box | None = None
    points: tuple[Point, ...] = ()
    labels: tuple[int, ...] = ()
    coarse: Path | None = None
    category: str = "product"
    score: float | None = None

    def check_inside(self, frame: Frame) -> None:
        """Refuse a prompt that lies outside a photo.

        Raises:
            UsageError: naming point and size.
        """
        corners = [self.box[:2], self.box[2:]] if self.box else []
        for x, y in (*self.points, *corners):
            if not (0 <= x <= frame.width and 0 <= y <= frame.height):
                raise UsageError(f"prompt at {x:g},{y:g} lies outside its {frame.width}x{frame.height} pixels")

    @property
    def kind(self) -> str:
        """What the prompt consists of, as the manifest tells it."""
        parts = {"box": self.box, "points": self.points, "mask": self.coarse}
        return "+".join(name for name, value in parts.items() if value) or "whole"

    def prompt(self, frame: Frame) -> Prompt:
        """The prompt for an image of this size; a coarse mask is read and fitted to it.

        Raises:
            UserError: when the coarse mask cannot be read or has another size.
        """
        mask = None
        if self.coarse:
            levels = read_levels(self.coarse, (frame.height, frame.width))
            mask = coarse_mask(levels, frame)
        return Prompt(self.box, self.points, self.labels, mask)


def read_levels(path: Path, size: tuple[int, int]) -> MaskLevels:
    """An 8-bit mask of (height, width).

    Raises:
        UserError: when it cannot be read or has another size.
    """
    try:
        with Image.open(path) as image:
            levels = np.asarray(image.convert("L"))
    except (OSError, UnidentifiedImageError) as error:
        raise UserError(f"{path}: the mask cannot be read; save it as an 8-bit PNG") from error
    if levels.shape != size:
        shape, wanted = "x".join(map(str, levels.shape[::-1])), "x".join(map(str, size[::-1]))
        raise UserError(f"{path}: the mask is {shape}, but its photo {wanted}; save it in the photo's size")
    return levels


def write_levels(path: Path, found: Mask | MaskLevels) -> None:
    """Write a mask as 0 and 255, or levels as they are, from which `read_levels` gets them back.

    Raises:
        UserError: when the file cannot be written.
    """
    with replacing(path) as temporary:
        Image.fromarray(found.astype(np.uint8) * 255 if found.dtype == bool else found).save(temporary)


def read_prompts(path: Path) -> dict[str, tuple[PromptSpec, ...]]:
    """Prompts by the id of their photo; none when there is no such file.

    Raises:
        UserError: naming the line, for one that is malformed.
    """
    if not path.is_file():
        return {}
    prompts: dict[str, tuple[PromptSpec, ...]] = {}
    for number, line in enumerate(path.read_text().splitlines(), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            spec = _parse(row, path.parent)
            prompts[row["id"]] = (*prompts.get(row["id"], ()), spec)
        except json.JSONDecodeError as error:
            raise UserError(f"{path}, line {number}: no JSON; each line is a prompt such as {EXAMPLE}") from error
        except (ValueError, KeyError, TypeError) as error:
            reason = "it needs an id" if isinstance(error, KeyError) else error
            raise UserError(f"{path}, line {number}: malformed prompt ({reason}); write it as {EXAMPLE}") from error
    return prompts


def _parse(row: dict[str, Any], folder: Path) -> PromptSpec:
    unknown = sorted(set(row) - set(KEYS))
    if unknown:
        raise ValueError(f"unknown key {unknown[0]}, known are {', '.join(KEYS)}")
    spec = PromptSpec(
        box=_floats(row["box"], 4) if row.get("box") else None,  # type: ignore[arg-type]
        points=tuple(_floats(point, 2) for point in row.get("points", ())),  # type: ignore[misc]
        labels=tuple(int(label) for label in row.get("labels", [1] * len(row.get("points", ())))),
        coarse=folder / row["coarse"] if row.get("coarse") else None,
    )
    if len(spec.points) != len(spec.labels):
        raise ValueError(f"{len(spec.points)} points but {len(spec.labels)} labels")
    if spec.box and not (spec.box[0] < spec.box[2] and spec.box[1] < spec.box[3]):
        raise ValueError("a box is left, top, right, bottom")
    if spec.kind == "whole":
        raise ValueError("neither box nor points nor coarse mask")
    return spec


def _floats(values: Sequence[float], count: int) -> tuple[float, ...]:
    if len(values) != count:
        raise ValueError(f"{count} numbers expected, not {len(values)}")
    return tuple(float(value) for value in values)
