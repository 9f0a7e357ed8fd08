"""docs/layers.jpg: overlays of `pseudolabel.py`, of six of the shipped renders.

python -m benchmarks.layers_picture [--picture docs/layers.jpg]
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

from wesam_packshot.resources import example_folder

ROOT = Path(__file__).parents[1]
SHOWN = ("p_desk_lamp_1", "p_glass_bottle_2", "p_jar_1", "p_lipstick_0", "p_mug_1", "p_watch_1")
# Pixels of a cell of the sheet, and pictures in a row.
CELL, ROW = (310, 240), 3
QUALITY = 85


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--picture", type=Path, default=ROOT / "docs" / "layers.jpg")
    picture = parser.parse_args().picture
    with tempfile.TemporaryDirectory() as name:
        photos, labels = Path(name) / "photos", Path(name) / "labels"
        photos.mkdir()
        for shown in SHOWN:
            shutil.copy(example_folder() / "images" / f"{shown}.jpg", photos)
        command = [sys.executable, ROOT / "scripts" / "pseudolabel.py", photos, labels, "--format", "overlay"]
        subprocess.run(list(map(str, command)), check=True)
        page = Image.new("RGB", (ROW * CELL[0], len(SHOWN) // ROW * CELL[1]), "white")
        for number, shown in enumerate(SHOWN):
            overlay = Image.open(labels / "overlay" / f"{shown}.jpg")
            overlay.thumbnail((CELL[0] - 8, CELL[1] - 8))
            left, top = number % ROW * CELL[0], number // ROW * CELL[1]
            page.paste(overlay, (left + (CELL[0] - overlay.width) // 2, top + (CELL[1] - overlay.height) // 2))
        page.save(picture, quality=QUALITY)


if __name__ == "__main__":
    main()
