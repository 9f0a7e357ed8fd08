"""`sweep`: adapt with every combination of a grid, and compare."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from wesam_packshot.cli.common import Parser, make_parser, run


def build_parser() -> Parser:
    """The command's options."""
    parser = make_parser("sweep", "Adapt with every combination of a grid of values.", configured=False)
    parser.add_argument("--config", required=True, metavar="NAME_OR_PATH", help="the sweep, such as sweep.yaml")
    parser.add_argument("--data", type=Path, help="photos: a folder, a data folder or a COCO file (default: examples)")
    parser.add_argument("--output", type=Path, default=Path("runs/sweep"), help="folder of all runs (runs/sweep)")
    parser.add_argument("--seed", type=int, default=0, help="of the draw, where the method is random (0)")
    parser.add_argument("overrides", nargs="*", metavar="key=value", help="options of every run")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    return run(build_parser(), _sweep, None, arguments, failing="run")


def _sweep(arguments: argparse.Namespace) -> dict[str, Any]:
    from wesam_packshot.sweep.grid import read_sweep  # after the options, since the comparison loads slowly
    from wesam_packshot.sweep.run import run_sweep

    sweep = read_sweep(arguments.config)
    text, summary = run_sweep(sweep, arguments.data, arguments.output, arguments.overrides, arguments.seed)
    print(text)
    return summary
