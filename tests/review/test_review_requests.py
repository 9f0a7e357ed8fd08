"""Requests that no page sends, and the command."""

from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from fastapi.testclient import TestClient

from tests.conftest import tiny_sam
from wesam_packshot.cli.review import main
from wesam_packshot.review.access import ACTIONS, Access
from wesam_packshot.review.server import make_app
from wesam_packshot.review.service import Service
from wesam_packshot.review.state import Review
from wesam_packshot.segment.segmenter import Segmenter


@pytest.fixture
def client(folder: Path) -> Any:
    service = Service(Review(folder), Segmenter(tiny_sam()))
    return TestClient(cast(Any, make_app(service, Access())), base_url="http://127.0.0.1:7861")


def refused(client: httpx.Client, action: str, body: Any) -> str:
    """The line that a page is told."""
    answer = client.post(f"/api/{action}", json=body)
    assert answer.status_code == 200
    line: str = answer.json()["error"]
    assert "\n" not in line
    return line


@pytest.mark.parametrize("action", sorted(set(ACTIONS.values()) - {"rows"}))
@pytest.mark.parametrize("body", [[], {}, {"holder": ""}, {"holder": "x" * 61}, "text", None])
def test_malformed_requests_are_told_in_a_line(client: httpx.Client, action: str, body: Any) -> None:
    assert refused(client, action, body)


@pytest.mark.parametrize(
    "step",
    [
        None,
        "point",
        {"kind": "lasso"},
        {"kind": "point", "place": [1, 2], "label": 2},
        {"kind": "point", "place": ["a", 2], "label": 1},
        {"kind": "point", "place": [1e9, 2], "label": 1},
        {"kind": "box", "place": [1, 2, 3]},
        {"kind": "box", "place": [90, 90, 3, 3]},
        {"kind": "stroke", "places": 7, "radius": 3, "label": 1},
        {"kind": "stroke", "places": [[1, 2]], "radius": "wide", "label": 1},
        {"kind": "stroke", "places": [[1, 2]], "label": 1},
    ],
)
def test_malformed_steps_are_told_in_a_line(client: httpx.Client, step: Any) -> None:
    assert refused(client, "draw", {"holder": "page", "id": "cup", "step": step})


@pytest.mark.parametrize("given", [7, {"statuses": 3}, {"confidence": ["a", 1]}, {"statuses": ["fine"]}])
def test_malformed_filters_are_told_in_a_line(client: httpx.Client, given: Any) -> None:
    assert refused(client, "rows", {"filter": given})


def test_photos_that_are_not_there_are_told(client: httpx.Client) -> None:
    assert "no photo of this folder" in refused(client, "open", {"holder": "page", "id": "../../etc/passwd"})
    for kind in ("photo", "cut", "thumbnail", "shadows"):
        assert "no photo" in client.get(f"/api/picture/{kind}", params={"id": "../egg"}).json()["error"]
    assert "no kind of picture" in client.get("/api/picture/mask", params={"id": "cup"}).json()["error"]


def test_only_the_pages_own_files_are_sent(client: httpx.Client) -> None:
    assert client.get("/").headers["content-security-policy"].startswith("default-src 'self'")
    assert client.get("/web/main.js").status_code == 200
    for name in ("server.py", "..%2fserver.py", "review.html", "nothing.js"):
        assert client.get(f"/web/{name}").status_code == 404


def test_other_hosts_and_origins_are_refused(client: httpx.Client) -> None:
    assert client.get("/", headers={"Host": "evil.example"}).status_code == 421
    answer = client.post("/api/rows", json={}, headers={"Origin": "https://evil.example"})
    assert answer.status_code == 403
    assert client.post("/", json={}).status_code == 405


@pytest.mark.parametrize("options", [["nowhere"], [], ["nowhere", "--port", "0"], ["nowhere", "--adapter", "nothing"]])
def test_what_cannot_be_is_one_line(options: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.argv", ["review", *options])
        try:
            code = main()
        except SystemExit as ended:
            code = int(ended.code or 0)
    assert code != 0
    assert capsys.readouterr().err.splitlines()[-1].startswith(("error: ", "review: error: "))
