"""`pseudolabel`: masks for a folder of packshots, without training."""

import argparse
from collections.abc import Sequence
from typing import Any

from wesam_packshot.cli.adapter_option import add_adapter_option, chosen_adapter
from wesam_packshot.cli.common import Parser, add_batch_options, configure_batch, make_parser, parse_output_options, run
from wesam_packshot.config import Config


def build_parser() -> Parser:
    """The command's options."""
    parser = make_parser("pseudolabel", "Label a folder of packshots without training.")
    add_batch_options(parser, "labels")
    add_adapter_option(parser, "an adapted student, which takes the anchor's place")
    parser.add_argument(
        "--shadow", choices=("drop", "keep", "separate"), help="what becomes of shadows (pseudolabel.shadow)"
    )
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    return run(build_parser(), _pseudolabel, _configure, arguments)


def _configure(arguments: argparse.Namespace) -> Config:
    return configure_batch(arguments, pseudolabel__shadow=arguments.shadow)


def _pseudolabel(arguments: argparse.Namespace) -> dict[str, Any]:
    config = _configure(arguments)
    from wesam_packshot.batch.pseudolabels import label_folder  # after the options, since torch loads slowly

    return label_folder(config, chosen_adapter(arguments.adapter, config.model), parse_output_options(arguments))
