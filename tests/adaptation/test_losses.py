"""Losses against numbers worked by hand, and against PyTorch and kornia where they have the same."""

import math

import pytest
import torch
from kornia.losses import binary_focal_loss_with_logits

from wesam_packshot.adaptation.losses import (
    boundary_loss,
    colour_loss,
    contrastive_loss,
    dice_loss,
    focal_loss,
    pool,
    soft_inner_band,
)

LOGITS = torch.tensor([[[0.0, math.log(3.0)], [-math.log(3.0), 0.0]]])  # probabilities 1/2, 3/4, 1/4, 1/2
TARGET = torch.tensor([[[1.0, 1.0], [1.0, 0.0]]])
ONES = torch.ones(1, 2, 2)


def test_focal_by_hand() -> None:
    # (1 - p_t)^2 * -log(p_t) for p_t = 1/2, 3/4, 1/4, 1/2
    terms = [(1 - p) ** 2 * -math.log(p) for p in (0.5, 0.75, 0.25, 0.5)]
    found = focal_loss(logits=LOGITS, target=TARGET, weight=ONES, gamma=2)
    assert found.tolist() == pytest.approx([sum(terms) / 4])


def test_focal_equals_kornia_on_hard_targets() -> None:
    logits, target = torch.randn(3, 8, 8), torch.randint(0, 2, (3, 8, 8)).float()
    expected = binary_focal_loss_with_logits(logits, target, alpha=None, gamma=2.0, reduction="none")
    found = focal_loss(logits=logits, target=target, weight=torch.ones(3, 8, 8), gamma=2)
    assert torch.allclose(found, expected.mean((1, 2)), atol=1e-6)


def test_focal_with_gamma_zero_is_cross_entropy_even_for_soft_targets() -> None:
    logits, target = torch.randn(2, 4, 4), torch.rand(2, 4, 4)
    expected = torch.nn.functional.binary_cross_entropy_with_logits(logits, target, reduction="none").mean((1, 2))
    assert torch.allclose(focal_loss(logits=logits, target=target, weight=torch.ones(2, 4, 4), gamma=0), expected)


def test_dice_by_hand() -> None:
    # overlap 1/2 + 3/4 + 1/4, sums 2 and 3, smoothing 1
    found = dice_loss(logits=LOGITS, target=TARGET, weight=ONES)
    assert found.tolist() == pytest.approx([1 - (2 * 1.5 + 1) / (2 + 3 + 1)])


@pytest.mark.parametrize("loss", ["focal", "dice"])
def test_pixels_of_weight_zero_count_for_nothing(loss: str) -> None:
    weight = ONES.clone()
    weight[0, 1] = 0
    changed = LOGITS.clone()
    changed[0, 1] = torch.tensor([50.0, 50.0])

    def value(logits: torch.Tensor) -> torch.Tensor:
        if loss == "focal":
            return focal_loss(logits=logits, target=TARGET, weight=weight, gamma=2)
        return dice_loss(logits=logits, target=TARGET, weight=weight)

    assert torch.equal(value(LOGITS), value(changed))
    top = focal_loss(logits=LOGITS[:, :1], target=TARGET[:, :1], weight=ONES[:, :1], gamma=2)
    if loss == "focal":
        assert torch.allclose(value(LOGITS), top)


@pytest.mark.parametrize("loss", [dice_loss, lambda **maps: focal_loss(gamma=2, **maps)])
def test_each_image_stands_alone(loss: object) -> None:
    assert callable(loss)
    logits, target = torch.randn(3, 4, 4), torch.rand(3, 4, 4).round()
    weight = torch.ones(3, 4, 4)
    together = loss(logits=logits, target=target, weight=weight)
    alone = [loss(logits=logits[i : i + 1], target=target[i : i + 1], weight=weight[i : i + 1]) for i in range(3)]
    assert torch.allclose(together, torch.cat(alone))


def test_an_image_without_any_weight_costs_nothing() -> None:
    none = torch.zeros(1, 2, 2)
    assert focal_loss(logits=LOGITS, target=TARGET, weight=none, gamma=2).item() == 0
    assert dice_loss(logits=LOGITS, target=TARGET, weight=none).item() == 0


def test_prototypes_are_means_of_unit_vectors_under_the_mask() -> None:
    features = torch.zeros(1, 2, 2, 2)
    features[0, 0, :, 0] = 5.0  # left: (1, 0) after normalising
    features[0, 1, :, 1] = 0.1  # right: (0, 1)
    mask = torch.zeros(1, 4, 4)
    mask[0, :, :2] = 1
    assert pool(features, mask)[0].tolist() == pytest.approx([1.0, 0.0])
    assert pool(features, torch.ones(1, 4, 4))[0].tolist() == pytest.approx([0.5, 0.5])
    assert pool(features, torch.zeros(1, 4, 4))[0].tolist() == [0.0, 0.0]


