"""Fit the confidence of pseudo-masks to true IoUs, and show how far it means what it says.

    python benchmarks/calibration.py ROWS.json... [--plot reliability.png]

ROWS.json come from `pseudolabels.py`. Prints the numbers for `wesam_packshot/pseudolabel/trust.py`, and a table of
reliability in which each image is judged by a fit that has seen no image of the same object.
"""

import argparse
import json
import re
from itertools import pairwise
from pathlib import Path

import matplotlib as mpl
import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from wesam_packshot.pseudolabel.calibration import Features

mpl.use("Agg")
from matplotlib import pyplot as plt

GOOD = 0.9
STEPS = (0.0, 0.5, 0.7, 0.9, 0.95, 0.98, 1.0001)
RIDGE = 5.0
HEAD = "| confidence | images | its mean | IoU of 0.9 or more | mean IoU |\n| --- | --- | --- | --- | --- |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", nargs="+", type=Path)
    parser.add_argument("--plot", type=Path)
    arguments = parser.parse_args()
    rows = [row for path in arguments.rows for row in json.loads(path.read_text())]
    signs = np.stack([Features(**row["signs"]).vector for row in rows])
    ious = np.array([row["iou"] for row in rows])
    objects = np.array([re.sub(r"[_-]\d+$", "", row["id"]) for row in rows])
    good = (ious >= GOOD).astype(float)
    intercept, weights = fit(signs, good)
    print(f"INTERCEPT = {intercept:.3f}\nWEIGHTS = ({', '.join(f'{weight:.3f}' for weight in weights)})")
    held_out = np.zeros(len(rows))
    for name in np.unique(objects):
        mine = objects == name
        intercept, weights = fit(signs[~mine], good[~mine])
        held_out[mine] = expit(intercept + signs[mine] @ weights)
    print(HEAD)
    for low, high in pairwise(STEPS):
        inside = (held_out >= low) & (held_out < high)
        if inside.any():
            cells = f"{low:g} to {min(high, 1):g} | {inside.sum()} | {held_out[inside].mean():.3f}"
            print(f"| {cells} | {good[inside].mean():.3f} | {ious[inside].mean():.3f} |")
    sure = held_out >= GOOD
    print(f"confidence >= 0.9: {sure.sum()} of {len(rows)} images, of which {good[sure].mean():.1%} have IoU >= 0.9")
    if arguments.plot:
        draw(held_out, ious, arguments.plot)


def fit(signs: NDArray[np.float64], good: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
    """Logistic regression with a ridge on standardized signs, by Newton's method: intercept and weights."""
    mean, spread = signs.mean(0), signs.std(0)
    design = np.c_[np.ones(len(signs)), (signs - mean) / spread]
    ridge = RIDGE * np.diag([0.0] + [1.0] * signs.shape[1])
    found = np.zeros(design.shape[1])
    for _ in range(50):
        probability = expit(design @ found)
        curvature = design.T @ (design * (probability * (1 - probability))[:, None]) + ridge
        found += np.linalg.solve(curvature, design.T @ (good - probability) - ridge @ found)
    weights = found[1:] / spread
    return float(found[0] - weights @ mean), weights


def draw(confidence: NDArray[np.float64], ious: NDArray[np.float64], path: Path) -> None:
    """Reliability in eight groups of equal size, and IoU against confidence."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 4), layout="constrained")
    groups = np.array_split(np.argsort(confidence), 8)
    left.plot([0, 1], [0, 1], color="#999", linewidth=1)
    left.plot([confidence[group].mean() for group in groups], [(ious[group] >= GOOD).mean() for group in groups], "o-")
    left.set(xlabel="confidence, mean of an eighth of the images", ylabel="share with IoU of 0.9 or more")
    right.scatter(confidence, ious, s=9, alpha=0.6)
    right.axhline(GOOD, color="#999", linewidth=1)
    right.axvline(GOOD, color="#999", linewidth=1)
    right.set(xlabel="confidence", ylabel="IoU")
    figure.savefig(path, dpi=110)


if __name__ == "__main__":
    main()
