"""The fields of rembg's HTTP server (`rembg s`, version 2), so that its clients are answered as well."""

import json
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from wesam_packshot.errors import UsageError
from wesam_packshot.files.json_lines import finite_numbers
from wesam_packshot.io.prompt_text import as_prompts
from wesam_packshot.serving.options import QUOTED, Wanted, check_count

EXAMPLE = '{"sam_prompt": [{"type": "point", "data": [x, y], "label": 1}]}'


class RembgOptions(BaseModel):
    """Options of `POST /api/remove`; those that choose or tune rembg's own models are taken and change nothing."""

    model_config = ConfigDict(extra="ignore")

    model: str = Field("", description="taken and ignored: the service has one model")
    a: bool = Field(False, description="alpha matting: taken and ignored, the boundary is always soft")
    af: int = Field(240, description="taken and ignored")
    ab: int = Field(10, description="taken and ignored")
    ae: int = Field(10, description="taken and ignored")
    om: bool = Field(False, description="only the mask, as a grey PNG")
    ppm: bool = Field(False, description="taken and ignored")
    bgc: str | None = Field(None, description="background colour as red,green,blue[,alpha], 0 to 255")
    extras: str | None = Field(None, description=f"JSON; of it sam_prompt is used: {EXAMPLE}")

    def wanted(self) -> Wanted:
        """What is asked for.

        Raises:
            UsageError: for a malformed colour or prompt.
        """
        boxes, points = _sam_prompts(self.extras)
        check_count(len(boxes) + len(points))
        specs = as_prompts(boxes, [point for point, _ in points], [label for _, label in points])
        return Wanted("mask" if self.om else "png", background=_colour(self.bgc), specs=specs)


def _colour(text: str | None) -> tuple[int, int, int, int] | None:
    if not text:
        return None
    levels = [int(part) if part.strip().isdecimal() and len(part) < 8 else -1 for part in text.split(",")]
    if len(levels) not in (3, 4) or not all(0 <= level <= 255 for level in levels):
        raise UsageError(f"bgc {text[:QUOTED]}: red,green,blue,alpha from 0 to 255 are needed")
    red, green, blue, alpha = levels if len(levels) == 4 else [*levels, 255]
    return red, green, blue, alpha


def _sam_prompts(extras: str | None) -> tuple[list[Any], list[tuple[Any, int]]]:
    """Boxes, and points with their labels."""
    boxes: list[Any] = []
    points: list[tuple[Any, int]] = []
    try:
        content = json.loads(extras or "{}")
        for prompt in content.get("sam_prompt", ()):
            match prompt["type"]:
                case "point" if prompt.get("label", 1) in (0, 1):
                    points.append((finite_numbers(prompt["data"], 2), int(prompt.get("label", 1))))
                case "rectangle":
                    boxes.append(_box(finite_numbers(prompt["data"], 4)))
                case _:
                    raise ValueError
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise UsageError(f"extras {str(extras)[:QUOTED]}: malformed; write it as {EXAMPLE}") from error
    return boxes, points


def _box(numbers: tuple[float, ...]) -> tuple[float, ...]:
    if not (numbers[0] < numbers[2] and numbers[1] < numbers[3]):
        raise ValueError
    return numbers
