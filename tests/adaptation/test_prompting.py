"""What the student and the teacher are told of a view."""

import numpy as np
import pytest

from wesam_packshot.adaptation.data import draw_kind
from wesam_packshot.adaptation.prompting import draw_prompt, draw_teacher_prompt, random_point, sloppy
from wesam_packshot.config import PromptKind, load_config
from wesam_packshot.errors import UsageError
from wesam_packshot.masks.simulated_prompts import blocks_of, prompt_from_mask
from wesam_packshot.sam.frame import Frame

FRAME = Frame(300, 600)
PRODUCT = np.zeros((100, 200), np.float32)  # a third of the photo's size
PRODUCT[20:60, 50:150] = 1.0
BOX = (150.0, 60.0, 450.0, 180.0)


@pytest.mark.parametrize("kind", ["whole", "box", "point", "coarse"])
def test_the_student_is_told_of_the_product(kind: PromptKind) -> None:
    for seed in range(10):
        prompt = draw_prompt(kind, PRODUCT, FRAME, 0.03, np.random.default_rng(seed))
        assert (prompt.mask is not None) == (kind == "coarse")
        if kind == "point":
            ((x, y),) = prompt.points
            assert BOX[0] <= x <= BOX[2] and BOX[1] <= y <= BOX[3]
            assert prompt.labels == (1,)
        elif kind == "whole":
            assert prompt.box is not None and prompt.box[2] - prompt.box[0] > 0.9 * 600
        else:
            assert prompt.box is not None
            assert np.abs(np.array(prompt.box) - BOX).max() < 0.05 * 300 + 4


def test_without_a_product_the_student_is_told_the_whole_image() -> None:
    prompt = draw_prompt("point", np.zeros_like(PRODUCT), FRAME, 0.0, np.random.default_rng(0))
    assert prompt.box == (0, 0, 600, 300)


@pytest.mark.parametrize("privilege", ["box", "points", "mask"])
def test_the_teacher_is_told_where_the_product_is(privilege: str) -> None:
    prompt = draw_teacher_prompt(privilege, PRODUCT, BOX, FRAME)  # type: ignore[arg-type]
    if privilege == "points":
        assert len(prompt.points) == 3 and set(prompt.labels) == {1}
        assert all(BOX[0] < x < BOX[2] and BOX[1] < y < BOX[3] for x, y in prompt.points)
        assert len({(round(x), round(y)) for x, y in prompt.points}) == 3
    else:
        assert prompt.box == BOX
    if privilege == "mask":
        assert prompt.mask is not None
        assert (prompt.mask > 0).sum() == pytest.approx(256 * 128 * 0.2, rel=0.05)  # a fifth of the photo


def test_a_prompt_from_a_mask_is_in_the_photos_pixels() -> None:
    mask = PRODUCT > 0.5
    assert prompt_from_mask("box", mask, FRAME).box == BOX
    ((x, y),) = prompt_from_mask("point", mask, FRAME).points
    assert 150 + 55 < x < 450 - 55 and y == pytest.approx(120, abs=4)
    coarse = prompt_from_mask("coarse", mask, FRAME)
    assert coarse.box == BOX and coarse.mask is not None
    assert prompt_from_mask("point", ~mask & mask, FRAME).box == (0, 0, 600, 300)


def test_painted_blocks_are_coarse_and_never_empty() -> None:
    blocks = blocks_of(PRODUCT > 0.5)
    corners = np.flatnonzero(np.diff(blocks.any(0).astype(int)))
    assert all((corner + 1) % 12.5 < 1.5 or (corner + 1) % 12.5 > 11 for corner in corners)  # 16 blocks of 200 pixels
    speck = np.zeros((100, 200), bool)
    speck[50, 77] = True
    assert blocks_of(speck).any()


def test_kinds_are_drawn_as_often_as_told() -> None:
    config = load_config(None, ["prompts.whole=3", "prompts.box=1", "prompts.point=0", "prompts.coarse=0"])
    drawn = [draw_kind(config.prompts, np.random.default_rng(seed)) for seed in range(400)]
    assert set(drawn) == {"whole", "box"}
    assert drawn.count("box") == pytest.approx(100, abs=30)
    with pytest.raises(UsageError, match="one kind of prompt must be above 0"):
        load_config(None, [f"prompts.{kind}=0" for kind in ("whole", "box", "point", "coarse")])


def test_points_lie_on_the_product_and_boxes_near_it() -> None:
    generator = np.random.default_rng(0)
    product = PRODUCT > 0.5
    points = np.array([random_point(product, generator) for _ in range(50)]).astype(int)
    assert product[points[:, 1], points[:, 0]].all()
    assert len(np.unique(points, axis=0)) > 10
    boxes = np.array([sloppy(np.array([0.0, 60.0, 300.0, 180.0]), FRAME, generator) for _ in range(50)])
    assert (boxes[:, 0] >= 0).all() and np.ptp(boxes[:, 1]) > 3
    assert (np.abs(boxes - [0, 60, 300, 180]).max(0) <= [15, 6, 15, 6]).all()
