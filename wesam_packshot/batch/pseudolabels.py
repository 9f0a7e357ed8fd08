"""Pseudo-masks of a folder of photos, as files."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from wesam_packshot.arrays import Rgb
from wesam_packshot.batch.folder import Job, OutputOptions, Segment, Tally, make_job, process
from wesam_packshot.batch.loading import identity, load_segmenter
from wesam_packshot.batch.outputs import ShadowPolicy
from wesam_packshot.config import Config
from wesam_packshot.devices import autocast
from wesam_packshot.files.holding import holding
from wesam_packshot.io.outcome import VISIBLE, Layers, Outcome
from wesam_packshot.io.records import Record, read_records
from wesam_packshot.progress import track
from wesam_packshot.pseudolabel.calibration import confidence_histogram
from wesam_packshot.pseudolabel.label import PseudoLabel
from wesam_packshot.pseudolabel.labeler import PseudoLabeler
from wesam_packshot.sam.frame import Frame
from wesam_packshot.sam.lora import activate
from wesam_packshot.segment.segmenter import STUDENT
from wesam_packshot.tracking import tracker
from wesam_packshot.tracking.lineage import adapter_artifact, labels_artifact, photos_artifact

# Pixels trusted less than this are unsure.
UNSURE = 0.5


def label_folder(config: Config, adapter: Path | None, options: OutputOptions) -> dict[str, Any]:
    """Label every photo of `data.path` into `output`; returns the summary.

    Args:
        adapter: with one, the adapted student takes the anchor's place.
        options: which files, of which part of the photos; its shadow policy is the configuration's.

    Raises:
        UserError: for a missing input, adapter or weights; a broken photo only gets a row that says so.
    """
    assert config.data.path and config.output
    records = read_records(config.data.path, config.data.limit)
    options = replace(options, style=replace(options.style, shadow=config.pseudolabel.shadow))
    job = make_job(config, options, identity(config, adapter), records)
    segmenter = load_segmenter(config, adapter)
    activate(segmenter.sam, **{STUDENT: 1.0})
    labeler = PseudoLabeler(segmenter.sam, config.pseudolabel.min_confidence, config.pseudolabel.disabled_stages)

    def label(record: Record, image: Rgb) -> Callable[[], Outcome]:
        specs = record.prompts if config.pseudolabel.use_prompts else ()
        kind = specs[0].kind if specs else "whole"
        frame = Frame(*image.shape[:2])
        prompts = record.ready_prompts(frame) if specs else []
        with autocast(segmenter.device, config.train.precision):
            drafts = labeler.draft_all(image, prompts)
        return lambda: describe_label(labeler.complete_all(drafts), frame, job.style.shadow, kind)

    with holding(job.output, job.shard.suffix):
        return {"output": str(config.output)} | _label(records, job, label, config, adapter)


def _label(records: Sequence[Record], job: Job, label: Segment, config: Config, adapter: Path | None) -> dict[str, Any]:
    """Label, and keep the books; returns the summary."""
    tally, inverted, confidences, hashes = Tally(), 0, [], {}
    for row in track(process(records, job, label), "pseudo-labels", len(job.shard.of(records))):
        tally.count(row["status"])
        inverted += bool(row["sam_inverted"])
        if row["confidence"] is not None:
            confidences.append(row["confidence"])
            hashes[row["id"]] = row["sha256"]
    mean = round(float(np.mean(confidences)), 4) if confidences else None
    summary = tally.as_dict() | {"inverted_by_anchor": inverted, "mean_confidence": mean}
    if job.shard.count == 1:  # several machines share a folder, but not a run
        facts = summary | {"confidence_histogram": confidence_histogram(confidences)}
        photos = photos_artifact(hashes)
        used = [photos] + ([adapter_artifact(adapter)] if adapter else [])
        made = [labels_artifact(job.output / "manifest.jsonl", photos)]
        row = {"stage": "pseudolabels", "step": 0} | facts
        tracker.track_at_once(job.output, config, tracker.Job("pseudolabel", used, made), row, facts)
    return summary


def describe_label(label: PseudoLabel, frame: Frame, shadow: ShadowPolicy, prompt: str) -> Outcome:
    """What the manifest and the files tell of a label, for a photo of `frame`'s size."""
    return Outcome(
        mask=label.mask(frame.height, frame.width),
        status="abstained" if label.reason else "ok",
        error=label.reason,
        confidence=label.confidence,
        inverted=False,
        shadow_removed=0.0 if shadow == "keep" else float((label.shadow > VISIBLE).mean()),
        reflection_removed=float(label.reflection.mean()),
        prompt=prompt,
        layers=Layers(label.shadow, label.reflection, label.weight < UNSURE),
        sam_inverted=label.inverted,
    )
