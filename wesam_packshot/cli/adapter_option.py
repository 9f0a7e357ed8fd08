"""The option `--adapter`: the adapter that ships, none, or one of the user's own."""

import argparse
from pathlib import Path

from wesam_packshot.config import ModelConfig


def add_adapter_option(parser: argparse.ArgumentParser | argparse._ArgumentGroup, words: str) -> None:
    """Add `--adapter`, which `chosen_adapter` understands.

    Args:
        words: what the adapter is for.
    """
    parser.add_argument(
        "--adapter",
        metavar="PATH",
        help=f"{words}: a run or an adapter folder, packshot (the one that ships, the default) or none",
    )


def chosen_adapter(given: str | None, model: ModelConfig) -> Path | None:
    """The folder of the adapter that is asked for, by default `auto`, or None for SAM as published.

    Raises:
        UserError: see `named_adapter`.
    """
    from wesam_packshot.sam.adapter_file import named_adapter  # after the options are parsed, since torch loads slowly

    return named_adapter(given or "auto", model.name, model.weights is None)
