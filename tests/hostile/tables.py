"""Figures of a long attack as tables of a page."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

Figures = Mapping[str, Any]

# Columns of each part's table, and the figures that they show.
COLUMNS = {
    "inputs": {
        "inputs": "fuzzer",
        "tried": "tried",
        "a result": "result",
        "refused in a line": "refused",
        "harm": "harm",
        "s at most": "seconds",
        "MB at most": "megabytes",
    },
    "kills": {"command": "command", "kills": "kills", "s undisturbed": "seconds", "went wrong": "wrong"},
    "faults": {"fault": "fault", "went wrong": "wrong"},
    "soak": {
        "command": "command",
        "photos": "photos",
        "failed": "failed",
        "s a photo": "pace",
        "MB settled": "settled",
        "drift since": "drift",
        "MB at most": "peak",
    },
    "demo": {
        "photos": "photos",
        "clicks": "clicks",
        "s": "seconds",
        "MB settled": "settled",
        "drift since": "drift",
        "MB at most": "peak",
        "went wrong": "wrong",
    },
}
FORMATS = {"seconds": "{:.1f}", "pace": "{:.2f}", "megabytes": "{:.0f}", "settled": "{:.0f}", "drift": "{:.1%}"}
FORMATS |= {"peak": "{:.0f}"}


def table(part: str, rows: Sequence[Figures]) -> list[str]:
    """A table of Markdown, and under it what went wrong."""
    columns = COLUMNS[part]
    lines = [f"| {' | '.join(columns)} |", f"| {' | '.join(['---'] * len(columns))} |"]
    lines += [f"| {' | '.join(_shown(key, row[key]) for key in columns.values())} |" for row in rows]
    wrong = [f"- {one}" for row in rows for one in row.get("told", row.get("wrong", ()))]
    return [*lines, "", *wrong] if wrong else lines


def _shown(key: str, value: Any) -> str:
    return str(len(value)) if isinstance(value, list) else FORMATS.get(key, "{}").format(value)


def summed(pieces: Sequence[Figures]) -> dict[str, Any]:
    """One row of the pieces of one fuzzer or command: counts added, costs at their largest."""
    row = dict(pieces[0])
    for piece in pieces[1:]:
        for key, value in piece.items():
            if key in ("seconds", "megabytes"):
                row[key] = max(row[key], value)
            elif isinstance(value, int | list):
                row[key] = row[key] + value
    return row


def replace_table(page: Path, part: str, lines: Sequence[str]) -> None:
    """Put the lines between the page's marks of the part."""
    text = page.read_text()
    begin, end = f"<!-- {part} -->\n", f"<!-- end of {part} -->"
    if begin not in text or end not in text:
        raise SystemExit(f"{page}: has no place for {part}, which is between {begin.strip()} and {end}")
    content = "\n".join(lines)
    page.write_text(
        re.sub(re.escape(begin) + ".*?" + re.escape(end), lambda _: f"{begin}{content}\n{end}", text, flags=re.S)
    )
