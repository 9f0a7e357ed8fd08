"""Two visitors at the demo at once: what they are shown, and what its memory does meanwhile.

They speak to it as the page does: a photo is sent, and then asked about with all clicks on it.
"""

import base64
import io
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from PIL import Image

from tests.conftest import draw_packshot
from tests.hostile.commands import Studio, start
from tests.hostile.kills import finish, killed_after, last_line
from tests.hostile.soak import EVERY, drift_of
from tests.hostile.verdicts import megabytes

# Seconds for the demo's start, and for an answer.
PATIENCE = 300.0
# Of the products in the photos, one a visitor; far enough apart for a JPEG.
COLOURS = ((200, 40, 40), (40, 60, 200))
SIZES = ((96, 128), (128, 96))
# Mean levels by which a photo that went through JPEG differs from itself.
ALIKE = 12.0


@dataclass(frozen=True)
class TrainingDataset:
    """What two visitors have seen.

    Attributes:
        mixed: answers that showed one the other's photo, or were none.
        settled, drift, peak: see `Soak`.
    """

    photos: int
    clicks: int
    seconds: float
    settled: float
    drift: float
    peak: float
    mixed: list[str]


class Visitor:
    """A page at the demo, with photos of one colour and size."""

    def __init__(self, address: str, number: int) -> None:
        self.http = httpx.Client(base_url=address, timeout=PATIENCE)
        self.name = f"visitor{number}"
        self.number = number
        self.photo: dict[str, Any] = {}
        self.steps: list[dict[str, Any]] = []
        self.clicked = 0

    def open(self, count: int) -> str:
        """Show a photo; returns what was wrong with the answer."""
        pixels = draw_packshot(*SIZES[self.number], COLOURS[self.number], shadow=0.1 + count % 7 / 20)[0]
        buffer = io.BytesIO()
        Image.fromarray(pixels).save(buffer, "PNG")
        sent = self.http.post("/api/photo", params={"name": f"photo{count}.png"}, content=buffer.getvalue())
        self.photo, self.steps = sent.raise_for_status().json(), []
        shown = self.http.get(f"/api/preview/{self.photo['id']}").raise_for_status()
        own = np.asarray(Image.open(io.BytesIO(shown.content)).convert("RGB"), np.float32)
        alike = own.shape == pixels.shape and np.abs(own - pixels).mean() < ALIKE
        return self.cut() if alike else f"{self.name} was shown a photo of {own.shape} that is not the one sent"

    def click(self, x: float, y: float) -> str:
        self.steps.append({"kind": "point", "place": [x, y], "label": 1})
        self.clicked += 1
        return self.cut()

    def cut(self) -> str:
        """What was wrong with the cut-out, which has to be of the photo's size."""
        asked = {"id": self.photo["id"], "adapter": None, "refine": "none", "steps": self.steps}
        answer = self.http.post("/api/cut", json=asked).raise_for_status().json()
        if "cut" not in answer:
            return f"{self.name} was told {answer}"
        found = np.asarray(Image.open(io.BytesIO(base64.b64decode(answer["cut"].partition(",")[2]))))
        return "" if found.shape == (*SIZES[self.number], 4) else f"{self.name} got a cut-out of {found.shape}"


def visit(studio: Studio, folder: Path, photos: int, clicks: int) -> TrainingDataset:
    """Open so many photos, and click so often on them, as two visitors to one demo at once."""
    folder.mkdir(parents=True)
    with closing(socket.create_server(("127.0.0.1", 0))) as probe:
        port = probe.getsockname()[1]
    arguments = ["--port", str(port), "--adapter", str(studio.folder / "adapter")]
    process, seen = start(studio, "demo", arguments, folder / "log"), list[tuple[int, float]]()
    try:
        address = _started(f"http://127.0.0.1:{port}", process, folder / "log")
        visitors, began, done = [Visitor(address, number) for number in range(2)], time.monotonic(), list[int]()
        with ThreadPoolExecutor(2) as both:
            turns = [both.submit(_photos, visitor, photos, clicks, done) for visitor in visitors]
            while not all(turn.done() for turn in turns):
                seen.append((len(done), megabytes(process.pid)))
                time.sleep(EVERY)
        mixed = [one for turn in turns for one in turn.result()]
        settled, drift = drift_of(seen, photos // 3)
        costs = time.monotonic() - began, settled, drift, megabytes(process.pid, "VmHWM")
        return TrainingDataset(len(done), sum(visitor.clicked for visitor in visitors), *costs, mixed)
    finally:
        killed_after(0, process)


def _photos(visitor: Visitor, photos: int, clicks: int, done: list[int]) -> list[str]:
    """A visitor's share of the photos, and of the clicks; what was wrong."""
    wrong = []
    for number in range(visitor.number, photos, 2):
        try:
            wrong.append(visitor.open(number))
            for click in range(clicks * number // photos, clicks * (number + 1) // photos):
                wrong.append(visitor.click(30.0 + click % 40, 40.0 + number % 20))
        except httpx.HTTPError as error:
            wrong.append(f"{visitor.name}, photo {number}: {error!r}")
        done.append(number)
    return [one for one in wrong if one]


def _started(address: str, process: Any, log: Path) -> str:
    ends = time.monotonic() + PATIENCE
    while process.is_alive() and time.monotonic() < ends:
        try:
            httpx.get(address, timeout=5).raise_for_status()
            return address
        except httpx.HTTPError:
            time.sleep(0.2)
    raise RuntimeError(f"the demo does not start ({finish(process)}): {last_line(log)}")
