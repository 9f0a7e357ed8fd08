"""The page of a comparison."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from markupsafe import Markup

from wesam_packshot.comparison.curves import FIRST, SHARE, learning_curves
from wesam_packshot.comparison.intervals import TIE, Interval
from wesam_packshot.comparison.pictures import (
    EXTRA,
    MISSED,
    OUTLINE,
    Gallery,
    images_to_show,
    sample_galleries,
    scored_galleries,
)
from wesam_packshot.comparison.sources import HIGHER_IS_BETTER, SCORES, Run
from wesam_packshot.comparison.tables import COSTS, ScoreRow, ScoreTable
from wesam_packshot.comparison.text import across, figure_text
from wesam_packshot.pages.charts import LINES, interval_chart, line_chart, series_colour, series_line
from wesam_packshot.pages.page import embedded, write_page


def write_comparison(
    path: Path,
    runs: Sequence[Run],
    settings: dict[str, list[Any]],
    tables: Sequence[ScoreTable],
    costs: dict[str, list[float | None]],
) -> None:
    """Write the page: settings, scores, curves, pictures and costs; it needs no other file.

    Raises:
        UserError: when the file cannot be written.
    """
    names = [run.name for run in runs]
    charts = _charts(runs)
    write_page(
        path,
        "compare.html",
        runs=[_legend(number, run) for number, run in enumerate(runs)],
        settings=_shown(names, settings),
        costs=_shown(names, {COSTS[key]: values for key, values in costs.items()}),
        tables=[_table(table) for table in tables],
        charts=[chart for name, chart in charts.items() if name in FIRST],
        more_charts=[chart for name, chart in charts.items() if name not in FIRST],
        galleries=list(_galleries(runs, tables)),
        embedded=embedded,
        tie=TIE,
        smoothing=f"{SHARE:.0%}",
        colours={"outline": _css(OUTLINE), "extra": _css(EXTRA), "missed": _css(MISSED)},
    )


def _legend(number: int, run: Run) -> dict[str, str]:
    line = f"3px {LINES[series_line(number)]} {series_colour(number)}"
    return {"name": run.name, "origin": run.origin, "line": line}


def _shown(names: Sequence[str], values: dict[str, list[Any]]) -> list[Sequence[str]]:
    shown = {key: [figure_text(value) for value in own] for key, own in values.items()}
    return list(across(names, shown)) if shown else []


def _charts(runs: Sequence[Run]) -> dict[str, Markup]:
    curves = learning_curves(runs)
    return {name: line_chart(curve, name, "step", legend=False) for name, curve in curves.items()}


def _table(table: ScoreTable) -> dict[str, Any]:
    first, *others = table.rows
    intervals = {row.run: _bounds(row.means["iou"]) for row in table.rows if "iou" in row.means}
    differences = {row.run: _bounds(row.differences["iou"]) for row in others if "iou" in row.differences}
    charts = [interval_chart(intervals, f"{table.name}: mean IoU", "IoU")]
    if differences:
        charts.append(
            interval_chart(differences, f"{table.name}: IoU less that of {first.run}", "difference of IoU", zero=True)
        )
    return {
        "name": table.name,
        "data": ", ".join(str(path) for path in table.data),
        "first": first.run,
        "scores": [SCORES[name] for name in table.scores],
        "rows": [{"row": row, "cells": [row.means.get(name) for name in table.scores]} for row in table.rows],
        "others": [{"row": row, "cells": list(_judged(row, table.scores))} for row in others],
        "charts": charts if len(table.rows) > 1 else [],
    }


def _judged(row: ScoreRow, scores: Sequence[str]) -> Iterator[tuple[Interval | None, str]]:
    """Differences with the class that colours them, where the interval excludes 0."""
    for name in scores:
        found = row.differences.get(name)
        sign = (found.sign if found else 0) * (1 if name in HIGHER_IS_BETTER else -1)
        yield found, {1: "good", -1: "bad", 0: ""}[sign]


def _bounds(interval: Interval) -> tuple[float, float, float]:
    low, high = interval.low, interval.high
    return interval.mean, interval.mean if low is None else low, interval.mean if high is None else high


def _galleries(runs: Sequence[Run], tables: Sequence[ScoreTable]) -> Iterator[Gallery]:
    shown = set[str]()
    for table in tables:
        for gallery in scored_galleries(runs, table.name, images_to_show(len(runs), len(tables))):
            shown.update(row.run for row in table.rows)
            yield gallery
    if any(run.name not in shown for run in runs):
        yield from sample_galleries(runs, images_to_show(len(runs)))


def _css(colour: tuple[int, int, int]) -> str:
    return f"rgb({colour[0]} {colour[1]} {colour[2]})"
