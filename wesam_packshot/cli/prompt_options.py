"""Prompts on the command line: our own spelling, and that of common SAM scripts."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from wesam_packshot.errors import UsageError

if TYPE_CHECKING:
    from wesam_packshot.io.prompt_file import PromptSpec


def add_prompt_options(parser: argparse.ArgumentParser) -> None:
    """Options of one prompt: boxes, points, a painted mask."""
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
    # after the options are parsed, since it loads slowly
    from wesam_packshot.io.prompt_text import as_prompts, parse_box, parse_numbers, parse_points, split

    boxes = [parse_box("--box", box) for box in arguments.box]
    boxes += [parse_box("--input_box", box) for box in split(arguments.input_box)]
    points, labels = parse_points("--point", arguments.point)
    more = [parse_numbers("--input_point", text, (2,)) for text in split(arguments.input_point)]
    points = [*points, *((x, y) for x, y in more)]
    labels = [*labels, *_separate_labels(arguments.input_label, len(more))]
    return as_prompts(boxes, points, labels, arguments.coarse)


def _separate_labels(labels: str | None, count: int) -> list[int]:
    """Labels of points that another option has given; by default all are on the product."""
    kinds = [part.strip() for part in labels.split(",")] if labels else ["1"] * count
    if len(kinds) != count or not {"0", "1"} >= set(kinds):
        raise UsageError(f"--input_label {labels}: one label of 0 or 1 for each of the {count} points is needed")
    return [int(kind) for kind in kinds]
