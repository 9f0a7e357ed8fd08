"""Last stage: what the run has achieved, in figures and pictures."""

import base64
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from wesam_packshot.adaptation.store import LabelStore
from wesam_packshot.config import Config
from wesam_packshot.evaluation.evaluate import Predict, evaluate, model_masks, summarize
from wesam_packshot.evaluation.metrics import Levels
from wesam_packshot.images import Rgb, read_image
from wesam_packshot.io.atomic import replacing, write_text
from wesam_packshot.io.pictures import overlay, sheet
from wesam_packshot.io.records import Record
from wesam_packshot.masks import Mask
from wesam_packshot.segment.segmenter import Segmenter

# Pictures and scores are taken of at most so many photos, evenly spread: a report, not a benchmark.
PICTURES = 12
SCORED = 200

COUNTS = {
    "photos": "photos",
    "labelled": "labelled, and trained on",
    "abstained": "left out as uncertain",
    "failed": "not readable",
    "inverted_by_anchor": "where SAM as published returned the background",
    "steps": "training steps",
    "seconds": "seconds for everything",
}
SCORES = {
    "iou": "mean IoU",
    "iou_p10": "IoU, worst tenth",
    "boundary_iou": "Boundary IoU at 0.5 % of the diagonal",
    "inverted": "share of inverted masks",
    "shadow_kept": "share of shadow kept as product",
    "reflection_kept": "share of reflection kept as product",
}


def figures(records: Sequence[Record], store: LabelStore, segmenter: Segmenter, config: Config) -> dict[str, Any]:
    """Counts of the pseudo-labels and, where photos have true masks, scores before and after.

    Masks are used here and nowhere else.
    """
    rows = store.rows()
    status = Counter(rows[record.id]["status"] for record in records)
    facts: dict[str, Any] = {
        "photos": len(records),
        "labelled": status["ok"],
        "abstained": status["abstained"],
        "failed": status["failed"],
        "inverted_by_anchor": sum(bool(row.get("inverted")) for row in rows.values()),
    }
    scored = spread([record for record in records if record.has_mask and rows[record.id]["status"] != "failed"], SCORED)
    if scored:
        limit = config.data.max_megapixels
        facts["scores_before"] = summarize(list(evaluate(scored, anchor_masks(store), limit)))
        facts["scores_after"] = summarize(list(evaluate(scored, model_masks(segmenter, "whole"), limit)))
        facts |= {f"iou_{when}": facts[f"scores_{when}"]["iou"] for when in ("before", "after")}
    return facts


def anchor_masks(store: LabelStore) -> Predict:
    """What the anchor made of the whole-image box, as the store remembers it."""

    def predict(record: Record, image: Rgb, _: Levels) -> Mask:
        return _enlarged(store.read_maps(record.id)[..., 2], image)

    return predict


def write_samples(
    path: Path, records: Sequence[Record], store: LabelStore, segmenter: Segmenter, config: Config
) -> None:
    """A sheet of photos: as they are, the anchor, the pseudo-mask, the student."""
    rows = store.rows()
    pictures = []
    for record in spread([record for record in records if rows[record.id]["status"] != "failed"], PICTURES):
        image = read_image(record.file, config.data.max_megapixels)
        maps = store.read_maps(record.id)
        masks = [_enlarged(maps[..., 2], image), _enlarged(maps[..., 0], image), segmenter.segment(image).mask]
        note = rows[record.id]["error"] or f"confidence {rows[record.id]['confidence']:.2f}"
        pictures.append((f"{record.id}   {note}", [image, *(overlay(image, mask) for mask in masks)]))
    with replacing(path) as temporary:
        sheet(pictures, ["photo", "SAM, whole-image box", "pseudo-mask", "adapted, whole-image box"]).save(
            temporary, quality=88
        )


def write_report(path: Path, facts: dict[str, Any], samples: Path) -> None:
    """A page that needs no other file: the counts, the scores if there are any, and the sheet."""
    counts = "".join(f"<tr><th>{words}</th><td>{facts[key]}</td></tr>" for key, words in COUNTS.items())
    scores = ""
    if "scores_after" in facts:
        before, after = facts["scores_before"], facts["scores_after"]
        lines = "".join(
            f"<tr><th>{words}</th><td>{before[key]:.3f}</td><td>{after[key]:.3f}</td></tr>"
            for key, words in SCORES.items()
            if after.get(key) is not None
        )
        scores = f"""<h2>Scores under the whole-image box</h2>
<table><tr><th></th><td>before</td><td>after</td></tr>{lines}</table>
<p>Measured on {after["images"]} of these photos that have true masks, which were used for nothing else.</p>"""
    picture = base64.b64encode(samples.read_bytes()).decode()
    write_text(
        path,
        f"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Adaptation of SAM to {facts["photos"]} photos</title>
<style>
:root {{ color-scheme: light dark }}
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem }}
th {{ text-align: left; font-weight: 400; padding-right: 2rem }}
td {{ text-align: right; padding-right: 1.5rem; font-variant-numeric: tabular-nums }}
img {{ max-width: 100% }}
</style>
<h1>Adaptation of SAM to {facts["photos"]} photos</h1>
<table>{counts}</table>
{scores}
<h2>Samples</h2>
<p>Each row: the photo, SAM's own mask under the whole-image box, the pseudo-mask it was trained on, the adapted
model under the whole-image box. What is outside a mask is tinted blue.</p>
<img alt="Masks before and after" src="data:image/jpeg;base64,{picture}">
</html>
""",
    )


def write_model_card(folder: Path, facts: dict[str, Any], config: Config) -> None:
    """`README.md` of the adapter's folder."""
    scores = (
        f"IoU under the whole-image box on {facts['scores_after']['images']} of these photos that have true masks: "
        f"{facts['iou_before']:.3f} before, {facts['iou_after']:.3f} after (on the photos it was adapted to)."
        if "iou_after" in facts
        else "The photos had no true masks, so nothing was scored."
    )
    write_text(
        folder / "README.md",
        f"""# Adapter for {config.model.name}

LoRA made by wesam-packshot from {facts["labelled"]} unlabelled packshots (left out as uncertain: {facts["abstained"]}).
It makes SAM return the product under the whole-image box.

{scores}

Use: `python scripts/segment.py --input PHOTOS --output OUT --adapter {folder}`
""",
    )


def spread(records: Sequence[Record], count: int) -> list[Record]:
    """At most `count` of the records, evenly spaced."""
    places = np.linspace(0, len(records) - 1, min(count, len(records))).round().astype(int)
    return [records[place] for place in places]


def _enlarged(probability: "np.ndarray[Any, np.dtype[np.float32]]", image: Rgb) -> Mask:
    height, width = image.shape[:2]
    levels = Image.fromarray(probability).resize((width, height), Image.Resampling.BILINEAR)
    mask: Mask = np.asarray(levels) > 0.5
    return mask
