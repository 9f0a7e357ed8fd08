"""What whoever runs the service sees of it: health, counts, and the page that describes it."""

import re
from urllib.parse import urlsplit

import httpx
from prometheus_client.parser import text_string_to_metric_families

from tests.serving.conftest import post
from wesam_packshot import __version__
from wesam_packshot.serving.options import CutoutOptions
from wesam_packshot.serving.rembg import RembgOptions


def counts(client: httpx.Client) -> dict[tuple[str, ...], float]:
    """Prometheus' samples by name and labels."""
    families = text_string_to_metric_families(client.get("/metrics").text)
    return {(each.name, *each.labels.values()): each.value for family in families for each in family.samples}


def test_it_says_that_it_is_well(client: httpx.Client) -> None:
    assert client.get("/health").json() == {"status": "ok", "version": __version__}


def test_requests_are_counted(client: httpx.Client, photo: bytes) -> None:
    before = counts(client)
    assert post(client, photo, refine="none").status_code == 200
    assert post(client, b"nothing").status_code == 415
    client.get("/of/a/stranger")
    client.get("/health", headers={"Host": "evil.example"})
    after = counts(client)

    def grown(*key: str) -> float:
        return after.get(key, 0) - before.get(key, 0)

    assert grown("packshot_requests_total", "/cutout", "200") == 1
    assert grown("packshot_requests_total", "/cutout", "415") == 1
    assert grown("packshot_requests_total", "other", "404") == 1
    assert grown("packshot_requests_total", "/health", "421") == 1
    assert grown("packshot_photos_total", "ok") + grown("packshot_photos_total", "abstained") == 1
    assert grown("packshot_request_seconds_count", "/cutout") == 2
    assert after["process_resident_memory_bytes",] > 1e6


def test_openapi_describes_each_option(client: httpx.Client) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    for path, options, field in (("/cutout", CutoutOptions, "image"), ("/api/remove", RembgOptions, "file")):
        described = paths[path]["post"]
        assert [each["name"] for each in described["parameters"]] == list(options.model_fields)
        form = described["requestBody"]["content"]["multipart/form-data"]["schema"]
        assert form["required"] == [field]
        assert set(form["properties"]) == {field, *options.model_fields}
        assert {"200", "400", "413", "415", "422", "429", "503"} <= set(described["responses"])


def test_its_page_asks_no_other_host(client: httpx.Client) -> None:
    page = client.get("/docs")
    assert page.status_code == 200
    linked = re.findall(r"""(?:src|href|url)\s*[=:]\s*["']([^"']+)""", page.text)
    assert linked
    for address in linked:
        assert urlsplit(address).hostname is None
        assert client.get(address).status_code == 200
