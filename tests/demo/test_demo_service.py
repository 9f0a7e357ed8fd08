"""What the page is told, and the adapters that it offers."""

import base64
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.conftest import tiny_sam
from tests.demo.conftest import write_adapter
from wesam_packshot.config import load_config
from wesam_packshot.demo.service import Service, photo_answer, prompts_answer, thumbnails
from wesam_packshot.errors import UserError
from wesam_packshot.interactive.models import Models, find_adapters
from wesam_packshot.sam.adapter_file import load_adapter
from wesam_packshot.sam.weights import Base
from wesam_packshot.segment import Segmenter

BASE = Base("mobile_sam", "a" * 64, official=False)


def tiny_segmenter(_: object, adapter: Path | None) -> Segmenter:
    sam = tiny_sam()
    if adapter:
        load_adapter(sam, adapter, BASE)
    return Segmenter(sam)


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Service:
    """With two adapters, of a tiny SAM, and the folder of the test for uploads."""
    monkeypatch.setattr("wesam_packshot.interactive.models.load_segmenter", tiny_segmenter)
    for name in ("first", "second"):
        write_adapter(tiny_sam(), BASE, tmp_path / "runs" / name / "adapter", 0.1 if name == "first" else 0.2)
    config = load_config(None, ["train.precision=fp32"])
    return Service(config, Models(config, find_adapters([], tmp_path / "runs")), tmp_path)


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


def test_a_visit(service: Service, photo_file: Path) -> None:
    session = service.act(None, {"kind": "photo", "path": str(photo_file)})
    told = photo_answer(session)
    assert (told["width"], told["height"]) == (900, 1200)
    assert picture(told["photo"]).size == (768, 1024)
    assert service.act(session, {"kind": "point", "place": [600, 700], "label": 0}) is session
    service.act(session, {"kind": "box", "place": [10, 20, 800, 900]})
    assert prompts_answer(session) == {"points": [[600.0, 700.0, 0]], "box": [10.0, 20.0, 800.0, 900.0]}
    cuts = service.cuts(session, "first", "none", final=True)
    assert cuts
    for side in ("before", "after"):
        shown = picture(cuts[side])
        assert (shown.format, shown.mode, shown.size) == ("WEBP", "RGBA", (768, 1024))
    assert (cuts["left"], cuts["right"], cuts["state"]) == ("SAM as published", "first", "final")
    service.act(session, {"kind": "undo"})
    assert prompts_answer(session)["box"] is None
    service.act(session, {"kind": "clear"})
    assert prompts_answer(session) == {"points": [], "box": None}


def test_without_an_adapter_there_is_one_picture(service: Service) -> None:
    session = service.act(None, {"kind": "example", "name": "p_mug_1.jpg"})
    cuts = service.cuts(session, None, "none", final=False)
    assert cuts
    assert cuts["before"] is None
    assert cuts["right"] == "SAM as published"


def test_downloads_are_named_after_the_photo(service: Service, photo_file: Path) -> None:
    session = service.act(None, {"kind": "photo", "path": str(photo_file)})
    path = service.download(session, "second", "none")
    assert path.name == "ball.png"
    with Image.open(path) as saved:
        assert (saved.mode, saved.size) == ("RGBA", (900, 1200))
        assert np.array_equal(np.asarray(saved), session.cut_out(service.models.get("second").best, "none"))


@pytest.mark.parametrize("meanwhile", [{"kind": "clear"}, {"kind": "example", "name": "p_jar_0.jpg"}])
def test_late_answers_are_dropped(service: Service, monkeypatch: pytest.MonkeyPatch, meanwhile: dict[str, str]) -> None:
    session = service.act(None, {"kind": "example", "name": "p_mug_1.jpg"})
    preview = session.preview

    def interrupted(*arguments: Any) -> Any:
        service.act(session, meanwhile)
        return preview(*arguments)

    monkeypatch.setattr(session, "preview", interrupted)
    assert service.cuts(session, None, "none", final=True) is None


def test_what_the_page_must_not_ask(service: Service, tmp_path: Path, photo_file: Path) -> None:
    service.folder = tmp_path / "uploads"
    with pytest.raises(UserError, match=r"^ball.jpg: is no upload"):
        service.act(None, {"kind": "photo", "path": str(service.folder / ".." / "ball.jpg")})
    with pytest.raises(UserError, match=r"^ball.jpg: cannot be read"):
        service.act(None, {"kind": "example", "name": f"../../{photo_file}"})
    for strange in ("\0", "x" * 5000, "a\nb.jpg"):
        with pytest.raises(UserError, match="is no upload") as raised:
            service.act(None, {"kind": "photo", "path": strange})
        assert len(str(raised.value).splitlines()[0]) == len(str(raised.value)) < 200
    with pytest.raises(UserError, match="drop it again"):
        service.act(None, {"kind": "undo"})
    session = service.act(None, {"kind": "example", "name": "p_mug_1.jpg"})
    for asked in (
        {"kind": "dance"},
        {"kind": "point", "place": ["1", 2], "label": 1},
        {"kind": "point", "place": [1, 2], "label": 7},
        {"kind": "box", "place": [0, 0, None, 9]},
    ):
        with pytest.raises(UserError, match="load it again"):
            service.act(session, asked)
    with pytest.raises(UserError, match="outside"):
        service.act(session, {"kind": "point", "place": [float("nan"), 2], "label": 1})


def test_all_examples_have_thumbnails() -> None:
    shown = thumbnails()
    assert len(shown) == 24
    assert max(picture(shown["p_mug_1.jpg"]).size) == 112
