"""Things and patches of one colour that a click points at."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from wesam_packshot.sam.frame import Frame
from wesam_packshot.segment.click_regions import patch_at, thing_at

FRAME = Frame(100, 120)
Plane = NDArray[np.float32]


def block(*edges: int) -> NDArray[np.bool_]:
    """A rectangle: top, bottom, left, right."""
    found = np.zeros((100, 120), bool)
    found[edges[0] : edges[1], edges[2] : edges[3]] = True
    return found


# A product of two colours on white, with a dark shadow beside it.
BODY, HANDLE, SHADOW = block(20, 80, 30, 80), block(30, 50, 80, 95), block(70, 80, 80, 110)


@pytest.fixture
def image() -> NDArray[np.uint8]:
    picture = np.full((100, 120, 3), 245, np.uint8)
    for part, colour in ((BODY, (190, 60, 40)), (HANDLE, (40, 60, 160)), (SHADOW, (150, 150, 150))):
        picture[part] = colour
    noise = np.random.default_rng(0).integers(-3, 4, picture.shape)
    noisy: NDArray[np.uint8] = (picture + noise).clip(0, 255).astype(np.uint8)
    return noisy


def logits(mask: NDArray[np.bool_]) -> Plane:
    return np.where(mask, 4, -4).astype(np.float32)


def differs(found: NDArray[np.bool_], expected: NDArray[np.bool_]) -> int:
    """Pixels; a patch may be one pixel wider or narrower."""
    return int((found ^ expected).sum())


def test_a_shadow_is_taken_out_and_nothing_else(image: NDArray[np.uint8]) -> None:
    found = patch_at(image, FRAME, logits(BODY | HANDLE | SHADOW), ((100, 75), 0)) > 0
    assert differs(found, BODY | HANDLE) <= 60
    assert (found & BODY).sum() >= BODY.sum() - 12


def test_a_missing_part_is_added_and_nothing_else(image: NDArray[np.uint8]) -> None:
    found = patch_at(image, FRAME, logits(BODY), ((88, 40), 1)) > 0
    assert differs(found, BODY | HANDLE) <= 80
    assert not (found & SHADOW).any()


@pytest.mark.parametrize("click", [((50, 50), 0), ((10, 10), 1)])
def test_a_click_means_neither_all_of_the_product_nor_the_background(
    image: NDArray[np.uint8], click: tuple[tuple[float, float], int]
) -> None:
    earlier = logits(BODY | HANDLE)
    assert patch_at(image, FRAME, earlier, click) is earlier


def test_a_click_that_is_right_already_changes_nothing(image: NDArray[np.uint8]) -> None:
    earlier = logits(BODY | HANDLE)
    assert patch_at(image, FRAME, earlier, ((50, 50), 1)) is earlier


@dataclass
class Answers:
    """What a model returns for a click."""

    things: list[NDArray[np.bool_]]
    predicted_iou: NDArray[np.float32]

    def decode(self, _features: Any, prompts: Any, _frame: Any, multimask: bool) -> "Answers":
        assert multimask
        assert prompts[0].labels == (1,)  # also for what is to be taken out: it asks what is there
        return self

    def finest_logits(self, _prompt: int, number: int) -> Plane:
        return logits(self.things[number])


def ask(
    answers: list[NDArray[np.bool_]], sure: list[float], earlier: Plane, click: tuple[tuple[float, float], int]
) -> Plane:
    model: Any = Answers(answers, np.array([sure], np.float32))
    features: Any = None
    found: Plane = thing_at(model, features, FRAME, earlier, click)
    return found


def test_the_smallest_thing_is_taken_out() -> None:
    everything = BODY | HANDLE | SHADOW
    found = ask([everything, SHADOW | HANDLE, SHADOW], [0.9, 0.95, 0.85], logits(everything), ((100, 75), 0)) > 0
    assert (found & ~(BODY | HANDLE)).sum() == 0
    assert (found & BODY)[:, :70].sum() == BODY[:, :70].sum()  # beside the seam


def test_what_is_not_sure_or_not_a_part_is_left() -> None:
    everything, click = logits(BODY | HANDLE | SHADOW), ((100, 75), 0)
    assert ask([BODY | SHADOW, SHADOW, SHADOW], [0.9, 0.5, 0.5], everything, click) is everything
    assert ask([HANDLE, HANDLE, HANDLE], [0.9, 0.9, 0.9], everything, click) is everything


def test_a_thing_is_added_unless_it_is_the_background() -> None:
    background = ~(BODY | HANDLE)
    found = ask([background, HANDLE, background], [0.9, 0.9, 0.9], logits(BODY), ((88, 40), 1)) > 0
    assert (found & HANDLE).sum() == HANDLE.sum()
    earlier = logits(BODY)
    assert ask([background] * 3, [0.9] * 3, earlier, ((100, 10), 1)) is earlier
