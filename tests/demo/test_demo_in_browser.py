"""The demo in a real browser: photos, clicks, boxes, strokes, keys, looks and downloads, as a visitor has them."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http import HTTPStatus
from http.client import HTTPConnection
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.browser import chromium, watched_page
from wesam_packshot.demo.access import CUT, UPLOAD
from wesam_packshot.resources import example_folder

ROOT = Path(__file__).parents[2]
# Milliseconds for an answer, on a machine that has other work as well.
PATIENCE = 120_000


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as program:
        yield program


class Demo:
    """The command, run in a folder."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        program, limits = str(ROOT / "scripts" / "demo.py"), ("--port", str(self.port), "--max-upload", "10")
        self.command = [sys.executable, program, *limits, *options]
        self.folder = folder
        self.told = ""
        self.start()

    def start(self) -> None:
        """Run it until it says where its page is; the model may not be loaded yet."""
        own = {"PYTHONPATH": str(ROOT)}
        self.process = subprocess.Popen(
            self.command, cwd=self.folder, env=os.environ | own, stderr=subprocess.PIPE, text=True
        )
        assert self.process.stderr
        while ": loading " not in self.told:
            line = self.process.stderr.readline()
            assert line, self.told
            self.told += line

    def end(self, how: signal.Signals) -> tuple[int, str]:
        """Exit code, and all that it has said since it told its address."""
        self.process.send_signal(how)
        said = self.process.communicate(timeout=60)[1]
        self.told = ""
        return self.process.returncode, said


@contextmanager
def demo(folder: Path, *options: str) -> Iterator[Demo]:
    one = Demo(folder, *options)
    try:
        yield one
    finally:
        code, said = one.end(signal.SIGTERM)
    assert code == 128 + signal.SIGTERM, said
    assert said.splitlines()[-1].startswith("error: terminated; open pages keep their photos")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """A demo of MobileSAM with the adapter that ships."""
    with demo(tmp_path_factory.mktemp("workplace")) as one:
        yield one


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def example(name: str) -> Path:
    return example_folder() / "images" / f"{name}.jpg"


@contextmanager
def visit(browser: Browser, address: str, **look: Any) -> Iterator[Page]:
    with watched_page(browser, **look) as page:
        page.goto(address)
        expect(page.locator("[data-example]")).to_have_count(24, timeout=PATIENCE)
        yield page


def rested(page: Page) -> None:
    """Wait until nothing is wanted any more, of the photos in the strip either."""
    expect(page.locator("#working")).to_be_hidden(timeout=PATIENCE)
    expect(page.locator(".thumb.waiting, .thumb.working")).to_have_count(0, timeout=PATIENCE)
    expect(page.locator("#status-text")).not_to_have_text("cutting out …", timeout=PATIENCE)


def open_photo(page: Page, *names: str) -> None:
    page.set_input_files("#files", [example(name) for name in names])
    expect(page.locator("#name")).to_have_text(f"{names[0]}.jpg")
    expect(page.locator("#stage")).to_have_attribute("data-refine", page.input_value("#refine"), timeout=PATIENCE)
    rested(page)


def at(page: Page, across: float, down: float, size: tuple[int, int] = (512, 768)) -> tuple[float, float]:
    """A place on a photo of `size` (height, width), in pixels of the page."""
    box = page.locator("#canvas").bounding_box()
    assert box
    scale = min(box["width"] / size[1], box["height"] / size[0])
    left, top = (box["width"] - size[1] * scale) / 2, (box["height"] - size[0] * scale) / 2
    return box["x"] + left + across * size[1] * scale, box["y"] + top + down * size[0] * scale


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    page.mouse.move(*at(page, *start))
    page.mouse.down()
    page.mouse.move(*at(page, *end), steps=3)
    page.mouse.up()


def steps(page: Page, count: int) -> None:
    words = "confidence" if not count else f"{count} {'steps' if count > 1 else 'step'}"
    expect(page.locator("#status-text")).to_contain_text(words, timeout=PATIENCE)
    rested(page)


def colour(page: Page, across: float, down: float) -> tuple[int, ...]:
    """What is seen at a place of the photo."""
    x, y = at(page, across, down)
    shot = page.screenshot(clip={"x": x - 1, "y": y - 1, "width": 2, "height": 2})
    return tuple(int(level) for level in np.asarray(Image.open(BytesIO(shot)).convert("RGB")).reshape(-1, 3).mean(0))


