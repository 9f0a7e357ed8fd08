"""`demo`: a page in the browser, to try adapters on photos."""

import argparse
import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from wesam_packshot.cli.adapter_option import chosen_adapter
from wesam_packshot.cli.common import Parser, make_parser, resolve, run
from wesam_packshot.demo.access import Access
from wesam_packshot.errors import UserError

# Packages of the extra, as they are imported.
NEEDED = ("fastapi", "uvicorn")


def build_parser() -> Parser:
    """The command's options."""
    parser = make_parser("demo", "Cut products out in the browser: drop photos, click, paint, download.")
    parser.after_stop = "open pages keep their photos, and go on when it is started again"
    parser.add_argument(
        "--adapter",
        type=Path,
        action="append",
        default=[],
        help="adapter folder or run, several for a choice; those of finished runs in runs/ and the one that ships are "
        "there as well; none leaves all of them out",
    )
    parser.add_argument("--host", default="127.0.0.1", help="to listen on; 0.0.0.0 lets others in (127.0.0.1)")
    parser.add_argument("--port", type=int, default=7860, help="of the page (7860)")
    parser.add_argument(
        "--allow-origin",
        action="append",
        default=[],
        metavar="ADDRESS",
        help="another address that the page is reached at, such as a proxy's: https://demo.example.com; several times",
    )
    parser.add_argument("--max-upload", type=int, default=100, metavar="MB", help="largest file of a photo (100)")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command until it is interrupted; returns its exit code."""
    return run(build_parser(), _demo, resolve, arguments)


def _demo(arguments: argparse.Namespace) -> dict[str, Any]:
    access = Access.of(arguments.host, arguments.port, arguments.allow_origin, arguments.max_upload)
    config = resolve(arguments)
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise UserError(f"the demo needs {', '.join(missing)}; install it with: uv pip install -e '.[demo]'")
    from wesam_packshot.interactive.models import find_adapters  # after the options, since torch loads slowly

    without = arguments.adapter == [Path("none")]
    adapters = {} if without else find_adapters(arguments.adapter, Path("runs"), chosen_adapter(None, config.model))
    from wesam_packshot.demo.server import serve

    return serve(config, adapters, access)
