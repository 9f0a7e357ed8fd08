"""What a person draws on a photo: clicks, boxes and strokes of a brush, as a page sends them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from wesam_packshot.errors import UsageError
from wesam_packshot.files.json_lines import finite_number, finite_numbers
from wesam_packshot.io.prompt_file import PromptSpec
from wesam_packshot.sam.frame import Frame
from wesam_packshot.sam.prompts import Box, Prompt, whole_image
from wesam_packshot.web.stale import stale_page

# Places of a stroke, and its radius as a share of the photo's longer side, at most.
LONGEST, WIDEST = 10_000, 0.25


@dataclass(frozen=True)
class Stroke:
    """A stroke of the brush: what lies within its radius.

    Attributes:
        places: x and y along it, in the photo's pixels.
        radius: in the photo's pixels.
        label: 1 adds to the product, 0 erases.
    """

    places: tuple[tuple[float, float], ...]
    radius: float
    label: int


Step = PromptSpec | Stroke


def parse_step(step: Mapping[str, Any]) -> Step:
    """A click, a box or a stroke of a page.

    Raises:
        UserError: for anything else.
    """
    makers: dict[Any, Callable[[], Step]] = {
        "point": lambda: PromptSpec(points=(_pair(step["place"]),), labels=(_label(step),)),
        "box": lambda: PromptSpec(box=_box(step["place"])),
        "stroke": lambda: Stroke(tuple(map(_pair, step["places"])), finite_number(step["radius"]), _label(step)),
    }
    try:
        return makers[step["kind"]]()
    except (ValueError, TypeError, KeyError) as error:
        raise stale_page() from error


def check_step(step: Step, frame: Frame) -> None:
    """Whether a step can be taken on a photo.

    Raises:
        UsageError: when it lies outside the photo, or is a stroke beyond the limits.
    """
    if isinstance(step, PromptSpec):
        step.check_inside(frame)
        return
    if not 0 < len(step.places) <= LONGEST or not 0 < step.radius <= WIDEST * max(frame.height, frame.width):
        raise UsageError("the stroke is too long or too wide; draw it in parts")
    PromptSpec(points=step.places, labels=(1,) * len(step.places)).check_inside(frame)


def as_prompt(steps: Sequence[PromptSpec], frame: Frame) -> Prompt:
    """All clicks and the latest box as one; clicks that are all off the product are asked with the whole-image box."""
    boxes = [step.box for step in steps if step.box]
    points = tuple(point for step in steps for point in step.points)
    labels = tuple(label for step in steps for label in step.labels)
    box = boxes[-1] if boxes else None if any(labels) else whole_image(frame).box
    return Prompt(box, points, labels)


def _pair(place: Any) -> tuple[float, float]:
    x, y = finite_numbers(place, 2)
    return x, y


def _box(place: Any) -> Box:
    x0, y0, x1, y1 = finite_numbers(place, 4)
    if not (x0 < x1 and y0 < y1):
        raise ValueError
    return x0, y0, x1, y1


def _label(step: Mapping[str, Any]) -> int:
    return {0: 0, 1: 1}[step["label"]]
