"""The errors that a user can mend: one line that names the file or key and the remedy."""


class UserError(Exception):
    """A mistake in the input or the surroundings; shown as one line, without a traceback."""


class UsageError(UserError):
    """Wrong command line or configuration; the command exits with 2."""
