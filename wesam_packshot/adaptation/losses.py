"""Losses of the adaptation, each a pure function per image; padding and distrusted pixels have weight 0.

All take low-res maps (batch, height, width) and return one value per image, (batch,), so that the caller weighs
images by their confidence. Targets are probabilities; arguments are keywords, since order has misled others.
"""

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import (
    cosine_similarity,
    cross_entropy,
    interpolate,
    normalize,
)
from torchvision.ops import sigmoid_focal_loss

Maps = Float[Tensor, "batch height width"]
PerImage = Float[Tensor, "batch"]


def focal_loss(*, logits: Maps, target: Maps, weight: Maps, gamma: float) -> PerImage:
    """Focal loss (arXiv 1708.02002, eq. 4, without class balance), per pixel, weighted mean per image.

    For a soft target t and probability p, the probability given to the target is p t + (1 - p)(1 - t).
    """
    loss: Maps = sigmoid_focal_loss(logits, target, alpha=-1, gamma=gamma, reduction="none")
    return (loss * weight).sum((1, 2)) / weight.sum((1, 2)).clamp(min=1)


def dice_loss(*, logits: Maps, target: Maps, weight: Maps, smooth: float = 1.0) -> PerImage:
    """1 - Dice coefficient (V-Net, arXiv 1606.04797, with sums rather than squares), per image."""
    probability = logits.sigmoid()
    overlap = (weight * probability * target).sum((1, 2))
    total = (weight * (probability + target)).sum((1, 2))
    return 1 - (2 * overlap + smooth) / (total + smooth)


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
    background prototypes, of this and of other images, take their place.
    """
    attraction = cosine_similarity(student, positive)
    repulsion = normalize(student, dim=1) @ normalize(negatives, dim=1).T
    scores = torch.cat([attraction.unsqueeze(1), repulsion], dim=1) / temperature
    return cross_entropy(scores, scores.new_zeros(len(scores), dtype=torch.long), reduction="none")
