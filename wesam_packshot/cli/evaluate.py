"""`evaluate`: scores against true masks."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from wesam_packshot.cli.adapter_option import add_adapter_option, chosen_adapter
from wesam_packshot.cli.common import Parser, make_parser, resolve, run
from wesam_packshot.config import PROMPT_KINDS, Config, PromptKind


def build_parser() -> Parser:
    """The command's options."""
    parser = make_parser("evaluate", "Score masks against true masks.")
    parser.places = ("--data",)
    parser.add_argument("--data", type=Path, required=True, help="data folder with masks/, or a COCO file")
    source = parser.add_mutually_exclusive_group()
    add_adapter_option(source, "what is scored")
    source.add_argument("--zero-shot", action="store_true", help="SAM as published, the same as --adapter none")
    source.add_argument("--predictions", type=Path, help="folder of finished masks, <id>.png or masks/<id>.png")
    parser.add_argument("--prompt", choices=(*PROMPT_KINDS, "all"), default="whole", help="drawn from the true masks")
    parser.add_argument("--refine", choices=("none", "fast", "best"), default="none", help="boundaries, as in segment")
    parser.add_argument("--output", type=Path, help="folder for the scores (default: beside adapter or predictions)")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    return run(build_parser(), _evaluate, _configure, arguments)


def _configure(arguments: argparse.Namespace) -> Config:
    return resolve(arguments, data__path=arguments.data, output=arguments.output)


def _evaluate(arguments: argparse.Namespace) -> dict[str, Any]:
    config = _configure(arguments)
    prompts: tuple[PromptKind, ...] = PROMPT_KINDS if arguments.prompt == "all" else (arguments.prompt,)
    published = arguments.zero_shot or arguments.predictions
    adapter = None if published else chosen_adapter(arguments.adapter, config.model)
    from wesam_packshot.evaluation.runner import evaluate_folder  # after the options, since torch loads slowly

    return evaluate_folder(config, adapter, arguments.predictions, prompts, arguments.refine)
