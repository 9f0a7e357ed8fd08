"""A photo under one model: what is shown and downloaded of it, and what steps change."""

from pathlib import Path

import numpy as np
import pytest

from tests.conftest import draw_packshot
from wesam_packshot.batch.segmentation import Request, find_product
from wesam_packshot.config import load_config
from wesam_packshot.demo.session import Session
from wesam_packshot.errors import ImageError, UsageError
from wesam_packshot.interactive.models import Pair
from wesam_packshot.interactive.photo import Photo
from wesam_packshot.interactive.steps import Step, Stroke
from wesam_packshot.io.prompt_file import PromptSpec
from wesam_packshot.segment.refinement import REFINEMENTS, Refine

CONFIG = load_config(None, ["train.precision=fp32"])
CLICK: Step = PromptSpec(points=((450.0, 600.0),), labels=(1,))
STROKE: Step = Stroke(((100.0, 100.0), (200.0, 100.0)), 20.0, 1)


@pytest.fixture
def photo(photo_file: Path) -> Photo:
    return Photo.read(photo_file, 100)


def session(photo: Photo, pair: Pair, refine: Refine = "none") -> Session:
    return Session(photo, pair.best, refine, CONFIG)


def test_photos_are_upright_and_previews_small(photo: Photo) -> None:
    assert photo.name == "ball"
    assert photo.image.shape == (1200, 900, 3)
    assert photo.preview.shape == (1024, 768, 3)
    small, _ = draw_packshot()
    assert Photo("small", small, small).preview is small


def test_broken_and_large_photos_are_named_without_their_folder(photo_file: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(photo_file.read_bytes()[:2000])
    with pytest.raises(ImageError, match=r"^broken\.jpg: cannot be read"):
        Photo.read(broken, 100)
    with pytest.raises(ImageError, match=r"^ball\.jpg: 1200x900 pixels exceed the limit of 1 megapixels; shrink it"):
        Photo.read(photo_file, 1)


@pytest.mark.parametrize("refine", REFINEMENTS)
def test_without_steps_it_is_what_segment_makes_of_the_photo(photo: Photo, pair: Pair, refine: Refine) -> None:
    whole = session(photo, pair, refine).whole(())
    found = find_product(pair.best, photo.image, (), Request(refine=refine), CONFIG)
    assert found.alpha is not None and found.colour is not None
    assert np.array_equal(whole.alpha, found.alpha)  # type: ignore[arg-type]
    assert np.array_equal(whole.colour, found.colour)  # type: ignore[arg-type]
    assert whole.confidence == found.confidence


def test_a_stroke_paints_what_it_covers_and_leaves_the_rest(photo: Photo, pair: Pair) -> None:
    one = session(photo, pair)
    before, after = one.whole(()), one.whole((STROKE,))
    assert after.mask[95:105, 105:195].all()
    rows, columns = np.mgrid[:1200, :900]
    far = np.hypot(rows - 100, columns - np.clip(columns, 100, 200)) > 60  # the radius, and what edges may take
    assert np.array_equal(before.mask[far], after.mask[far])
    assert np.array_equal(before.colour[far], after.colour[far])  # type: ignore[index]
    shown = one.preview((STROKE,)).mask
    assert shown[85, 130] and shown.shape == (1024, 768)


def test_steps_may_be_taken_back_and_taken_again(photo: Photo, pair: Pair) -> None:
    one = session(photo, pair)
    empty, clicked = one.preview(()).mask, one.preview((CLICK,)).mask
    both = one.preview((CLICK, STROKE)).mask
    assert not np.array_equal(clicked, both)
    assert np.array_equal(one.preview((CLICK,)).mask, clicked)
    assert np.array_equal(one.preview(()).mask, empty)
    assert np.array_equal(one.preview((CLICK, STROKE)).mask, both)
    fresh = session(photo, pair).preview((CLICK, STROKE)).mask  # as after the server has forgotten it
    assert np.array_equal(fresh, both)


def test_places_outside_are_refused_and_the_steps_before_them_kept(photo: Photo, pair: Pair) -> None:
    one = session(photo, pair)
    clicked = one.preview((CLICK,)).mask
    with pytest.raises(UsageError, match="prompt at 1300,5 lies outside its 900x1200 pixels"):
        one.preview((CLICK, PromptSpec(points=((1300.0, 5.0),), labels=(1,))))
    assert np.array_equal(one.preview((CLICK,)).mask, clicked)


def test_the_adapter_makes_a_difference(photo: Photo, pair: Pair) -> None:
    before = Session(photo, pair.published, "none", CONFIG).preview(())
    assert not np.array_equal(before.mask, session(photo, pair).preview(()).mask)
