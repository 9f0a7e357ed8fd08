"""One photo being mended: what clicks, boxes and strokes change, and that the rest stays."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from tests.conftest import draw_packshot
from wesam_packshot.errors import UsageError
from wesam_packshot.interactive.correction import MOST_STEPS, Correction
from wesam_packshot.interactive.photo import Photo
from wesam_packshot.interactive.steps import Stroke
from wesam_packshot.io.prompt_file import PromptSpec
from wesam_packshot.masks.binary import mask_iou
from wesam_packshot.sam.adapter_file import named_adapter
from wesam_packshot.segment.segmenter import Segmenter

Pixels = NDArray[np.bool_]


@pytest.fixture(scope="module")
def segmenter() -> Segmenter:
    return Segmenter.load(named_adapter("packshot", "mobile_sam"), device="cpu")


@pytest.fixture(params=[(300, 400), (1200, 1600)], ids=["small", "large"])
def drawn(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Photo, Pixels]:
    """A photo of a ball, smaller or larger than its preview, and the ball."""
    image, ball = draw_packshot(*request.param)
    Image.fromarray(image).save(tmp_path / "ball.png")
    return Photo.read(tmp_path / "ball.png", 100), ball


def centre(mask: Pixels) -> tuple[float, float]:
    row, column = ndimage.center_of_mass(mask)
    return float(column), float(row)


def click(x: float, y: float, label: int) -> PromptSpec:
    return PromptSpec(points=((x, y),), labels=(label,))


def test_without_a_step_the_mask_is_what_it_was(drawn: tuple[Photo, Pixels], segmenter: Segmenter) -> None:
    photo, ball = drawn
    speckled = ball ^ (np.random.default_rng(0).random(ball.shape) < 0.01)
    assert np.array_equal(Correction(photo, speckled, segmenter).mask(), speckled)


def test_a_click_where_there_was_no_mask_finds_the_product(drawn: tuple[Photo, Pixels], segmenter: Segmenter) -> None:
    photo, ball = drawn
    correction = Correction(photo, None, segmenter)
    correction.add(click(*centre(ball), 1))
    assert mask_iou(correction.mask(), ball) > 0.95
    assert mask_iou(correction.preview()[..., 3] > 127, shrunk(ball, photo)) > 0.95


def shrunk(mask: Pixels, photo: Photo) -> Pixels:
    rows, columns = photo.preview.shape[:2]
    return np.asarray(Image.fromarray(mask).resize((columns, rows), Image.Resampling.NEAREST))


def test_a_click_mends_one_place_and_leaves_the_others(drawn: tuple[Photo, Pixels], segmenter: Segmenter) -> None:
    """A product of which half is missing, and a blot far away that nobody has clicked on."""
    photo, ball = drawn
    height, width = ball.shape
    x, _ = centre(ball)
    half = ball & (np.arange(width) < x)
    blot = np.zeros_like(ball)
    blot[height // 30 : height // 12, width // 30 : width // 12] = True
    correction = Correction(photo, half | blot, segmenter)
    right = centre(ball & ~half)
    correction.add(click(*right, 1))
    found = correction.mask()
    assert np.array_equal(found[blot], blot[blot])
    assert mask_iou(found & ~blot, ball) > 0.93
    correction.undo()
    assert np.array_equal(correction.mask(), half | blot)
    assert correction.prompts == {}


def test_a_box_begins_anew(drawn: tuple[Photo, Pixels], segmenter: Segmenter) -> None:
    photo, ball = drawn
    rows, columns = np.nonzero(ball)
    box = (float(columns.min()), float(rows.min()), float(columns.max() + 1), float(rows.max() + 1))
    correction = Correction(photo, ~ball, segmenter)
    correction.add(PromptSpec(box=box))
    assert mask_iou(correction.mask(), ball) > 0.95
    assert correction.prompts == {"box": list(box)}
    correction.clear()
    assert np.array_equal(correction.mask(), ~ball)


def test_a_stroke_is_as_wide_as_its_brush(drawn: tuple[Photo, Pixels], segmenter: Segmenter) -> None:
    photo, ball = drawn
    height, width = ball.shape
    radius = width / 40
    ends = ((width * 0.1, height * 0.1), (width * 0.4, height * 0.1))
    correction = Correction(photo, np.zeros_like(ball), segmenter)
    correction.add(Stroke(ends, radius, 1))
    x, y = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
    distance = np.hypot(x - x.clip(ends[0][0], ends[1][0]), y - ends[0][1])
    slack = 2.0 * width / photo.preview.shape[1] + 1
    found = correction.mask()
    assert found[distance < radius - slack].all()
    assert not found[distance > radius + slack].any()
    correction.add(Stroke(ends, radius, 0))
    assert not correction.mask().any()
    assert correction.prompts == {}


@pytest.mark.parametrize(
    "step",
    [
        click(410, 10, 1),
        PromptSpec(box=(0, 0, 410, 10)),
        Stroke(((10, 10), (500, 10)), 5, 1),
        Stroke((), 5, 1),
        Stroke(((10, 10),), 200, 1),
        Stroke(((10, 10),), 0, 1),
        Stroke(((10, 10),) * 10_001, 5, 1),
    ],
)
def test_steps_that_cannot_be_are_refused(step: PromptSpec | Stroke, tmp_path: Path, segmenter: Segmenter) -> None:
    Image.fromarray(draw_packshot(300, 400)[0]).save(tmp_path / "ball.png")
    correction = Correction(Photo.read(tmp_path / "ball.png", 100), None, segmenter)
    with pytest.raises(UsageError):
        correction.add(step)
    assert correction.steps == ()


def test_there_are_so_many_steps_at_most(tmp_path: Path, segmenter: Segmenter) -> None:
    Image.fromarray(draw_packshot(60, 80)[0]).save(tmp_path / "ball.png")
    correction = Correction(Photo.read(tmp_path / "ball.png", 100), None, segmenter)
    for number in range(MOST_STEPS):
        correction.add(Stroke(((number, 5),), 2, 1))
    with pytest.raises(UsageError, match="64 steps"):
        correction.add(Stroke(((1, 5),), 2, 1))
