"""Pseudo-masks of a folder of photos, as files."""

from pathlib import Path
from typing import Any

import numpy as np

from wesam_packshot.config import Config
from wesam_packshot.images import Frame, Rgb
from wesam_packshot.io.batch import Outcome, Tally, make_job, process
from wesam_packshot.io.records import Record, read_records
from wesam_packshot.progress import track
from wesam_packshot.pseudolabel.labeler import PseudoLabeler
from wesam_packshot.sam.lora import activate
from wesam_packshot.segment.segmenter import STUDENT, identity, load_segmenter


def label_folder(config: Config, adapter: Path | None, formats: str, shard: str) -> dict[str, Any]:
    """Label every photo of `data.path` into `output`; returns the summary.

    Args:
        adapter: with one, the adapted student takes the anchor's place.
        shard: "i/n": which part of the photos.

    Raises:
        UserError: for a missing input, adapter or weights; a broken photo only gets a row that says so.
    """
    assert config.data.path and config.output
    records = read_records(config.data.path, config.data.limit)
    job = make_job(config, formats, shard, identity(config, adapter), records)
    segmenter = load_segmenter(config, adapter)
    activate(segmenter.sam, **{STUDENT: 1.0})
    labeler = PseudoLabeler(segmenter.sam, config.pseudolabel.min_confidence)

    def label(record: Record, image: Rgb) -> Outcome:
        specs = record.prompts if config.pseudolabel.use_prompts else ()
        frame = Frame(*image.shape[:2])
        found = labeler.label_all(image, [spec.prompt(frame) for spec in specs])
        return Outcome(
            mask=found.mask(*image.shape[:2]),
            status="abstained" if found.reason else "ok",
            error=found.reason,
            confidence=found.confidence,
            inverted=found.inverted,
            shadow_removed=found.shadow_removed,
            reflection_removed=0.0,
            prompt=specs[0].kind if specs else "whole",
        )

    tally = Tally()
    confidences = []
    for row in track(process(records, job, label), "pseudo-labels", len(job.shard.of(records))):
        tally.count(row["status"])
        confidences.append(row["confidence"])
    known = [value for value in confidences if value is not None]
    mean = round(float(np.mean(known)), 4) if known else None
    return {"output": str(config.output)} | tally.as_dict() | {"mean_confidence": mean}
