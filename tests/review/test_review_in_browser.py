"""The page in a real browser, with real keys and clicks, on a folder that the commands have written."""

import errno
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser import chromium, watched_page
from tests.conftest import tiny_sam
from tests.review.conftest import rows
from wesam_packshot.files import atomic
from wesam_packshot.interactive import correction
from wesam_packshot.review import journal as journal_module
from wesam_packshot.review.access import Access
from wesam_packshot.review.server import server_of
from wesam_packshot.review.service import Service
from wesam_packshot.review.state import Review
from wesam_packshot.segment.segmenter import Segmenter
from wesam_packshot.web.ports import bound

Opened = Callable[..., AbstractContextManager[Page]]
# The stand-in for SAM answers a click with a disc of this radius, in the photo's pixels.
DISC = 15


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as program:
        yield program


@pytest.fixture(autouse=True)
def answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """A click changes a disc around it."""

    def disc(_segmenter: Any, _features: Any, frame: Any, earlier: Any, clicks: Any) -> Any:
        (x, y), label = clicks[-1]
        rows, columns = np.mgrid[: earlier.shape[0], : earlier.shape[1]]
        scale = frame.width / earlier.shape[1]
        inside = np.hypot((columns + 0.5) * scale - x, (rows + 0.5) * scale - y) < DISC
        return np.where(inside, 6.0 if label else -6.0, earlier).astype(np.float32)

    monkeypatch.setattr(correction, "refine_by_click", disc)


@contextmanager
def served(folder: Path) -> Iterator[str]:
    listener = bound("127.0.0.1", 0)
    service = Service(Review(folder), Segmenter(tiny_sam()))
    with server_of(service, Access()) as server:
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            while not server.started:
                time.sleep(0.02)
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


@contextmanager
def opened(browser: Browser, address: str, **look: Any) -> Iterator[Page]:
    """The page with its first photo."""
    with watched_page(browser, **look) as page:
        page.goto(address)
        expect(page.locator("#left")).to_contain_text("left")
        yield page


@pytest.fixture
def page(browser: Browser, folder: Path) -> Iterator[Page]:
    with served(folder) as address, opened(browser, address) as page:
        yield page


def shows(page: Page, name: str) -> None:
    expect(page.locator("#name")).to_have_text(name)
    expect(page.locator("#accept")).to_have_text("Accept")


def decided(page: Page, count: int) -> None:
    expect(page.locator("#left")).to_contain_text(f"{count} of 5 decided")


def at(page: Page, x: float, y: float, size: tuple[int, int]) -> tuple[float, float]:
    """Where on the screen a pixel of a photo of `size` (height, width) is."""
    box = page.locator("#canvas").bounding_box()
    assert box
    scale = min(box["width"] / size[1], box["height"] / size[0])
    left = box["x"] + (box["width"] - size[1] * scale) / 2
    return left + x * scale, box["y"] + (box["height"] - size[0] * scale) / 2 + y * scale


def drawn(page: Page, steps: int) -> None:
    expect(page.locator("#live")).to_have_text(f"{steps} steps drawn.")


def mask(folder: Path, name: str) -> NDArray[np.bool_]:
    return np.asarray(Image.open(folder / "masks" / f"{name}.png")) > 127


def to_cup(page: Page) -> None:
    """Past what abstained and what failed."""
    shows(page, "bear")
    for name in ("egg", "cup"):
        page.keyboard.press("n")
        shows(page, name)


def test_keys_accept_reject_and_take_back(page: Page, folder: Path) -> None:
    page.locator("#reviewer").fill("Ann")
    page.locator("#canvas").focus()
    shows(page, "bear")
    page.keyboard.press("a")
    decided(page, 1)
    shows(page, "egg")
    page.keyboard.press("r")
    decided(page, 2)
    assert (rows(folder)["bear"]["status"], rows(folder)["egg"]["status"]) == ("accepted", "rejected")
    assert rows(folder)["bear"]["reviewer"] == "Ann"
    shows(page, "cup")
    page.keyboard.press("u")
    decided(page, 1)
    shows(page, "egg")
    page.keyboard.press("u")
    decided(page, 0)
    shows(page, "bear")
    assert rows(folder)["bear"]["status"] == "abstained"
    page.keyboard.press("u")
    expect(page.locator("#message")).to_contain_text("no decision of yours to take back")


def test_next_passes_over_and_previous_goes_back(page: Page) -> None:
    to_cup(page)
    page.keyboard.press("p")
    shows(page, "egg")
    page.keyboard.press("ArrowLeft")
    shows(page, "bear")


