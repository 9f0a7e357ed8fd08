"""`serve`: cut photos out for whoever asks over HTTP."""

import argparse
import importlib.util
from collections.abc import Sequence
from typing import Any

from wesam_packshot.cli.adapter_option import add_adapter_option, chosen_adapter
from wesam_packshot.cli.common import Parser, make_parser, resolve, run
from wesam_packshot.errors import UserError
from wesam_packshot.serving.access import Access, Limits

# Packages of the extra, as they are imported.
NEEDED = ("fastapi_offline", "uvicorn", "python_multipart", "prometheus_client")


def build_parser() -> Parser:
    """The command's options."""
    parser = make_parser("serve", "Answer requests over HTTP: POST /cutout, or as rembg's server does.")
    parser.after_stop = "nothing of a request is kept"
    add_adapter_option(parser, "what SAM has learnt")
    parser.add_argument("--host", default=Access.host, help=f"to listen on; 0.0.0.0 lets others in ({Access.host})")
    parser.add_argument("--port", type=int, default=Access.port, help=f"of the service ({Access.port})")
    parser.add_argument(
        "--allow-origin",
        action="append",
        default=[],
        metavar="ADDRESS",
        help="another address that it is reached at, such as a proxy's: https://cut.example.com; several times",
    )
    parser.add_argument("--max-upload", type=int, default=50, metavar="MB", help="largest file of a photo (50)")
    parser.add_argument(
        "--queue", type=int, default=Limits.places, metavar="N", help="requests at once; one more gets 429 (16)"
    )
    parser.add_argument(
        "--timeout", type=float, default=Limits.seconds, metavar="SECONDS", help="from request to answer (60)"
    )
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command until it is interrupted; returns its exit code."""
    return run(build_parser(), _serve, resolve, arguments)


def _serve(arguments: argparse.Namespace) -> dict[str, Any]:
    access = Access.of(arguments.host, arguments.port, arguments.allow_origin, arguments.max_upload)
    limits = Limits(arguments.queue, arguments.timeout)
    config = resolve(arguments)
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise UserError(f"the service needs {', '.join(missing)}; install it with: uv pip install -e '.[serve]'")
    adapter = chosen_adapter(arguments.adapter, config.model)
    from wesam_packshot.serving.server import serve  # after the options, since torch and fastapi load slowly

    return serve(config, adapter, access, limits)
