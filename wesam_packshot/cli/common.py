"""What all commands share: options, logging, exit codes, and the summary on the last line."""

import argparse
import json
import logging
import re
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from wesam_packshot.allocator import keep_freed_memory
from wesam_packshot.cli.closing import closing_words
from wesam_packshot.cli.positional import as_options
from wesam_packshot.config import Config, dump_config, load_config
from wesam_packshot.errors import UsageError, UserError

if TYPE_CHECKING:
    from wesam_packshot.batch.folder import OutputOptions

log = logging.getLogger("wesam_packshot")

GO_ON = "what is written is whole, and the same command goes on from there"

FORMATS_HELP = "comma-separated: mask, alpha, rgba, crop, flat, overlay, coco, labelme, labelstudio (default: mask)"


class Terminated(SystemExit):
    """The process got SIGTERM."""


class Parser(argparse.ArgumentParser):
    """An argument parser whose complaints are one line.

    Attributes:
        after_stop: what is told of what the command leaves when it is interrupted.
        places: options that files and folders become which are named first, without an option, in their order.
    """

    after_stop = GO_ON
    places: tuple[str, ...] = ()

    def error(self, message: str) -> NoReturn:
        bare = re.fullmatch(r"argument ([^ ]+): expected one argument", message)
        if bare:
            names = bare[1].split("/")
            action = next(action for action in self._actions if names[0] in action.option_strings)
            message = f"{bare[1]} needs a value: {action.help or action.dest}"
        raise UsageError(f"{self.prog}: {message}; see --help")


def make_parser(name: str, description: str, configured: bool = True) -> Parser:
    """A parser with the options that every command has that a configuration governs."""
    parser = Parser(prog=name, description=description, allow_abbrev=False)
    if not configured:
        return parser
    parser.add_argument("--config", metavar="NAME_OR_PATH", help="configuration: a path, or a shipped one by name")
    parser.add_argument("--print-config", action="store_true", help="print the resolved configuration and stop")
    parser.add_argument("overrides", nargs="*", metavar="key=value", help="options of the configuration, dotted")
    return parser


def add_batch_options(parser: Parser, output: str, default_format: str | None = "mask") -> None:
    """Options of the commands that turn a folder of photos into a folder of outputs.

    Args:
        output: that folder, unless another is given; each command has its own, since none goes on with another's.
    """
    parser.places = ("--input", "--output")
    parser.add_argument(
        "--input", "--image_path", type=Path, required=True, help="a photo, a folder of photos or a COCO file"
    )
    parser.add_argument(
        "--output", type=Path, default=Path(output), help=f"folder for the outputs; an earlier run goes on ({output})"
    )
    parser.add_argument("--format", default=default_format, help=FORMATS_HELP)
    parser.add_argument("--background", default="white", metavar="COLOUR", help="of flat: white, #f4f4f4 (white)")
    parser.add_argument("--margin", type=float, default=0.05, help="of crop, as a share of the longer side (0.05)")
    parser.add_argument("--shard", default="1/1", metavar="i/n", help="only part i of n; a last run without merges all")
    parser.add_argument("--workers", type=int, help="threads that read ahead and write behind (data.workers)")


def parse_output_options(arguments: argparse.Namespace, mode: str = "product") -> "OutputOptions":
    """What the options of `add_batch_options` ask for.

    Raises:
        UsageError: for an unknown format or colour, a format of another mode, or a wrong shard.
    """
    from wesam_packshot.batch.folder import OutputOptions  # after the options are parsed, since its modules load slowly
    from wesam_packshot.batch.manifest import Shard
    from wesam_packshot.batch.outputs import Style, parse_colour, parse_formats

    style = Style(getattr(arguments, "shadow", None) or "drop", parse_colour(arguments.background), arguments.margin)
    return OutputOptions(parse_formats(arguments.format, mode), Shard.parse(arguments.shard), style)


