"""What each part of the method is worth: one table from one command, seeds and all.

    python benchmarks/ablation.py --adapt DATA --val DATA... [--output OUT] [--rows NAME...] [--set key=value ...]

Every row is an adaptation to the unlabelled photos of `--adapt` with one part more than the row before, scored on
half of the articles of each `--val` folder; the other half trains the supervised baseline. Pseudo-masks are made once
and cached. A finished row is not made again.
"""

import argparse
import json
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import spearmanr
from trials import COLUMNS, cells, halves, line, remembered, score, train

from wesam_packshot.allocator import keep_freed_memory
from wesam_packshot.arrays import Mask, Rgb
from wesam_packshot.evaluation.evaluate import evaluate, summarize
from wesam_packshot.evaluation.metrics import Levels
from wesam_packshot.io.records import Record, read_records
from wesam_packshot.pseudolabel.labeler import PseudoLabeler
from wesam_packshot.sam.weights import load_model

# What is switched off at first, and the parts that are then added one by one.
BARE = {
    "teacher.trust": "0",
    "loss.anchor": "0",
    "loss.contrastive": "0",
    "loss.colour": "0",
    "loss.boundary": "0",
    "composites.share": "0",
}
PARTS = {
    "student on pseudo-masks": {},
    "+ self-training": {"teacher.trust": "0.5"},
    "+ anchor": {"loss.anchor": "0.5"},
    "+ contrastive": {"loss.contrastive": "0.02"},
    "+ colour": {"loss.colour": "0.2"},
    "+ boundary": {"loss.boundary": "0.2"},
    "+ composites: all": {"composites.share": "0.5", "composites.min_steps": "0"},
}
NO_ENCODER = [f"adapter.encoder.{group}=0" for group in ("attention", "mlp", "neck")]
NO_DECODER = [f"adapter.decoder.{group}=0" for group in ("attention", "mlp", "hypernetworks")]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--adapt", type=Path, required=True)
    parser.add_argument("--val", type=Path, nargs="+", required=True)
    parser.add_argument("--output", type=Path, default=Path("runs/ablation"))
    parser.add_argument("--every", type=int, default=1, help="only every n-th photo of the --val folders")
    parser.add_argument("--rows", nargs="+", help="only these rows")
    parser.add_argument("--set", nargs="*", default=[], metavar="key=value", dest="overrides", help="configuration")
    arguments = parser.parse_args()
    keep_freed_memory()
    photos = read_records(arguments.adapt)
    sides = {folder.name: halves(folder, known(folder)[:: arguments.every]) for folder in arguments.val}
    print(line(["method", "set", "s", *COLUMNS.values()]))
    print(line(["---"] * (3 + len(COLUMNS))))
    chosen: list[tuple[float, float]] = []
    taught = [record for training, _ in sides.values() for record in training]
    for name, configuration, overrides in rows():
        if arguments.rows and name not in arguments.rows:
            continue
        run, seconds = None, "-"
        if configuration:
            learnt = taught if configuration == "supervised.yaml" else photos
            changes = [*overrides, *arguments.overrides]
            run = train(name.replace(" ", "-").replace("+", "with"), configuration, changes, learnt, arguments.output)
            seconds = f"{json.loads((run / 'seconds.json').read_text()):.0f}"
        ious = []
        for folder, (_, truth) in sides.items():
            memory = run or arguments.output / name
            if name == "pseudo-masks":
                scores = remembered(memory / f"{folder}.json", partial(pseudo_masks, truth))
            else:
                scores = score(run, truth, ["whole"], memory)["whole"]
            print(line([name, folder, seconds, *cells(scores)]), flush=True)
            ious.append(scores["iou"])
        if run and (judged := best_score(run)) is not None:
            chosen.append((judged, float(np.mean(ious))))
    if len(chosen) > 2:
        rank = spearmanr([judged for judged, _ in chosen], [iou for _, iou in chosen]).statistic
        print(f"\nLabel-free score against true IoU over {len(chosen)} runs: Spearman's rank correlation {rank:.2f}")


def rows() -> list[tuple[str, str | None, list[str]]]:
    """Name, configuration (None: nothing is trained) and overrides of each row."""
    table: list[tuple[str, str | None, list[str]]] = [("zero-shot", None, []), ("pseudo-masks", None, [])]
    state = dict(BARE)
    for name, part in PARTS.items():
        state |= part
        table.append((name, "weak.yaml", [f"{key}={value}" for key, value in state.items()]))
    everything = table[-1][2]
    table.append(("all, decoder only", "weak.yaml", [*everything, *NO_ENCODER]))
    table.append(("all, encoder only", "weak.yaml", [*everything, *NO_DECODER]))
    table.append(("supervised", "supervised.yaml", []))
    return table


def best_score(run: Path) -> float | None:
    """The label-free score of the adapter that a run kept; None when it made no checks."""
    found = [json.loads(row) for row in (run / "metrics.jsonl").read_text().splitlines()]
    return max((row["score"] for row in found if row["stage"] == "selection"), default=None)


def known(folder: Path) -> list[Record]:
    return [record for record in read_records(folder) if record.has_mask]


def pseudo_masks(records: list[Record]) -> dict[str, Any]:
    """Scores of the anchor's pseudo-masks of the same photos, those that abstain included."""
    labeler = PseudoLabeler(load_model("mobile_sam")[0], min_confidence=0)

    def predict(_: Record, image: Rgb, __: Levels) -> Mask:
        return labeler.label(image).mask(*image.shape[:2])

    return summarize(list(evaluate(records, predict, 100)))


if __name__ == "__main__":
    main()
