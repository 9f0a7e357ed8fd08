"""A photo, its prompts and what the models make of them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tests.conftest import draw_packshot
from wesam_packshot.errors import ImageError, UsageError
from wesam_packshot.interactive.models import Pair
from wesam_packshot.interactive.session import Photo, Session
from wesam_packshot.sam.frame import Frame
from wesam_packshot.sam.prompts import Prompt
from wesam_packshot.segment import Segmenter
from wesam_packshot.segment.segmenter import Segmentation


@pytest.fixture
def session(photo_file: Path) -> Session:
    return Session(Photo.read(photo_file, 100), "fp32")


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[Any]]:
    """What segmenters are called with, while they work as ever."""
    seen: dict[str, list[Any]] = {"embed": [], "decode": []}
    embed, decode = Segmenter.embed, Segmenter.decode

    def embedding(self: Segmenter, *images: Any) -> Any:
        seen["embed"].append((self, images))
        return embed(self, *images)

    def decoding(self: Segmenter, embedding: Any, prompts: Sequence[Prompt], frame: Frame) -> Segmentation:
        seen["decode"].append((list(prompts), frame))
        return decode(self, embedding, prompts, frame)

    monkeypatch.setattr(Segmenter, "embed", embedding)
    monkeypatch.setattr(Segmenter, "decode", decoding)
    return seen


def test_photos_are_upright_and_previews_small(session: Session) -> None:
    assert session.photo.name == "ball"
    assert session.photo.image.shape == (1200, 900, 3)
    assert session.photo.preview.shape == (1024, 768, 3)
    small, _ = draw_packshot()
    assert Photo("small", small, small).preview is small


def test_broken_and_large_photos_are_named_without_their_folder(photo_file: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(photo_file.read_bytes()[:2000])
    with pytest.raises(ImageError, match=r"^broken\.jpg: cannot be read"):
        Photo.read(broken, 100)
    with pytest.raises(ImageError, match=r"^ball\.jpg: 1200x900 pixels exceed the limit of 1 megapixels; shrink it"):
        Photo.read(photo_file, 1)


def test_prompts_are_in_the_photos_pixels(session: Session, pair: Pair, calls: dict[str, list[Any]]) -> None:
    session.preview(pair.best, "none")
    session.add_point(800.0, 1100.5, 1)
    session.add_box((100.0, 50.0, 850.0, 1150.0))
    session.add_point(3.0, 4.0, 0)
    session.preview(pair.best, "none")
    (nothing, frame), (boxed, _), (clicked, again) = calls["decode"]
    assert nothing == []
    assert frame == again == Frame(1200, 900)
    (begun,), (refined,) = boxed, clicked
    assert begun.box == (100.0, 50.0, 850.0, 1150.0)
    assert (begun.points, begun.labels, begun.mask) == (((800.0, 1100.5),), (1,), None)
    assert refined.points == ((800.0, 1100.5), (3.0, 4.0))
    assert refined.labels == (1, 0)
    assert refined.box is None and refined.mask is not None


def test_a_click_goes_on_from_the_answer_before_it(
    session: Session, pair: Pair, calls: dict[str, list[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mask prompt is the earlier answer; what was answered is not asked again, also after an undo."""
    monkeypatch.setattr("wesam_packshot.interactive.answers.is_inverted", lambda _: False)
    session.preview(pair.best, "none")
    session.add_point(450.0, 600.0, 1)
    session.preview(pair.best, "none")
    session.add_point(20.0, 20.0, 0)
    session.preview(pair.best, "none")
    session.undo()
    session.preview(pair.best, "none")
    asked = [prompts for prompts, _ in calls["decode"]]
    assert [len(prompts[0].points) if prompts else 0 for prompts in asked] == [0, 1, 2]
    whole = pair.best.decode(pair.best.embed(session.photo.preview), [], session.photo.frame)
    assert asked[1][0].mask is not None
    assert torch.allclose(asked[1][0].mask[:256, :192], whole.logits[0, 0, :256, :192], atol=1e-3)


