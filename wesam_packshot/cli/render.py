"""`render`: path-traced packshots with exact truth."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from wesam_packshot.cli.common import Parser, make_parser, run


def build_parser() -> Parser:
    """The command's options."""
    parser = make_parser("render", "Render packshots with exact masks, to train and to test on.", configured=False)
    parser.add_argument("--count", type=int, required=True, help="pictures; a folder that has some is added to")
    parser.add_argument("--seed", type=int, default=0, help="decides, with a picture's index, over all of it (0)")
    parser.add_argument("--output", type=Path, default=Path("renders"), help="data folder (renders)")
    parser.add_argument("--split", choices=("train", "test"), default="train", help="test: other families and lights")
    parser.add_argument("--size", type=int, default=768, help="longer side, pixels (768)")
    parser.add_argument("--workers", type=int, default=1, help="processes, each on one core (1)")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    return run(build_parser(), _render, None, arguments, failing="picture")


def _render(arguments: argparse.Namespace) -> dict[str, Any]:
    from wesam_packshot.studio.farm import render_series  # after the options, since its modules load slowly
    from wesam_packshot.studio.folder import Series

    series = Series(arguments.seed, arguments.split, arguments.size)
    return render_series(series, arguments.count, arguments.output, arguments.workers)
