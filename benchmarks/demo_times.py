"""Seconds at the demo, in headless Chromium, from a file or a click to the new picture; and the page's own picture.

    python -m benchmarks.demo_times [--photos FOLDER] [--picture docs/demo.jpg]

Each photo is opened in a page without others, and clicked on four times, each click once the answer before it is shown.
"""

import argparse
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser, Page, expect

from tests.browser import chromium, running, shoot
from wesam_packshot.resources import example_folder

PORT = 7899
# Milliseconds.
PATIENCE = 120_000
CLICKS = ((0.5, 0.5), (0.45, 0.6), (0.1, 0.1), (0.9, 0.9))
# Notes when each answer is shown.
OBSERVE = """
() => {
  window.turns = {};
  const stage = document.getElementById("stage");
  const note = () => (window.turns[stage.dataset.turn] = performance.now());
  new MutationObserver(note).observe(stage, { attributeFilter: ["data-turn"] });
}
"""
# What the page's picture shows: the last of them, after a click, with the others in the strip.
SHOWN = ("p_wire_basket_2", "p_lipstick_0", "p_jar_0", "p_watch_1")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=Path, default=example_folder() / "images")
    parser.add_argument("--picture", type=Path, help="write the page's picture there, and measure nothing")
    arguments = parser.parse_args()
    with running("demo", PORT, "is ready") as address, chromium() as browser:
        if arguments.picture:
            draw(browser, address, arguments.picture)
            return
        files = sorted(path for path in arguments.photos.iterdir() if path.suffix in (".jpg", ".png", ".webp"))
        rows = [measured(browser, address, file) for file in files]
    print("| photos | first answer | refined (`fast`) | a further click |\n| --- | --- | --- | --- |")
    firsts, refined, clicks = zip(*rows, strict=True)
    further = spread([seconds for one in clicks for seconds in one])
    print(f"| {len(rows)} | {spread(firsts)} | {spread(refined)} | {further} |")


def measured(browser: Browser, address: str, file: Path) -> tuple[float, float, list[float]]:
    """Seconds to the first answer, to the refined one, and of each click."""
    page = browser.new_context().new_page()
    page.goto(address)
    expect(page.locator("[data-example]").first).to_be_visible()
    page.evaluate(OBSERVE)
    began = clock(page)
    page.set_input_files("#files", file)
    first, refined = (turned(page, number) - began for number in (1, 2))
    clicks = []
    page.wait_for_timeout(1500)  # a person looks at it, and meanwhile the model sees the photo for clicks
    for number, (x, y) in enumerate(CLICKS, 3):
        box = page.locator("#canvas").bounding_box()
        assert box
        began = clock(page)
        page.mouse.click(box["x"] + x * box["width"], box["y"] + y * box["height"])
        clicks.append(turned(page, number) - began)
    page.context.close()
    return first, refined, clicks


def clock(page: Page) -> float:
    """Seconds by the page's own clock."""
    milliseconds: float = page.evaluate("performance.now()")
    return milliseconds / 1000


def turned(page: Page, count: int) -> float:
    """When the answer of that number was shown, by the page's own clock: Playwright looks but once a second."""
    expect(page.locator("#stage")).to_have_attribute("data-turn", re.compile(r"\d"), timeout=PATIENCE)
    expect(page.locator("#stage")).not_to_have_attribute("data-turn", str(count - 1), timeout=PATIENCE)
    milliseconds: float = page.evaluate(f"turns[{count}]")
    return milliseconds / 1000


def draw(browser: Browser, address: str, picture: Path) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 860})
    page.goto(address)
    expect(page.locator("[data-example]").first).to_be_visible()
    page.set_input_files("#files", [example_folder() / "images" / f"{name}.jpg" for name in reversed(SHOWN)])
    expect(page.locator("#stage")).to_have_attribute("data-turn", re.compile(r"\d"), timeout=PATIENCE)
    for locator in ("#working", ".thumb.waiting, .thumb.working"):
        expect(page.locator(locator).locator("visible=true")).to_have_count(0, timeout=PATIENCE)
    shoot(page, picture)


def spread(seconds: Sequence[float]) -> str:
    low, middle, high = np.percentile(seconds, (10, 50, 90))
    return f"{middle:.2f} ({low:.2f} to {high:.2f})"


if __name__ == "__main__":
    main()
