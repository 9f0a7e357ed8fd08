"""`wesam-packshot`: all commands under one name; each is that of `scripts/` as well."""

import difflib
import importlib
import sys
from collections.abc import Sequence
from typing import NamedTuple

from wesam_packshot import __version__


class Verb(NamedTuple):
    """A command.

    Attributes:
        module: of `wesam_packshot.cli`.
        words: what it does.
    """

    module: str
    words: str


VERBS = {
    "cut": Verb("cut", "cut products out: cut photo.jpg cutout.png, or cut photos cutouts"),
    "label": Verb("pseudolabel", "masks with shadows and reflections told apart"),
    "adapt": Verb("adapt", "adapt SAM to your photos: adapt photos"),
    "review": Verb("review", "accept, mend or reject cut-outs: review cutouts"),
    "demo": Verb("demo", "try adapters in the browser"),
    "serve": Verb("serve", "answer requests over HTTP"),
    "evaluate": Verb("evaluate", "score against true masks: evaluate folder"),
    "compare": Verb("compare", "compare runs: compare runs/one runs/two"),
    "sweep": Verb("sweep", "try a grid of settings"),
    "export": Verb("export", "the adapted model for other programs"),
    "render": Verb("render", "make packshots with exact masks"),
    "completion": Verb("completion", "what bash or zsh needs to complete these commands: completion bash"),
}
# What users of rembg type for a photo, and for a folder.
OTHERWISE = {"i": "cut", "p": "cut", "segment": "cut", "pseudolabel": "label"}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command that is named first; returns its exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if not given or given[0] in ("-h", "--help"):
        print(_help())
        return 0
    if given[0] == "--version":
        print(f"wesam-packshot {__version__}")
        return 0
    name, *rest = given
    verb = VERBS.get(OTHERWISE.get(name, name))
    if verb is None:
        close = difflib.get_close_matches(name, VERBS, n=1)
        hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(VERBS)}"
        print(f"error: wesam-packshot {name}: no such command; {hint}", file=sys.stderr)
        return 2
    code: int = importlib.import_module(f"wesam_packshot.cli.{verb.module}").main(rest)
    return code


def _help() -> str:
    width = max(map(len, VERBS))
    lines = [f"  {name:{width}}  {verb.words}" for name, verb in VERBS.items()]
    return "\n".join(
        [
            "usage: wesam-packshot COMMAND ...",
            "",
            *lines,
            "",
            "wesam-packshot COMMAND --help tells a command's options; --version, the version.",
        ]
    )
