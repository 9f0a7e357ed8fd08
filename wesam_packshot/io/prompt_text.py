"""Boxes and points as users write them in options: numbers with commas between, several with ; between."""

from collections.abc import Sequence
from pathlib import Path

from wesam_packshot.errors import UsageError
from wesam_packshot.io.prompt_file import PromptSpec
from wesam_packshot.sam.prompts import Box, Point


def parse_box(option: str, text: str) -> Box:
    """The box that `x0,y0,x1,y1` means, in the photo's pixels.

    Args:
        option: that the text was given by, for errors.

    Raises:
        UsageError: when it is malformed or empty.
    """
    x0, y0, x1, y1 = parse_numbers(option, text, (4,))
    if not (x0 < x1 and y0 < y1):
        raise UsageError(f"{option} {text}: x0 < x1 and y0 < y1 are needed")
    return x0, y0, x1, y1


def parse_points(option: str, texts: Sequence[str]) -> tuple[list[Point], list[int]]:
    """The points that texts such as `x,y` or `x,y,label` mean, and their labels: 1 on the product, 0 off it.

    Raises:
        UsageError: when one is malformed.
    """
    parsed = [parse_numbers(option, text, (2, 3)) for text in texts]
    for text, numbers in zip(texts, parsed, strict=True):
        if numbers[2:] not in ([], [0], [1]):
            raise UsageError(f"{option} {text}: the label is 1 on the product or 0 off it")
    return [(point[0], point[1]) for point in parsed], [int(point[2]) if len(point) == 3 else 1 for point in parsed]


def parse_numbers(option: str, text: str, counts: tuple[int, ...]) -> list[float]:
    """As many numbers as one of `counts`, with commas between.

    Raises:
        UsageError: when they are others, or none.
    """
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) not in counts:
        raise UsageError(f"{option} {text}: {' or '.join(map(str, counts))} numbers with commas between are needed")
    return numbers


def split(text: str | None) -> list[str]:
    """The parts of a text with ; between them."""
    return [part for part in (text or "").split(";") if part.strip()]


def as_prompts(
    boxes: Sequence[Box], points: Sequence[Point], labels: Sequence[int], coarse: Path | None = None
) -> tuple[PromptSpec, ...]:
    """One prompt for each box; or one of points and coarse mask, which tell of one product, with one box at most.

    Raises:
        UsageError: when points or a coarse mask are given with several boxes.
    """
    if not points and not coarse:
        return tuple(PromptSpec(box=box) for box in boxes)
    if len(boxes) > 1:
        raise UsageError("points or a coarse mask go with one box; give several products in prompts.jsonl")
    return (PromptSpec(boxes[0] if boxes else None, tuple(points), tuple(labels), coarse),)
