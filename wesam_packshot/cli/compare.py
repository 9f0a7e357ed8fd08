"""`compare`: runs against each other."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from wesam_packshot.cli.common import Parser, make_parser, run


def build_parser() -> Parser:
    """The command's options."""
    parser = make_parser("compare", "Compare runs: settings, curves, scores and masks.", configured=False)
    parser.add_argument("runs", nargs="+", metavar="RUN", help="run folder, folder of scores, or W&B entity/project/id")
    parser.add_argument("--html", type=Path, metavar="OUT.html", help="a page to look at, without a network")
    parser.add_argument("--csv", type=Path, metavar="OUT.csv", help="a row for every run, set and image")
    parser.add_argument("--data", metavar="NAME", help="only scores on this data, such as packshots or packshots-box")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    return run(build_parser(), _compare, None, arguments, failing="run")


def _compare(arguments: argparse.Namespace) -> dict[str, Any]:
    from wesam_packshot.comparison.compare import compare  # after the options, since its modules load slowly
    from wesam_packshot.comparison.fetch import fetch_run, is_wandb_path

    with TemporaryDirectory() as name:
        folders = {
            given: fetch_run(given, Path(name)) if is_wandb_path(given) else Path(given) for given in arguments.runs
        }
        text, summary = compare(folders, arguments.html, arguments.csv, arguments.data)
    print(text)
    return summary
