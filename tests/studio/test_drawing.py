"""What the pictures of a seed show, without rendering any."""

from collections import Counter

import numpy as np
import pytest

pytest.importorskip("trimesh", reason="the extra `render` is not installed")

from wesam_packshot.studio import families, lights
from wesam_packshot.studio.camera import draw_development
from wesam_packshot.studio.drawing import draw_family, draw_setup
from wesam_packshot.studio.passes import Setup
from wesam_packshot.studio.picture import openings


def setup_of(index: int, seed: int = 0, split: str = "train") -> Setup:
    return draw_setup(draw_family(seed, index, split), split)


def test_a_picture_depends_on_its_seed_and_index_alone() -> None:
    first, again, other_index, other_seed = setup_of(5), setup_of(5), setup_of(5 + 36), setup_of(5, seed=1)
    assert first.view == again.view and first.lighting == again.lighting
    assert (first.product.bounds == again.product.bounds).all()
    for other in (other_index, other_seed):
        assert first.view != other.view


@pytest.mark.parametrize(("split", "known"), [("train", families.TRAIN), ("test", families.TEST)])
def test_each_family_has_its_turn(split: str, known: dict[str, object]) -> None:
    drawn = Counter(draw_family(3, index, split).family for index in range(4 * len(known)))
    assert drawn == dict.fromkeys(known, 4)


def test_what_is_kept_for_the_test_split() -> None:
    assert len(families.TRAIN) + len(families.TEST) >= 30 and len(families.TEST) >= 6
    assert not set(families.TRAIN) & set(families.TEST)
    assert len(lights.TRAIN) + len(lights.TEST) >= 8 and len(lights.TEST) >= 2
    assert not set(lights.TRAIN) & set(lights.TEST)
    kept = {setup_of(index, split="test").lighting.kind for index in range(8)}
    assert kept == {"rim_strips", "spots"}


@pytest.mark.parametrize("index", range(12))
def test_products_stand_in_the_frame(index: int) -> None:
    """Projected by a pinhole camera of the test's own, the product fills 40 to 100 % of the frame, and stays in it."""
    setup = setup_of(index, seed=4)
    view = setup.view
    points = np.concatenate([np.asarray(part.mesh.vertices) for part in setup.product.parts])
    forward = np.subtract(view.target, view.origin) / np.linalg.norm(np.subtract(view.target, view.origin))
    right = np.cross(forward, view.up) / np.linalg.norm(np.cross(forward, view.up))
    away = points - view.origin
    seen = np.stack([away @ right, away @ np.cross(right, forward)], 1) / (away @ forward)[:, None]
    height, width = view.size
    reach = np.tan(np.radians(view.fov) / 2) / max(height, width)
    share = np.abs(seen / (reach * np.array([width, height]))).max()
    assert 0.4 <= share <= 1.0
    assert np.isclose(points[:, 2].min(), 0, atol=1e-3)


def test_a_white_product_keeps_its_form_on_a_burnt_out_backdrop() -> None:
    rng = np.random.default_rng(0)
    for product, limit in ((0.5, 1.0), (0.05, np.inf)):
        developed = [draw_development(rng, 0.4, product, 0.8, burnt_out=True) for _ in range(50)]
        white = [how.exposure * product for how in developed]
        assert max(white) <= min(limit, 0.9)  # 0.9 in linear light is 244 of 255
        backdrops = [how.exposure * 0.4 for how in developed]
        assert (min(backdrops) >= 0.98) == (product < 0.1)


def test_openings_are_what_the_product_encloses() -> None:
    rows, columns = np.mgrid[:60, :60]
    distance = np.hypot(rows - 30, columns - 30)
    ring = (distance < 20) & (distance >= 10)
    assert openings(ring) == pytest.approx(1 / 3, abs=0.02)
    assert openings(ring & (columns < 35)) == 0, "it is open on one side"
    assert openings(np.zeros((4, 4), bool)) == 0
