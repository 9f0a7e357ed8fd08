"""What the page is told, and the adapters that it offers."""

import base64
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.conftest import draw_packshot, tiny_sam
from tests.demo.conftest import write_adapter
from wesam_packshot.config import load_config
from wesam_packshot.demo import service as service_module
from wesam_packshot.demo.service import Service
from wesam_packshot.errors import UserError
from wesam_packshot.interactive.models import Models, find_adapters
from wesam_packshot.io.picture_file import InMemory
from wesam_packshot.resources import example_photo
from wesam_packshot.sam.adapter_file import load_adapter
from wesam_packshot.sam.weights import Base
from wesam_packshot.segment import Segmenter

BASE = Base("mobile_sam", "a" * 64, official=False)
CLICK = {"kind": "point", "place": [450, 600], "label": 1}


def tiny_segmenter(_: object, adapter: Path | None) -> Segmenter:
    sam = tiny_sam()
    if adapter:
        load_adapter(sam, adapter, BASE)
    return Segmenter(sam)


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Service:
    """With two adapters of a tiny SAM."""
    monkeypatch.setattr("wesam_packshot.interactive.models.load_segmenter", tiny_segmenter)
    for name in ("first", "second"):
        write_adapter(tiny_sam(), BASE, tmp_path / "runs" / name / "adapter", 0.1 if name == "first" else 0.2)
    config = load_config(None, ["train.precision=fp32"])
    return Service(config, Models(config, find_adapters([], tmp_path / "runs")))


@pytest.fixture
def asked(service: Service, photo_file: Path) -> dict[str, Any]:
    """What the page asks of a photo that it has sent."""
    sent = service.photo(InMemory(photo_file.name, photo_file.read_bytes()))
    return {"id": sent["id"], "adapter": "first", "refine": "none", "steps": []}


def picture(url: str) -> Image.Image:
    return Image.open(BytesIO(base64.b64decode(url.partition("base64,")[2])))


def test_adapters_of_runs_and_of_the_command_line(tmp_path: Path) -> None:
    mine = write_adapter(tiny_sam(), BASE, tmp_path / "runs" / "mine" / "adapter")
    other = write_adapter(tiny_sam(), BASE, tmp_path / "elsewhere" / "mine" / "adapter")
    bare = write_adapter(tiny_sam(), BASE, tmp_path / "bags")
    (tmp_path / "runs" / "unfinished" / "adapter").mkdir(parents=True)
    assert find_adapters([], tmp_path / "runs") == {"mine": mine}
    assert find_adapters([], tmp_path / "absent") == {}
    assert list(find_adapters([bare, mine.parent], tmp_path / "runs")) == ["bags", "mine"]
    assert find_adapters([mine, other], tmp_path / "absent") == {"mine": mine, str(other): other}
    with pytest.raises(UserError, match="absent: holds no adapter"):
        find_adapters([tmp_path / "absent"], tmp_path / "runs")


def test_adapters_are_loaded_when_asked_for_and_share_the_published_model(service: Service) -> None:
    first, second = service.models.get("first"), service.models.get("second")
    assert service.models.get("first") is first
    assert first.published is second.published
    assert first.published.scale == 0
    assert first.adapted is not second.adapted
    assert service.models.get(None).adapted is None


def test_a_photo_is_upright_and_called_by_its_content(service: Service, photo_file: Path) -> None:
    sent = service.photo(InMemory("any.jpg", photo_file.read_bytes()))
    assert (sent["width"], sent["height"]) == (900, 1200)
    assert service.photo(InMemory("other.jpg", photo_file.read_bytes())) == sent
    shown = service.shown(sent["id"])
    assert shown and Image.open(BytesIO(shown)).size == (768, 1024)
    with pytest.raises(UserError, match=r"^notes\.jpg: not an image"):
        service.photo(InMemory("notes.jpg", b"no photo"))


def test_cut_outs_of_a_photo(service: Service, asked: dict[str, Any]) -> None:
    first = service.cut(asked)
    shown = picture(first["cut"])
    assert (shown.format, shown.mode, shown.size) == ("WEBP", "RGBA", (768, 1024))
    assert 0 <= first["confidence"] <= 1
    clicked = service.cut(asked | {"steps": [CLICK]})
    assert clicked["cut"] != first["cut"] and "confidence" not in clicked
    assert service.cut(asked)["cut"] == first["cut"]
    others = {service.cut(asked | {"adapter": name})["cut"] for name in ("second", None)}
    assert len(others | {first["cut"]}) == 3