def test_a_click_corrects_and_only_there(page: Page, folder: Path) -> None:
    before = mask(folder, "cup")
    to_cup(page)
    page.mouse.click(*at(page, 200, 180, (220, 240)))
    drawn(page, 1)
    page.mouse.click(*at(page, 70, 50, (220, 240)), button="right")  # off the product
    drawn(page, 2)
    expect(page.locator("#accept")).to_have_text("Accept as corrected")
    page.keyboard.press("Enter")
    decided(page, 1)
    after = mask(folder, "cup")
    grid = np.mgrid[:220, :240]
    for (x, y), is_product in (((200, 180), True), ((70, 50), False)):
        distance = np.hypot(grid[1] - x, grid[0] - y)
        assert (after[distance < DISC - 4] == is_product).all()
    far = np.minimum(np.hypot(grid[1] - 200, grid[0] - 180), np.hypot(grid[1] - 70, grid[0] - 50)) > DISC + 8
    assert np.array_equal(after[far], before[far])
    (line,) = map(json.loads, (folder / "corrections.jsonl").read_text().splitlines())
    assert line["labels"] == [1, 0]
    assert np.allclose(line["points"], [[200, 180], [70, 50]], atol=1)
    assert rows(folder)["cup"]["status"] == "corrected"


def test_the_brush_adds_and_erases(page: Page, folder: Path) -> None:
    before = mask(folder, "cup")
    to_cup(page)
    for key, y in (("b", 180), ("e", 70)):
        page.keyboard.press(key)
        page.mouse.move(*at(page, 30, y, (220, 240)))
        page.mouse.down()
        page.mouse.move(*at(page, 210, y, (220, 240)), steps=5)
        page.mouse.up()
        drawn(page, 1 if key == "b" else 2)
    page.locator("#accept").click()
    decided(page, 1)
    after = mask(folder, "cup")
    assert after[180, 34:206].all()
    assert not before[180].any()
    assert not after[70, 60:160].any()
    assert np.array_equal(after[85:165], before[85:165])


def test_a_box_asks_anew_and_steps_are_taken_back(page: Page) -> None:
    to_cup(page)
    page.keyboard.press("x")
    page.mouse.move(*at(page, 50, 30, (220, 240)))
    page.mouse.down()
    page.mouse.move(*at(page, 170, 110, (220, 240)), steps=3)
    page.mouse.up()
    drawn(page, 1)
    page.keyboard.press("1")
    page.mouse.click(*at(page, 200, 180, (220, 240)))
    drawn(page, 2)
    page.keyboard.press("Control+z")
    drawn(page, 1)
    page.keyboard.press("Backspace")
    drawn(page, 0)
    expect(page.locator("#accept")).to_have_text("Accept")


def test_by_keyboard_alone(page: Page, folder: Path) -> None:
    """The cross begins in the middle of the canvas."""
    to_cup(page)
    page.locator("#canvas").focus()
    for _ in range(3):
        page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press(" ")
    drawn(page, 1)
    page.keyboard.press("a")
    decided(page, 1)
    (line,) = map(json.loads, (folder / "corrections.jsonl").read_text().splitlines())
    ((x, y),) = line["points"]
    assert x == pytest.approx(120, abs=1)
    assert y > 120


def test_a_key_held_down_decides_on_one_photo(page: Page) -> None:
    to_cup(page)
    for _ in range(4):
        page.keyboard.down("a")
    shows(page, "dish")
    page.keyboard.down("a")  # and while the next is there
    page.keyboard.up("a")
    page.keyboard.press("p")
    shows(page, "cup")
    decided(page, 1)


def test_what_is_drawn_while_the_next_photo_loads_is_not_for_the_next(page: Page) -> None:
    to_cup(page)
    held: list[Route] = []
    page.route("**/api/picture/photo*", lambda route: held.append(route))
    with page.expect_request("**/api/picture/photo*"):
        page.keyboard.press("n")
    page.mouse.click(*at(page, 120, 110, (220, 240)))
    page.keyboard.press("a")
    shows(page, "cup")
    held[0].continue_()
    page.unroute("**/api/picture/photo*")
    shows(page, "dish")
    page.keyboard.press("p")
    shows(page, "cup")  # behind what was pressed before, and undecided
    decided(page, 0)


def test_what_is_decided_survives_a_reload_and_a_new_server(browser: Browser, folder: Path) -> None:
    with served(folder) as address, opened(browser, address) as page:
        shows(page, "bear")
        page.keyboard.press("r")
        decided(page, 1)
        page.reload()
        decided(page, 1)
        shows(page, "egg")  # which the closed page has given back
    with served(folder) as address, opened(browser, address) as page:
        decided(page, 1)
        shows(page, "egg")


