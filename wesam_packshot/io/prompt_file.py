"""Users' prompts: `prompts.jsonl` of a data folder, and the coarse masks that it names."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import UInt8
from PIL import Image

from wesam_packshot.arrays import Mask
from wesam_packshot.errors import ImageError, UsageError, UserError
from wesam_packshot.files.atomic import write_picture
from wesam_packshot.files.json_lines import describe, finite_numbers, parse_json
from wesam_packshot.io.decoding import opened
from wesam_packshot.sam.frame import Frame
from wesam_packshot.sam.prompts import Box, Point, Prompt, coarse_mask

IGNORE = 128
# Pixels beyond the photo that a prompt may lie: tools round outwards.
ROUNDING = 1
KEYS = ("id", "box", "points", "labels", "coarse")
EXAMPLE = '{"id": "chair", "box": [40, 25, 610, 590]}'

MaskLevels = UInt8[np.ndarray, "height width"]


@dataclass(frozen=True)
class PromptSpec:
    """A user's prompt as written in `prompts.jsonl` or COCO: image pixels, x1 and y1 exclusive.

    Attributes:
        box, points, labels: see `wesam_packshot.sam.prompts.Prompt`.
        coarse: file of a roughly painted mask.
        category: what the thing is, by a detector or by COCO annotations.
        score: the detector's, 0 to 1.
        mistake: why the prompt cannot be used; what uses it fails with that, and nothing else does.
    """

    box: Box | None = None
    points: tuple[Point, ...] = ()
    labels: tuple[int, ...] = ()
    coarse: Path | None = None
    category: str = "product"
    score: float | None = None
    mistake: str = ""

    def check_inside(self, frame: Frame) -> None:
        """Refuse a prompt that lies outside a photo, or that cannot be used at all.

        Raises:
            UsageError: naming point and size.
        """
        if self.mistake:
            raise UsageError(self.mistake)
        corners = [self.box[:2], self.box[2:]] if self.box else []
        for x, y in (*self.points, *corners):
            if not (-ROUNDING <= x <= frame.width + ROUNDING and -ROUNDING <= y <= frame.height + ROUNDING):
                raise UsageError(f"prompt at {x:g},{y:g} lies outside its {frame.width}x{frame.height} pixels")

    @property
    def kind(self) -> str:
        """What the prompt consists of, as the manifest tells it."""
        parts = {"box": self.box, "points": self.points, "mask": self.coarse}
        return "+".join(name for name, value in parts.items() if value) or "whole"

    def prompt(self, frame: Frame) -> Prompt:
        """The prompt for an image of this size; a coarse mask is read and fitted to it.

        Raises:
            UserError: when it lies outside the image, or the coarse mask cannot be read or has another size.
        """
        self.check_inside(frame)
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
        with opened(path) as image:
            found = image.size[::-1]
            levels = np.asarray(image.convert("L")) if found == size else None  # no other is worth the memory
    except ImageError as error:
        raise UserError(f"{path}: the mask cannot be read; save it as an 8-bit PNG") from error
    if levels is None:
        shape, wanted = "x".join(map(str, found[::-1])), "x".join(map(str, size[::-1]))
        raise UserError(f"{path}: the mask is {shape}, but its photo {wanted}; save it in the photo's size")
    return levels


def write_levels(path: Path, found: Mask | MaskLevels) -> None:
    """Write a mask as 0 and 255, or levels as they are, from which `read_levels` gets them back.

    Raises:
        UserError: when the file cannot be written.
    """
    write_picture(path, Image.fromarray(found.astype(np.uint8) * 255 if found.dtype == bool else found))


def read_prompts(path: Path) -> dict[str, tuple[PromptSpec, ...]]:
    """Prompts by the id of their photo; none when there is no such file.

    Raises:
        UserError: naming the line, for one that is malformed.
    """
    if not path.is_file():
        return {}
    prompts: dict[str, tuple[PromptSpec, ...]] = {}
    for number, line in enumerate(_content(path).splitlines(), start=1):
        if not line.strip():
            continue
        try:
            identity, spec = _parse(parse_json(line), path.parent)
        except json.JSONDecodeError as error:
            raise UserError(f"{path}, line {number}: no JSON; each line is a prompt such as {EXAMPLE}") from error
        except (ValueError, TypeError) as error:
            raise UserError(
                f"{path}, line {number}: malformed prompt ({describe(error)}); write it as {EXAMPLE}, in UTF-8"
            ) from error
        prompts[identity] = (*prompts.get(identity, ()), spec)
    return prompts


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror}); mend its rights") from error


def _parse(row: Any, folder: Path) -> tuple[str, PromptSpec]:
    if not isinstance(row, dict):
        raise ValueError("a line holds one object")
    unknown = sorted(set(row) - set(KEYS))
    if unknown:
        raise ValueError(f"unknown key {unknown[0]}, known are {', '.join(KEYS)}")
    if not isinstance(row.get("id"), str):
        raise ValueError("it needs an id")
    points = row.get("points", ())
    spec = PromptSpec(
        box=finite_numbers(row["box"], 4) if row.get("box") else None,  # type: ignore[arg-type]
        points=tuple(finite_numbers(point, 2) for point in points),  # type: ignore[misc]
        labels=tuple(map(_label, row.get("labels", [1] * len(points)))),
        coarse=folder / row["coarse"] if row.get("coarse") else None,
    )
    if len(spec.points) != len(spec.labels):
        raise ValueError(f"{len(spec.points)} points but {len(spec.labels)} labels")
    if spec.box and not (spec.box[0] < spec.box[2] and spec.box[1] < spec.box[3]):
        raise ValueError("a box is left, top, right, bottom")
    if spec.kind == "whole":
        raise ValueError("neither box nor points nor coarse mask")
    return row["id"], spec


def _label(value: Any) -> int:
    if value not in (0, 1):
        raise ValueError("labels are 1 on the product and 0 off it")
    return int(value)
