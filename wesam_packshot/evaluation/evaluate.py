"""Scores of a model, or of finished masks, on records with true masks."""

import csv
import io
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from wesam_packshot.arrays import Mask, Rgb
from wesam_packshot.config import PromptKind
from wesam_packshot.errors import failure
from wesam_packshot.evaluation.metrics import Levels, Scores, as_mask, score
from wesam_packshot.evaluation.prompting import evaluation_prompt
from wesam_packshot.files.atomic import write_json, write_picture, write_text
from wesam_packshot.io.overlays import overlay, sheet
from wesam_packshot.io.photos import read_image
from wesam_packshot.io.prompt_file import IGNORE, read_levels, write_levels
from wesam_packshot.io.records import Record
from wesam_packshot.pseudolabel.encoded_views import EncodedViews
from wesam_packshot.sam.features import ImageFeatures
from wesam_packshot.sam.frame import Frame
from wesam_packshot.segment.refinement import Refine, refine_logits
from wesam_packshot.segment.segmenter import Segmenter

log = logging.getLogger(__name__)

# A mask, or alpha from 0 to 255.
Predict = Callable[[Record, Rgb, Levels], Mask | Levels]

WORST = 12


@dataclass(frozen=True)
class Scored:
    """One image's scores, or why it has none."""

    record: Record
    scores: Scores | None
    error: str = ""


def model_masks(
    segmenter: Segmenter, kind: PromptKind, embedded: dict[str, ImageFeatures] | None = None, refine: Refine = "none"
) -> Predict:
    """Masks of a model under one kind of prompt.

    Args:
        embedded: memory for the last photo's features, to be shared by several kinds.
        refine: the boundary, see `wesam_packshot.segment.refinement`.
    """
    memory = {} if embedded is None else embedded

    def predict(record: Record, image: Rgb, truth: Levels) -> Mask | Levels:
        """The mask under a prompt that is drawn from the true one."""
        if record.id not in memory:
            memory.clear()
            memory[record.id] = segmenter.embed(image)
        prompt = evaluation_prompt(kind, record, truth > IGNORE)
        frame = Frame(*image.shape[:2])
        found = segmenter.decode(memory[record.id], [prompt], frame)
        if refine == "none":
            return found.mask
        views = EncodedViews(segmenter.embed, image, memory[record.id])
        asked = [] if kind == "whole" else [prompt]
        return refine_logits(segmenter, image, found.finest_logits(0, 0), asked, refine, views).alpha

    return predict


def finished_masks(folder: Path) -> Predict:
    """Masks of a folder of `<id>.png` (or of its `masks/`), such as another tool's."""
    masks = folder / "masks" if (folder / "masks").is_dir() else folder

    def predict(record: Record, _: Rgb, truth: Levels) -> Levels:
        return read_levels(masks / f"{record.id}.png", (truth.shape[0], truth.shape[1]))

    return predict


def evaluate(
    records: Sequence[Record], predict: Predict, max_megapixels: float, masks: Path | None = None
) -> Iterator[Scored]:
    """Score every record that has a true mask; whatever goes wrong with a photo is reported, and it is passed over.

    Args:
        masks: folder to which what is scored goes as `<id>.png`.
    """
    for record in records:
        if not record.has_mask:
            continue
        try:
            image = read_image(record.file, max_megapixels)
            truth = record.read_mask(*image.shape[:2])
            layers = (record.read_layer(kind, *image.shape[:2]) for kind in ("shadows", "reflections", "alpha"))
            found = predict(record, image, truth)
            scores = score(found, truth, *layers)
            if masks:
                write_levels(masks / f"{record.id}.png", found)
            yield Scored(record, scores)
        except Exception as error:
            message = failure(error, record.file)
            log.warning("%s", message)
            yield Scored(record, None, str(message))


def summarize(scored: Sequence[Scored]) -> dict[str, Any]:
    """Means over the images, the 10th percentile of IoU, and shares; None where no image tells."""
    found = [item.scores for item in scored if item.scores]
    ious = [scores.iou for scores in found]
    return {
        "images": len(found),
        "failed": len(scored) - len(found),
        "iou": _mean(ious),
        "iou_p10": round(float(np.quantile(ious, 0.1)), 6) if ious else None,
        "boundary_iou": _mean([scores.boundary_iou for scores in found]),
        "inverted": _mean([float(scores.inverted) for scores in found]),
        "shadow_kept": _mean([scores.shadow_kept for scores in found]),
        "reflection_kept": _mean([scores.reflection_kept for scores in found]),
        "alpha_error": _mean([scores.alpha_error for scores in found]),
    }


def write_scores(folder: Path, scored: Sequence[Scored], facts: dict[str, Any]) -> dict[str, Any]:
    """Write `scores.json` (with `facts` beside the scores) and `per_image.csv`; returns what the former holds."""
    summary = facts | summarize(scored)
    write_json(folder / "scores.json", summary)
    text = io.StringIO()
    names = ["id", *Scores.__dataclass_fields__, "error"]
    table = csv.DictWriter(text, names, lineterminator="\n")
    table.writeheader()
    for item in scored:
        table.writerow({"id": item.record.id, "error": item.error} | (asdict(item.scores) if item.scores else {}))
    write_text(folder / "per_image.csv", text.getvalue())
    return summary


def write_worst_sheet(path: Path, scored: Sequence[Scored], predict: Predict, max_megapixels: float) -> None:
    """A picture of the images with the lowest IoU: photo, prediction, truth."""
    worst = sorted((item for item in scored if item.scores), key=lambda item: item.scores.iou)[:WORST]  # type: ignore[union-attr]
    rows = []
    for item in worst:
        image = read_image(item.record.file, max_megapixels)
        truth = item.record.read_mask(*image.shape[:2])
        pictures = [image, overlay(image, as_mask(predict(item.record, image, truth))), overlay(image, truth > IGNORE)]
        rows.append((f"{item.record.id}   IoU {item.scores.iou:.3f}", pictures))  # type: ignore[union-attr]
    write_picture(path, sheet(rows, ["photo", "prediction", "truth"]), quality=88)


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return round(float(np.mean(known)), 6) if known else None
