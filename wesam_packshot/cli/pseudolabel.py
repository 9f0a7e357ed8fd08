"""`pseudolabel`: masks for a folder of packshots, without training."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from wesam_packshot.cli.common import add_batch_options, configure_batch, make_parser, run


def main(arguments: Sequence[str] | None = None) -> int:
    parser = make_parser("pseudolabel", "Label a folder of packshots without training.")
    add_batch_options(parser)
    parser.add_argument("--adapter", type=Path, help="adapter folder or run, whose student takes the anchor's place")
    return run(parser, _pseudolabel, configure_batch, arguments)


def _pseudolabel(arguments: argparse.Namespace) -> dict[str, Any]:
    config = configure_batch(arguments)
    from wesam_packshot.pseudolabel.runner import label_folder  # after the options, since torch loads slowly

    return label_folder(config, arguments.adapter, arguments.format, arguments.shard)
