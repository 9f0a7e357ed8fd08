"""Tables of the documentation, made from results of benchmarks.

    python benchmarks/tables.py            writes them into the pages, between <!-- name --> and <!-- end -->

A test fails where a page differs from what this would write.
"""

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
from results import ROOT, Rows, read_rows

from wesam_packshot.evaluation.evaluate import Scored, summarize
from wesam_packshot.evaluation.metrics import Scores
from wesam_packshot.files.atomic import write_text
from wesam_packshot.io.records import Record

HEAD = (
    "method", "set", "photos", "IoU", "p10", "Boundary IoU", "shadow kept", "reflection kept", "alpha error", "time",
    "memory",
)  # fmt: skip
NOBODY = Record("", Path())


def peers(rows: Rows) -> str:
    """A line for each method and set; its time is relative to that of the first method on the same set."""
    lines = [f"| {' | '.join(HEAD)} |", "| --- " * len(HEAD) + "|"]
    methods, sets = (list(dict.fromkeys(row[key] for row in rows)) for key in ("method", "set"))
    lines += [_line(rows, method, name, methods[0]) for method in methods for name in sets]
    return "\n".join(lines)


def _line(rows: Rows, method: str, name: str, first: str) -> str:
    mine, reference = ([row for row in rows if row["set"] == name and row["method"] == it] for it in (method, first))
    summary = summarize(
        [Scored(NOBODY, Scores(**{key: row[key] for key in Scores.__dataclass_fields__})) for row in mine]
    )
    scores = [f"{summary[key]:.3f}" for key in ("iou", "iou_p10", "boundary_iou")]
    kept = [summary[key] for key in ("shadow_kept", "reflection_kept")]
    shares = ["-" if share is None else f"{100 * share:.1f} %" for share in kept]
    alpha = "-" if summary["alpha_error"] is None else f"{summary['alpha_error']:.4f}"
    pace = _median(mine) / _median(reference)
    cells = [method, name, str(len(mine)), *scores, *shares, alpha, f"{pace:.2f}", f"{mine[-1]['peak_mb']} MB"]
    return f"| {' | '.join(cells)} |"


def _median(rows: Rows) -> float:
    return float(np.median([row["seconds"] for row in rows]))


# Tables by the name of their place: page, results, and how they are made.
TABLES: dict[str, tuple[str, str, Callable[[Rows], str]]] = {"peers": ("docs/cutouts.md", "peers.json", peers)}


def filled(name: str) -> str:
    """The page of a table, with the table as its results have it."""
    page, results, make = TABLES[name]
    table = make(read_rows(ROOT / "benchmarks" / "results" / results))
    text = (ROOT / page).read_text("utf-8")
    place = re.compile(f"(<!-- {name} -->\n\n).*?(\n\n<!-- end -->)", re.DOTALL)
    assert place.search(text), f"{page}: no place for {name}"
    return place.sub(lambda found: found[1] + table + found[2], text)


def main() -> None:
    for name, (page, _, _) in TABLES.items():
        write_text(ROOT / page, filled(name))


if __name__ == "__main__":
    main()
