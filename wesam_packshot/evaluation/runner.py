"""Scores of a data folder, as files."""

from pathlib import Path
from typing import Any

from wesam_packshot.config import Config
from wesam_packshot.errors import UsageError
from wesam_packshot.evaluation.evaluate import (
    evaluate,
    finished_masks,
    model_masks,
    write_scores,
    write_worst_sheet,
)
from wesam_packshot.evaluation.prompting import PromptKind
from wesam_packshot.io.records import read_records
from wesam_packshot.progress import track
from wesam_packshot.segment.segmenter import load_segmenter


def evaluate_folder(
    config: Config, adapter: Path | None, predictions: Path | None, prompt: PromptKind
) -> dict[str, Any]:
    """Score an adapter, finished masks, or (with neither) SAM as published; returns the summary.

    The files go to `output`, by default `evaluation/<data>-<prompt>` beside adapter or predictions.

    Raises:
        UserError: for a missing input, adapter or weights, or data without any true mask.
    """
    assert config.data.path
    records = [record for record in read_records(config.data.path, config.data.limit) if record.has_mask]
    if not records:
        raise UsageError(f"{config.data.path}: no true masks; put them in masks/<id>.png")
    if predictions and not predictions.is_dir():
        raise UsageError(f"{predictions}: no such folder; give one of finished masks")
    predict = finished_masks(predictions) if predictions else model_masks(load_segmenter(config, adapter), prompt)
    source = predictions or adapter or Path("zero-shot")
    name = f"{config.data.path.resolve().stem}-{prompt}"
    output = config.output or (source if source.is_dir() else Path("runs") / source) / "evaluation" / name
    scored = list(track(evaluate(records, predict, config.data.max_megapixels), "scoring", len(records)))
    facts = {"data": str(config.data.path), "source": str(source), "prompt": prompt}
    summary = write_scores(output, scored, facts)
    write_worst_sheet(output / "worst.jpg", scored, predict, config.data.max_megapixels)
    return {"output": str(output)} | summary
