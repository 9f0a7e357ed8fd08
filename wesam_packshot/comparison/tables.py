"""What a comparison says in figures: settings that differ, scores of every set, costs."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from wesam_packshot.comparison.intervals import Interval, Verdict, mean_interval, verdict
from wesam_packshot.comparison.sources import SCORES, Run, ScoredSet, is_number

# Where a run lies differs always, and says nothing.
PLACES = ("output",)
ABSENT = "-"
COSTS = {
    "photos": "photos",
    "labelled": "labelled",
    "abstained": "left out",
    "failed": "failed",
    "steps": "steps",
    "seconds": "seconds",
    "images_per_second": "images per second",
    "iou_before": "IoU before",
    "iou_after": "IoU after",
    "review.corrected": "corrected photos learnt from",
    "review.accepted": "accepted photos learnt from",
    "review.iou_before": "IoU on the corrected photos before",
    "review.iou_after": "IoU on the corrected photos after",
}


@dataclass(frozen=True)
class ScoreRow:
    """Scores of one run on one set.

    Attributes:
        means: of every score that some image has.
        common: images that the first run has as well.
        differences: on those, this run less the first one; empty of the first itself.
        verdict: on those, by IoU; None of the first itself.
    """

    run: str
    images: int
    failed: int
    means: dict[str, Interval]
    common: int
    differences: dict[str, Interval]
    verdict: Verdict | None


@dataclass(frozen=True)
class ScoreTable:
    """Scores of all runs on one set; the first row is what the others are compared with."""

    name: str
    data: list[Path]
    rows: list[ScoreRow]

    @property
    def scores(self) -> list[str]:
        """Names of the scores that some run has."""
        return [name for name in SCORES if any(name in row.means for row in self.rows)]


def differing_settings(runs: Sequence[Run]) -> dict[str, list[Any]]:
    """Values of the keys on which the runs that have a configuration disagree, in the order of the runs.

    A key or a whole configuration that a run lacks is shown as `ABSENT`.
    """
    known = [run.settings for run in runs if run.settings is not None]
    keys = dict.fromkeys(key for settings in known for key in settings if key not in PLACES)
    differing = [
        key for key in keys if any(settings.get(key, ABSENT) != known[0].get(key, ABSENT) for settings in known)
    ]
    return {key: [(run.settings or {}).get(key, ABSENT) for run in runs] for key in differing}


def score_tables(runs: Sequence[Run]) -> list[ScoreTable]:
    """A table of every set that some run has."""
    names = dict.fromkeys(name for run in runs for name in run.sets)
    return [_score_table(name, [run for run in runs if name in run.sets]) for name in names]


def _score_table(name: str, runs: Sequence[Run]) -> ScoreTable:
    found = [run.sets[name] for run in runs]
    rows = [_score_row(run.name, one, found[0]) for run, one in zip(runs, found, strict=True)]
    return ScoreTable(name, list(dict.fromkeys(one.data for one in found if one.data)), rows)


def _score_row(run: str, own: ScoredSet, first: ScoredSet) -> ScoreRow:
    scored = [scores for scores in own.images.values() if scores]
    means = _intervals((score, [image[score] for image in scored if score in image]) for score in SCORES)
    common = [identity for identity, scores in own.images.items() if scores and first.images.get(identity)]
    if own is first:
        return ScoreRow(run, len(scored), len(own.images) - len(scored), means, len(common), {}, None)
    differences = {
        score: [
            own.images[identity][score] - first.images[identity][score]
            for identity in common
            if score in own.images[identity] and score in first.images[identity]
        ]
        for score in SCORES
    }
    return ScoreRow(
        run,
        len(scored),
        len(own.images) - len(scored),
        means,
        len(common),
        _intervals(differences.items()),
        verdict(differences["iou"]),
    )


def _intervals(values: Iterable[tuple[str, Sequence[float]]]) -> dict[str, Interval]:
    return {name: interval for name, numbers in values if (interval := mean_interval(numbers))}


def costs(runs: Sequence[Run]) -> dict[str, list[float | None]]:
    """What every run took, what it gained on photos with true masks and on corrected ones; by the names of `COSTS`.

    Images per second are the median over the rows of training.
    """
    found = {name: [_cost(run, name) for run in runs] for name in COSTS}
    return {name: values for name, values in found.items() if any(value is not None for value in values)}


def _cost(run: Run, name: str) -> float | None:
    group, _, key = name.rpartition(".")
    holder = run.summary.get(group) if group else run.summary
    value = holder.get(key) if isinstance(holder, Mapping) else None
    if value is None and name == "images_per_second":
        speeds = [row[name] for row in run.rows if is_number(row.get(name))]
        return median(speeds) if speeds else None
    return value if is_number(value) else None