def saved(page: Page, folder: Path) -> tuple[str, str, tuple[int, int]]:
    """Name, mode and size of a download."""
    with page.expect_download(timeout=PATIENCE) as download:
        page.click("#download")
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    with Image.open(path) as picture:
        return path.name, picture.mode, picture.size


def test_a_visit(running: Demo, browser: Browser, tmp_path: Path) -> None:
    """A click, a box, a stroke, undo and redo by keys, backgrounds and files; nothing is asked of other machines."""
    with visit(browser, running.address) as page:
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        open_photo(page, "p_watch_1")
        assert page.locator("#adapter option").all_inner_texts() == ["packshot"]
        page.mouse.click(*at(page, 0.1, 0.1), button="right")
        steps(page, 1)
        drag(page, (0.3, 0.1), (0.8, 0.9))
        steps(page, 2)  # without the box's tool a drag is a click, where it began
        page.keyboard.press("b")
        drag(page, (0.1, 0.8), (0.3, 0.8))
        steps(page, 3)
        page.click("[data-back=white]")
        assert max(colour(page, 0.2, 0.8)) < 250  # painted: the photo's grey
        page.keyboard.press("Control+z")
        steps(page, 2)
        assert min(colour(page, 0.2, 0.8)) > 250
        page.keyboard.press("Control+Shift+z")
        steps(page, 3)
        assert max(colour(page, 0.2, 0.8)) < 250
        assert saved(page, tmp_path) == ("p_watch_1.png", "RGB", (768, 512))
        page.click("[data-back=checker]")
        page.check("#crop")
        page.select_option("#format", "WEBP")
        name, mode, size = saved(page, tmp_path)
        assert (name, mode) == ("p_watch_1.webp", "RGBA")
        assert size != (768, 512)
        page.click("#clear")
        steps(page, 0)
        page.keyboard.press("x")
        drag(page, (0.3, 0.1), (0.8, 0.9))
        steps(page, 1)
        assert all(url.startswith((running.address, "data:", "blob:")) for url in asked)


def test_no_click_is_lost_while_answers_are_under_way(running: Demo, browser: Browser) -> None:
    """Two quick clicks, a double click, and clicks before there is an answer: all count, and the page comes to rest."""
    with visit(browser, running.address) as page:
        page.set_input_files("#files", example("p_watch_1"))
        expect(page.locator("#name")).to_have_text("p_watch_1.jpg")
        page.keyboard.press("b")
        page.mouse.click(*at(page, 0.05, 0.05))
        page.mouse.click(*at(page, 0.95, 0.05))
        page.mouse.dblclick(*at(page, 0.05, 0.95))
        steps(page, 4)
        page.click("[data-back=white]")
        for corner in ((0.05, 0.05), (0.95, 0.05), (0.05, 0.95)):
            assert max(colour(page, *corner)) < 250, corner
        assert min(colour(page, 0.95, 0.5)) > 250
        page.mouse.click(*at(page, 0.95, 0.95))
        page.keyboard.press("Control+z")
        page.keyboard.press("Control+z")
        steps(page, 3)
        assert min(colour(page, 0.95, 0.95)) > 250


def test_the_page_survives_a_reload_and_a_new_server(running: Demo, browser: Browser) -> None:
    with visit(browser, running.address) as page:
        open_photo(page, "p_watch_1", "p_jar_0")
        page.keyboard.press("b")
        page.mouse.click(*at(page, 0.05, 0.05))
        steps(page, 1)
        page.click("[data-back=white]")
        page.select_option("#format", "JPEG")
        rested(page)  # a request that a reload breaks off counts as failed
        page.wait_for_timeout(600)  # until it is written to the browser's database
        page.reload()
        steps(page, 1)
        assert page.input_value("#format") == "JPEG"
        assert max(colour(page, 0.05, 0.05)) < 250
        expect(page.locator(".thumb")).to_have_count(2)
        running.end(signal.SIGINT)
        running.start()
        page.keyboard.press("b")
        page.mouse.click(*at(page, 0.95, 0.05))
        steps(page, 2)
        assert max(colour(page, 0.95, 0.05)) < 250
        page.keyboard.press("Control+Shift+z")
        page.keyboard.press("n")
        expect(page.locator("#name")).to_have_text("p_jar_0.jpg")
        page.keyboard.press("Delete")
        expect(page.locator("#strip")).to_be_hidden()
        page.keyboard.press("Delete")
        expect(page.locator("#empty")).to_be_visible()
        page.reload()
        expect(page.locator("#empty")).to_be_visible()


