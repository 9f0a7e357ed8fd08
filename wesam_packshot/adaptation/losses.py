"""Losses of the adaptation, each a pure function per image; padding and distrusted pixels have weight 0.

All take low-res maps (batch, height, width) and return one value per image, (batch,), so that the caller weighs
images by their confidence. Targets are probabilities; arguments are keywords, since order has misled others.
"""

import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.nn.functional import (
    binary_cross_entropy_with_logits,
    cosine_similarity,
    cross_entropy,
    interpolate,
    max_pool2d,
    normalize,
)

Maps = Float[Tensor, "batch height width"]
PerImage = Float[Tensor, "batch"]


def focal_loss(*, logits: Maps, target: Maps, weight: Maps, gamma: float) -> PerImage:
    """Focal loss (arXiv 1708.02002, eq. 4, without class balance), per pixel, weighted mean per image.

    For a soft target t and probability p, the probability given to the target is p t + (1 - p)(1 - t).
    """
    from torchvision.ops import (
        sigmoid_focal_loss,  # here, since torchvision loads torch's compiler, which takes as long as all else
    )

    loss: Maps = sigmoid_focal_loss(logits, target, alpha=-1, gamma=gamma, reduction="none")
    return (loss * weight).sum((1, 2)) / weight.sum((1, 2)).clamp(min=1)


def dice_loss(*, logits: Maps, target: Maps, weight: Maps, smooth: float = 1.0) -> PerImage:
    """1 - Dice coefficient (V-Net, arXiv 1606.04797, with sums rather than squares), per image."""
    probability = logits.sigmoid()
    overlap = (weight * probability * target).sum((1, 2))
    total = (weight * (probability + target)).sum((1, 2))
    return 1 - (2 * overlap + smooth) / (total + smooth)


def colour_loss(*, logits: Maps, colour: Maps, inside: Maps) -> PerImage:
    """Cross-entropy where colour alone is sure, mean over those pixels; 0 where it is sure of nothing.

    Args:
        colour: 1 for sure product, -1 for sure backdrop, shadow or reflection, 0 for unknown, which no mean of
            neighbours turns into something else.
    """
    sure = colour.abs() * inside
    loss = binary_cross_entropy_with_logits(logits, (colour > 0).to(logits.dtype), reduction="none")
    return (loss * sure).sum((1, 2)) / sure.sum((1, 2)).clamp(min=1)


def boundary_loss(*, logits: Maps, target: Maps, weight: Maps, width: int = 1) -> PerImage:
    """1 - Dice coefficient of the boundaries, the bands of `width` pixels within the masks (after Boundary IoU,
    arXiv 2103.16562); the erosion that makes them is a minimum filter, which takes soft masks too.
    """
    bands = [soft_inner_band(values, width) for values in (logits.sigmoid(), target)]
    overlap = (weight * torch.minimum(*bands)).sum((1, 2))
    total = (weight * (bands[0] + bands[1])).sum((1, 2))
    return 1 - (2 * overlap + 1) / (total + 1)


def soft_inner_band(mask: Maps, width: int) -> Maps:
    """What an erosion by `width` pixels takes from a soft mask; beyond the picture's border nothing is eroded."""
    eroded: Maps = -max_pool2d(-mask.unsqueeze(1), 2 * width + 1, stride=1, padding=width).squeeze(1)
    return mask - eroded


def pool(features: Float[Tensor, "batch dim h w"], mask: Maps) -> Float[Tensor, "batch dim"]:
    """Prototype of a region: the mean of unit feature vectors under a soft mask of any size."""
    small = interpolate(mask.unsqueeze(1), features.shape[-2:], mode="area")
    summed = (normalize(features.float(), dim=1) * small).sum((2, 3))
    return summed / small.sum((2, 3)).clamp(min=1e-6)


def contrastive_loss(
    *,
    student: Float[Tensor, "batch dim"],
    positive: Float[Tensor, "batch dim"],
    negatives: Float[Tensor, "count dim"],
    temperature: float,
) -> PerImage:
    """InfoNCE (arXiv 1807.03748, eq. 4) per instance: the student's product is the anchor's, and no background.

    WeSAM's own loss takes other instances of the same image as negatives and so vanishes for one product; here
    prototypes of backgrounds and shadows, of this and of other images, take their place.

    Args:
        positive: the anchor's; where it is zeros there is none, and the image costs nothing.
    """
    attraction = cosine_similarity(student, positive)
    repulsion = normalize(student, dim=1) @ normalize(negatives, dim=1).T
    scores = torch.cat([attraction.unsqueeze(1), repulsion], dim=1) / temperature
    loss = cross_entropy(scores, scores.new_zeros(len(scores), dtype=torch.long), reduction="none")
    return loss * present(positive)


def present(prototypes: Float[Tensor, "count dim"]) -> Bool[Tensor, "count"]:
    """Which prototypes are of regions that there are; those of absent ones are zeros."""
    return prototypes.abs().sum(1) > 0
