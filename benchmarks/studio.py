"""What a rendered folder holds, and what a picture costs.

    python -m benchmarks.studio --renders FOLDER [--sheet docs/studio.jpg]     shares of families and tags, a sheet
    python -m benchmarks.studio --time 24                                      core-seconds of so many pictures

Time is the process's own (`time.process_time`), on one core, after a first picture that compiles.
"""

import argparse
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from wesam_packshot.files.json_lines import read_rows

WATCHED = ("thin", "holes", "metal", "glass", "white-on-white", "hard-shadow", "mirror-floor")
# Pixels of a cell of the contact sheet, and cells in a row: photo and layers side by side.
CELL, ACROSS = 150, 6
JPEG_QUALITY = 82


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--renders", type=Path, help="a folder of render.py")
    parser.add_argument("--sheet", type=Path, help="contact sheet to write: a picture of each family")
    parser.add_argument("--time", type=int, default=0, help="pictures to render for the time")
    arguments = parser.parse_args()
    if arguments.renders:
        rows = list(read_rows(arguments.renders / "manifest.jsonl"))
        print(shares(rows))
        if arguments.sheet:
            sheet(arguments.renders, rows).save(arguments.sheet, quality=JPEG_QUALITY)
    if arguments.time:
        print(timed(arguments.time))


def shares(rows: Sequence[dict[str, Any]]) -> str:
    """Share of the watched tags, and of the most frequent family, as a table."""
    families = Counter(row["family"] for row in rows)
    family, most = families.most_common(1)[0]
    found = Counter(tag for row in rows for tag in row["tags"])
    lines = [f"| {tag} | {100 * found[tag] / len(rows):.0f} % |" for tag in WATCHED]
    head = f"{len(rows)} pictures of {len(families)} families; most frequent: {family}, {100 * most / len(rows):.1f} %"
    return "\n".join([head, "", "| tag | share |", "| --- | --- |", *lines])


def timed(count: int, seed: int = 1) -> str:
    """Median and range of the core-seconds of training pictures."""
    from wesam_packshot.studio.picture import render_picture

    render_picture(seed, count, "train")
    seconds = []
    for index in range(count):
        began = time.process_time()
        render_picture(seed, index, "train")
        seconds.append(time.process_time() - began)
    low, middle, high = np.percentile(seconds, (10, 50, 90))
    return f"{count} pictures: {middle:.1f} core-seconds each (median; {low:.1f} to {high:.1f} for 80 % of them)"


def sheet(folder: Path, rows: Sequence[dict[str, Any]]) -> Image.Image:
    """The first picture of each family, by name, with its layers beside it."""
    chosen = {row["family"]: row for row in reversed(rows)}
    cells = [cell(folder, chosen[family]) for family in sorted(chosen)]
    high = -(-len(cells) // ACROSS)
    page = Image.new("RGB", (2 * CELL * ACROSS, (CELL + 12) * high), "white")
    for number, picture in enumerate(cells):
        down, across = divmod(number, ACROSS)
        page.paste(picture, (2 * CELL * across, (CELL + 12) * down))
    return page


def cell(folder: Path, row: dict[str, Any]) -> Image.Image:
    """Photo and layers: product white, through glass red, shadow blue, reflection yellow."""
    photo = Image.open(folder / row["file"])
    alpha, shadow, reflection, through = (
        np.asarray(Image.open(folder / layer / f"{row['id']}.png"), np.float32) / 255
        for layer in ("alpha", "shadows", "reflections", "transparency")
    )
    layers = alpha[..., None] * (1 - through[..., None] * np.array([0.1, 0.9, 0.9]))
    layers[shadow > 0.5] = 0.2, 0.3, 1.0
    layers[reflection > 0.5] = 1.0, 0.8, 0.0
    page = Image.new("RGB", (2 * CELL, CELL + 12), "white")
    for number, picture in enumerate((photo, Image.fromarray((layers * 255).astype(np.uint8)))):
        picture.thumbnail((CELL - 2, CELL - 2))
        page.paste(picture, (number * CELL, 12))
    ImageDraw.Draw(page).text((1, 0), row["family"], fill="black")
    return page


if __name__ == "__main__":
    main()
