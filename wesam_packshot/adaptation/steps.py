"""One training step: the teacher's target and the student's losses."""

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from wesam_packshot.adaptation.data import Batch
from wesam_packshot.adaptation.losses import (
    boundary_loss,
    colour_loss,
    contrastive_loss,
    dice_loss,
    focal_loss,
    pool,
    present,
)
from wesam_packshot.adaptation.views import strong_view
from wesam_packshot.config import Config, LossConfig
from wesam_packshot.devices import autocast
from wesam_packshot.sam.frame import to_model_input
from wesam_packshot.sam.high_resolution import switched_off
from wesam_packshot.sam.lora import active
from wesam_packshot.sam.model import PromptTensors, SegmentAnything

Maps = Float[Tensor, "batch 256 256"]

# A teacher whose mask overlaps the pseudo-mask less than this has lost the product; the pseudo-mask stands.
LOST = 0.5


class Answer(NamedTuple):
    """What the model says of a batch under one prompt per image, in float32.

    Attributes:
        embedding: of the images.
        logits: of the single mask, low-res.
        fine: the same by the high-resolution branch, or None.
        layers: its logits of shadow, reflection and transparency, or None.
    """

    embedding: Float[Tensor, "batch 256 64 64"]
    logits: Maps
    fine: Float[Tensor, "batch 512 512"] | None
    layers: Float[Tensor, "batch 3 512 512"] | None


def run_model(sam: SegmentAnything, images: Tensor, valid: Tensor, prompts: PromptTensors, config: Config) -> Answer:
    """The answer to images in [0, 1], with whichever LoRA is active."""
    with autocast(images.device, config.train.precision):
        features = sam.encode(to_model_input(images * 255, valid.to(images.dtype)))
        decoded = sam.decode(features, prompts, layers=config.loss.layers > 0)
    fine, layers = (None if found is None else found[:, 0].float() for found in (decoded.fine, decoded.layers))
    return Answer(features.embedding.float(), decoded.logits[:, 0, 0].float(), fine, layers)


@torch.no_grad()
def teacher_target(sam: SegmentAnything, batch: Batch, config: Config) -> tuple[Maps, Maps]:
    """Target and weight of the self-training loss: the teacher under its own prompt, mixed with the pseudo-mask.

    The teacher is trusted by `teacher.trust`, and not at all on an image where it has lost the product or fits the
    colours worse than the pseudo-mask. Where the pseudo-mask knows nothing (weight 0), the teacher's certainty is the
    weight. It is not run on composites and labelled examples, whose truth is known.
    """
    chosen = torch.nonzero(batch.exact == 0).flatten()
    target, weight = batch.target.clone(), batch.weight.clone()
    if not len(chosen):
        return target, weight
    photos = batch.select(chosen)
    with active(sam, teacher=1), switched_off(sam):
        logits = run_model(sam, photos.images.float() / 255, photos.valid, photos.teacher_prompt, config).logits
    probability = logits.sigmoid()
    overlap = 1 - dice_loss(logits=logits, target=photos.target, weight=photos.valid_low_res)
    found = overlap > 2 * LOST / (1 + LOST)  # IoU as Dice
    fits = misfit(probability, photos) <= misfit(photos.target, photos)
    trust = config.teacher.trust * (found & fits).float()[:, None, None]
    certainty = (2 * probability - 1).abs() * photos.valid_low_res
    known = (1 - trust) * photos.weight
    weight[chosen] = known + trust * certainty
    target[chosen] = (known * photos.target + trust * certainty * probability) / weight[chosen].clamp(min=1e-6)
    return target, weight


def misfit(probability: Maps, batch: Batch) -> Float[Tensor, "batch"]:
    """Mean difference from what colour alone is sure of, per image; 0 where it is sure of nothing."""
    sure = batch.colour.abs() * batch.valid_low_res
    return (sure * (probability - (batch.colour > 0).float()).abs()).sum((1, 2)) / sure.sum((1, 2)).clamp(min=1)


def step_losses(
    sam: SegmentAnything, batch: Batch, negatives: Float[Tensor, "count dim"], config: Config, step: int, teach: bool
) -> dict[str, Tensor]:
    """Losses of the student on the strong view under its prompt; scalars by name, before their weights.

    Args:
        negatives: prototypes of backgrounds and shadows of other images, for the contrastive loss.
        step: seeds the strong view.
        teach: whether the teacher enters the target, or the anchor's pseudo-masks are it alone.
    """
    target, weight = teacher_target(sam, batch, config) if teach else (batch.target, batch.weight)
    images = strong_view(batch.images.float() / 255, config.views, _seed(config.train.seed, step))
    with active(sam, student=1):
        embedding, logits, fine, layers = run_model(sam, images, batch.valid, batch.student_prompt, config)
    losses = {
        "focal": focal_loss(logits=logits, target=target, weight=weight, gamma=config.loss.focal_gamma),
        "dice": dice_loss(logits=logits, target=target, weight=weight),
    }
    if config.loss.anchor:
        losses["anchor"] = dice_loss(logits=logits, target=batch.target, weight=batch.weight)
    if config.loss.contrastive:
        losses["contrastive"] = contrastive_loss(
            student=pool(embedding, target * batch.valid_low_res),
            positive=batch.product,
            negatives=torch.cat([known(batch.background), known(batch.shadow), negatives]),
            temperature=config.loss.temperature,
        )
    if config.loss.colour:
        losses["colour"] = colour_loss(logits=logits, colour=batch.colour, inside=batch.valid_low_res)
    if fine is not None and config.loss.fine:
        truth, exact = batch.fine_target, batch.fine_weight
        focal = focal_loss(logits=fine, target=truth, weight=exact, gamma=config.loss.focal_gamma)
        dice = dice_loss(logits=fine, target=truth, weight=exact)
        losses["fine"] = config.loss.focal * focal + config.loss.dice * dice
    if layers is not None and config.loss.layers:
        losses["layers"] = _layers_loss(layers, batch, config.loss)
    if config.loss.boundary:
        losses["boundary"] = boundary_loss(logits=logits, target=target, weight=weight)
    trust = batch.confidence / batch.confidence.sum()
    return {name: (loss * trust).sum() for name, loss in losses.items()}


def _layers_loss(logits: Float[Tensor, "batch 3 512 512"], batch: Batch, config: LossConfig) -> Float[Tensor, "batch"]:
    """Focal loss and dice of each layer, mean; dice of those that there are, since it rewards nothing for emptiness."""
    total = logits.new_zeros(len(logits))
    weight = batch.fine_weight * batch.layers_known[:, None, None]
    for number in range(logits.shape[1]):
        own, target = logits[:, number], batch.layers[:, number].float() / 255
        there = (weight * target).sum((1, 2)) > 0
        focal = focal_loss(logits=own, target=target, weight=weight, gamma=config.focal_gamma)
        total += config.focal * focal + config.dice * there * dice_loss(logits=own, target=target, weight=weight)
    return total / logits.shape[1]


def known(prototypes: Float[Tensor, "count dim"]) -> Float[Tensor, "known dim"]:
    """The prototypes of regions that there are."""
    return prototypes[present(prototypes)]


def _seed(seed: int, step: int) -> int:
    return (seed * 1_000_003 + step) % 2**63