def test_few_answers_are_kept_and_the_others_come_out_the_same(
    session: Session, pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wesam_packshot.interactive.answers.KEPT", 2)
    monkeypatch.setattr("wesam_packshot.interactive.answers.is_inverted", lambda _: False)
    shown = []
    for number in range(5):
        session.add_point(300.0 + 50 * number, 600.0, number % 2)
        shown.append(session.preview(pair.best, "none").boundary.alpha)
    assert len(session._answers) == 2
    for alpha in reversed(shown):
        assert np.array_equal(session.preview(pair.best, "none").boundary.alpha, alpha)
        session.undo()
    assert len(session._answers) == 2


def test_a_click_on_an_inverted_answer_begins_anew(
    session: Session, pair: Pair, calls: dict[str, list[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wesam_packshot.interactive.answers.is_inverted", lambda _: True)
    session.add_point(450.0, 600.0, 1)
    session.preview(pair.best, "none")
    (prompt,) = calls["decode"][-1][0]
    assert prompt.points == ((450.0, 600.0),) and prompt.mask is None


def test_points_off_the_product_are_left_out_of_the_whole_image(session: Session) -> None:
    session.add_point(3.0, 4.0, 0)
    assert session.prompts[0].box == (0.0, 0.0, 900.0, 1200.0)
    session.add_point(600.0, 700.0, 1)
    assert session.prompts[0].box is None


def test_undo_and_clear(session: Session) -> None:
    session.add_box((0.0, 0.0, 10.0, 10.0))
    session.add_box((5.0, 5.0, 50.0, 50.0))
    session.add_point(20.0, 20.0, 1)
    assert session.spec.box == (5.0, 5.0, 50.0, 50.0)
    session.undo()
    session.undo()
    assert session.spec.box == (0.0, 0.0, 10.0, 10.0)
    assert session.spec.points == ()
    session.clear()
    session.undo()
    assert session.prompts == []


def test_places_outside_are_refused(session: Session) -> None:
    with pytest.raises(UsageError, match="prompt at 1300,5 lies outside its 900x1200 pixels"):
        session.add_point(1300.0, 5.0, 1)
    assert session.steps == ()


def test_a_photo_is_embedded_once_by_each_model(session: Session, pair: Pair, calls: dict[str, list[Any]]) -> None:
    assert pair.adapted
    for _ in range(2):
        session.preview(pair.published, "none")
        session.preview(pair.adapted, "fast")
        session.add_point(600.0, 700.0, 1)
    session.cut_out(pair.adapted, "fast")
    assert [model for model, _ in calls["embed"]] == [pair.published, pair.adapted]
    assert all(images[0] is session.photo.preview for _, images in calls["embed"])


def test_a_previews_embedding_is_the_photos(session: Session, pair: Pair) -> None:
    assert np.array_equal(
        pair.best.embed(session.photo.preview).embedding, pair.best.embed(session.photo.image).embedding
    )


@pytest.mark.parametrize("refine", ["none", "fast", "best"])
def test_previews_and_downloads_agree(session: Session, pair: Pair, refine: Any) -> None:
    """The download has all pixels and straight alpha: inside the product, the photo's own colours."""
    session.add_box((200.0, 300.0, 700.0, 900.0))
    preview, full = session.preview(pair.best, refine).rgba, session.cut_out(pair.best, refine)
    assert preview.shape == (1024, 768, 4)
    assert full.shape == (1200, 900, 4)
    assert full.dtype == np.uint8
    sure = full[..., 3] == 255
    assert 0 < sure.mean() < 1
    kept = full[..., :3][sure] == session.photo.image[sure]
    assert kept.mean() > (0.99 if refine == "none" else 0.9)
    assert abs((preview[..., 3] > 127).mean() - (full[..., 3] > 127).mean()) < 0.1


def test_the_adapter_makes_a_difference(session: Session, pair: Pair) -> None:
    assert pair.adapted
    before = session.preview(pair.published, "none").boundary.alpha
    after = session.preview(pair.adapted, "none").boundary.alpha
    assert not np.array_equal(before, after)
