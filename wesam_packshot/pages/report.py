"""`report.html` of a run: what was done, what came out, and what to do with it; made from run folder and summary."""

import shlex
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from markupsafe import Markup
from PIL import Image

from wesam_packshot.config import Config
from wesam_packshot.files.json_lines import read_rows
from wesam_packshot.io.overlays import COLOURS, overlay
from wesam_packshot.pages.charts import histogram, line_chart, reliability_chart
from wesam_packshot.pages.page import embedded, write_page
from wesam_packshot.samples import Sample, read_samples

SCORES = {
    "iou": "mean IoU",
    "iou_p10": "IoU, worst tenth",
    "boundary_iou": "Boundary IoU at 0.5 % of the diagonal",
    "inverted": "share of inverted masks",
    "shadow_kept": "share of shadow kept as product",
    "reflection_kept": "share of reflection kept as product",
    "alpha_error": "error of alpha",
}
STAGES = {"before": "before", "pseudo": "pseudo-masks", "after": "adapted"}
LOSSES = ("loss", "focal", "dice", "anchor", "contrastive", "colour", "boundary")
AGREEMENT = {
    "score": "mean",
    "labels": "with pseudo-masks",
    "flip": "mirrored",
    "crop": "zoom-in pass",
    "colour": "with colour",
}
# As strong as layers are laid over the photo, of 255.
STRENGTH = {"pseudo": 120, "shadow": 230, "reflection": 160}
LAYER_COLOURS = {"pseudo": "product", "shadow": "shadow", "reflection": "reflection"}
# Confidence and true IoU of the pseudo-masks of photos that have true masks.
RELIABILITY = Path("pseudolabels") / "reliability.jsonl"
# IoU from which a pseudo-mask counts as good; confidence is the probability of that.
GOOD = 0.9


def write_report(folder: Path, summary: Mapping[str, Any], config: Config) -> None:
    """Write `report.html` of a run, from its summary and its `metrics.jsonl`, labels and samples.

    Raises:
        UserError: when it cannot be written.
    """
    rows = list(read_rows(folder / "metrics.jsonl"))
    labels = list(read_rows(folder / "pseudolabels" / "labels.jsonl"))
    samples = read_samples(folder)
    write_page(
        folder / "report.html",
        "report.html",
        summary=summary,
        config=config,
        photos=config.data.path,
        before=anchor_words(config),
        scores=_scores(summary),
        reasons=Counter(row["error"] for row in labels if row["status"] == "abstained").most_common(),
        failed=[row["error"] for row in labels if row["status"] == "failed"],
        sliders=[(_tinted(sample, "anchor"), _tinted(sample, "adapted"), _caption(sample)) for sample in samples],
        layers=[_layers(sample) for sample in samples if sample.facts["status"] == "ok"],
        colours={name: "#{:02x}{:02x}{:02x}".format(*COLOURS[colour]) for name, colour in LAYER_COLOURS.items()},
        charts=_charts(summary, rows, folder),
        folder=folder,
        repeat=shlex.join(
            ["python", "scripts/adapt.py", "--config", str(folder / "config.yaml"), "--output", f"{folder}-again"]
        ),
    )


def anchor_words(config: Config) -> str:
    """What the frozen anchor of a run is, which its photos are compared with, in words.

    Args:
        config: of a run, in which `adapter.start` is no longer `auto`.
    """
    if config.pseudolabel.anchor == "published" or config.adapter.start == "none":
        return "SAM as published"
    return "the packshot adapter that ships" if config.adapter.start == "packshot" else f"{config.adapter.start}"


def _scores(summary: Mapping[str, Any]) -> list[tuple[str, list[float]]]:
    """Of each score that is known its words, and its values in the order of `STAGES`."""
    if "scores_after" not in summary:
        return []
    values = {key: [summary[f"scores_{stage}"][key] for stage in STAGES] for key in SCORES}
    return [(SCORES[key], row) for key, row in values.items() if None not in row]


def _tinted(sample: Sample, layer: str) -> Markup:
    return embedded(Image.fromarray(overlay(np.asarray(sample.photo), sample.mask(layer))))


def _caption(sample: Sample) -> str:
    facts = sample.facts
    if facts["error"]:
        return f"{facts['id']}: left out ({facts['error']})"
    known = "" if facts["iou_after"] is None else f", IoU {facts['iou_before']:.2f} → {facts['iou_after']:.2f}"
    return f"{facts['id']}: confidence {facts['confidence']:.2f}{known}"


def _layers(sample: Sample) -> dict[str, Any]:
    """The photo, and a coloured picture of each layer that is not empty."""
    grey = sample.photo.convert("L").convert("RGB")
    shown = {name: _coloured(sample, name) for name in STRENGTH if sample.mask(name).any()}
    return {"photo": embedded(grey), "layers": shown, "caption": sample.facts["id"]}


def _coloured(sample: Sample, layer: str) -> Markup:
    alpha = sample.layers[layer].point(lambda level: level * STRENGTH[layer] // 255)
    picture = Image.new("RGB", sample.photo.size, COLOURS[LAYER_COLOURS[layer]])
    picture.putalpha(alpha)
    return embedded(picture)


def _charts(summary: Mapping[str, Any], rows: Sequence[dict[str, Any]], folder: Path) -> list[Markup]:
    training = [row for row in rows if row["stage"] == "train"]
    checks = [row for row in rows if row["stage"] == "selection"]
    charts = []
    if training:
        curves = {name: _curve(training, name) for name in LOSSES if any(row.get(name) for row in training)}
        charts.append(line_chart(curves, "Losses", "step"))
    if checks:
        curves = {words: _curve(checks, name) for name, words in AGREEMENT.items() if checks[0].get(name) is not None}
        charts.append(line_chart(curves, "Agreement without labels", "step", "IoU"))
    if sum(summary["confidence_histogram"]):
        centres = [(number + 0.5) / 10 for number, n in enumerate(summary["confidence_histogram"]) for _ in range(n)]
        charts.append(histogram(centres, "Confidence of the pseudo-masks", "confidence"))
    labelled = list(read_rows(folder / RELIABILITY))
    if labelled:
        good = [row["iou"] >= GOOD for row in labelled]
        charts.append(reliability_chart([row["confidence"] for row in labelled], good, "Is the confidence right?"))
    return charts


def _curve(rows: Sequence[dict[str, Any]], name: str) -> tuple[list[float], list[float]]:
    known = [row for row in rows if row.get(name) is not None]
    return [row["step"] for row in known], [row[name] for row in known]
