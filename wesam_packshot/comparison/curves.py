"""Learning curves of several runs on common axes."""

from collections.abc import Mapping, Sequence

import numpy as np

from wesam_packshot.comparison.sources import Run, is_number

# x and y by the run's name; empty where the run has no such figure.
Curve = Mapping[str, tuple[Sequence[float], Sequence[float]]]

# What decides, and what the loss is made of; the rest is for looking into something.
FIRST = (
    "selection/score",
    "train/loss",
    "selection/colour",
    "selection/flip",
    "selection/crop",
    "train/focal",
    "train/dice",
    "train/anchor",
    "train/colour",
)
NO_FIGURES = ("stage", "step")
# Losses of single steps are noisy: means over a tenth of the rows are drawn.
SMOOTHED = ("train", "warmup")
SHARE = 0.1


def learning_curves(runs: Sequence[Run]) -> dict[str, Curve]:
    """Curves of every figure of the runs' `metrics.jsonl`, by `stage/figure`, the most telling ones first."""
    found: dict[str, dict[str, tuple[list[float], list[float]]]] = {}
    for run in runs:
        for row in run.rows:
            for name, value in row.items():
                if name in NO_FIGURES or not is_number(value) or not is_number(row.get("step")):
                    continue
                curve = found.setdefault(f"{row.get('stage')}/{name}", {one.name: ([], []) for one in runs})
                curve[run.name][0].append(row["step"])
                curve[run.name][1].append(value)
    order = [name for name in FIRST if name in found] + sorted(name for name in found if name not in FIRST)
    return {name: _smoothed(found[name]) if name.startswith(SMOOTHED) else found[name] for name in order}


def running_mean(values: Sequence[float], share: float = SHARE) -> list[float]:
    """Means over windows of an odd number of values, about `share` of them all; narrower at both ends."""
    reach = round(share * len(values)) // 2
    with np.errstate(over="ignore"):  # of a run that has diverged
        return [float(np.mean(values[max(0, at - reach) : at + reach + 1])) for at in range(len(values))]


def _smoothed(curve: Curve) -> Curve:
    return {name: (steps, running_mean(values)) for name, (steps, values) in curve.items()}
