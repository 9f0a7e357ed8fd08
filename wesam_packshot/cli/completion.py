"""`wesam-packshot completion`: a script by which a shell completes commands, options and files."""

import importlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from wesam_packshot.cli.common import Parser, complain
from wesam_packshot.errors import UsageError

if TYPE_CHECKING:
    from wesam_packshot.cli.main import Verb

DESCRIPTION = """Print a script that completes commands, options and files in a shell. For bash:
    eval "$(wesam-packshot completion bash)"
in ~/.bashrc; for zsh, the output as a file _wesam-packshot in a folder of $fpath."""


def build_parser() -> Parser:
    """The command's options."""
    parser = Parser(prog="wesam-packshot completion", description=DESCRIPTION, allow_abbrev=False)
    parser.add_argument("shell", choices=("bash", "zsh"))
    return parser


def main(arguments: Sequence[str]) -> int:
    """Print the script, and nothing else, since a shell reads it; returns the exit code."""
    try:
        shell = build_parser().parse_args(arguments).shell
    except UsageError as error:
        return complain(error, 2)
    import shtab

    from wesam_packshot.cli.main import VERBS

    print(shtab.complete(all_commands(VERBS), shell))
    return 0


def all_commands(verbs: "dict[str, Verb]") -> Parser:
    """One parser with a subcommand for each verb, in which paths are marked as files."""
    import shtab

    top = Parser(prog="wesam-packshot")
    top.add_argument("--version", action="store_true", help="print the version")
    commands = top.add_subparsers(metavar="COMMAND")
    for name, verb in verbs.items():
        own: Parser = importlib.import_module(f"wesam_packshot.cli.{verb.module}").build_parser()
        command = commands.add_parser(name, help=verb.words, parents=[own], add_help=False)
        for action in command._actions:
            if action.type is Path or action.dest in ("overrides", "runs"):  # places stand before the overrides
                action.complete = shtab.FILE  # type: ignore[attr-defined]
    return top