def configure_batch(arguments: argparse.Namespace, **values: str | None) -> Config:
    """The configuration of a command with `add_batch_options`, and of its own `values`, as in `resolve`."""
    own = {"data__path": arguments.input, "data__workers": arguments.workers, "output": arguments.output}
    return resolve(arguments, **own, **values)


def resolve(arguments: argparse.Namespace, **values: Path | int | str | None) -> Config:
    """The configuration, with the command's own options in it.

    Args:
        values: dotted keys with `__` for the dot, such as `data__path`; None leaves the configuration's value.
    """
    given = [
        f"{key.replace('__', '.')}={json.dumps(str(value) if isinstance(value, Path) else value)}"
        for key, value in values.items()
        if value is not None
    ]
    return load_config(arguments.config, [*arguments.overrides, *given])


def run(
    parser: Parser,
    main: Callable[[argparse.Namespace], dict[str, Any]],
    configure: Callable[[argparse.Namespace], Config] | None,
    arguments: Sequence[str] | None,
    failing: str = "photo",
) -> int:
    """Parse, act, print the summary; returns the exit code.

    `main` returns the summary; photos that failed, counted under "failed", make the exit code 1, and so do masks of the
    background, counted under "backgrounds". A command that is interrupted ends in order, with 130 after Ctrl-C and
    143 after SIGTERM.

    Args:
        configure: None of a command that has no configuration.
        failing: what is counted under "failed".
    """
    _set_up_logging()
    try:
        with _terminable():
            return _run(parser, main, configure, arguments, failing)
    except UsageError as error:
        return complain(error, 2)
    except UserError as error:
        return complain(error, 1)
    except OSError as error:
        return complain(f"{error.filename or 'a file'}: {error.strerror or error}; mend that, then run it again", 1)
    except KeyboardInterrupt:
        return complain(f"interrupted; {parser.after_stop}", 128 + signal.SIGINT)
    except Terminated:
        return complain(f"terminated; {parser.after_stop}", 128 + signal.SIGTERM)


def _run(
    parser: Parser,
    main: Callable[[argparse.Namespace], dict[str, Any]],
    configure: Callable[[argparse.Namespace], Config] | None,
    arguments: Sequence[str] | None,
    failing: str,
) -> int:
    given = sys.argv[1:] if arguments is None else arguments
    parsed = parser.parse_intermixed_args(as_options(given, parser.places))
    if configure and parsed.print_config:
        print(dump_config(configure(parsed)), end="")
        return 0
    keep_freed_memory()
    summary = main(parsed)
    failed = summary.get("failed", 0)
    if failed:
        things = failing if failed == 1 else f"{failing}s"
        where = ", and its row says why" if failing == "photo" else ""
        print(f"{failed} {things} failed; each is named above{where}", file=sys.stderr)
    if sys.stderr.isatty():
        print("\n".join(closing_words(parser.prog, summary)), file=sys.stderr)
    print(json.dumps(summary))
    return 1 if failed or summary.get("backgrounds") else 0


@contextmanager
def _terminable() -> Iterator[None]:
    """Let SIGTERM unwind the command as Ctrl-C does, so that locks and processes of its own are given back."""
    if threading.current_thread() is not threading.main_thread():  # other threads get no signals
        yield
        return
    before = signal.signal(signal.SIGTERM, _terminate)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _terminate(number: int, _: object) -> NoReturn:
    signal.signal(number, signal.SIG_DFL)  # a second signal ends it at once
    raise Terminated(128 + number)


def complain(error: object, code: int) -> int:
    """Print an error; returns the exit code."""
    print(f"error: {error}", file=sys.stderr)
    return code


def _set_up_logging() -> None:
    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stderr)
    log.setLevel(logging.INFO)
    # kornia and refiners use names that torch has since renamed; users can do nothing about it
    warnings.filterwarnings("ignore", category=FutureWarning)
    # decoders tell of every oddity of a photo; what matters comes as the photo's own error
    warnings.filterwarnings("ignore", module="PIL")
    for decoder in ("PIL", "tifffile"):
        logging.getLogger(decoder).setLevel(logging.CRITICAL)
