"""Files of JSON lines, appended to row by row; half a line, left by a killed run, spoils no other.

Also JSON as users write it.
"""

import json
import math
import reprlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from wesam_packshot.errors import first_line
from wesam_packshot.files.atomic import unwritable, write_text
from wesam_packshot.files.locks import check_held

Row = dict[str, Any]

# Characters of an error that quotes a user's file, so that it stays a line.
LONGEST = 200


def parse_json(text: bytes) -> Any:
    """What a JSON text says, in UTF-8 with or without a byte order mark.

    Raises:
        ValueError: in one line; a `json.JSONDecodeError` where the text is no JSON.
    """
    if b"\0" in text:
        raise ValueError("the text looks like UTF-16; save it as UTF-8")
    try:
        return json.loads(text.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise ValueError("the text is not UTF-8; save it as UTF-8") from error
    except RecursionError as error:
        raise ValueError("brackets are nested too deeply") from error


def describe(error: Exception) -> str:
    """What is wrong with a JSON value, from the error of reading it, as a short line."""
    text = f"{error.args[0]!r} is missing" if isinstance(error, KeyError) else first_line(error)
    return text if len(text) <= LONGEST else text[:LONGEST] + "..."


def finite_numbers(values: Any, count: int) -> tuple[float, ...]:
    """So many numbers of a JSON list.

    Raises:
        ValueError: for another number of them, and for values that are none, or infinite.
    """
    if not isinstance(values, list | tuple):
        raise ValueError(f"{count} numbers expected, not {reprlib.repr(values)}")
    if len(values) != count:
        raise ValueError(f"{count} numbers expected, not {len(values)}")
    return tuple(map(finite_number, values))


def finite_number(value: Any) -> float:
    """A number of JSON.

    Raises:
        ValueError: for what is none, infinite, or beyond what a computer's numbers hold.
    """
    try:
        if type(value) in (int, float) and math.isfinite(value):
            return float(value)
    except OverflowError:
        pass
    raise ValueError(f"{reprlib.repr(value)} is no number that can be used")


def read_rows(file: Path) -> Iterator[Row]:
    """The rows of a file, none if it is absent; half a line is passed over."""
    return (row for _, row in placed_rows(file))


def placed_rows(file: Path) -> Iterator[tuple[int, Row]]:
    """As `read_rows`, each row with the byte at which its line begins, for `read_row_at`."""
    if not file.is_file():
        return
    with file.open("rb") as lines:
        place = 0
        for line in lines:
            if row := _parse(line):
                yield place, row
            place += len(line)


def _parse(line: bytes) -> Row | None:
    try:
        row = parse_json(line)
    except ValueError:
        return None
    return row if isinstance(row, dict) else None


def read_row_at(file: Path, place: int) -> Row:
    """The row that begins at a byte of the file, see `placed_rows`."""
    with file.open("rb") as lines:
        lines.seek(place)
        row: Row = json.loads(lines.readline())
    return row


def append_row(file: Path, row: Row) -> int:
    """Add a row; returns the byte at which its line begins.

    Raises:
        UserError: when the file cannot be written.
    """
    check_held()
    try:
        with file.open("ab+") as lines:
            place = lines.tell()
            if place:
                lines.seek(place - 1)
                if lines.read() != b"\n":  # half a line
                    lines.write(b"\n")
                    place += 1
            lines.write(json.dumps(row).encode() + b"\n")
    except OSError as error:
        raise unwritable(file, error) from error
    return place


def write_rows(file: Path, rows: Iterable[Row]) -> None:
    """Write a whole file anew."""
    write_text(file, "".join(json.dumps(row) + "\n" for row in rows))
