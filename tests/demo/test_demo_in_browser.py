"""The demo in a real browser: a photo, clicks, a box, backgrounds and the download, as a visitor has them."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path
from time import sleep
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page

from tests.browser import chromium, watched_page
from tests.demo.conftest import write_adapter
from wesam_packshot.resources import example_folder
from wesam_packshot.sam.weights import load_model

ROOT = Path(__file__).parents[2]
UPLOAD = "/gradio_api/upload"
FORM = "Content-Type: multipart/form-data; boundary=cut"
START = '--cut\r\nContent-Disposition: form-data; name="files"; filename="a.jpg"\r\n\r\n'
STREAM = "/gradio_api/queue/data"
TURN = "Number(document.querySelector('#compare .frame').dataset.turn || 0)"
DRAWN = "document.querySelectorAll('#canvas svg {}').length"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as program:
        yield program


@contextmanager
def demo(folder: Path, end: signal.Signals, *options: str) -> Iterator[str]:
    """The command, run in a folder until it gets that signal; yields the page's address.

    Its temporary files lie in `temporary` of the folder, and have to be gone at the end.
    """
    command = [
        sys.executable,
        str(ROOT / "scripts" / "demo.py"),
        "--port",
        str(free_port()),
        "--max-upload",
        "10",
        *options,
    ]
    temporary = folder / "temporary"
    temporary.mkdir()
    own = {"PYTHONPATH": str(ROOT), "TMPDIR": str(temporary)}
    with subprocess.Popen(
        command, cwd=folder, env=os.environ | own, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr
        told = ""
        while "; Ctrl+C ends it" not in told:
            line = process.stderr.readline()
            assert line, told
            told += line
        yield told.splitlines()[-1].split()[0]
        process.send_signal(end)
        said, complained = process.communicate(timeout=20)
    assert process.returncode == 0, complained
    assert "address" in json.loads(said.splitlines()[-1])
    assert [path.name for path in temporary.rglob("*")] == []


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A demo of MobileSAM in a folder with a run, whose adapter has small random weights."""
    sam, base = load_model("mobile_sam")
    folder = tmp_path_factory.mktemp("workplace")
    write_adapter(sam, base, folder / "runs" / "mine" / "adapter", std=0.02)
    with demo(folder, signal.SIGINT) as at:
        yield at


