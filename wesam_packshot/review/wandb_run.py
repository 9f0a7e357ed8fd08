"""A review as a run in Weights & Biases: how far it has come, corrected photos before and after, the corrections."""

import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from PIL import Image

from wesam_packshot.arrays import Mask
from wesam_packshot.batch.manifest import REVIEWED, STATUSES
from wesam_packshot.config import Config, dump_config
from wesam_packshot.errors import UserError
from wesam_packshot.files.atomic import write_json, write_text
from wesam_packshot.files.json_lines import read_rows
from wesam_packshot.io.photos import read_image
from wesam_packshot.masks.binary import mask_iou
from wesam_packshot.masks.window import resample
from wesam_packshot.review.decided import decided
from wesam_packshot.review.journal import Decision
from wesam_packshot.review.outputs import Outputs
from wesam_packshot.review.state import Review
from wesam_packshot.samples import Sample, reduced
from wesam_packshot.tracking.lineage import corrections_artifact
from wesam_packshot.tracking.pictures import Table
from wesam_packshot.tracking.tracker import METRICS, SUMMARY, Tracker

log = logging.getLogger(__name__)

# The run's folder, below that of the outputs.
FOLDER = "review"
# At most so many corrected photos in the table, the latest; each is a picture to send.
SHOWN = 50
COLUMNS = ("id", "reviewer", "confidence", "iou_before")


class Correction(NamedTuple):
    """A photo whose mask a person has mended, and the masks before and after, (height, width)."""

    decision: Decision
    before: Mask
    after: Mask


def track_review(review: Review, config: Config) -> dict[str, Any]:
    """Log a review as it stands now, in `review/` below its folder and in W&B; returns the figures.

    Every call adds a row to the same run, unless nothing was decided since the last one.
    """
    folder = review.folder / FOLDER
    facts = figures(review)
    done = [row["step"] for row in read_rows(folder / METRICS)]
    if review.journal.count == (done[-1] if done else 0):
        return facts
    corrections = latest_corrections(review)
    if corrections:
        facts["iou_before"] = round(float(np.mean([mask_iou(each.before, each.after) for each in corrections])), 6)
    write_text(folder / "config.yaml", dump_config(config))
    write_json(folder / SUMMARY, facts)
    tracker = Tracker(folder, config, "review", review.folder.resolve().name)
    tracker.log({"stage": "review", "step": review.journal.count} | facts)
    if tracker.mirrored:  # table and artifact read photos, and every mask
        table = Table(list(corrected_samples(corrections, review.max_megapixels)), COLUMNS)
        tracker.finish(facts, table, made=[corrections_artifact(decided(review.folder))])
    return facts


def figures(review: Review) -> dict[str, Any]:
    """Photos of each status, and how many of them nobody has decided on."""
    rows = review.manifest.rows.values()
    counts = Counter(row["status"] for row in rows)
    undecided = sum(counts[status] for status in STATUSES)
    return {"photos": len(rows), "undecided": undecided} | {name: counts[name] for name in (*STATUSES, *REVIEWED)}


def latest_corrections(review: Review) -> list[Correction]:
    """Corrected photos, the latest first, at most `SHOWN`; without those whose masks cannot be read."""
    latest = {name: found[-1] for name, found in review.journal.standing.items() if found and found[-1].mask}
    corrections = []
    for decision in sorted(latest.values(), key=lambda found: found.number, reverse=True)[:SHOWN]:
        first = next(found.number for found in review.journal.standing[decision.id] if found.mask)
        try:
            after = review.present(decision.row)
            before = Outputs(review.outputs.former(first)).mask(decision.id, (after.shape[0], after.shape[1]))
        except UserError as error:
            log.warning("%s", error)
            continue
        corrections.append(Correction(decision, np.zeros_like(after) if before is None else before, after))
    return corrections


def corrected_samples(corrections: Sequence[Correction], max_megapixels: float) -> Iterator[Sample]:
    """The photos with both masks; without those that cannot be read."""
    for decision, before, after in corrections:
        try:
            photo = reduced(Image.fromarray(read_image(Path(decision.row["file"]), max_megapixels)))
        except UserError as error:
            log.warning("%s", error)
            continue
        facts = {"id": decision.id, "reviewer": decision.reviewer, "confidence": decision.before["confidence"]}
        facts["iou_before"] = round(mask_iou(before, after), 6)
        masks = {"former": before, "corrected": after}
        yield Sample(facts, photo, {name: _small(mask, photo) for name, mask in masks.items()})


def _small(mask: Mask, photo: Image.Image) -> Image.Image:
    return Image.fromarray(
        (resample(mask.astype(np.float32), (photo.height, photo.width)) > 0.5).astype(np.uint8) * 255
    )