def test_a_photo_is_encoded_once_by_each_model(
    service: Service, asked: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is asked of it: other refinements, clicks, all pixels."""
    seen, embed = [], Segmenter.embed

    def spied(self: Segmenter, image: Any) -> Any:
        seen.append(image.shape[:2])
        return embed(self, image)

    monkeypatch.setattr(Segmenter, "embed", spied)
    service.make_ready(asked | {"refine": "none", "provisional": True})
    assert not seen
    for refine in ("none", "fast"):
        wanted = asked | {"refine": refine, "steps": [CLICK | {"label": 0}]}
        service.cut(asked | {"refine": refine})
        service.make_ready(wanted)
        service.download(asked | {"refine": refine})
    assert seen == [(1024, 768)] * 2  # with the adapter, and as published for the clicks


def test_clicks_ask_the_published_model_of_the_adapters_own_base(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, photo_file: Path
) -> None:
    monkeypatch.setattr("wesam_packshot.interactive.models.load_segmenter", lambda *_: Segmenter(tiny_sam()))
    for name in ("mobile_sam", "sam_vit_b"):
        write_adapter(tiny_sam(), Base(name, "a" * 64, official=False), tmp_path / "runs" / name / "adapter")
    config = load_config(None, ["train.precision=fp32"])
    service = Service(config, Models(config, find_adapters([], tmp_path / "runs")))
    sent = service.photo(InMemory(photo_file.name, photo_file.read_bytes()))
    seen, embed = [], Segmenter.embed

    def spied(self: Segmenter, image: Any) -> Any:
        seen.append(self)
        return embed(self, image)

    monkeypatch.setattr(Segmenter, "embed", spied)
    for name in ("mobile_sam", "sam_vit_b"):
        service.make_ready({"id": sent["id"], "adapter": name, "refine": "none"})
        mine, published = seen[-2:]
        assert published.sam is mine.sam
        assert (mine.scale, published.scale) == (1, 0)
    assert len({id(segmenter) for segmenter in seen}) == 4


def test_a_forgotten_photo_is_asked_for_again(
    service: Service, asked: dict[str, Any], photo_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service_module, "KEPT", 1)
    before = service.cut(asked | {"steps": [CLICK]})
    buffer = BytesIO()
    Image.fromarray(draw_packshot()[0]).save(buffer, "PNG")
    service.photo(InMemory("other.png", buffer.getvalue()))
    assert service.cut(asked) == {"forgotten": True}
    assert service.download(asked) is None
    assert service.shown(asked["id"]) is None
    service.photo(InMemory("again.jpg", photo_file.read_bytes()))
    assert service.cut(asked | {"steps": [CLICK]}) == before


def test_downloads_have_all_pixels_in_the_wanted_form(service: Service, asked: dict[str, Any]) -> None:
    def saved(**wanted: Any) -> Image.Image:
        found = service.download(asked | {"steps": [CLICK]} | wanted)
        assert found
        opened = Image.open(BytesIO(found[0]))
        assert opened.format == wanted.get("format", "PNG") == found[1]
        return opened

    plain = np.asarray(saved())
    assert plain.shape == (1200, 900, 4)
    assert np.array_equal(np.asarray(saved(format="WEBP")), plain)
    flat = np.asarray(saved(background="#ff0000"))
    assert flat.shape == (1200, 900, 3)
    assert (flat[plain[..., 3] == 0] == (255, 0, 0)).all()
    jpeg = np.asarray(saved(format="JPEG"))
    assert jpeg[plain[..., 3] == 0].mean() > 250
    rows, columns = np.nonzero(plain[..., 3])
    width, height = int(np.ptp(columns)) + 1, int(np.ptp(rows)) + 1
    margin = round(0.05 * max(width, height))
    assert saved(crop=True).size == (width + 2 * margin, height + 2 * margin)


def test_a_kept_shadow_darkens_what_lies_beside_the_product(
    service: Service, asked: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    shadow = np.full((1200, 900), 90, np.uint8)
    monkeypatch.setattr(service_module, "shadow_levels", lambda outcome: np.where(outcome.mask, 0, shadow))
    found, plain = service.download(asked | {"shadow": True}), service.download(asked)
    assert found and plain
    with_shadow, without = (np.asarray(Image.open(BytesIO(one[0]))) for one in (found, plain))
    clear = without[..., 3] == 0
    assert clear.any() and (with_shadow[clear] == (0, 0, 0, 90)).all()


@pytest.mark.parametrize(
    "wrong",
    [
        {"refine": "finest"},
        {"adapter": ["first"]},
        {"steps": "none"},
        {"steps": [{"kind": "dance"}]},
        {"steps": [{"kind": "point", "place": ["1", 2], "label": 1}]},
        {"steps": [{"kind": "point", "place": [1, 2], "label": 7}]},
        {"steps": [{"kind": "box", "place": [0, 0, None, 9]}]},
        {"steps": [{"kind": "stroke", "places": [[1, float("nan")]], "radius": 5, "label": 1}]},
    ],
)
def test_what_no_page_of_this_version_asks(service: Service, asked: dict[str, Any], wrong: dict[str, Any]) -> None:
    with pytest.raises(UserError, match="reload it"):
        service.cut(asked | wrong)


def test_other_mistakes_are_told_in_a_line(service: Service, asked: dict[str, Any]) -> None:
    with pytest.raises(UserError, match="lies outside its 900x1200 pixels"):
        service.cut(asked | {"steps": [CLICK | {"place": [5000, 2]}]})
    with pytest.raises(UserError, match="64 steps are the most"):
        service.cut(asked | {"steps": [CLICK] * 65})
    with pytest.raises(UserError, match="background blu: not a colour"):
        service.download(asked | {"background": "blu"})
    with pytest.raises(UserError, match="reload it"):
        service.download(asked | {"format": "GIF"})


def test_shipped_photos_are_served_and_nothing_else(service: Service, photo_file: Path) -> None:
    names = service.about()["examples"]
    assert len(names) == 24
    assert all(example_photo(name) for name in names)
    assert example_photo(f"../../{photo_file}") is None
