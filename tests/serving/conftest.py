"""A running service, and photos for it."""

import io
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from tests.conftest import draw_packshot
from wesam_packshot.arrays import Rgb
from wesam_packshot.config import Config
from wesam_packshot.io.outcome import Outcome
from wesam_packshot.io.picture_file import InMemory
from wesam_packshot.sam.adapter_file import named_adapter
from wesam_packshot.segment.segmenter import Segmenter
from wesam_packshot.serving.access import Access, Limits
from wesam_packshot.serving.cutter import Cutter
from wesam_packshot.serving.options import Wanted
from wesam_packshot.serving.server import server_of
from wesam_packshot.web.ports import bound

# Seconds for whatever is to happen at once.
PATIENCE = 60.0

Running = Callable[..., AbstractContextManager[httpx.Client]]


def encoded(pixels: NDArray[np.uint8], kind: str = "PNG") -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, kind)
    return buffer.getvalue()


def decoded(response: httpx.Response) -> NDArray[np.uint8]:
    assert response.status_code == 200, response.text
    return np.asarray(Image.open(io.BytesIO(response.content)))


def taken(client: httpx.Client) -> int:
    """Places of the queue that are taken, as the service itself tells."""
    (line,) = (line for line in client.get("/metrics").text.splitlines() if line.startswith("packshot_queue_places"))
    return int(float(line.split()[-1]))


def wait_until(holds: Callable[[], bool]) -> None:
    ends = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < ends
        time.sleep(0.02)


@dataclass(frozen=True)
class Slow(Cutter):
    """Holds each photo until the gate is opened."""

    gate: threading.Event = field(default_factory=threading.Event)
    begun: list[tuple[int, ...]] = field(default_factory=list)
    read_so_far: list[InMemory] = field(default_factory=list)

    def read(self, photo: InMemory, wanted: Wanted) -> Rgb:
        self.read_so_far.append(photo)
        return super().read(photo, wanted)

    def cut(self, image: Rgb, wanted: Wanted) -> Outcome:
        self.begun.append(image.shape)
        assert self.gate.wait(PATIENCE)
        return super().cut(image, wanted)


@contextmanager
def serving(cutter: Cutter, limits: Limits | None = None, access: Access | None = None) -> Iterator[httpx.Client]:
    """A client of a running service."""
    listener = bound("127.0.0.1", 0)
    with server_of(cutter, access or Access(), limits or Limits()) as server:
        thread = threading.Thread(target=server.run, args=([listener],))
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        thread.start()
        try:
            wait_until(lambda: server.started)
            with httpx.Client(base_url=address, timeout=PATIENCE) as client:
                yield client
        finally:
            server.should_exit = True
            thread.join()


@pytest.fixture(scope="module")
def segmenter() -> Segmenter:
    return Segmenter.load(named_adapter("packshot", "mobile_sam"), device="cpu")


@pytest.fixture(scope="module")
def cutter(segmenter: Segmenter) -> Cutter:
    return Cutter(segmenter, Config())


@pytest.fixture(scope="module")
def client(cutter: Cutter) -> Iterator[httpx.Client]:
    with serving(cutter) as client:
        yield client


@pytest.fixture(scope="session")
def photo() -> bytes:
    return encoded(draw_packshot(120, 160)[0])


def post(client: httpx.Client, photo: bytes, **options: Any) -> httpx.Response:
    """The photo in a form, the options in the address."""
    return client.post("/cutout", files={"image": ("ball.png", photo)}, params=options)
