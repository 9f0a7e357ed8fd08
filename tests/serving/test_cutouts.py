"""What the service answers: the same pixels as the call in Python, in each format."""

import json
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from pycocotools import mask as codec

import wesam_packshot
from tests.conftest import draw_packshot
from tests.serving.conftest import decoded, encoded, post, serving
from wesam_packshot import cutting
from wesam_packshot.arrays import Rgb
from wesam_packshot.config import Config
from wesam_packshot.io.outcome import Layers, Outcome
from wesam_packshot.segment.segmenter import Segmenter
from wesam_packshot.serving.cutter import Cutter
from wesam_packshot.serving.options import Wanted

CALLS: list[tuple[dict[str, str], dict[str, Any]]] = [
    ({}, {}),
    ({"refine": "none", "format": "webp"}, {"refine": "none"}),
    ({"refine": "best"}, {"refine": "best"}),
    ({"refine": "none", "box": "40,20,140,100"}, {"refine": "none", "box": (40, 20, 140, 100)}),
    (
        {"refine": "none", "points": "90,60;5,5,0"},
        {"refine": "none", "points": ((90, 60), (5, 5)), "labels": (1, 0)},
    ),
]


@pytest.fixture(autouse=True)
def one_model(segmenter: Segmenter, monkeypatch: pytest.MonkeyPatch) -> None:
    """The call in Python uses the service's model, at the service's precision."""
    monkeypatch.setattr(cutting, "_loaded", lambda *_: segmenter)


@pytest.mark.parametrize(("options", "call"), CALLS)
def test_pixels_are_those_of_the_call(
    client: httpx.Client, photo: bytes, options: dict[str, str], call: dict[str, Any], tmp_path: Path
) -> None:
    (tmp_path / "ball.png").write_bytes(photo)
    expected = wesam_packshot.cut_out(tmp_path / "ball.png", **call)
    answer = post(client, photo, **options)
    assert np.array_equal(decoded(answer), expected.rgba)
    assert len(np.unique(expected.alpha)) > 1
    assert answer.headers["content-type"] == f"image/{options.get('format', 'png')}"
    assert float(answer.headers["packshot-confidence"]) == pytest.approx(expected.confidence, abs=1e-4)
    assert answer.headers.get("packshot-doubt", "") == expected.doubt
    assert answer.headers["packshot-status"] == ("abstained" if expected.doubt else "ok")


def test_a_form_a_raw_body_and_options_in_either_place_are_the_same(client: httpx.Client, photo: bytes) -> None:
    options = {"refine": "none", "background": "#f4f4f4"}
    form = post(client, photo, **options)
    fields = client.post("/cutout", files={"image": photo}, data=options)
    raw = client.post("/cutout", content=photo, params=options)
    assert form.content == fields.content == raw.content
    for name in ("application/x-www-form-urlencoded", "image/png"):  # what curl and others say by themselves
        named = client.post("/cutout", content=photo, params=options, headers={"Content-Type": name})
        assert named.content == raw.content


def test_a_background_leaves_no_transparency(client: httpx.Client, photo: bytes, tmp_path: Path) -> None:
    (tmp_path / "ball.png").write_bytes(photo)
    expected = wesam_packshot.cut_out(tmp_path / "ball.png", refine="none").on("#102030")
    assert np.array_equal(decoded(post(client, photo, refine="none", background="#102030")), expected)


def test_json_has_the_mask_as_run_lengths(client: httpx.Client, photo: bytes, tmp_path: Path) -> None:
    (tmp_path / "ball.png").write_bytes(photo)
    expected = wesam_packshot.cut_out(tmp_path / "ball.png", refine="none")
    answer = post(client, photo, refine="none", format="json")
    told = json.loads(answer.content)
    assert (told["width"], told["height"]) == (160, 120)
    assert np.array_equal(codec.decode(told["mask"]).astype(bool), expected.mask)
    assert told["confidence"] == pytest.approx(expected.confidence, abs=1e-4)
    assert told["area"] == pytest.approx(expected.mask.mean())
    assert answer.headers["packshot-confidence"] == f"{told['confidence']:.4f}"


@dataclass(frozen=True)
class Knowing(Cutter):
    """Takes what is saturated for the product, and the right half of the rest for its shadow, if that is asked for."""

    def cut(self, image: Rgb, wanted: Wanted) -> Outcome:
        mask = np.ptp(image.astype(int), axis=2) > 60
        shadow = np.zeros(mask.shape, np.float32)
        shadow[:, mask.shape[1] // 2 :] = 0.5
        nothing = np.zeros(mask.shape, bool)
        layers = Layers(shadow, nothing, nothing) if wanted.shadow == "keep" else None
        alpha = mask.astype(np.uint8) * 255
        return Outcome(mask, "ok", "", 1.0, False, 0, 0, "whole", layers, alpha, image)


def test_a_shadow_is_kept_where_it_is_asked_for(segmenter: Segmenter) -> None:
    drawn, _ = draw_packshot(480, 640, shadow=0.5)
    with serving(Knowing(segmenter, Config())) as client:
        without = decoded(post(client, encoded(drawn)))
        kept = decoded(post(client, encoded(drawn), shadow="keep"))
    product = without[..., 3] > 0
    assert np.array_equal(kept[product], without[product])
    right = np.zeros_like(product)
    right[:, 321:] = True  # beside the mixed column in the middle
    assert (kept[right & ~product] == (0, 0, 0, 128)).all()
    assert (kept[:, :319, 3] == without[:, :319, 3]).all()


def test_different_photos_at_once_get_their_own_answers(client: httpx.Client) -> None:
    colours = [(200, 60, 40), (40, 90, 180), (60, 140, 70), (230, 180, 40)]
    drawn = [draw_packshot(90 + 10 * number, 120, colours[number])[0] for number in range(4)]
    expected = [wesam_packshot.cut_out(image, refine="none").rgba for image in drawn]
    with ThreadPoolExecutor(8) as visitors:
        answers = list(visitors.map(lambda image: decoded(post(client, encoded(image), refine="none")), drawn * 2))
    assert all(map(np.array_equal, answers, expected * 2))


def test_curl_is_answered(client: httpx.Client, photo: bytes, tmp_path: Path) -> None:
    (tmp_path / "ball.png").write_bytes(photo)
    command = ["curl", "-sf", "-F", f"image=@{tmp_path}/ball.png", "-F", "refine=none", f"{client.base_url}/cutout"]
    try:
        answered = subprocess.run(command, capture_output=True, check=True).stdout
    except FileNotFoundError:
        pytest.skip("there is no curl")
    assert answered == post(client, photo, refine="none").content
