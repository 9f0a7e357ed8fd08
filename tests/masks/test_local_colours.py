"""Local means, against sums written out."""

import numpy as np

from wesam_packshot.masks.local_colours import COARSE, local_mean


def test_the_mean_is_that_of_sure_pixels_near_by() -> None:
    values = np.zeros((64, 96, 2), np.float32)
    values[:, :48], values[:, 48:] = (0.2, 0.9), (0.7, 0.1)
    values[::2] += 0.1  # rows of two kinds, which only a mean evens out
    sure = np.zeros((64, 96), bool)
    sure[:, :40] = sure[:, 60:] = True
    places = (np.array([32, 32, 32]), np.array([20, 50, 80]))
    found, known = local_mean(values, sure, 8.0, places)
    assert known.all()
    assert np.allclose(found[0], (0.25, 0.95), atol=1e-3)
    assert np.allclose(found[2], (0.75, 0.15), atol=1e-3)
    assert 0.25 < found[1, 0] < 0.75


def test_nothing_is_known_where_no_sure_pixel_is_near() -> None:
    values, sure = np.ones((64, 64, 1), np.float32), np.zeros((64, 64), bool)
    sure[:, :4] = True
    _, known = local_mean(values, sure, 4.0, (np.array([30, 30]), np.array([2, 60])))
    assert known.tolist() == [True, False]


def test_a_ramp_is_interpolated_and_held_at_the_rim() -> None:
    ramp = np.tile(np.arange(80, dtype=np.float32), (41, 1))[..., None]
    columns = np.arange(80)
    found, _ = local_mean(ramp, np.ones((41, 80), bool), 0.4, (np.full(80, 40), columns))
    inner = slice(COARSE, 80 - COARSE)
    assert np.allclose(found[inner, 0], columns[inner], atol=0.02)
    assert np.allclose(found[:2, 0], (COARSE - 1) / 2, atol=0.1)
