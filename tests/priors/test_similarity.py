"""What looks like the points of a prompt."""

import numpy as np

from tests.conftest import draw_packshot
from wesam_packshot.masks.binary import mask_iou
from wesam_packshot.priors import region_in_box, region_of_points
from wesam_packshot.pseudolabel.labeler import with_box
from wesam_packshot.sam.prompts import Prompt


def test_one_point_finds_the_ball_without_its_shadow() -> None:
    image, mask = draw_packshot(200, 256)
    rows, columns = np.nonzero(mask)
    region = region_of_points(image, [(float(columns.mean()), float(rows.mean()))])
    assert mask_iou(region, mask) > 0.9


def test_two_points_find_two_things_and_one_point_one() -> None:
    image = np.full((100, 160, 3), 230, np.uint8)
    image[30:60, 20:60] = (40, 80, 160)
    image[40:80, 100:140] = (150, 40, 40)
    both = region_of_points(image, [(40, 45), (120, 60)])
    assert both[45, 40] and both[60, 120]
    one = region_of_points(image, [(40, 45)])
    assert one[45, 40] and not one[60, 120]
    assert not one[:25].any()


def test_a_point_of_the_borders_colour_finds_nothing_certain() -> None:
    assert not region_of_points(np.full((60, 60, 3), 200, np.uint8), [(30, 30)]).any()


def test_prompts_without_a_box_get_one() -> None:
    image, mask = draw_packshot(400, 512)
    rows, columns = np.nonzero(mask)
    tight = np.array([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1])
    centre = (float(columns.mean()), float(rows.mean()))
    found = with_box(Prompt(points=(centre, (5.0, 5.0)), labels=(1, 0)), image)
    assert found.points == (centre, (5.0, 5.0))
    assert found.box is not None and np.abs(np.array(found.box) - tight).max() < 16
    plain = Prompt(points=(centre,), labels=(1,))
    assert with_box(plain, np.full((400, 512, 3), 200, np.uint8)) == plain  # nothing to tell it from
    boxed = Prompt(box=(1.0, 2.0, 3.0, 4.0))
    assert with_box(boxed, image) is boxed


def test_the_corners_of_a_box_are_told_from_the_object_in_it() -> None:
    y, x = np.mgrid[:120, :160]
    lesion = ((y - 60) / 35) ** 2 + ((x - 80) / 50) ** 2 < 1
    skin = np.stack([200 - 0.2 * x, 160 - 0.2 * x, 140 - 0.2 * x], -1)  # darker to the right
    skin[lesion] -= [70, 60, 40]
    noise = np.random.default_rng(0).normal(0, 6, skin.shape)
    image = (skin + noise).clip(0, 255).astype(np.uint8)
    found = region_in_box(image, (30, 25, 130, 95))
    assert (found.mask & lesion).sum() > 0.95 * (found.mask | lesion).sum()
    assert found.separation > 3
    assert found.reach > 0.95


def test_a_box_that_fills_the_picture_tells_nothing() -> None:
    image = np.random.default_rng(0).integers(0, 255, (80, 80, 3), dtype=np.uint8)
    found = region_in_box(image, (0, 0, 80, 80))
    assert found.separation == 0
    assert found.mask.all()
    assert region_in_box(image, (20, 20, 60, 60)).separation < 1
