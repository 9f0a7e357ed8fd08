"""The fields of rembg's server: its clients are answered as by `/cutout`."""

import json
from typing import Any

import httpx
import numpy as np
import pytest

from tests.serving.conftest import decoded, post


def ask(client: httpx.Client, photo: bytes, **fields: Any) -> httpx.Response:
    return client.post("/api/remove", files={"file": ("ball.png", photo)}, data=fields)


def test_its_clients_get_the_cut_out(client: httpx.Client, photo: bytes) -> None:
    tuned = {"model": "u2net", "a": "true", "af": "240", "ab": "10", "ae": "10", "om": "false", "ppm": "true"}
    answer = ask(client, photo, **tuned)
    assert answer.headers["content-type"] == "image/png"
    assert answer.content == post(client, photo).content


def test_only_the_mask(client: httpx.Client, photo: bytes) -> None:
    alpha = decoded(post(client, photo))[..., 3]
    assert np.array_equal(decoded(ask(client, photo, om="true")), alpha)


def test_a_background_colour_with_its_alpha(client: httpx.Client, photo: bytes) -> None:
    same = post(client, photo, background="#102030").content
    assert ask(client, photo, bgc="16,32,48").content == ask(client, photo, bgc="16,32,48,255").content == same
    clear = decoded(ask(client, photo, bgc="16,32,48,0"))
    assert clear.shape[2] == 4


def test_sam_prompts(client: httpx.Client, photo: bytes) -> None:
    prompts = [
        {"type": "point", "data": [90, 60], "label": 1},
        {"type": "point", "data": [5, 5], "label": 0},
        {"type": "rectangle", "data": [40, 20, 140, 100]},
    ]
    answer = ask(client, photo, extras=json.dumps({"sam_prompt": prompts}))
    assert answer.content == post(client, photo, points="90,60;5,5,0", box="40,20,140,100").content


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"bgc": "1,2"}, "bgc 1,2"),
        ({"bgc": "1,2,3,256"}, "0 to 255"),
        ({"bgc": "9" * 5000}, "bgc"),
        ({"om": "perhaps"}, "om perhaps"),
        ({"extras": "{"}, "extras"),
        ({"extras": "[" * 100_000}, "extras"),
        ({"extras": '{"sam_prompt": [{"type": "lasso", "data": []}]}'}, "extras"),
        ({"extras": '{"sam_prompt": [{"type": "point", "data": [1, "x"]}]}'}, "extras"),
        ({"extras": '{"sam_prompt": [{"type": "point", "data": [NaN, 1]}]}'}, "extras"),
        ({"extras": '{"sam_prompt": [{"type": "rectangle", "data": [9, 9, 1, 1]}]}'}, "extras"),
        ({"extras": '{"sam_prompt": 7}'}, "extras"),
        ({"extras": "[]"}, "extras"),
    ],
)
def test_what_is_malformed_is_named(client: httpx.Client, photo: bytes, fields: dict[str, str], words: str) -> None:
    answer = ask(client, photo, **fields)
    assert answer.status_code == 400, answer.text
    assert words in answer.text
    assert answer.text.count("\n") == 1


def test_addresses_of_other_hosts_are_not_fetched(client: httpx.Client) -> None:
    answer = client.get("/api/remove", params={"url": "http://127.0.0.1:1/ball.png"})
    assert answer.status_code == 400
    assert "fetches nothing" in answer.text
