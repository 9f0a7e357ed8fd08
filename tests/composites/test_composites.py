"""Synthetic packshots: what is told of them is what can be seen in them."""

import numpy as np
import pytest

from tests.conftest import draw_packshot
from wesam_packshot.composites.composite import draw_backdrop, draw_composite
from wesam_packshot.composites.cutouts import Cutout, cut_out, harden
from wesam_packshot.composites.lighting import contact_line, draw_shadows, enlarged, fall


@pytest.fixture
def red_square() -> Cutout:
    colour = np.zeros((60, 40, 3), np.float32)
    colour[..., 0] = 0.8
    return Cutout(colour, np.ones((60, 40), np.float32), np.full((60, 40), 0.5, np.float32))


def test_a_product_is_cut_out_at_its_edge() -> None:
    image, mask = draw_packshot(240, 320, (200, 60, 40))
    cutout = cut_out(image, mask[::2, ::2].astype(np.float32), np.ones((120, 160), np.float32), 200)
    assert cutout is not None
    assert max(cutout.alpha.shape) == 200
    disc = np.pi / 4  # of its bounding square
    assert cutout.alpha.mean() == pytest.approx(disc, abs=0.02)
    # no backdrop is left, not even along the edge: red prevails wherever there is product
    seen = cutout.colour[cutout.alpha > 0.05]
    assert (seen[:, 0] > 1.5 * seen[:, 2]).all()


def test_an_empty_mask_gives_no_cutout() -> None:
    nothing = np.zeros((8, 8), np.float32)
    assert cut_out(np.zeros((16, 16, 3), np.uint8), nothing, nothing, 10) is None


def test_hardening_leaves_a_ramp_around_one_half() -> None:
    assert harden(np.array([[0.0, 0.2, 0.25, 0.5, 0.6, 0.75, 1.0]])).tolist()[0] == pytest.approx(
        [0, 0, 0, 0.5, 0.7, 1, 1]
    )


@pytest.mark.parametrize("seed", range(8))
def test_a_scene_tells_where_its_product_is(red_square: Cutout, seed: int) -> None:
    scene = draw_composite(red_square, (160, 200), np.random.default_rng(seed))
    x0, y0, x1, y1 = (int(edge) for edge in scene.box)
    assert (x1 - x0, y1 - y0) == (40, 60)
    assert scene.image.shape == (160, 200, 3)
    truth = np.zeros((160, 200), bool)
    truth[y0:y1, x0:x1] = True
    assert np.array_equal(scene.product > 0.5, truth)
    # red as nothing else in the picture but its mirror image, which is marked as removed
    red = scene.image[..., 0].astype(int) - scene.image[..., 1] > 120
    assert red[truth].all()
    assert not red[~truth & (scene.removed < 0.3)].any()
    assert not scene.removed[truth].any()
    assert np.all(scene.weight[truth] == 0.5) and np.all(scene.weight[~truth] == 1)


def test_a_seed_draws_one_scene(red_square: Cutout) -> None:
    first, again, other = (draw_composite(red_square, (90, 90), np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert np.array_equal(first.image, again.image)
    assert not np.array_equal(first.image, other.image)


def test_shadows_fall_where_geometry_says() -> None:
    pole = np.zeros((50, 60), np.float32)
    pole[10:40, 20] = 1  # its foot stands at row 40, its top is 30 pixels above
    flat = fall(pole, base=40, foot=40, squash=0.5, shear=1.0)
    rows, columns = np.nonzero(flat > 0.4)
    assert rows.min() == pytest.approx(40 - 0.5 * 30, abs=1)
    assert columns.max() == pytest.approx(20 + 30, abs=1)
    assert all(column == pytest.approx(20 + 2 * (40 - row), abs=1.5) for row, column in zip(rows, columns, strict=True))
    ahead = fall(pole, base=40, foot=40, squash=-0.3, shear=0.0)
    assert np.nonzero(ahead.any(1))[0].max() == pytest.approx(49, abs=1)  # a shadow towards the camera lies below


def test_shadows_take_light_beside_the_product() -> None:
    alpha = np.zeros((200, 200), np.float32)
    alpha[60:140, 80:120] = 1
    shades = [draw_shadows(alpha, 60, 140, np.random.default_rng(seed)) for seed in range(12)]
    assert all(shade.shape == alpha.shape and shade.min() >= 0 and shade.max() <= 1 for shade in shades)
    assert sum(shade[alpha == 0].max() > 0.1 for shade in shades) >= 8
    assert all(shade[:20].max() < shade.max() or shade.max() == 0 for shade in shades)


def test_the_contact_line_follows_a_round_foot() -> None:
    rows, columns = np.mgrid[:100, :100]
    disc = ((rows - 50) ** 2 + (columns - 50) ** 2 < 30**2).astype(np.float32)
    flat, curved = contact_line(disc, curved=False), contact_line(disc, curved=True)
    assert set(flat) == {79}
    assert curved[50] == pytest.approx(79, abs=1)
    assert curved[65] == pytest.approx(50 + np.sqrt(30**2 - 15**2), abs=2)
    assert curved[5] == 79  # no product there


def test_backdrops_are_smooth_and_light() -> None:
    for seed in range(10):
        plain = draw_backdrop((120, 160), np.random.default_rng(seed))
        assert plain.shape == (120, 160, 3)
        assert plain.min() > 0.2
        assert np.abs(np.diff(plain, axis=1)).max() < 0.05  # only the bend between wall and floor may be sharp


def test_enlarging_keeps_means() -> None:
    ramp = np.linspace(0, 1, 10, dtype=np.float32)[None].repeat(8, 0)
    grown = enlarged(ramp, (32, 40))
    assert grown.shape == (32, 40)
    assert grown.mean() == pytest.approx(0.5, abs=0.01)
