"""What the training benchmarks share: a run from a configuration, its scores, and tables."""

import json
import logging
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from wesam_packshot.adaptation.recipe import adapt
from wesam_packshot.adaptation.run_folder import open_run
from wesam_packshot.adaptation.supervision import prepare_records
from wesam_packshot.config import PromptKind, load_config
from wesam_packshot.devices import autocast
from wesam_packshot.evaluation.evaluate import evaluate, model_masks, summarize
from wesam_packshot.files.atomic import write_json
from wesam_packshot.io.records import Record
from wesam_packshot.sam.features import ImageFeatures
from wesam_packshot.segment import Segmenter
from wesam_packshot.tracking.tracker import Tracker

COLUMNS = {
    "iou": "IoU",
    "iou_p10": "p10",
    "inverted": "inverted",
    "shadow_kept": "shadow kept",
    "reflection_kept": "reflection kept",
    "boundary_iou": "Boundary IoU",
}


def train(name: str, configuration: str, overrides: Sequence[str], records: Sequence[Record], output: Path) -> Path:
    """The run folder of an adaptation of SAM as published; a finished one is not made again, a stopped one goes on."""
    folder = output / name
    if (folder / "adapter").is_dir():
        return folder
    logging.getLogger("wesam_packshot").setLevel(logging.INFO)
    config = load_config(
        configuration, ["adapter.start=none", *overrides, "tracking.mode=disabled", f"output={folder}"]
    )
    with open_run(config, resume=folder.is_dir()) as (folder, config):
        began = time.monotonic()
        adapt(config, prepare_records(records, config.data, folder), folder, Tracker(folder, config, "adapt"))
    (folder / "seconds.json").write_text(json.dumps(round(time.monotonic() - began, 1)))
    return folder


def score(
    run: Path | None, records: Sequence[Record], kinds: Sequence[PromptKind], memory: Path
) -> dict[PromptKind, dict[str, Any]]:
    """Scores of a run's adapter, or of SAM as published, under each kind of prompt; one encoding a photo.

    Args:
        memory: folder in which scores are kept, so that they are not taken again.
    """

    def measure() -> dict[PromptKind, dict[str, Any]]:
        segmenter, embedded = Segmenter.load(run), dict[str, ImageFeatures]()
        predicts = {kind: model_masks(segmenter, kind, embedded) for kind in kinds}
        with autocast(segmenter.device, "auto"):
            each = [[next(evaluate([record], predicts[kind], 100)) for kind in kinds] for record in records]
        return {kind: summarize([row[index] for row in each]) for index, kind in enumerate(kinds)}

    found: dict[PromptKind, dict[str, Any]] = remembered(
        memory / f"scores-{records[0].id}-{len(records)}-{'-'.join(kinds)}.json", measure
    )
    return found


def remembered(file: Path, measure: Callable[[], Any]) -> Any:
    """What the JSON file holds, measured and written if there is none."""
    if not file.is_file():
        write_json(file, measure())
    return json.loads(file.read_text())


def manifest(folder: Path) -> list[dict[str, Any]]:
    """Rows of the folder's `manifest.jsonl`; none without one."""
    file = folder / "manifest.jsonl"
    return [json.loads(row) for row in file.read_text().splitlines()] if file.is_file() else []


def objects(folder: Path) -> dict[str, str]:
    """The article that each photo shows, by id, where the folder's `manifest.jsonl` tells."""
    return {row["id"]: row.get("object", row["id"]) for row in manifest(folder)}


def halves(folder: Path, records: Sequence[Record]) -> tuple[list[Record], list[Record]]:
    """Two halves that share no article: every second article's photos, and the others'."""
    article = objects(folder)
    names = sorted({article.get(record.id, record.id) for record in records})
    first = set(names[::2])
    sides: tuple[list[Record], list[Record]] = ([], [])
    for record in records:
        sides[article.get(record.id, record.id) not in first].append(record)
    return sides


def cells(scores: dict[str, Any]) -> list[str]:
    return ["-" if scores[key] is None else f"{scores[key]:.3f}" for key in COLUMNS]


def line(values: Sequence[str]) -> str:
    return "| " + " | ".join(values) + " |"
