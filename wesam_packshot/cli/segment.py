"""`segment`: cut products out of photos, with an adapter or with SAM as published."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wesam_packshot.cli.common import add_batch_options, configure_batch, make_parser, run
from wesam_packshot.errors import UsageError

if TYPE_CHECKING:
    from wesam_packshot.io.prompt_file import PromptSpec


def main(arguments: Sequence[str] | None = None) -> int:
    parser = make_parser("segment", "Cut products out of photos.")
    add_batch_options(parser)
    parser.add_argument("--adapter", type=Path, help="adapter folder or run (default: SAM as published)")
    parser.add_argument("--box", help="x0,y0,x1,y1 in the photo's pixels (default: the whole image)")
    parser.add_argument("--point", action="append", default=[], help="x,y[,label]: label 1 on the product, 0 off it")
    parser.add_argument("--multimask", action="store_true", help="the best of SAM's three masks instead of its one")
    return run(parser, _segment, configure_batch, arguments)


def _segment(arguments: argparse.Namespace) -> dict[str, Any]:
    config = configure_batch(arguments)
    from wesam_packshot.segment.runner import segment_folder  # after the options, since torch loads slowly

    prompt = parse_prompt(arguments.box, arguments.point)
    return segment_folder(config, arguments.adapter, arguments.format, arguments.shard, prompt, arguments.multimask)


def parse_prompt(box: str | None, points: Sequence[str]) -> "PromptSpec | None":
    """The prompt of `--box` and `--point`, or None when neither is given.

    Raises:
        UsageError: when they are malformed.
    """
    from wesam_packshot.io.prompt_file import PromptSpec

    if not box and not points:
        return None
    corners = _numbers("--box", box, (4,)) if box else None
    if corners and not (corners[0] < corners[2] and corners[1] < corners[3]):
        raise UsageError(f"--box {box}: x0 < x1 and y0 < y1 are needed")
    parsed = [_numbers("--point", point, (2, 3)) for point in points]
    for point, numbers in zip(points, parsed, strict=True):
        if numbers[2:] not in ([], [0], [1]):
            raise UsageError(f"--point {point}: the label is 1 on the product or 0 off it")
    return PromptSpec(
        box=(corners[0], corners[1], corners[2], corners[3]) if corners else None,
        points=tuple((point[0], point[1]) for point in parsed),
        labels=tuple(int(point[2]) if len(point) == 3 else 1 for point in parsed),
    )


def _numbers(option: str, text: str, counts: tuple[int, ...]) -> list[float]:
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) not in counts:
        raise UsageError(f"{option} {text}: {' or '.join(map(str, counts))} numbers with commas between are needed")
    return numbers