@pytest.fixture(scope="module")
def bare_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A demo without an adapter, which gets its signal while a photo is on its way."""
    folder = tmp_path_factory.mktemp("bare")
    with closing(socket.socket()) as half, demo(folder, signal.SIGTERM, "--adapter", "none") as at:
        yield at
        half.connect(("127.0.0.1", int(at.rstrip("/").rpartition(":")[2])))
        half.sendall(f"POST {UPLOAD} HTTP/1.1\r\nHost: localhost\r\n{FORM}\r\nContent-Length: 5000\r\n\r\n".encode())
        half.sendall(START.encode() + bytes(2000))
        while not [path for path in folder.rglob("temporary/wesam-demo-*/tmp*") if path.is_file()]:
            sleep(0.1)


def answer(address: str, method: str, path: str, length: int = 0, **headers: str) -> tuple[int, bytes]:
    """Status and text that the demo answers to a request of which at most a kilobyte is sent."""
    names = {name.replace("_", "-"): value for name, value in headers.items()} | {"Content-Length": str(length)}
    with closing(HTTPConnection(urlsplit(address).netloc, timeout=20)) as connection:
        connection.request(method, path, bytes(min(length, 1000)), names)
        with connection.getresponse() as response:
            return response.status, response.read()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def example(name: str) -> Path:
    return example_folder() / "images" / f"{name}.jpg"


def visit(page: Page, address: str) -> None:
    page.goto(address)
    page.wait_for_selector("#canvas .pick")
    page.wait_for_selector("#compare .waiting")


def answered(page: Page, act: Any, state: str = "final") -> None:
    """Do something on the page, and wait until another cut-out is shown."""
    turn = page.evaluate(TURN)
    act()
    page.wait_for_function(
        f"turn => {TURN} > turn && document.querySelector('#compare .frame').dataset.state === '{state}'", arg=turn
    )


def cut_out(page: Page) -> str:
    return str(page.get_attribute("#compare .after", "src"))


def at(page: Page, across: float, down: float) -> tuple[float, float]:
    """A place on the photo, in pixels of the page."""
    frame = page.locator("#canvas .picture img").bounding_box()
    assert frame
    return frame["x"] + across * frame["width"], frame["y"] + down * frame["height"]


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    page.mouse.move(*at(page, *start))
    page.mouse.down()
    page.mouse.move(*at(page, *end), steps=3)
    page.mouse.up()


def test_a_visit_to_the_demo(address: str, browser: Browser, tmp_path: Path) -> None:
    with watched_page(browser, stream=STREAM) as page:
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        visit(page, address)
        photo = example("p_watch_1")
        answered(page, lambda: page.set_input_files("#canvas input[type=file]", photo))
        whole = cut_out(page)
        assert whole.startswith("data:image/webp")
        assert page.locator("#compare .tag").all_inner_texts() == ["SAM as published", "mine"]

        answered(page, lambda: page.mouse.click(*at(page, 0.4, 0.5)))
        clicked = cut_out(page)
        assert clicked != whole
        answered(page, lambda: page.mouse.click(*at(page, 0.1, 0.1), button="right"))
        assert page.evaluate(DRAWN.format("circle")) == 2
        answered(page, lambda: drag(page, (0.3, 0.1), (0.8, 0.8)))
        boxed = cut_out(page)
        assert boxed not in (whole, clicked)
        assert page.evaluate(DRAWN.format("rect")) == 2  # the line and its dark rim
        answered(page, lambda: page.click("text=Undo"))
        assert page.evaluate(DRAWN.format("rect")) == 0
        answered(page, lambda: page.click("text=Clear"))
        assert cut_out(page) == whole

        page.click("text=White")
        assert page.evaluate("getComputedStyle(document.querySelector('#compare .pair')).background").startswith(
            "rgb(255, 255, 255)"
        )
        page.fill("#compare input[type=color]", "#336699")
        assert "rgb(51, 102, 153)" in page.evaluate("getComputedStyle(document.querySelector('.pair')).background")
        answered(page, lambda: page.get_by_label("none", exact=True).check())
        assert cut_out(page) != whole

        with page.expect_download() as download:
            page.click("#download")
        assert download.value.suggested_filename == "p_watch_1.png"
        download.value.save_as(tmp_path / "cut.png")
        assert all(url.startswith((address, "data:", "blob:")) for url in asked)
    with Image.open(tmp_path / "cut.png") as saved, Image.open(photo) as original:
        assert saved.mode == "RGBA"
        pixels, own = np.asarray(saved), np.asarray(original)
    assert pixels.shape[:2] == own.shape[:2]
    assert set(np.unique(pixels[..., 3])) == {0, 255}  # SAM's own mask, as asked for last
    assert np.array_equal(pixels[..., :3], own)


def test_broken_photos_are_told_of_in_the_page(address: str, browser: Browser, tmp_path: Path) -> None:
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(example("p_watch_1").read_bytes()[:3000])
    (tmp_path / "notes.jpg").write_text("no photo")
    (tmp_path / "vast.jpg").write_bytes(bytes(10_000_001))
    with watched_page(browser, stream=STREAM) as page:
        visit(page, address)
        for name, told in {"broken": "broken.jpg: cannot be read", "notes": "notes.jpg: not an image"}.items():
            page.set_input_files("#canvas input[type=file]", tmp_path / f"{name}.jpg")
            page.wait_for_selector(f".alert:has-text('{told}')")
        page.set_input_files("#canvas input[type=file]", tmp_path / "vast.jpg")
        page.wait_for_selector(".alert:has-text('vast.jpg: larger than 10 MB; take a smaller file')")
        assert page.locator("#canvas .working").count() == 0
        answered(page, lambda: page.click("[data-example='p_mug_1.jpg']"))
        assert page.inner_text("#canvas .alert") == ""


def test_without_an_adapter_the_page_says_so(bare_address: str, browser: Browser) -> None:
    with watched_page(browser, width=400, height=800, dark=True, stream=STREAM) as page:
        visit(page, bare_address)
        assert "There is no adapter" in page.inner_text("#no-adapter")
        answered(page, lambda: page.click("[data-example='p_mug_1.jpg']"))
        assert page.locator("#compare input[type=range]").is_hidden()
        assert "took the background" in page.inner_text("#compare .note")
        assert page.evaluate("document.documentElement.scrollWidth") == 400


def test_the_server_asks_who_is_there(bare_address: str) -> None:
    own = bare_address.rstrip("/")
    assert answer(own, "GET", "/")[0] == HTTPStatus.OK
    assert answer(own, "GET", "/", Host="evil.example")[0] == HTTPStatus.MISDIRECTED_REQUEST
    for path in ("/gradio_api/queue/join", UPLOAD):
        status, told = answer(own, "POST", path, 10, Origin="http://evil.example")
        assert (status, told.count(b"\n")) == (HTTPStatus.FORBIDDEN, 1)
    assert answer(own, "GET", "/gradio_api/queue/data", Origin="http://evil.example")[0] == HTTPStatus.FORBIDDEN
    vast = answer(own, "POST", UPLOAD, 11_000_000, Origin=own, Content_Type="multipart/form-data; boundary=cut")
    assert vast == (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, b"the file is larger than 10 MB (--max-upload)\n")
