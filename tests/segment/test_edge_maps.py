"""Edges from masks, by hand and on a drawn product."""

import numpy as np
import pytest
import torch
from scipy import ndimage

from tests.conftest import draw_packshot
from wesam_packshot.sam.model import SegmentAnything
from wesam_packshot.sam.weights import Base
from wesam_packshot.segment import Segmenter, edges


def disc(radius: float, size: int = 64) -> torch.Tensor:
    y, x = np.mgrid[:size, :size]
    return torch.from_numpy((radius - np.hypot(y - size / 2, x - size / 2)).astype(np.float32))


def test_slopes_count_at_outlines_alone() -> None:
    logits = disc(15)
    strength = edges.edge_strength(logits[None]).numpy()
    distance = np.abs(np.hypot(*(np.mgrid[:64, :64] - 32)) - 15)
    assert strength.max() == 1
    assert strength[distance < 0.7].min() > 0.8
    assert strength[distance > 5].max() == 0
    both = edges.edge_strength(torch.stack([logits, disc(25)])).numpy()
    assert both[32, 32 + 25] > 0.8
    assert both[32, 32 + 15] == pytest.approx(strength[32, 32 + 15], rel=0.05)
    assert edges.edge_strength(torch.full((1, 8, 8), -1.0)).max() == 0


def test_a_ridge_is_thinned_to_a_line() -> None:
    distance = np.abs(np.hypot(*(np.mgrid[:64, :64] - 32)) - 20)
    ridge = np.exp(-(distance**2) / 8).astype(np.float32)
    thin = edges.thinned(ridge) > 0.5
    assert distance[thin].max() < 1.2
    _, parts = ndimage.label(thin, np.ones((3, 3)))
    assert parts == 1  # closed: nothing of the ring is lost
    assert 0.8 * 2 * np.pi * 20 < thin.sum() < 2 * 2 * np.pi * 20


def test_the_edge_of_a_product_is_found(
    mobile_sam: tuple[SegmentAnything, Base], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(edges, "POINTS_PER_SIDE", 5)
    image, mask = draw_packshot(200, 260, shadow=0)
    found = edges.find_edges(Segmenter(mobile_sam[0]), image)
    assert found.shape == mask.shape
    assert found.max() == 255
    outline = mask & ~ndimage.binary_erosion(mask)
    near = ndimage.distance_transform_edt(~outline)
    strong = found > 100
    assert (near[strong] < 4).mean() > 0.8
    assert (ndimage.distance_transform_edt(~strong)[outline] < 4).mean() > 0.9
