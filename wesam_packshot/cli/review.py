"""`review`: decide on cut-outs in the browser, least sure ones first, and mend them with clicks."""

import argparse
import importlib.util
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from wesam_packshot.cli.adapter_option import add_adapter_option, chosen_adapter
from wesam_packshot.cli.common import make_parser, resolve, run
from wesam_packshot.cli.positional import as_options
from wesam_packshot.errors import UserError
from wesam_packshot.review.access import Access

# Packages of the extra, as they are imported.
NEEDED = ("fastapi", "uvicorn")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command until it is interrupted; returns its exit code."""
    parser = make_parser("review", "Accept, mend or reject cut-outs in the browser, least sure ones first.")
    parser.after_stop = "every decision is saved, and the same command goes on from there"
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
    given = sys.argv[1:] if arguments is None else arguments
    return run(parser, _review, resolve, as_options(given, ("--folder",)))


def _review(arguments: argparse.Namespace) -> dict[str, Any]:
    access = Access.of(arguments.host, arguments.port, arguments.allow_origin, 1)
    config = resolve(arguments)
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise UserError(f"the review needs {', '.join(missing)}; install it with: uv pip install -e '.[review]'")
    adapter = chosen_adapter(arguments.adapter, config)
    from wesam_packshot.batch.loading import load_segmenter  # after the options, since torch and fastapi load slowly
    from wesam_packshot.review.server import serve
    from wesam_packshot.review.service import Service
    from wesam_packshot.review.state import Review

    review = Review(arguments.folder, config.data.max_megapixels)
    return serve(Service(review, load_segmenter(config, adapter), config.train.precision), access)