def test_several_photos_are_cut_out_one_after_the_other(running: Demo, browser: Browser, tmp_path: Path) -> None:
    (tmp_path / "notes.jpg").write_text("no photo")
    with visit(browser, running.address) as page:
        files = [example("p_mug_1"), tmp_path / "notes.jpg", example("p_jar_0")]
        page.set_input_files("#files", files)
        expect(page.locator(".thumb.failed")).to_have_count(1, timeout=PATIENCE)
        expect(page.locator(".thumb img:visible")).to_have_count(2, timeout=PATIENCE)
        assert page.locator(".thumb b").all_inner_texts() == [path.name for path in files]
        asked: list[Any] = []
        page.on("request", lambda request: asked.append(request.post_data_json) if request.url.endswith(CUT) else None)
        page.keyboard.press("v")
        expect(page.locator("#compare")).to_have_attribute("aria-pressed", "true")
        rested(page)
        page.keyboard.press("v")
        page.keyboard.press("v")
        rested(page)
        assert {body["adapter"] for body in asked} == {None}  # the cut-out itself is there
        with page.expect_download(timeout=PATIENCE) as first:
            page.click("#download-all")
        assert first.value.suggested_filename == "p_mug_1.png"


def test_broken_photos_are_told_of_in_the_page(running: Demo, browser: Browser, tmp_path: Path) -> None:
    (tmp_path / "notes.jpg").write_text("no photo")
    (tmp_path / "vast.jpg").write_bytes(bytes(10_000_001))
    with visit(browser, running.address) as page:
        for name, told in {"notes": "notes.jpg: not an image", "vast": "vast.jpg: larger than 10 MB"}.items():
            page.set_input_files("#files", tmp_path / f"{name}.jpg")
            expect(page.locator("#message")).to_contain_text(told, timeout=PATIENCE)
        page.set_input_files("#files", example("p_mug_1"))
        steps(page, 0)
        expect(page.locator("#message")).to_be_hidden()


def test_on_a_phone_without_an_adapter(browser: Browser, tmp_path: Path) -> None:
    """Photo and result are in one place, nothing is wider than the screen, and the page says what SAM has done."""
    look = {"width": 400, "height": 800, "dark": True}
    with demo(tmp_path, "--adapter", "none") as one, visit(browser, one.address, **look) as page:
        expect(page.locator("#no-adapter")).to_be_visible()
        page.click("[data-example='p_mug_1.jpg']")
        expect(page.locator("#doubt")).to_contain_text("the background was taken for the product", timeout=PATIENCE)
        expect(page.locator("#compare")).to_be_hidden()
        assert page.evaluate("document.documentElement.scrollWidth") == 400
        canvas, button = (page.locator(name).bounding_box() for name in ("#canvas", "#download"))
        assert canvas and button
        assert canvas["width"] > 350 and canvas["height"] > 250
        assert button["y"] + button["height"] <= 800


def test_the_server_asks_who_is_there(running: Demo) -> None:
    def answer(method: str, path: str, length: int = 0, **headers: str) -> int:
        names = {name.replace("_", "-"): value for name, value in headers.items()} | {"Content-Length": str(length)}
        with closing(HTTPConnection(urlsplit(running.address).netloc, timeout=20)) as connection:
            connection.request(method, path, bytes(min(length, 1000)), names)
            return connection.getresponse().status

    assert answer("GET", "/") == HTTPStatus.OK
    assert answer("GET", "/", Host="evil.example") == HTTPStatus.MISDIRECTED_REQUEST
    for path in (CUT, UPLOAD):
        assert answer("POST", path, 10, Origin="http://evil.example") == HTTPStatus.FORBIDDEN
    assert answer("GET", "/api/about", Origin="http://evil.example") == HTTPStatus.FORBIDDEN
    assert answer("POST", UPLOAD, 11_000_000, Origin=running.address) == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    assert answer("GET", "/web/../service.py") == answer("GET", "/web/demo.html") == HTTPStatus.NOT_FOUND
