"""Prompts on the command line: our own spelling, and that of common SAM scripts."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from wesam_packshot.errors import UsageError

if TYPE_CHECKING:
    from wesam_packshot.io.prompt_file import PromptSpec


def add_prompt_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("prompts, in the photo's pixels (default: the whole image)")
    group.add_argument("--box", action="append", default=[], help="x0,y0,x1,y1; several are several prompts")
    group.add_argument("--point", action="append", default=[], help="x,y[,label]: label 1 on the product, 0 off it")
    group.add_argument("--coarse", type=Path, help="roughly painted mask, 255 on the product, of the photo's size")
    group.add_argument("--input_point", metavar="POINTS", help="'x,y;x,y;...', as in common SAM scripts")
    group.add_argument("--input_label", metavar="LABELS", help="labels of --input_point, as '1,1,0'")
    group.add_argument("--input_box", metavar="BOXES", help="'x0,y0,x1,y1', several with ; between")


def parse_prompts(arguments: argparse.Namespace) -> "tuple[PromptSpec, ...]":
    """The prompts of `add_prompt_options`; none when no option is given.

    Points and coarse mask tell of one product, and so may go with one box at most.

    Raises:
        UsageError: when they are malformed.
    """
    from wesam_packshot.io.prompt_file import PromptSpec  # after the options are parsed, since it loads slowly

    boxes = [_box("--box", box) for box in arguments.box]
    boxes += [_box("--input_box", box) for box in _split(arguments.input_box)]
    points, labels = _points(arguments.point)
    more, given = _separate_points(arguments.input_point, arguments.input_label)
    points, labels = [*points, *more], [*labels, *given]
    if not points and not arguments.coarse:
        return tuple(PromptSpec(box=box) for box in boxes)
    if len(boxes) > 1:
        raise UsageError("points or a coarse mask go with one box; give several products in prompts.jsonl")
    return (PromptSpec(boxes[0] if boxes else None, tuple(points), tuple(labels), arguments.coarse),)


def _box(option: str, text: str) -> tuple[float, float, float, float]:
    x0, y0, x1, y1 = _numbers(option, text, (4,))
    if not (x0 < x1 and y0 < y1):
        raise UsageError(f"{option} {text}: x0 < x1 and y0 < y1 are needed")
    return x0, y0, x1, y1


def _points(texts: Sequence[str]) -> tuple[list[tuple[float, float]], list[int]]:
    parsed = [_numbers("--point", text, (2, 3)) for text in texts]
    for text, numbers in zip(texts, parsed, strict=True):
        if numbers[2:] not in ([], [0], [1]):
            raise UsageError(f"--point {text}: the label is 1 on the product or 0 off it")
    return [(point[0], point[1]) for point in parsed], [int(point[2]) if len(point) == 3 else 1 for point in parsed]


def _separate_points(points: str | None, labels: str | None) -> tuple[list[tuple[float, float]], list[int]]:
    """Points and labels of two options; without labels all are on the product."""
    parsed = [_numbers("--input_point", text, (2,)) for text in _split(points)]
    kinds = [part.strip() for part in labels.split(",")] if labels else ["1"] * len(parsed)
    if len(kinds) != len(parsed) or not {"0", "1"} >= set(kinds):
        raise UsageError(f"--input_label {labels}: one label of 0 or 1 for each of the {len(parsed)} points is needed")
    return [(x, y) for x, y in parsed], [int(kind) for kind in kinds]


def _split(text: str | None) -> list[str]:
    return [part for part in (text or "").split(";") if part.strip()]


def _numbers(option: str, text: str, counts: tuple[int, ...]) -> list[float]:
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) not in counts:
        raise UsageError(f"{option} {text}: {' or '.join(map(str, counts))} numbers with commas between are needed")
    return numbers
