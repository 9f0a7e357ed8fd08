"""Last stage: what a run has achieved, in figures."""

import platform
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from wesam_packshot.adaptation.agreement import Agreement
from wesam_packshot.adaptation.store import LabelStore
from wesam_packshot.arrays import Mask, Rgb
from wesam_packshot.config import DataConfig
from wesam_packshot.devices import choose_device, peak_memory_mb
from wesam_packshot.evaluation.evaluate import Predict, Scored, evaluate, model_masks, summarize, write_scores
from wesam_packshot.evaluation.metrics import Levels
from wesam_packshot.files.json_lines import read_rows, write_rows
from wesam_packshot.io.records import Record
from wesam_packshot.masks.window import resample
from wesam_packshot.pages.report import RELIABILITY
from wesam_packshot.pseudolabel.calibration import confidence_histogram
from wesam_packshot.resources import example_folder
from wesam_packshot.segment.segmenter import Segmenter
from wesam_packshot.tracking.lineage import photos_sha256

# At most so many photos are scored, evenly spread: a report, not a benchmark.
SCORED = 200
# Planes of `LabelStore.read_maps`.
PSEUDO, ANCHOR = 0, 2


@dataclass(frozen=True)
class Results:
    """Scores on a run's own photos, of the anchor, of the pseudo-masks and of the adapted model, in one order."""

    before: list[Scored] = field(default_factory=list)
    pseudo: list[Scored] = field(default_factory=list)
    after: list[Scored] = field(default_factory=list)

    def ious(self) -> dict[str, dict[str, float]]:
        """IoUs of each photo, by its id."""
        return {
            item.record.id: {
                f"iou_{stage}": scored.scores.iou
                for stage, scored in (("before", item), ("pseudo", pseudo), ("after", after))
                if scored.scores
            }
            for item, pseudo, after in zip(self.before, self.pseudo, self.after, strict=True)
        }


def label_figures(records: Sequence[Record], store: LabelStore) -> dict[str, Any]:
    """Counts of the pseudo-labels, and a histogram of their confidence."""
    stored = store.rows()
    rows = [stored[record.id] for record in records]
    status = Counter(row["status"] for row in rows)
    known = [row["confidence"] for row in rows if row["status"] != "failed"]
    return {
        "labelled": status["ok"],
        "abstained": status["abstained"],
        "failed": status["failed"],
        "inverted_by_anchor": sum(bool(row.get("inverted")) for row in rows),
        "confidence_histogram": confidence_histogram(known),
    }


def measure(
    records: Sequence[Record], store: LabelStore, segmenter: Segmenter, folder: Path, config: DataConfig
) -> Results:
    """Scores where photos have true masks, which are used here and nowhere else; also written as `evaluate` does."""
    rows = store.rows()
    scored = spread([record for record in records if record.has_mask and rows[record.id]["status"] != "failed"], SCORED)
    if not scored:
        return Results()
    limit = config.max_megapixels
    source = config.path or example_folder()
    output = folder / "evaluation" / f"{source.stem}-whole"
    results = Results(
        before=list(evaluate(scored, stored_masks(store, ANCHOR), limit)),
        pseudo=list(evaluate(scored, stored_masks(store, PSEUDO), limit)),
        after=list(evaluate(scored, model_masks(segmenter, "whole"), limit, output / "masks")),
    )
    facts = {"data": str(source.resolve()), "source": str(folder), "prompt": "whole"}
    write_scores(output, results.after, facts)
    known = ((item.record.id, item.scores.iou) for item in results.pseudo if item.scores)
    reliability = ({"id": name, "confidence": rows[name]["confidence"], "iou": iou} for name, iou in known)
    write_rows(folder / RELIABILITY, reliability)
    return results


def run_figures(
    records: Sequence[Record], store: LabelStore, results: Results, metrics: Path, seconds: float, device: str
) -> dict[str, Any]:
    """All that `summary.json` tells.

    Args:
        metrics: the run's `metrics.jsonl`.
        seconds: since the run was begun or resumed.
        device: as `train.device` names it.
    """
    facts: dict[str, Any] = {"photos": len(records)} | label_figures(records, store)
    facts["photos_sha256"] = photos_sha256(photo_hashes(store).values())
    if results.after:
        facts |= {f"scores_{stage}": summarize(getattr(results, stage)) for stage in ("before", "pseudo", "after")}
        facts |= {f"iou_{stage}": facts[f"scores_{stage}"]["iou"] for stage in ("before", "after")}
    rows = list(read_rows(metrics))
    checks = [row for row in rows if row["stage"] == "selection"]
    if checks:
        best = max(checks, key=lambda row: float(row["score"]))
        facts["agreement"] = {name: best[name] for name in ("score", "step", *Agreement.__dataclass_fields__)}
    speeds = [row["images_per_second"] for row in rows if "images_per_second" in row]
    used = choose_device(device)
    return facts | {
        "images_per_second": speeds[-1] if speeds else None,
        "peak_memory_mb": peak_memory_mb(used),
        "device": f"{used} ({platform.machine()}, {platform.system()})",
        "seconds": round(seconds, 1),
    }


def photo_hashes(store: LabelStore) -> dict[str, str]:
    """SHA-256 of each photo that could be read."""
    return {identity: row["sha256"] for identity, row in store.rows().items() if "sha256" in row}


def stored_masks(store: LabelStore, plane: int) -> Predict:
    """Masks as the store remembers them: the anchor's under the whole-image box, or the pseudo-masks."""

    def predict(record: Record, image: Rgb, _: Levels) -> Mask:
        return resample(store.read_maps(record.id)[..., plane], (image.shape[0], image.shape[1])) > 0.5

    return predict


def spread(records: Sequence[Record], count: int) -> list[Record]:
    """At most `count` of the records, evenly spaced."""
    places = np.linspace(0, len(records) - 1, min(count, len(records))).round().astype(int)
    return [records[place] for place in places]
