"""Files of JSON lines, appended to row by row; half a line, left by a killed run, spoils no other."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from wesam_packshot.io.atomic import write_text

Row = dict[str, Any]


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
        row: Row = json.loads(line)
    except ValueError:
        return None
    return row


def read_row_at(file: Path, place: int) -> Row:
    with file.open("rb") as lines:
        lines.seek(place)
        row: Row = json.loads(lines.readline())
    return row


def append_row(file: Path, row: Row) -> int:
    """Add a row; returns the byte at which its line begins."""
    with file.open("ab+") as lines:
        place = lines.tell()
        if place:
            lines.seek(place - 1)
            if lines.read() != b"\n":  # half a line
                lines.write(b"\n")
                place += 1
        lines.write(json.dumps(row).encode() + b"\n")
    return place


def write_rows(file: Path, rows: Iterable[Row]) -> None:
    """Write a whole file anew."""
    write_text(file, "".join(json.dumps(row) + "\n" for row in rows))
