"""Scores of pseudo-masks on folders with true masks: by tag, and without each part.

    python benchmarks/pseudolabels.py DATA... [--adapter packshot] [--every 3] [--ablation] [--output OUT]

OUT gets `<folder>.json` (a row per image: scores, and the signs of trust that `calibration.py` reads) and `table.md`.
"""

import argparse
import json
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import numpy as np
from trials import line, manifest

from wesam_packshot.allocator import keep_freed_memory
from wesam_packshot.devices import autocast, choose_device
from wesam_packshot.evaluation.metrics import Scores, score
from wesam_packshot.io.photos import read_image
from wesam_packshot.io.records import Record, read_records
from wesam_packshot.progress import track
from wesam_packshot.pseudolabel.labeler import PseudoLabeler
from wesam_packshot.pseudolabel.stages import Stages
from wesam_packshot.sam.adapter_file import named_adapter
from wesam_packshot.sam.lora import active
from wesam_packshot.sam.model import SegmentAnything
from wesam_packshot.segment.segmenter import STUDENT, Segmenter

# Stages that an anchor with an adapter goes through.
WITH_ADAPTER = ("zoom", "snapping", "reflection", "holes")
COLUMNS = (
    "images",
    "IoU",
    "p10",
    "inverted",
    "shadow kept",
    "reflection kept",
    "Boundary IoU",
    "abstained",
    "IoU, abstained as empty",
    "s",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="+", type=Path, help="data folders with images/ and masks/")
    parser.add_argument("--adapter", default="packshot", help="of the anchor; none for SAM as published")
    parser.add_argument("--every", type=int, default=1, help="only every n-th image")
    parser.add_argument("--ablation", action="store_true", help="also without each part")
    parser.add_argument("--output", type=Path, default=Path("runs/pseudolabels"))
    arguments = parser.parse_args()
    keep_freed_memory()
    adapter = named_adapter(arguments.adapter, "mobile_sam")
    sam = Segmenter.load(adapter).sam
    variants: list[tuple[str, ...]] = [()]
    if arguments.ablation:
        variants += [(name,) for name in (WITH_ADAPTER if adapter else [field.name for field in fields(Stages)])]
    with active(sam, **{STUDENT: 1.0}):
        measure(arguments, sam, variants)


def measure(arguments: argparse.Namespace, sam: SegmentAnything, variants: Sequence[tuple[str, ...]]) -> None:
    lines = []
    for folder in arguments.data:
        records = [record for record in read_records(folder) if record.has_mask][:: arguments.every]
        lines += [f"## {folder.name}", "", line(("", *COLUMNS)), line(["---"] * (len(COLUMNS) + 1))]
        for without in variants:
            rows = label(PseudoLabeler(sam, disabled_stages=without), records, folder)
            lines.append(line((f"without {without[0]}" if without else "everything", *summarize(rows))))
            print(lines[-1], flush=True)
            if not without:
                lines += [line((tag, *summarize(group))) for tag, group in sorted(by_tag(rows).items())]
                _write(arguments.output / f"{folder.name}.json", json.dumps(rows, indent=1))
        lines.append("")
    _write(arguments.output / "table.md", "\n".join(lines))


def label(labeler: PseudoLabeler, records: list[Record], folder: Path) -> list[dict[str, Any]]:
    """A row of scores per image; masks of labels that abstain are scored as if they did not."""
    tags = {row["id"]: row.get("tags", []) for row in manifest(folder)}
    device, rows = choose_device("auto"), []
    for record in track(records, folder.name, len(records)):
        image = read_image(record.file)
        start = time.perf_counter()
        with autocast(device, "auto"):
            found = labeler.label(image)
        seconds = time.perf_counter() - start
        size = image.shape[:2]
        mask = found.window.paste_map(found.detail, (size[0], size[1]), 0.0) > 0.5
        layers = (record.read_layer(kind, *size) for kind in ("shadows", "reflections"))
        scores: Scores = score(mask, record.read_mask(*size), *layers)
        row = {"id": record.id, "tags": tags.get(record.id, []), "seconds": seconds, "abstained": bool(found.reason)}
        rows.append(row | asdict(scores) | {"signs": asdict(found.signs), "confidence": found.confidence})
    return rows


def by_tag(rows: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    groups = defaultdict(list)
    for row in rows:
        for tag in row["tags"]:
            groups[tag].append(row)
    return groups


def summarize(rows: list[dict[str, Any]]) -> list[str]:
    ious = [row["iou"] for row in rows]
    means = {key: _mean(rows, key) for key in ("inverted", "shadow_kept", "reflection_kept", "boundary_iou")}
    return [
        str(len(rows)),
        f"{np.mean(ious):.3f}",
        f"{np.quantile(ious, 0.1):.3f}",
        *(_format(means[key], 100, " %") for key in ("inverted", "shadow_kept", "reflection_kept")),
        _format(means["boundary_iou"], 1, ""),
        str(sum(row["abstained"] for row in rows)),
        f"{np.mean([0.0 if row['abstained'] else row['iou'] for row in rows]):.3f}",
        f"{np.mean([row['seconds'] for row in rows]):.2f}",
    ]


def _mean(rows: list[dict[str, Any]], key: str) -> float | None:
    known = [float(row[key]) for row in rows if row[key] is not None]
    return float(np.mean(known)) if known else None


def _format(value: float | None, factor: float, unit: str) -> str:
    if value is None:
        return "-"
    return f"{value * factor:.1f}{unit}" if unit else f"{value * factor:.3f}"


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text + "\n")


if __name__ == "__main__":
    main()
