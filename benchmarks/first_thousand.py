"""The commands of docs/first_thousand.md, one after the other, with a simulated reviewer; writes the page's pictures.

    python -m benchmarks.first_thousand DATA --work FOLDER [--pictures docs]

DATA is a data folder with true masks, such as examples/packshots, which nobody but the reviewer looks at: in the
browser, the first fifth of the queue gets at most five clicks a photo, each in the middle of the largest wrong region
(SAM's own protocol, arXiv 2304.02643, section 7.1), and is accepted where the mask is good, or as it is by then.
"""

import argparse
import base64
import subprocess
import sys
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from playwright.sync_api import Browser, Page, expect
from scipy import ndimage

from tests.browser import ROOT, chromium, running, shoot
from wesam_packshot.arrays import Mask
from wesam_packshot.io.records import Record, read_records
from wesam_packshot.masks.binary import mask_iou
from wesam_packshot.masks.simulated_prompts import innermost_point

PORT = 7898
# A mask that is accepted, clicks on a photo, and the share of the queue that is reviewed.
ACCEPTED, CLICKS, SHARE = 0.97, 5, 0.2
SIZE = {"width": 1280, "height": 860}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--work", type=Path, required=True, help="an empty folder for cut-outs and the run")
    parser.add_argument("--pictures", type=Path, help="write the page's pictures into this folder")
    arguments = parser.parse_args()
    work, records = arguments.work, {record.id: record for record in read_records(arguments.data)}
    command("segment", "--input", arguments.data / "images", "--output", work / "cutouts", "--format", "mask,rgba")
    before = scores(work / "cutouts", records)
    page = running("review", PORT, "Ctrl+C", str((work / "cutouts").resolve()), "tracking.mode=disabled")
    with page as address, chromium() as browser:
        clicks = review(browser, address, records, arguments.pictures)
    reviewed = scores(work / "cutouts", records)
    command(
        "adapt", "--config", "weak.yaml", "--data", arguments.data / "images",
        "--corrections", work / "cutouts", "--output", work / "next", "tracking.mode=disabled",
    )  # fmt: skip
    command(
        "segment", "--input", arguments.data / "images", "--output", work / "again",
        "--adapter", work / "next", "--format", "mask,rgba",
    )  # fmt: skip
    after = scores(work / "again", records)
    if arguments.pictures:
        with chromium() as browser:
            draw_report(browser, work / "next" / "report.html", arguments.pictures / "first_thousand_report.jpg")
    others = [name for name in records if name not in clicks]
    print(f"| | all {len(records)} | {len(clicks)} reviewed | {len(others)} others |\n| --- | --- | --- | --- |")
    for words, found in {"cut out": before, "reviewed": reviewed, "cut out again": after}.items():
        cells = [np.mean([found[name] for name in names]) for names in (records, clicks, others)]
        print(f"| {words} | {' | '.join(f'{cell:.3f}' for cell in cells)} |")
    print(f"\nclicks: {sum(clicks.values())}, on {len(clicks)} photos")


def command(name: str, *arguments: object) -> None:
    """Run a command of `scripts/`; a photo that abstains is no failure of it."""
    subprocess.run([sys.executable, ROOT / "scripts" / f"{name}.py", *map(str, arguments)], check=True)


def scores(folder: Path, records: dict[str, Record]) -> dict[str, float]:
    """IoU of each photo's mask."""
    return {
        name: mask_iou(read_mask(folder / "masks" / f"{name}.png"), truth(record)) for name, record in records.items()
    }


def read_mask(file: Path) -> Mask:
    return np.asarray(Image.open(file).convert("L")) > 127


def truth(record: Record) -> Mask:
    assert record.mask_file
    return read_mask(record.mask_file)


def review(browser: Browser, address: str, records: dict[str, Record], pictures: Path | None) -> dict[str, int]:
    """Clicks on each photo of the first fifth of the queue."""
    page = browser.new_page(viewport=SIZE)  # type: ignore[arg-type]
    page.goto(address)
    expect(page.locator("#left")).to_contain_text("left")
    if pictures:
        page.keyboard.press("w")
        expect(page.locator(".tile img").first).to_be_visible()
        page.wait_for_timeout(4000)  # thumbnails
        shoot(page, pictures / "first_thousand_queue.jpg")
        page.keyboard.press("w")
    found = dict[str, int]()
    for _ in range(round(SHARE * len(records))):
        expect(page.locator("#accept")).to_have_text("Accept")
        name = page.inner_text("#name")
        found[name] = mend(page, records[name], pictures if not any(found.values()) else None)
        page.keyboard.press("a")
        expect(page.locator("#left")).to_contain_text(f"{len(found)} of ")
        expect(page.locator("#name")).not_to_have_text(name)
    return found


def mend(page: Page, record: Record, pictures: Path | None) -> int:
    """Click where the mask is most wrong, until it is good; returns how often."""
    goal = truth(record)
    mask = _shown(page.request.get(f"{page.url}api/picture/cut?id={record.id}&v=0").body(), goal.shape)
    for number in range(CLICKS):
        if mask_iou(mask, goal) >= ACCEPTED:
            return number
        regions, _ = ndimage.label(mask != goal)
        x, y = innermost_point(regions == 1 + np.bincount(regions.ravel())[1:].argmax())
        label = goal[int(y), int(x)]
        with page.expect_response("**/api/draw") as answer:
            page.mouse.click(*_at(page, x + 0.5, y + 0.5, goal.shape), button="left" if label else "right")
        told: dict[str, Any] = answer.value.json()
        mask = _shown(base64.b64decode(told["cut"].partition(",")[2]), goal.shape)
        expect(page.locator("#live")).to_contain_text(f"{number + 1} steps drawn")
        if pictures and number == 0:
            shoot(page, pictures / "first_thousand_mended.jpg")
    return CLICKS


def _shown(content: bytes, size: tuple[int, ...]) -> Mask:
    """The mask of a preview, at the photo's size."""
    alpha = Image.open(BytesIO(content)).getchannel("A").resize((size[1], size[0]))
    mask: Mask = np.asarray(alpha) > 127
    return mask


def _at(page: Page, x: float, y: float, size: tuple[int, ...]) -> tuple[float, float]:
    """Where on the screen a pixel of the photo is."""
    box = page.locator("#canvas").bounding_box()
    assert box
    scale = min(box["width"] / size[1], box["height"] / size[0])
    left, top = (box["width"] - size[1] * scale) / 2, (box["height"] - size[0] * scale) / 2
    return box["x"] + left + x * scale, box["y"] + top + y * scale


def draw_report(browser: Browser, report: Path, picture: Path) -> None:
    page = browser.new_page(viewport=SIZE)  # type: ignore[arg-type]
    page.goto(report.as_uri())
    page.add_style_tag(content="h1 + p { display: none }")  # paths of this machine
    shoot(page, picture)


if __name__ == "__main__":
    main()
