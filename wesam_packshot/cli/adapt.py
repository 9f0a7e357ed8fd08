"""`adapt`: adapt SAM to a folder of packshots."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from wesam_packshot.cli.common import Parser, make_parser, resolve, run
from wesam_packshot.config import Config

# Where runs lie unless their --output says otherwise.
RUNS = Path("runs")


def build_parser() -> Parser:
    """The command's options."""
    parser = make_parser("adapt", "Adapt SAM to a folder of unlabelled packshots.")
    parser.places = ("--data", "--output")
    parser.add_argument("--data", type=Path, help="photos: a folder, a data folder or a COCO file (default: examples)")
    parser.add_argument("--output", type=Path, help="run folder (default: runs/adapt-<time>)")
    parser.add_argument(
        "--corrections", type=Path, metavar="CUTOUTS", help="cut-outs that were reviewed: learn from what was decided"
    )
    parser.add_argument("--resume", action="store_true", help="go on with the run in --output, or with the newest")
    parser.add_argument("--dry-run", action="store_true", help="load everything, take one step, write nothing")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    return run(build_parser(), _adapt, _configure, arguments)


def _configure(arguments: argparse.Namespace) -> Config:
    given = {"data__path": arguments.data, "data__corrections": arguments.corrections, "output": arguments.output}
    config = resolve(arguments, **given)
    if config.data.corrections is None or config.adapter.start != "auto":
        return config
    from wesam_packshot.adaptation.corrections import maker_of

    return resolve(arguments, **given, adapter__start=maker_of(config.data.corrections, RUNS))


def _adapt(arguments: argparse.Namespace) -> dict[str, Any]:
    config = _configure(arguments)
    from wesam_packshot.adaptation.run import rehearse, run_adaptation  # after the options, since torch loads slowly

    return rehearse(config) if arguments.dry_run else run_adaptation(config, arguments.resume)
