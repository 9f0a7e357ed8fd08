"""Runs against each other: a text, a table, and a page."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from wesam_packshot.comparison.report import write_comparison
from wesam_packshot.comparison.sources import Run, read_runs
from wesam_packshot.comparison.tables import ScoreRow, costs, differing_settings, score_tables
from wesam_packshot.comparison.text import whole_text, write_csv
from wesam_packshot.errors import UsageError

log = logging.getLogger(__name__)


def compare(
    folders: Mapping[str, Path], html: Path | None = None, table: Path | None = None, data: str | None = None
) -> tuple[str, dict[str, Any]]:
    """Compare runs; returns a text for people, and the same as a summary for programs.

    Args:
        folders: of the runs by what they were given as, one or more; the first is what the others are compared with.
        html, table: page and CSV to be written.
        data: only sets of this name, or of data of this name.

    Raises:
        UserError: see `read_runs`, which leaves broken runs out (counted in the summary under "failed"); when there is
            no such set; when a file cannot be written.
    """
    runs = read_runs(folders)
    tables = score_tables(runs)
    if data:
        chosen = [one for one in tables if one.name == data or data in {path.stem for path in one.data}]
        if not chosen:
            known = ", ".join(one.name for one in tables) or "none"
            raise UsageError(f"--data {data}: no run has scores of that name; there are {known}")
        tables = chosen
    if len(runs) > 1 and tables and all(len(one.rows) < 2 for one in tables):
        log.warning(
            "no two runs were scored on the same data, so no scores are compared; score each by evaluate.py --data"
        )
    settings, spent = differing_settings(runs), costs(runs)
    if table:
        write_csv(table, runs, [one.name for one in tables])
    if html:
        write_comparison(html, runs, settings, tables, spent)
    text = whole_text([run.name for run in runs], settings, tables, spent)
    summary = {
        "runs": {run.name: run.origin for run in runs},
        "settings": {key: _by_run(runs, values) for key, values in settings.items()},
        "sets": {one.name: {row.run: _facts(row) for row in one.rows} for one in tables},
        "costs": {key: _by_run(runs, values) for key, values in spent.items()},
        "html": str(html) if html else None,
        "csv": str(table) if table else None,
        "failed": len(folders) - len(runs),
    }
    return text, summary


def _by_run(runs: Sequence[Run], values: Sequence[Any]) -> dict[str, Any]:
    return {run.name: value for run, value in zip(runs, values, strict=True)}


def _facts(row: ScoreRow) -> dict[str, Any]:
    """A row for programs: means with bounds, and against the first run differences and verdict."""
    found = asdict(row)
    for key in ("means", "differences"):
        for interval in found[key].values():
            for name, value in interval.items():
                interval[name] = round(value, 6) if isinstance(value, float) else value
    return {key: value for key, value in found.items() if key != "run" and value not in (None, {})}
