"""Windows: what they cut and paste, and how prompts move into them."""

import numpy as np
import pytest

from wesam_packshot.masks.window import Window, resample, scaled
from wesam_packshot.sam.frame import Frame
from wesam_packshot.sam.prompts import Prompt

FRAME = Frame(100, 200)
WINDOW = Window.around((60.0, 20.0, 100.0, 60.0), 0.25, FRAME)


def test_a_window_is_the_box_with_its_margin_within_the_photo() -> None:
    assert Window(50, 10, 111, 71, 100, 200) == WINDOW
    assert Window.around((0.0, 0.0, 200.0, 100.0), 0.2, FRAME) == Window.whole(FRAME)
    assert WINDOW.frame == Frame(61, 61)
    assert WINDOW.region == pytest.approx((0.25, 0.1, 0.555, 0.71))


def test_what_is_cut_is_pasted_where_it_was() -> None:
    rows, columns = np.mgrid[:100, :200]
    values = (rows + 2.0 * columns).astype(np.float32)
    cut = WINDOW.cut_map(values, (61, 61))
    assert np.allclose(cut, values[10:71, 50:111], atol=1e-3)
    pasted = WINDOW.paste_map(cut, (100, 200), -1.0)
    assert np.allclose(pasted[10:71, 50:111], values[10:71, 50:111], atol=1e-3)
    assert (pasted[:10] == -1).all()
    image = np.repeat(values[..., None], 3, -1).astype(np.uint8)
    assert np.array_equal(WINDOW.cut(image), image[10:71, 50:111])


def test_maps_of_half_the_size_keep_their_place() -> None:
    values = np.zeros((50, 100), np.float32)
    values[10:20, 30:50] = 1  # rows 20 to 40, columns 60 to 100 of the photo
    cut = WINDOW.cut_map(values, (61, 61)) > 0.5
    assert cut[12:28, 12:48].all()
    assert cut.sum() == pytest.approx(20 * 40, rel=0.08)
    assert resample(values, (25, 50))[7, 20] == 1


def test_prompts_and_boxes_move_with_the_window() -> None:
    moved = WINDOW.localized(Prompt(box=(40.0, 20.0, 100.0, 300.0), points=((60.0, 30.0),), labels=(1,)))
    assert moved.box == (0.0, 10.0, 50.0, 61.0)  # clipped to the window
    assert moved.points == ((10.0, 20.0),)
    assert WINDOW.to_photo((10.0, 10.0, 20.0, 20.0)) == (60.0, 20.0, 70.0, 30.0)
    assert scaled((1, 2, 3, 4), (50, 50), FRAME) == (4.0, 4.0, 12.0, 8.0)


def test_windows_grow_within_the_photo_and_overlap() -> None:
    assert WINDOW.grown(20) == Window(30, 0, 131, 91, 100, 200)
    assert WINDOW.grown(500) == Window.whole(FRAME)
    other = Window(100, 60, 150, 100, 100, 200)
    assert WINDOW.overlap(other) == other.overlap(WINDOW) == Window(100, 60, 111, 71, 100, 200)
    assert WINDOW.overlap(Window(111, 10, 150, 71, 100, 200)) is None  # they only touch
    assert WINDOW.inner((1, 2, 11, 22)) == Window(51, 12, 61, 32, 100, 200)
    assert WINDOW.aligned(4) == Window(48, 8, 111, 71, 100, 200)


def test_slices_are_of_the_photo_or_of_a_larger_window() -> None:
    photo = np.arange(100 * 200).reshape(100, 200)
    part = Window(60, 20, 70, 35, 100, 200)
    assert part.size == photo[part.slices].shape == (15, 10)
    assert np.array_equal(photo[WINDOW.slices][part.slices_in(WINDOW)], photo[part.slices])