def test_two_pages_never_have_the_same_photo(browser: Browser, folder: Path) -> None:
    with served(folder) as address, opened(browser, address) as one, opened(browser, address) as two:
        shows(one, "bear")
        shows(two, "egg")
        one.keyboard.press("a")
        decided(one, 1)
        shows(one, "cup")
        two.keyboard.press("w")
        two.get_by_text("cup", exact=True).click()
        expect(two.locator("#message")).to_contain_text("another reviewer has this photo")


def test_a_photo_that_is_deleted_behind_its_back_is_told(page: Page, folder: Path) -> None:
    to_cup(page)
    (folder.parent / "photos" / "dish.png").unlink()
    page.keyboard.press("n")
    expect(page.locator("#message")).to_contain_text("dish")
    page.keyboard.press("r")
    decided(page, 1)
    assert rows(folder)["dish"]["status"] == "rejected"


def test_a_full_disk_is_told_and_nothing_is_lost(page: Page, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    to_cup(page)
    page.mouse.click(*at(page, 200, 180, (220, 240)))
    drawn(page, 1)
    with monkeypatch.context() as patch:
        patch.setattr(atomic, "flush", full)
        patch.setattr(journal_module, "flush", full)
        page.keyboard.press("a")
        expect(page.locator("#message")).to_contain_text("make room there")
    assert rows(folder)["cup"]["status"] == "ok"
    page.keyboard.press("a")
    decided(page, 1)
    assert rows(folder)["cup"]["status"] == "corrected"


def test_the_end_is_told(page: Page, folder: Path) -> None:
    for count in range(5):
        expect(page.locator("#photo")).to_be_visible()
        page.keyboard.press("r")
        decided(page, count + 1)
    expect(page.locator("#nothing")).to_be_visible()
    page.keyboard.press("w")
    page.get_by_text("cup", exact=True).click()
    expect(page.locator("#status-text")).to_contain_text("rejected")
    page.keyboard.press("a")
    expect(page.locator("#photo")).to_be_hidden()
    assert rows(folder)["cup"]["status"] == "accepted"


def many(folder: Path, count: int) -> Path:
    """A folder of outputs of ever the same photo."""
    lines = (folder / "manifest.jsonl").read_text().splitlines()
    row = next(row for row in map(json.loads, lines) if row["id"] == "cup")
    (folder / "coco.json").unlink()
    told = (json.dumps(row | {"id": f"photo_{number:05}", "confidence": number / count}) for number in range(count))
    (folder / "manifest.jsonl").write_text("\n".join(told) + "\n")
    return folder


def test_ten_thousand_photos_open_and_scroll(browser: Browser, folder: Path) -> None:
    with served(many(folder, 10_000)) as address, watched_page(browser) as page:
        began = time.monotonic()
        page.goto(address)
        expect(page.locator("#left")).to_contain_text("10000 left")
        page.keyboard.press("w")
        expect(page.locator(".tile").first).to_be_visible()
        took = time.monotonic() - began
        assert took < 5  # a tenth of that on a quiet machine
        page.locator("#wall").evaluate("wall => wall.scrollTop = wall.scrollHeight")
        expect(page.get_by_text("photo_09999", exact=True)).to_be_visible()
        assert page.locator(".tile").count() < 200


@pytest.mark.parametrize(("width", "dark"), [(400, False), (1280, True), (2560, False)])
def test_it_fits_every_window(browser: Browser, folder: Path, width: int, dark: bool) -> None:
    with served(folder) as address, opened(browser, address, width=width, height=800, dark=dark) as page:
        shows(page, "bear")
        wide, high = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]")
        assert (wide, high) == (width, 800)
        for name in ("accept", "reject", "undo", "next", "canvas"):
            box = page.locator(f"#{name}").bounding_box()
            assert box
            assert box["width"] > 20
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= width
            assert box["y"] + box["height"] <= 800


def test_everything_has_a_name_for_screen_readers(page: Page) -> None:
    shows(page, "bear")
    unnamed = page.evaluate(
        """() => [...document.querySelectorAll("button, input, select, canvas, section, dialog")]
            .filter((part) => !(part.ariaLabel || part.labels?.length || part.textContent.trim() ||
                                part.getAttribute("aria-labelledby")))
            .map((part) => part.outerHTML)"""
    )
    assert unnamed == []
    assert page.locator("#live").text_content() == "bear: abstained, confidence 0.30. not sure"
