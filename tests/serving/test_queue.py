"""How much is worked on at once, and what becomes of requests whose client leaves."""

import http.client
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial

import httpx
import pytest

from tests.conftest import draw_packshot
from tests.serving.conftest import PATIENCE, Slow, encoded, post, serving, taken, wait_until
from wesam_packshot.config import Config
from wesam_packshot.errors import UsageError
from wesam_packshot.segment.segmenter import Segmenter
from wesam_packshot.serving.access import Limits
from wesam_packshot.serving.work_queue import DECODED


@pytest.fixture
def slow(segmenter: Segmenter) -> Iterator[Slow]:
    found = Slow(segmenter, Config())
    yield found
    found.gate.set()


@contextmanager
def asking(client: httpx.Client, photo: bytes, count: int) -> Iterator[list[httpx.Response]]:
    """So many requests are under way in the block, and answered after it."""
    answers = list[httpx.Response]()
    with ThreadPoolExecutor(count) as visitors:
        for _ in range(count):
            future = visitors.submit(post, client, photo, refine="none")
            future.add_done_callback(lambda done: answers.append(done.result()))
        yield answers


def holds(client: httpx.Client, places: int) -> bool:
    return taken(client) == places


def raw(client: httpx.Client, photo: bytes) -> socket.socket:
    """A connection over which a photo has been sent, and nothing has been answered yet."""
    address = client.base_url
    connection = http.client.HTTPConnection(address.host, address.port, timeout=20)
    connection.request("POST", "/cutout?refine=none", body=photo)
    assert connection.sock is not None
    return connection.sock


def test_a_request_more_than_there_are_places_is_refused_at_once(slow: Slow, photo: bytes) -> None:
    with serving(slow, Limits(places=3)) as client:
        with asking(client, photo, 3) as answers:
            wait_until(lambda: taken(client) == 3)
            refused = post(client, photo)
            assert refused.status_code == 429
            assert int(refused.headers["retry-after"]) > 0
            assert "--queue" in refused.text
            slow.gate.set()
        assert [answer.status_code for answer in answers] == [200] * 3
        assert post(client, photo, refine="none").status_code == 200
        assert taken(client) == 0


def test_few_photos_are_decoded_at_once(slow: Slow, photo: bytes) -> None:
    with serving(slow, Limits(places=8)) as client, asking(client, photo, 8) as answers:
        wait_until(lambda: taken(client) == 8 and len(slow.begun) == 1)
        time.sleep(0.3)
        assert len(slow.read_so_far) <= DECODED
        slow.gate.set()
    assert len(answers) == len(slow.read_so_far) == 8


def test_a_client_that_leaves_frees_its_place(slow: Slow, photo: bytes) -> None:
    with serving(slow, Limits(places=2)) as client:
        first = raw(client, photo)
        wait_until(lambda: len(slow.begun) == 1)
        second = raw(client, photo)
        wait_until(lambda: taken(client) == 2)
        second.close()  # waits for the model
        wait_until(lambda: taken(client) == 1)
        first.close()  # the model is at its photo, which cannot be stopped
        time.sleep(0.3)
        assert taken(client) == 1
        slow.gate.set()
        wait_until(lambda: taken(client) == 0)
        assert len(slow.begun) == 1
        assert post(client, photo, refine="none").status_code == 200


def test_a_request_that_takes_too_long_is_ended(slow: Slow, photo: bytes) -> None:
    with serving(slow, Limits(seconds=0.5)) as client:
        late = post(client, photo)
        assert late.status_code == 503
        assert "0.5 seconds (--timeout)" in late.text
        slow.gate.set()
        wait_until(lambda: taken(client) == 0)


def test_a_request_that_is_not_sent_in_time_is_ended(slow: Slow) -> None:
    with serving(slow, Limits(seconds=0.5)) as client:
        address = client.base_url
        with socket.create_connection((address.host, address.port), timeout=20) as connection:
            head = f"POST /cutout HTTP/1.1\r\nHost: {address.host}:{address.port}\r\nContent-Length: 999\r\n\r\nabc"
            connection.sendall(head.encode())
            assert connection.recv(1000).startswith(b"HTTP/1.1 408")
        wait_until(lambda: taken(client) == 0)


def test_requests_are_answered_before_the_service_ends(slow: Slow, photo: bytes) -> None:
    answers = list[httpx.Response]()
    with serving(slow) as client:
        address = f"{client.base_url}/cutout?refine=none"
        visitor = threading.Thread(target=lambda: answers.append(httpx.post(address, content=photo, timeout=PATIENCE)))
        visitor.start()
        wait_until(lambda: len(slow.begun) == 1)
        threading.Timer(0.5, slow.gate.set).start()
    visitor.join()
    assert [answer.status_code for answer in answers] == [200]


def test_photos_are_taken_in_the_order_they_come_in(slow: Slow) -> None:
    """Those that are read side by side may change places."""
    with serving(slow) as client, ThreadPoolExecutor(8) as visitors:
        for number in range(8):
            visitors.submit(post, client, encoded(draw_packshot(80 + number, 100)[0]), refine="none")
            wait_until(partial(holds, client, number + 1))
        slow.gate.set()
    order = [shape[0] - 80 for shape in slow.begun]
    assert sorted(order) == list(range(8))
    assert all(abs(place - number) < DECODED for place, number in enumerate(order))


@pytest.mark.parametrize("wrong", [{"places": 0}, {"seconds": 0}, {"seconds": float("nan")}])
def test_limits_that_cannot_be_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(UsageError):
        Limits(**wrong)  # type: ignore[arg-type]
