"""Two visitors at the demo at once: what they are shown, and what its memory does meanwhile.

They speak to it as the page does: a photo is uploaded, then asked about by an event, whose answer comes as a stream.
"""

import base64
import io
import json
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

API = "/gradio_api"
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
        mixed: answers that told one of the other's photo or clicks, or were none.
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
    """A session at the demo, with photos of one colour and size."""

    def __init__(self, address: str, number: int) -> None:
        self.http = httpx.Client(base_url=address, timeout=PATIENCE)
        self.session = f"visitor{number}"
        self.number = number
        self.clicks: list[list[float]] = []
        self.clicked = 0
        self.photo = np.zeros((*SIZES[number], 3), np.uint8)
        config = self.http.get("/config").raise_for_status().json()
        self.canvas = next(part["id"] for part in config["components"] if part["props"].get("elem_id") == "canvas")
        targets = ((event["id"], event["targets"]) for event in config["dependencies"])
        self.event = next(number for number, asked in targets if [self.canvas, "ask"] in asked)

    def open(self, count: int) -> str:
        """Show a photo; returns what was wrong with the answer."""
        self.photo = draw_packshot(*SIZES[self.number], COLOURS[self.number], shadow=0.1 + count % 7 / 20)[0]
        buffer = io.BytesIO()
        Image.fromarray(self.photo).save(buffer, "PNG")
        sent = self.http.post(f"{API}/upload", files={"files": (f"photo{count}.png", buffer.getvalue())})
        self.clicks = []
        told = self.ask({"kind": "photo", "path": sent.raise_for_status().json()[0]})
        return self._wrong(told) or self._other(told["photo"])

    def click(self, x: float, y: float) -> str:
        self.clicks.append([x, y, 1])
        self.clicked += 1
        return self._wrong(self.ask({"kind": "point", "place": [x, y], "label": 1}))

    def ask(self, asked: dict[str, Any]) -> dict[str, Any]:
        """What the canvas is told."""
        event = {"data": [None, None, "none"], "event_data": asked | {"serial": 1}, "fn_index": self.event}
        whole = event | {"trigger_id": self.canvas, "session_hash": self.session}
        self.http.post(f"{API}/queue/join", json=whole).raise_for_status()
        with self.http.stream("GET", f"{API}/queue/data", params={"session_hash": self.session}) as stream:
            for line in stream.iter_lines():
                message = json.loads(line.removeprefix("data: ") or "{}")
                if message.get("msg") == "process_completed":
                    told: dict[str, Any] = message["output"]["data"][1] if message["success"] else message["output"]
                    return told
        return {"error": "the stream ended without an answer"}

    def _wrong(self, told: dict[str, Any]) -> str:
        if told.get("points") == self.clicks:
            return ""
        shown = {key: str(value)[:100] for key, value in told.items()}
        return f"{self.session} has clicked {self.clicks} and was told {shown}"

    def _other(self, url: str) -> str:
        """Whether another photo than the visitor's own was shown."""
        shown = np.asarray(Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2]))).convert("RGB"), np.float32)
        own = shown.shape == self.photo.shape and np.abs(shown - self.photo).mean() < ALIKE
        return "" if own else f"{self.session} was shown a photo of {shown.shape} that is not the one sent"


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
            wrong.append(f"{visitor.session}, photo {number}: {error!r}")
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