def test_contrast_by_hand() -> None:
    student, same = torch.tensor([[1.0, 0.0]]), torch.tensor([[2.0, 0.0]])
    other = torch.tensor([[0.0, 3.0], [-1.0, 0.0]])
    found = contrastive_loss(student=student, positive=same, negatives=other, temperature=0.5)
    expected = -math.log(math.exp(2) / (math.exp(2) + math.exp(0) + math.exp(-2)))
    assert found.tolist() == pytest.approx([expected])


def test_contrast_without_a_positive_costs_nothing() -> None:
    student, positive = torch.randn(2, 8, requires_grad=True), torch.stack([torch.zeros(8), torch.ones(8)])
    loss = contrastive_loss(student=student, positive=positive, negatives=torch.randn(3, 8), temperature=0.3)
    torch.autograd.backward(loss.sum())
    assert student.grad is not None
    assert (loss[0].item(), student.grad[0].abs().sum().item()) == (0, 0)
    assert loss[1].item() > 0


def test_contrast_does_not_vanish_for_one_product() -> None:
    """WeSAM's published loss is zero, and has no gradient, for one instance per image."""
    student = torch.randn(1, 8, requires_grad=True)
    loss = contrastive_loss(student=student, positive=torch.randn(1, 8), negatives=torch.randn(1, 8), temperature=0.3)
    loss.sum().backward()  # type: ignore[no-untyped-call]
    assert loss.item() > 0
    assert student.grad is not None
    assert student.grad.abs().sum() > 0


def test_contrast_pulls_towards_the_product_and_away_from_backgrounds() -> None:
    positive, negatives = torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, 1.0]])
    values = [
        contrastive_loss(
            student=torch.tensor([[math.cos(a), math.sin(a)]]), positive=positive, negatives=negatives, temperature=0.3
        ).item()
        for a in (0.0, 0.4, 0.8, 1.2)
    ]
    assert values == sorted(values)


def test_colour_loss_by_hand() -> None:
    logits = torch.tensor([[[0.0, 2.0], [-1.0, 5.0]]])
    colour = torch.tensor([[[0.0, 1.0], [-1.0, -1.0]]])  # unknown, product, backdrop, backdrop
    inside = torch.tensor([[[1.0, 1.0], [1.0, 0.0]]])  # the last is padding
    expected = (math.log(1 + math.exp(-2)) + math.log(1 + math.exp(-1))) / 2
    assert colour_loss(logits=logits, colour=colour, inside=inside).tolist() == pytest.approx([expected])
    half = torch.tensor([[[0.5, 0.0], [0.0, 0.0]]])  # half as sure, and little of it: the sum is not stretched
    assert colour_loss(logits=logits, colour=half, inside=inside).tolist() == pytest.approx([0.5 * math.log(2)])
    unknown = torch.zeros(1, 2, 2)
    assert colour_loss(logits=logits, colour=unknown, inside=inside).item() == 0


def test_an_inner_band_is_what_erosion_takes() -> None:
    square = torch.zeros(1, 9, 9)
    square[0, 2:7, 2:7] = 1
    band = soft_inner_band(square, 1)[0]
    assert band.sum() == 25 - 9
    assert band[3:6, 3:6].sum() == 0
    whole = torch.ones(1, 5, 5)
    assert soft_inner_band(whole, 1).sum() == 0  # nothing is eroded from beyond the picture's border


def test_boundary_loss_by_hand() -> None:
    target = torch.zeros(1, 9, 9)
    target[0, 2:7, 2:7] = 1
    ones = torch.ones(1, 9, 9)
    sure = (2 * target - 1) * 50
    assert boundary_loss(logits=sure, target=target, weight=ones).item() == pytest.approx(0, abs=1e-6)
    moved = sure.roll(1, dims=2)  # one column to the right: the bands share 8 of 16 pixels
    assert boundary_loss(logits=moved, target=target, weight=ones).item() == pytest.approx(1 - 17 / 33, abs=1e-5)
    far = sure.roll(4, dims=2)
    assert boundary_loss(logits=far, target=target, weight=ones) > boundary_loss(
        logits=moved, target=target, weight=ones
    )


def test_the_boundary_loss_concerns_the_edge_alone() -> None:
    target = torch.zeros(1, 15, 15)
    target[0, 3:12, 3:12] = 1
    logits = ((2 * target - 1) * 3).roll(1, dims=2).requires_grad_()
    torch.autograd.backward(boundary_loss(logits=logits, target=target, weight=torch.ones(1, 15, 15)))
    assert logits.grad is not None
    change = logits.grad[0].abs()
    assert change[7, 2:6].max() > 1e-4 and change[7, 10:14].max() > 1e-4
    assert change[7, 7] < 1e-6  # the middle of the mask
