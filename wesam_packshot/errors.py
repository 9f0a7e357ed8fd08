"""The errors that a user can mend: one line that names the file or key and the remedy."""

import re
from pathlib import Path

# Characters that are shown of a longer line, which quotes what no person has written; its end tells the remedy.
BEGIN, END = 1500, 500
# Characters of a library's error, which may quote all that it was given.
_LONGEST = 300
# A file may be called anything: these would break the line, steer the terminal, or not be encoded.
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


class UserError(Exception):
    """A mistake in the input or the surroundings; shown as one line, without a traceback."""

    def __str__(self) -> str:
        text = printable(super().__str__())
        return text if len(text) <= BEGIN + END else f"{text[:BEGIN]} ... {text[-END:]}"


def printable(text: str) -> str:
    """A text that stays a line, whatever it quotes."""
    return _UNPRINTABLE.sub(lambda found: repr(found[0])[1:-1], text)


class UsageError(UserError):
    """Wrong command line or configuration; the command exits with 2."""


class OutputError(UserError):
    """The place of the outputs takes nothing any more, so whatever comes next would fail as well."""


class ImageError(UserError):
    """A picture that cannot be read."""


class UnknownFormatError(ImageError):
    """A file that is no picture in a documented format."""


def first_line(error: Exception) -> str:
    """What an error of a library says, as one line; its kind where it says nothing."""
    return (str(error).splitlines() or [type(error).__name__])[0]


def failure(error: Exception, file: Path) -> UserError:
    """The message for a photo that failed, whatever the cause; the other photos go on.

    Raises:
        OutputError: the error itself where it is one, since no other photo can fare better.
    """
    if isinstance(error, OutputError):
        raise error
    if isinstance(error, UserError):
        return error
    kind = type(error).__name__
    said = first_line(error)[:_LONGEST].replace(kind, "") or "no more is known"
    return UserError(f"{file}: left out ({kind}: {said}); mend or remove it, then run the command again")
