"""The real command, killed again and again under two reviewers in real browsers."""

import json
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from multiprocessing.process import BaseProcess
from pathlib import Path
from random import Random

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser import chromium
from tests.conftest import draw_packshot
from tests.hostile.commands import start, write_studio
from tests.review.conftest import rows
from wesam_packshot.batch.folder import Job, process
from wesam_packshot.io.outcome import Outcome
from wesam_packshot.io.records import read_records
from wesam_packshot.web.ports import bound

PHOTOS = 12
# Keys of the page, in turn; erasing makes a stroke first.
DECISIONS = ("accept", "reject", "erase")
# Turns after whose key the server is killed.
KILLED_AFTER = (1, 4, 5, 8)


@pytest.fixture
def cutouts(tmp_path: Path) -> Path:
    """Cut-outs of small photos, as the commands write them."""
    photos = tmp_path / "photos"
    photos.mkdir()
    for number in range(PHOTOS):
        Image.fromarray(draw_packshot(90, 120)[0]).save(photos / f"{number:02}.png")
    mask = np.zeros((90, 120), bool)
    mask[20:70, 30:100] = True
    job = Job(tmp_path / "cutouts", ("mask", "alpha", "coco"), {})
    list(
        process(read_records(photos), job, lambda *_: lambda: Outcome(mask, "ok", "", 0.5, False, 0, 0, "whole", None))
    )
    return job.output


@pytest.fixture
def begin(cutouts: Path, tmp_path: Path) -> Iterator[Callable[[int], BaseProcess]]:
    """Starts the command on a port and returns once it answers; what was started does not outlive the test."""
    studio, log = write_studio(tmp_path / "studio", photos=1), tmp_path / "review.log"
    started = list[BaseProcess]()

    def begin(port: int) -> BaseProcess:
        server = start(studio, "review", [str(cutouts), "--port", str(port), "--adapter", "none"], log)
        started.append(server)
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            assert server.is_alive(), log.read_text()
            with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/api/about"):
                return server
            time.sleep(0.05)
        raise AssertionError(log.read_text())

    yield begin
    for server in started:
        server.kill()


def ready(page: Page) -> str:
    """The photo that the page shows, empty when there is none left."""
    expect(page.locator("#left")).to_contain_text("decided")  # empty before the first answer
    expect(page.locator("#photo:visible, #nothing:visible")).to_have_count(1)
    return page.locator("#name").inner_text() if page.locator("#photo").is_visible() else ""


def decide(page: Page, how: str) -> None:
    if how == "erase":
        page.keyboard.press("e")
        box = page.locator("#canvas").bounding_box()
        assert box
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x + 5, y + 5)
        page.mouse.up()
        expect(page.locator("#live")).to_have_text("1 steps drawn.")
    page.keyboard.press("r" if how == "reject" else "a")


def test_two_reviewers_lose_nothing_to_kills(begin: Callable[[int], BaseProcess], cutouts: Path) -> None:
    with bound("127.0.0.1", 0) as free:
        port = free.getsockname()[1]
    server, random = begin(port), Random(0)
    with chromium() as browser:
        pages = [browser.new_page(), browser.new_page()]
        for page, name in zip(pages, ("Ann", "Bob"), strict=True):
            page.goto(f"http://127.0.0.1:{port}")
            ready(page)
            page.locator("#reviewer").fill(name)
            page.locator("#canvas").focus()
        for turn in range(2 * PHOTOS):
            page = pages[turn % 2]
            name = ready(page)
            if not name:  # the other page has the last one
                continue
            decide(page, DECISIONS[turn % 3])
            if turn in KILLED_AFTER:
                time.sleep(random.random() * 0.08)
                server.kill()
                server.join()
                server = begin(port)
                for each in pages:
                    each.reload()
                    ready(each)
                    each.locator("#canvas").focus()
            else:
                expect(page.locator("#name:visible", has_text=name)).to_have_count(0)
        assert [ready(page) for page in pages] == ["", ""]
    server.terminate()
    server.join()

    decisions = [json.loads(line) for line in (cutouts / "review.jsonl").read_text().splitlines()]
    assert Counter(row["id"] for row in decisions) == {f"{number:02}": 1 for number in range(PHOTOS)}
    assert {row["reviewer"] for row in decisions} == {"Ann", "Bob"}
    decided = rows(cutouts)
    assert decided == {row["id"]: row["row"] for row in decisions}
    results = json.loads((cutouts / "coco.json").read_text())
    counts = Counter(row["image_id"] for row in results["annotations"])
    names = {row["id"]: Path(row["file_name"]).stem for row in results["images"]}
    rejected = {name for name, row in decided.items() if row["status"] == "rejected"}
    assert {names[one] for one in counts} == set(decided) - rejected
    for name, row in decided.items():
        area = (np.asarray(Image.open(cutouts / "masks" / f"{name}.png")) > 127).sum()
        assert (area != 50 * 70) == (row["status"] == "corrected")
    assert Counter(row["status"] for row in decided.values()).keys() == {"accepted", "rejected", "corrected"}
