"""What is refused, each in one line and with a status that clients understand."""

import io
import struct
import zlib
from collections.abc import Iterator
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image

from tests.conftest import draw_packshot
from tests.serving.conftest import encoded, post, serving
from wesam_packshot.config import Config
from wesam_packshot.serving.access import Access, Limits
from wesam_packshot.serving.cutter import Cutter


def told(response: httpx.Response, status: int) -> str:
    """The line that a request is refused with."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"].startswith("text/plain")
    (line,) = response.text.splitlines()
    return line


def test_what_is_no_picture_is_refused(client: httpx.Client) -> None:
    assert "ball.png" in told(post(client, b"%!PS-Adobe-3.0 EPSF-3.0\n"), 415)
    assert told(client.post("/cutout", content=b"hello"), 415)


def test_an_empty_file_is_refused(client: httpx.Client) -> None:
    assert "empty" in told(post(client, b""), 422)
    assert "empty" in told(client.post("/cutout"), 422)


def test_a_damaged_photo_is_refused_and_named(client: httpx.Client, photo: bytes) -> None:
    assert "ball.png" in told(post(client, photo[: len(photo) // 2]), 422)


def test_a_photo_of_too_many_pixels_is_refused_unread(client: httpx.Client) -> None:
    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(1000)))
    assert "megapixels" in told(post(client, bomb + chunk(b"IEND", b"")), 422)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"refin": "none"}, "did you mean refine?"),
        ({"refine": "finest"}, "refine finest"),
        ({"format": "bmp"}, "format bmp"),
        ({"background": "reddish"}, "background reddish"),
        ({"box": "1,2,3"}, "box 1,2,3"),
        ({"box": "9,9,3,3"}, "x0 < x1"),
        ({"box": "0,0,1e999,5"}, "inf,5 lies outside"),
        ({"points": "10,20,7"}, "label"),
        ({"points": "nan,20"}, "nan,20 lies outside"),
        ({"points": "900,20"}, "ball.png"),
        ({"points": "1,1;" * 65}, "64 at most"),
        ({"box": "0,0,9,9;1,1,9,9", "points": "3,3"}, "one box"),
        ({"\n\x1b[31m": "1"}, "unknown option"),
    ],
)
def test_a_wrong_option_is_named(client: httpx.Client, photo: bytes, options: dict[str, str], words: str) -> None:
    assert words in told(post(client, photo, **options), 400)


def test_an_option_that_is_given_twice_is_refused(client: httpx.Client, photo: bytes) -> None:
    answer = client.post("/cutout?refine=none", files={"image": photo}, data={"refine": "best"})
    assert "refine is given twice" in told(answer, 400)


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        ({"files": {"file": b"x"}}, "field image"),
        ({"files": [("image", b"x"), ("image", b"y")]}, "form"),
        ({"data": {"image": "x"}, "files": {"other": b"x"}}, "field image"),
        ({"content": b"no form", "headers": {"Content-Type": "multipart/form-data; boundary=x"}}, "form"),
        ({"content": b"no form", "headers": {"Content-Type": "multipart/form-data"}}, "form"),
    ],
)
def test_a_form_without_the_photo_is_refused(client: httpx.Client, request_: dict[str, Any], words: str) -> None:
    assert words in told(client.post("/cutout", **request_), 400)


def test_webp_has_a_limit_of_its_own(client: httpx.Client) -> None:
    wide = encoded(np.full((16, 16_400, 3), 240, np.uint8))
    assert "16383" in told(post(client, wide, format="webp"), 400)


@pytest.fixture(scope="module")
def narrow(cutter: Cutter) -> Iterator[httpx.Client]:
    """A service for files of 1 MB, that are received in half a second."""
    with serving(cutter, Limits(seconds=0.5), Access(max_upload=1_000_000)) as client:
        yield client


def test_a_file_that_is_too_large_is_refused_before_it_is_read(narrow: httpx.Client) -> None:
    assert "1 MB (--max-upload)" in told(post(narrow, bytes(1_100_000)), 413)
    assert "1 MB" in told(narrow.post("/cutout", content=bytes(1_005_000)), 413)  # what a form's wrapping may take


def test_a_request_without_a_length_is_refused(narrow: httpx.Client) -> None:
    assert "length" in told(narrow.post("/cutout", content=iter([b"x"])), 411)


def test_other_hosts_and_origins_are_refused(client: httpx.Client, photo: bytes) -> None:
    assert told(client.get("/health", headers={"Host": "evil.example"}), 421)
    foreign = client.post("/cutout", content=photo, headers={"Origin": "https://evil.example"})
    assert told(foreign, 403)


def test_other_paths_and_methods_are_refused(client: httpx.Client) -> None:
    assert told(client.get("/"), 404)
    assert told(client.get("/cutout"), 405)
    assert told(client.post("/health"), 405)
    assert told(client.delete("/cutout"), 405)


def test_one_photos_failure_is_one_answer(segmenter: Any, photo: bytes) -> None:
    """Whatever happens inside is answered, and the next request as if nothing had been."""

    class Breaking(Cutter):
        def cut(self, image: Any, wanted: Any) -> Any:
            if image.shape[0] == 100:
                raise MemoryError("so much")
            return super().cut(image, wanted)

    with serving(Breaking(segmenter, Config())) as client:
        broken = encoded(draw_packshot(100, 120)[0])
        assert "MemoryError" in told(post(client, broken, refine="none"), 422)
        assert Image.open(io.BytesIO(post(client, photo, refine="none").content)).mode == "RGBA"
