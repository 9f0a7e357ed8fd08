"""Second stage: the decoder's LoRA on embeddings that the anchor has computed already.

Without the encoder a step costs a tenth, and the decoder alone learns the first lesson, that the whole-image box
means the product and not the background. Joint training then starts from there.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from wesam_packshot.adaptation.anchor import embed
from wesam_packshot.adaptation.losses import dice_loss, focal_loss
from wesam_packshot.adaptation.photos import still_there
from wesam_packshot.adaptation.prompting import jittered_whole_image
from wesam_packshot.adaptation.schedule import learning_rate
from wesam_packshot.adaptation.store import LabelStore, StoredLabel
from wesam_packshot.arrays import Rgb
from wesam_packshot.config import Config
from wesam_packshot.progress import track
from wesam_packshot.sam.features import ImageFeatures
from wesam_packshot.sam.frame import Frame
from wesam_packshot.sam.lora import active, lora_parameters
from wesam_packshot.sam.model import LOW_RES, SegmentAnything
from wesam_packshot.sam.prompts import prompt_tensors, stack


def warm_up(
    sam: SegmentAnything,
    labels: Sequence[StoredLabel],
    store: LabelStore,
    embeddings: dict[str, Tensor],
    config: Config,
    log: Callable[[dict[str, Any]], None],
) -> None:
    """Train the student's decoder LoRA; `embeddings` are computed for the labels that miss them."""
    device = next(sam.parameters()).device
    samples = [
        _sample(sam, label, image, store, embeddings.get(label.record.id), config.train.precision)
        for label, image in still_there(labels, config.data.max_megapixels)
    ]
    if not samples:
        return
    parameters = lora_parameters(sam, "student", "mask_decoder")
    size = min(config.warmup.batch_size, len(samples))
    total = config.warmup.epochs * (len(samples) // size)
    if not parameters or not total:
        return
    optimizer = torch.optim.AdamW(parameters, weight_decay=config.train.weight_decay)
    generator = np.random.default_rng([config.train.seed, 3])
    order: list[int] = []
    for step in track(range(total), "stage 2 of 3, warm-up", total):
        if len(order) < size:
            order = generator.permutation(len(samples)).tolist()
        chosen = [samples[order.pop()] for _ in range(size)]
        prompts = [jittered_whole_image(item.frame, config.views.box_jitter, generator) for item in chosen]
        tensors = stack([prompt_tensors([prompt], item.frame) for prompt, item in zip(prompts, chosen, strict=True)])
        embedding = torch.cat([item.embedding for item in chosen]).to(device).float()
        target, weight = (torch.stack(maps).to(device) for maps in zip(*(item.maps for item in chosen), strict=True))
        with active(sam, student=1):
            logits = sam.decode(ImageFeatures(embedding), tensors.to(device)).logits[:, 0, 0]
        focal = focal_loss(logits=logits, target=target, weight=weight, gamma=config.loss.focal_gamma).mean()
        dice = dice_loss(logits=logits, target=target, weight=weight).mean()
        (config.loss.focal * focal + config.loss.dice * dice).backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(parameters, config.train.clip_norm)
        for group in optimizer.param_groups:
            group["lr"] = config.warmup.lr * learning_rate(step, total, config.train.warmup_steps)
        optimizer.step()
        optimizer.zero_grad()
        if step % config.train.log_every == 0 or step == total - 1:
            log({"stage": "warmup", "step": step, "focal": focal.item(), "dice": dice.item()})


@dataclass(frozen=True)
class WarmupSample:
    """The anchor's embedding of one photo, unchanged by any view, with its low-res target and weight."""

    embedding: Float[Tensor, "1 256 64 64"]
    maps: tuple[Float[Tensor, "256 256"], Float[Tensor, "256 256"]]
    frame: Frame


def _sample(
    sam: SegmentAnything,
    label: StoredLabel,
    image: Rgb,
    store: LabelStore,
    embedding: Tensor | None,
    precision: str,
) -> WarmupSample:
    frame = Frame(*image.shape[:2])
    if embedding is None:
        embedding = embed(sam, image, precision).half().cpu()
    maps = torch.from_numpy(store.read_maps(label.record.id))
    target, weight = (frame.from_image(maps[..., channel].contiguous(), LOW_RES) for channel in (0, 1))
    return WarmupSample(embedding, (target, weight * frame.valid_mask(LOW_RES) * label.confidence), frame)
