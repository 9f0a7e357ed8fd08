"""The errors that a user can mend: one line that names the file or key and the remedy."""


class UserError(Exception):
    """A mistake in the input or the surroundings; shown as one line, without a traceback."""


class UsageError(UserError):
    """Wrong command line or configuration; the command exits with 2."""


class ImageError(UserError):
    """A picture that cannot be read."""


class UnknownFormatError(ImageError):
    """A file that is no picture in a documented format."""


def first_line(error: Exception) -> str:
    """What an error of a library says, as one line; its kind where it says nothing."""
    return (str(error).splitlines() or [type(error).__name__])[0]
