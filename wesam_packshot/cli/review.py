"""`review`: decide on cut-outs in the browser, least sure ones first, and mend them with clicks."""

import argparse
import importlib.util
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wesam_packshot.cli.adapter_option import add_adapter_option, chosen_adapter
from wesam_packshot.cli.common import Parser, make_parser, resolve, run
from wesam_packshot.config import Config
from wesam_packshot.errors import UsageError, UserError
from wesam_packshot.files.holding import holding
from wesam_packshot.review.access import Access, user_name

if TYPE_CHECKING:
    from wesam_packshot.review.state import Review

log = logging.getLogger("wesam_packshot")

# Packages of the extra, as they are imported.
NEEDED = ("fastapi", "uvicorn")


def build_parser() -> Parser:
    """The command's options."""
    parser = make_parser("review", "Accept, mend or reject cut-outs in the browser, least sure ones first.")
    parser.after_stop = "every decision is saved, and the same command goes on from there"
    parser.places = ("--folder",)
    parser.add_argument(
        "--folder", type=Path, required=True, help="outputs of segment.py or pseudolabel.py; or as the first argument"
    )
    add_adapter_option(parser, "what SAM has learnt, for clicks")
    parser.add_argument("--host", default=Access.host, help=f"to listen on; 0.0.0.0 lets others in ({Access.host})")
    parser.add_argument("--port", type=int, default=Access.port, help=f"of the page ({Access.port})")
    parser.add_argument(
        "--allow-origin",
        action="append",
        default=[],
        metavar="ADDRESS",
        help="another address that it is reached at, such as a proxy's: https://cut.example.com; several times",
    )
    parser.add_argument(
        "--export",
        type=Path,
        metavar="FOLDER",
        help="instead of the page: write all masks there for COCO, Label Studio and LabelMe",
    )
    parser.add_argument(
        "--take",
        type=Path,
        metavar="FILE",
        help="instead of the page: take over what was drawn in one of these; a file, or LabelMe's folder",
    )
    parser.add_argument("--reviewer", default="", help="whose decisions these are (the user's name)")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command until it is interrupted; returns its exit code."""
    return run(build_parser(), _review, resolve, arguments)


def _review(arguments: argparse.Namespace) -> dict[str, Any]:
    if arguments.export and arguments.take:
        raise UsageError("--export and --take: one after the other")
    access = Access.of(arguments.host, arguments.port, arguments.allow_origin, 1)
    config = resolve(arguments)
    if arguments.export or arguments.take:
        return _exchange(arguments, config)
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise UserError(f"the review needs {', '.join(missing)}; install it with: uv pip install -e '.[review]'")
    adapter = chosen_adapter(arguments.adapter, config.model)
    from wesam_packshot.batch.loading import load_segmenter  # after the options, since torch and fastapi load slowly
    from wesam_packshot.review.server import serve
    from wesam_packshot.review.service import Service

    with _held(arguments.folder, config.data.max_megapixels) as review, _tracked(review, config):
        return serve(Service(review, load_segmenter(config, adapter), config.train.precision), access)


def _exchange(arguments: argparse.Namespace, config: Config) -> dict[str, Any]:
    from wesam_packshot.review.exchange import export, take

    with _held(arguments.folder, config.data.max_megapixels) as review:
        if arguments.export:
            return export(review, arguments.export)
        with _tracked(review, config):
            return take(review, arguments.take, arguments.reviewer or user_name())


@contextmanager
def _tracked(review: "Review", config: Config) -> Iterator[None]:
    """Log how the review stands at the end, however it ends."""
    from wesam_packshot.review.wandb_run import track_review

    try:
        yield
    finally:
        try:
            track_review(review, config)
        except UserError as error:  # the decisions are saved all the same
            log.warning("%s", error)


@contextmanager
def _held(folder: Path, max_megapixels: float) -> Iterator["Review"]:
    """The review of a folder, which no other command may change meanwhile."""
    from wesam_packshot.review.reviewed_folder import ReviewedFolder
    from wesam_packshot.review.state import Review

    ReviewedFolder.check(folder)  # before a lock is made in a folder that is none
    with holding(folder):
        yield Review(folder, max_megapixels)
