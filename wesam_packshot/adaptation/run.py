"""A whole run: its folder, the recipe, and what is left for people to read."""

import logging
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from wesam_packshot.adaptation.corrections import artifact_of, counted
from wesam_packshot.adaptation.figures import measure, photo_hashes, run_figures
from wesam_packshot.adaptation.labelled import labelled_records
from wesam_packshot.adaptation.model_card import write_model_card
from wesam_packshot.adaptation.recipe import adapt
from wesam_packshot.adaptation.review_figures import review_figures
from wesam_packshot.adaptation.run_folder import open_run, settled
from wesam_packshot.adaptation.schedule import number_of_steps
from wesam_packshot.adaptation.showing import show
from wesam_packshot.adaptation.supervision import prepare_records
from wesam_packshot.config import Config
from wesam_packshot.errors import UserError
from wesam_packshot.files.atomic import write_json
from wesam_packshot.io.records import Record, read_records
from wesam_packshot.pages.report import write_report
from wesam_packshot.segment.segmenter import Segmenter
from wesam_packshot.tracking.lineage import adapter_artifact, labels_artifact, photos_artifact
from wesam_packshot.tracking.pictures import Table
from wesam_packshot.tracking.tracker import METRICS, SUMMARY, Tracker

log = logging.getLogger(__name__)


def run_adaptation(config: Config, resume: bool = False) -> dict[str, Any]:
    """Adapt to the photos of `data.path` (the shipped examples by default) and report; returns the summary.

    Raises:
        UserError: see `open_run`, `read_records` and `adapt`.
    """
    config = settled(config)
    labelled_records(config.labelled)  # fail early where there are none
    assert config.data.path
    records = read_records(config.data.path, config.data.limit)
    with open_run(config, resume) as (folder, config):
        records = prepare_records(records, config.data, folder)
        log.info(
            "adapting %s to %d photos of %s; run folder %s", config.model.name, len(records), config.data.path, folder
        )
        facts = _run(config, records, folder)
    return {"run": str(folder), "adapter": str(folder / "adapter")} | facts


def _run(config: Config, records: Sequence[Record], folder: Path) -> dict[str, Any]:
    """Adapt, report, and return what `summary.json` tells."""
    began = time.monotonic()
    tracker = Tracker(folder, config, "adapt")
    adapted = adapt(config, records, folder, tracker)

    segmenter = Segmenter.load(
        folder / "adapter", None, config.model.weights, config.model.weights_sha256, config.train.device
    )
    results = measure(records, adapted.store, segmenter, folder, config.data)
    samples = show(folder, records, adapted.store, results, segmenter, config.data.max_megapixels)
    facts = run_figures(
        records, adapted.store, results, folder / METRICS, time.monotonic() - began, config.train.device
    )
    facts |= {"steps": adapted.steps}
    if config.data.corrections:
        facts["review"] = counted(folder) | review_figures(records, segmenter, config)
    write_model_card(folder / "adapter", facts, adapted.base, config)
    write_report(folder, facts, config)
    photos = photos_artifact(photo_hashes(adapted.store))
    labels = labels_artifact(adapted.store.index, photos)
    parents = {f"{product.kind}_sha256": product.facts["sha256"] for product in (photos, labels)}
    decisions = [artifact_of(folder)] if config.data.corrections else []
    tracker.finish(facts, Table(samples), [photos, labels, *decisions], [adapter_artifact(folder, parents)])
    write_json(folder / SUMMARY, facts)  # last, since whoever finds it takes the run for finished
    return facts


def rehearse(config: Config) -> dict[str, Any]:
    """Load everything, label a few photos, take one step in a temporary folder, and tell the plan.

    Raises:
        UserError: whatever would stop the run at its beginning.
    """
    if config.output and config.output.exists() and not config.output.is_dir():
        raise UserError(f"{config.output}: is a file; choose another --output")
    config = settled(config)
    assert config.data.path
    records = read_records(config.data.path, config.data.limit)
    few = records[: max(2, config.train.batch_size)]
    short = config.model_copy(
        update={
            "warmup": config.warmup.model_copy(update={"epochs": min(config.warmup.epochs, 1)}),
            "train": config.train.model_copy(update={"min_steps": 1, "max_steps": 1}),
            "selection": config.selection.model_copy(update={"every": 0}),
            "tracking": config.tracking.model_copy(update={"mode": "disabled"}),
        }
    )
    began = time.monotonic()
    with TemporaryDirectory() as name:
        adapted = adapt(
            short, prepare_records(few, short.data, Path(name)), Path(name), Tracker(Path(name), short, "adapt")
        )
    return {
        "dry_run": True,
        "data": str(config.data.path),
        "photos": len(records),
        "with_masks": sum(record.has_mask for record in records),
        "with_prompts": sum(bool(record.prompts) for record in records),
        "steps": number_of_steps(config.train, len(records)),
        "rehearsed_on": len(few),
        "labelled": len(adapted.labels),
        "seconds": round(time.monotonic() - began, 1),
    }
