"""A comparison as plain text for a terminal, and as a table for analysts."""

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from wesam_packshot.comparison.intervals import Interval
from wesam_packshot.comparison.sources import SCORES, Run
from wesam_packshot.comparison.tables import ABSENT, COSTS, ScoreRow, ScoreTable
from wesam_packshot.files.atomic import write_text

Line = Sequence[str]


def interval_text(interval: Interval | None, signed: bool = False) -> str:
    """Such as `0.914 [0.873, 0.949]`."""
    if interval is None:
        return ABSENT
    form = "+.3f" if signed else ".3f"
    bounds = "" if interval.low is None else f" [{interval.low:{form}}, {interval.high:{form}}]"
    return f"{interval.mean:{form}}{bounds}"


def figure_text(value: Any) -> str:
    """A setting or a cost: whole numbers as they are, others to four digits."""
    if value is None:
        return ABSENT
    if isinstance(value, float):
        return f"{value:.4g}" if abs(value) < 1000 else f"{value:.0f}"
    return str(value)


def across(runs: Sequence[str], values: dict[str, list[str]]) -> list[Line]:
    """A table of values by key and run, with its heading: runs go down where there are more of them than keys."""
    if len(runs) > len(values):
        return [["", *values], *([run, *(own[at] for own in values.values())] for at, run in enumerate(runs))]
    return [["", *runs], *([key, *own] for key, own in values.items())]


def score_lines(table: ScoreTable) -> list[Line]:
    """Means of one set, with a heading."""
    head = ["", "images", *(SCORES[score] for score in table.scores)]
    return [
        head,
        *([row.run, _count(row), *(interval_text(row.means.get(s)) for s in table.scores)] for row in table.rows),
    ]


def difference_lines(table: ScoreTable) -> list[Line]:
    """Differences from the first run, with a heading; none where there is nothing to compare."""
    rows = [row for row in table.rows if row.verdict]
    if not rows:
        return []
    head = [f"less {table.rows[0].run}", "in common", *(SCORES[score] for score in table.scores), "better/worse/same"]
    return [head, *(_difference_line(row, table.scores) for row in rows)]


def _difference_line(row: ScoreRow, scores: Sequence[str]) -> Line:
    assert row.verdict
    decided = f"{row.verdict.wins}/{row.verdict.losses}/{row.verdict.ties}"
    found = [interval_text(row.differences.get(score), signed=True) for score in scores]
    return [row.run, str(row.common), *found, decided]


def _count(row: ScoreRow) -> str:
    return str(row.images) + (f" ({row.failed} failed)" if row.failed else "")


def whole_text(
    names: Sequence[str], settings: dict[str, list[Any]], tables: Sequence[ScoreTable], costs: dict[str, list[Any]]
) -> str:
    """Everything that is figures, in aligned columns."""
    parts = []
    for title, values in (("Settings that differ", settings), ("Runs", {COSTS[key]: costs[key] for key in costs})):
        if values:
            shown = {key: [figure_text(value) for value in own] for key, own in values.items()}
            parts.append([title, *_aligned(across(names, shown))])
    for table in tables:
        parts.append([table.name, *_aligned(score_lines(table)), *_aligned(difference_lines(table))])
    return "\n\n".join("\n".join(part) for part in parts)


def _aligned(lines: Sequence[Line]) -> Iterator[str]:
    """Columns of one width, names to the left and figures to the right."""
    if not lines:
        return
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    for line in lines:
        first = f"  {line[0]:<{widths[0]}}"
        yield "  ".join([first, *(f"{cell:>{width}}" for cell, width in zip(line[1:], widths[1:], strict=True))])


def write_csv(path: Path, runs: Sequence[Run], sets: Sequence[str]) -> None:
    """A row for every run, set and image, with all scores; means are left to whoever groups the rows.

    Columns: run, set, data, prompt, refine, id, the scores, error. A score that the truth does not tell is empty.
    """
    text = io.StringIO()
    facts = ("data", "prompt", "refine")
    table = csv.DictWriter(text, ["run", "set", *facts, "id", *SCORES, "error"], lineterminator="\n")
    table.writeheader()
    for run in runs:
        for found in (run.sets[name] for name in sets if name in run.sets):
            facts_of_run = {"run": run.name, "set": found.name} | {key: found.facts.get(key, "") for key in facts}
            for identity, scores in found.images.items():
                table.writerow(facts_of_run | {"id": identity, "error": found.errors.get(identity, "")} | dict(scores))
    write_text(path, text.getvalue())
