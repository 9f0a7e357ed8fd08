"""What the second output of the high-resolution branch is worth, on renders that have the truth.

    python -m benchmarks.layers --renders FOLDER [--adapter packshot] [--limit 0] [--sheet glass.jpg]

Shadow and reflection: IoU with the true masks over all photos together, product left out. Transparency: mean absolute
error within the true product, of photos tagged glass, beside the error of calling all of it opaque. The sheet shows
photos with glass, and the cut-out on two colours, its glass clear, as found and with the true transparency.
"""

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from wesam_packshot.arrays import Mask, Rgb
from wesam_packshot.batch.loading import load_segmenter
from wesam_packshot.config import load_config
from wesam_packshot.files.json_lines import read_rows
from wesam_packshot.io.outcome import VISIBLE
from wesam_packshot.io.overlays import sheet
from wesam_packshot.io.photos import read_image
from wesam_packshot.masks.window import resample
from wesam_packshot.sam.adapter_file import named_adapter
from wesam_packshot.segment.beside import find_layers
from wesam_packshot.segment.segmenter import Segmenter

COLOURS = {"on white": (255, 255, 255), "on blue": (40, 90, 170)}
# Rows of the sheet.
SHOWN = 8


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--renders", type=Path, required=True, help="a folder of render.py")
    parser.add_argument("--adapter", default="packshot", help="adapter folder, run, or packshot (packshot)")
    parser.add_argument("--limit", type=int, default=0, help="only the first so many photos (0: all)")
    parser.add_argument("--sheet", type=Path, help="picture to write")
    arguments = parser.parse_args()
    config = load_config(None)
    segmenter = load_segmenter(config, named_adapter(arguments.adapter, config.model.name))
    rows = sorted(read_rows(arguments.renders / "manifest.jsonl"), key=lambda row: str(row["id"]))
    print(json.dumps(measure(segmenter, arguments.renders, rows[: arguments.limit or None])))
    if arguments.sheet:
        glass = [row for row in rows if "glass" in row["tags"]][:SHOWN]
        pictures = [(str(row["id"]), shown(segmenter, arguments.renders, row)) for row in glass]
        titles = ["photo", *(f"{kind}, {colour}" for colour in COLOURS for kind in ("found", "true"))]
        sheet(pictures, titles).save(arguments.sheet, quality=85)


def measure(segmenter: Segmenter, folder: Path, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The scores of all photos together."""
    counts = {"shadow": np.zeros(2), "reflection": np.zeros(2)}
    errors, opaque = [], []
    for row in rows:
        product, shadow, reflection = (truth(folder, row, kind) > 0.5 for kind in ("masks", "shadows", "reflections"))
        through = truth(folder, row, "transparency")
        found = found_layers(segmenter, read_image(folder / row["file"]), product.shape)
        for name, mask, true in zip(counts, found[:2], (shadow, reflection), strict=True):
            here, there = mask & ~product, true & ~product
            counts[name] += ((here & there).sum(), (here | there).sum())
        if "glass" in row["tags"]:
            errors.append(np.abs(found[2] - through)[product].mean())
            opaque.append(through[product].mean())
    scores = {f"{name} IoU": round(float(both / max(either, 1)), 4) for name, (both, either) in counts.items()}
    return {"photos": len(rows), "glass": len(errors)} | scores | glass_scores(errors, opaque)


def glass_scores(errors: list[float], opaque: list[float]) -> dict[str, float]:
    if not errors:
        return {}
    return {
        "transparency error": round(float(np.mean(errors)), 4),
        "error if opaque": round(float(np.mean(opaque)), 4),
    }


def found_layers(segmenter: Segmenter, image: Rgb, size: tuple[int, ...]) -> tuple[Mask, Mask, NDArray[Any]]:
    """Shadow and reflection as masks, and the transparency, at a size."""
    layers = find_layers(image, segmenter.segment(image))
    if layers is None or layers.transparency is None:
        raise SystemExit("this adapter has no high-resolution branch")
    wanted = (size[0], size[1])
    shadow, through = (resample(values, wanted) for values in (layers.shadow, layers.transparency))
    return shadow > VISIBLE, resample(layers.reflection.astype(np.float32), wanted) > 0.5, through


def truth(folder: Path, row: dict[str, Any], kind: str) -> NDArray[Any]:
    return np.asarray(Image.open(folder / kind / f"{row['id']}.png").convert("L"), np.float32) / 255


def shown(segmenter: Segmenter, folder: Path, row: dict[str, Any]) -> list[Rgb]:
    """The photo, and its product on each colour with the glass as found and as it is."""
    image, alpha = read_image(folder / row["file"]), truth(folder, row, "alpha")
    found = found_layers(segmenter, image, alpha.shape)[2]
    backdrop = np.median(image[alpha == 0], axis=0)
    pictures = [image]
    for colour in COLOURS.values():
        for through in (found, truth(folder, row, "transparency")):
            behind = 1 - alpha * (1 - through)  # share of the backdrop's light in a pixel
            light = image + behind[..., None] * (np.asarray(colour) - backdrop)
            outside = np.where(alpha[..., None] > 0, light, np.asarray(colour))
            pictures.append(np.clip(outside, 0, 255).astype(np.uint8))
    return pictures


if __name__ == "__main__":
    main()
