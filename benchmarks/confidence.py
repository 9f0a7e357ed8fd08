"""Fit the confidence of cut-outs to true IoUs, and show how far it means what it says.

    python benchmarks/confidence.py collect FOLDER ROWS.json [--adapter packshot]
    python benchmarks/confidence.py fit ROWS.json... --report ROWS.json... [--plot reliability.png]

`collect` cuts out every photo of a data folder that has true masks, under the whole-image box, and writes stability and
IoU. `fit` prints the numbers for `wesam_packshot/segment/confidence.py`, and a table of each report's rows, which the
fit has not seen.
"""

import argparse
import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from calibration import GOOD, HEAD, STEPS, draw, fit
from numpy.typing import NDArray
from scipy.special import expit

from wesam_packshot.batch.loading import load_segmenter
from wesam_packshot.config import load_config
from wesam_packshot.evaluation.metrics import score
from wesam_packshot.files.atomic import write_json
from wesam_packshot.io.photos import read_image
from wesam_packshot.io.records import Record, read_records
from wesam_packshot.progress import track
from wesam_packshot.sam.adapter_file import named_adapter
from wesam_packshot.segment.confidence import instability
from wesam_packshot.segment.segmenter import Segmenter, stability

Rows = list[dict[str, Any]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    does = parser.add_subparsers(dest="does", required=True)
    collecting = does.add_parser("collect")
    collecting.add_argument("folder", type=Path)
    collecting.add_argument("rows", type=Path)
    collecting.add_argument("--adapter", default="packshot")
    fitting = does.add_parser("fit")
    fitting.add_argument("rows", nargs="+", type=Path)
    fitting.add_argument("--report", nargs="+", type=Path, required=True)
    fitting.add_argument("--plot", type=Path)
    arguments = parser.parse_args()
    if arguments.does == "collect":
        write_json(arguments.rows, collect(arguments.folder, arguments.adapter))
    else:
        report(arguments.rows, arguments.report, arguments.plot)


def collect(folder: Path, adapter: str) -> Rows:
    """Stability and true IoU of every photo with a true mask."""
    config = load_config(None)
    segmenter = load_segmenter(config, named_adapter(adapter, config.model.name))
    records = [record for record in read_records(folder) if record.has_mask]
    return [row_of(segmenter, record) for record in track(records, "stability", len(records))]


def row_of(segmenter: Segmenter, record: Record) -> dict[str, Any]:
    image = read_image(record.file)
    found = segmenter.segment(image)
    rows, columns = found.frame.scaled_size(found.finest.shape[-1])
    iou = score(found.mask, record.read_mask(*image.shape[:2])).iou
    return {"id": record.id, "iou": iou, "stability": float(stability(found.finest[0, 0, :rows, :columns]))}


def report(fitted: list[Path], reported: list[Path], plot: Path | None) -> None:
    """Fit to some rows, and print a table of each of the others, and of all of them."""
    signs, ious = matrix(fitted)
    intercept, weights = fit(signs, (ious >= GOOD).astype(float))
    print(f"INTERCEPT = {intercept:.2f}\nWEIGHT = {weights[0]:.2f}")
    for paths in [[path] for path in reported] + [reported]:
        signs, ious = matrix(paths)
        table(expit(intercept + signs @ weights), ious, ", ".join(path.stem for path in paths))
    if plot:
        draw(expit(intercept + signs @ weights), ious, plot)


def matrix(paths: list[Path]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Signs, one a row, and IoUs."""
    rows = [row for path in paths for row in json.loads(path.read_text())]
    return instability(np.array([[row["stability"]] for row in rows])), np.array([row["iou"] for row in rows])


def table(confidence: NDArray[np.float64], ious: NDArray[np.float64], name: str) -> None:
    """Reliability, and how well the least confident fifth holds what is to be mended (IoU below 0.9)."""
    good = ious >= GOOD
    print(f"\n{name}\n\n{HEAD}")
    for low, high in pairwise(STEPS):
        inside = (confidence >= low) & (confidence < high)
        if inside.any():
            cells = f"{low:g} to {min(high, 1):g} | {inside.sum()} | {confidence[inside].mean():.3f}"
            print(f"| {cells} | {good[inside].mean():.3f} | {ious[inside].mean():.3f} |")
    first = np.argsort(confidence)[: round(0.2 * len(ious))]
    print(f"Brier score {np.mean((confidence - good) ** 2):.3f}, of always saying the mean {good.var():.3f}; ", end="")
    print(f"{(~good[first]).sum()} of {(~good).sum()} photos below {GOOD} in the first fifth of the queue")


if __name__ == "__main__":
    main()
