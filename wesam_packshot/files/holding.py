"""A folder of outputs in the hands of one command."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from wesam_packshot.files.atomic import make_folder, unwritable
from wesam_packshot.files.leftovers import sweep
from wesam_packshot.files.locks import locked

LOCK = ".wesam_packshot{}.lock"


@contextmanager
def holding(folder: Path, part: str = "") -> Iterator[None]:
    """Keep other commands out of a folder, which is made if need be; what a killed one has left there is removed.

    Args:
        part: name of a shard; commands for different shards may work at the same time, but none for the whole.

    Raises:
        UserError: when another command is writing there, or the folder cannot be written to.
    """
    make_folder(folder)
    with ExitStack() as stack:
        try:
            lock = stack.enter_context(locked(folder / LOCK.format(""), shared=bool(part)))
            if part:
                lock = stack.enter_context(locked(folder / LOCK.format(part)))
        except OSError as error:
            raise unwritable(folder, error) from error
        if lock.abandoned:
            sweep(folder)
            if not part:  # whoever works on a part shares the lock of the whole, so nobody does
                for file in folder.glob(LOCK.format("-*")):
                    file.unlink(missing_ok=True)
        yield
