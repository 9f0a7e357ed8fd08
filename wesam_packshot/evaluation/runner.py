"""Scores of a data folder, as files."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from wesam_packshot.batch.loading import identity, load_segmenter
from wesam_packshot.batch.manifest import settings_of
from wesam_packshot.config import Config, PromptKind
from wesam_packshot.errors import UsageError
from wesam_packshot.evaluation.evaluate import (
    Predict,
    Scored,
    evaluate,
    finished_masks,
    model_masks,
    write_scores,
    write_worst_sheet,
)
from wesam_packshot.files.atomic import write_json
from wesam_packshot.files.holding import holding
from wesam_packshot.io.records import Record, read_records
from wesam_packshot.progress import track
from wesam_packshot.sam.adapter_file import find_adapter
from wesam_packshot.sam.features import ImageFeatures
from wesam_packshot.segment.refinement import Refine
from wesam_packshot.tracking.lineage import Artifact, adapter_artifact
from wesam_packshot.tracking.tracker import Job, track_at_once


def evaluate_folder(
    config: Config,
    adapter: Path | None,
    predictions: Path | None,
    prompts: Sequence[PromptKind],
    refine: Refine = "none",
) -> dict[str, Any]:
    """Score an adapter, finished masks, or (with neither) SAM as published; returns the summary.

    The files of each kind of prompt, with the masks that were scored in `masks/`, go to `output`, by default
    `evaluation/<data>-<prompt>` beside adapter or predictions; those of several kinds to folders of their names below
    it, and their summaries to its `scores.json`. There, `made_by` says what made the masks: version, hash of the
    adapter, settings; None for masks in whose folder no manifest says so.

    Raises:
        UserError: for a missing input, adapter or weights, or data without any true mask.
    """
    assert config.data.path
    records = [record for record in read_records(config.data.path, config.data.limit) if record.has_mask]
    if not records:
        raise UsageError(f"{config.data.path}: no true masks; put them in masks/<id>.png")
    if predictions and not predictions.is_dir():
        raise UsageError(f"{predictions}: no such folder; give one of finished masks")
    if predictions:
        predicts = {prompt: finished_masks(predictions) for prompt in prompts}
        made_by = settings_of(predictions)
    else:
        segmenter, embedded = load_segmenter(config, adapter), dict[str, ImageFeatures]()
        predicts = {prompt: model_masks(segmenter, prompt, embedded, refine) for prompt in prompts}
        made_by = identity(config, adapter) | {"refine": refine}
    source = predictions or adapter or Path("zero-shot")
    name = f"{config.data.path.resolve().stem}-{prompts[0] if len(prompts) == 1 else 'all'}"
    output = config.output or (source if source.is_dir() else Path("runs") / source) / "evaluation" / name

    facts = {"data": str(config.data.path.resolve()), "source": str(source), "made_by": made_by}
    with holding(output):
        scores = _score(config, records, predicts, output, facts, adapter)
    return {"output": str(output)} | scores


def _score(
    config: Config,
    records: Sequence[Record],
    predicts: Mapping[PromptKind, Predict],
    output: Path,
    facts: Mapping[str, Any],
    adapter: Path | None,
) -> dict[str, Any]:
    """Score, write it, and tell what the command tells."""
    prompts, limit = list(predicts), config.data.max_megapixels
    scored: dict[PromptKind, list[Scored]] = {prompt: [] for prompt in prompts}
    folders = {prompt: output if len(prompts) == 1 else output / prompt for prompt in prompts}
    for record in track(records, "scoring", len(records)):
        for prompt, predict in predicts.items():
            scored[prompt] += evaluate([record], predict, limit, folders[prompt] / "masks")
    summaries = {}
    for prompt, folder in folders.items():
        write_worst_sheet(folder / "worst.jpg", scored[prompt], finished_masks(folder), limit)
        summaries[prompt] = write_scores(folder, scored[prompt], {**facts, "prompt": prompt})
    scores = summaries[prompts[0]] if len(prompts) == 1 else summaries | {"failed": summaries[prompts[0]]["failed"]}
    if len(prompts) > 1:
        write_json(output / "scores.json", summaries)
    _track(config, output, summaries, adapter)
    return scores


def _track(config: Config, output: Path, summaries: Mapping[PromptKind, dict[str, Any]], adapter: Path | None) -> None:
    """The folder as a run of its own, in the group of the run whose adapter it scores."""
    scores = {f"{prompt}.{name}": value for prompt, summary in summaries.items() for name, value in summary.items()}
    numbers = {name: value for name, value in scores.items() if isinstance(value, int | float)}
    used = [adapter_artifact(adapter)] if adapter else []
    tables = {str(file.relative_to(output)): file for file in sorted(output.rglob("per_image.csv"))}
    facts = {"model_sha256": used[0].facts["sha256"]} if used else {}
    made = Artifact("scores", "scores", tables, facts)
    run = find_adapter(adapter).resolve().parent.name if adapter else None
    row = {"stage": "scores", "step": 0} | numbers
    job = Job("evaluate", used, [made], run)
    track_at_once(output, config, job, row, {str(prompt): found for prompt, found in summaries.items()})
