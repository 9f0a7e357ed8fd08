"""The adaptation, top to bottom: pseudo-labels, warm-up, teacher and student, adapter.

Anchor, teacher and student are one tree: a frozen base and two LoRAs. With both off it is the anchor; the
student's is trained; the teacher's follows the student's as a moving average (arXiv 1703.01780). The anchor and
the teacher are told where the product is (the tight box of the pseudo-mask), the student mostly only sees the
whole-image box and changed colours, and learns to need no more (WeSAM, arXiv 2312.03502, without its reliance on true
masks). Half of what it sees are synthetic composites, in which shadows, mirror images and holes are known.

Run it by `python scripts/adapt.py --config weak.yaml --data FOLDER`.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.utils.data import DataLoader

from wesam_packshot.adaptation.checkpoint_selector import CheckpointSelector, SelectorState
from wesam_packshot.adaptation.checkpoints import load_checkpoint, save_checkpoint
from wesam_packshot.adaptation.data import Batch, TrainingDataset, collate, end_quietly
from wesam_packshot.adaptation.figures import label_figures
from wesam_packshot.adaptation.labelling import label_photos
from wesam_packshot.adaptation.schedule import learning_rate, number_of_steps, teacher_decay
from wesam_packshot.adaptation.steps import known, step_losses
from wesam_packshot.adaptation.store import LabelStore, StoredLabel
from wesam_packshot.adaptation.warmup import warm_up
from wesam_packshot.config import Config
from wesam_packshot.devices import choose_device
from wesam_packshot.errors import UserError
from wesam_packshot.io.records import Record
from wesam_packshot.progress import track
from wesam_packshot.sam.adapter_file import save_adapter
from wesam_packshot.sam.lora import active, average_into, inject_loras, load_lora_state, lora_parameters, lora_state
from wesam_packshot.sam.model import SegmentAnything
from wesam_packshot.sam.weights import Base, load_model
from wesam_packshot.tracking.tracker import Tracker

# Backgrounds and shadows of this many photos serve as negatives of the contrastive loss.
MEMORY = 64


@dataclass(frozen=True)
class Adapted:
    """What an adaptation leaves in memory: the model with both LoRAs, and what it learnt from."""

    sam: SegmentAnything
    base: Base
    labels: list[StoredLabel]
    store: LabelStore
    steps: int


def adapt(config: Config, records: Sequence[Record], folder: Path, tracker: Tracker) -> Adapted:
    """Adapt SAM to the photos of `records` and leave the adapter in `folder/adapter`; goes on where a run stopped.

    Raises:
        UserError: when weights are missing, or no photo gets a pseudo-mask.
    """
    torch.manual_seed(config.train.seed)
    sam, base = load_model(config.model.name, config.model.weights, config.model.weights_sha256)
    sam.to(device=choose_device(config.train.device))
    sam.checkpointing = config.train.checkpointing
    store = LabelStore(folder / "pseudolabels")

    # the anchor looks at every photo once
    keep = warmup_ids(records, config)
    embeddings = label_photos(sam, records, store, config, base, keep)
    labels = store.labels(list(records))
    if not labels:
        raise UserError(f"{folder}: no photo got a pseudo-mask; see {store.index} for the reasons")

    ranks, scales = config.adapter.ranks, config.adapter.scales
    inject_loras(sam, ranks, ["student", "teacher"], config.train.seed, scales)
    optimizer = make_optimizer(sam, config)
    resumed = load_checkpoint(folder / "checkpoints", sam, optimizer)
    tracker.rewind(resumed[0] if resumed else -1)
    if resumed is None:
        tracker.log({"stage": "pseudolabels", "step": 0} | label_figures(records, store))
        chosen = [label for label in labels if label.record.id in keep]
        warm_up(sam, chosen or labels[: len(keep)], store, embeddings, config, tracker.log)
        load_lora_state(sam, "teacher", lora_state(sam, "student"))
        save_checkpoint(folder / "checkpoints", 0, sam, optimizer, SelectorState())
    start, state = resumed or (0, SelectorState())

    steps = number_of_steps(config.train, len(labels))
    selector = CheckpointSelector(sam, labels, store, config, folder / "checkpoints" / "best.safetensors", tracker.log)
    steps = train(sam, optimizer, labels, store, config, folder, tracker, selector, state, start, steps)
    selector.restore_best()
    save_adapter(sam, "teacher", ranks, scales, base, folder / "adapter")
    return Adapted(sam, base, labels, store, steps)


def train(
    sam: SegmentAnything,
    optimizer: torch.optim.Optimizer,
    labels: Sequence[StoredLabel],
    store: LabelStore,
    config: Config,
    folder: Path,
    tracker: Tracker,
    selector: CheckpointSelector,
    state: SelectorState,
    start: int,
    steps: int,
) -> int:
    """Steps `start` to `steps` of joint training, or fewer when it stops early; returns how many were done."""
    device = next(sam.parameters()).device
    parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    negatives = torch.stack([part for label in labels[:MEMORY] for part in (label.background, label.shadow)])
    negatives = known(negatives).to(device)
    weights = config.loss.model_dump()
    began, seen = time.monotonic(), 0
    batch: Batch
    for step, batch in enumerate(track(batches(labels, store, config, start, steps), "training", steps, start), start):
        if selector.due(step, steps):
            state = selector.check(step, state)
            if selector.stops(state):
                return step
        for group in optimizer.param_groups:
            group["lr"] = group["peak"] * learning_rate(step, steps, config.train.warmup_steps)

        # the teacher has a say as soon as it is better than the anchor's pseudo-masks
        teach = state.teach and config.teacher.trust > 0
        with active(sam, student=1):  # the backward pass, too, may run the encoder (see `checkpointing`)
            losses = step_losses(sam, batch.to(device), negatives, config, step, teach)
            total = torch.stack([weights[name] * loss for name, loss in losses.items()]).sum()
            optimizer.zero_grad()
            total.backward()  # type: ignore[no-untyped-call]
        norm = torch.nn.utils.clip_grad_norm_(parameters, config.train.clip_norm)
        optimizer.step()
        average_into(sam, source="student", target="teacher", decay=teacher_decay(step, config.teacher.decay))

        done, seen = step + 1, seen + len(batch.images)
        if step % config.train.log_every == 0 or done == steps:
            row: dict[str, Any] = {"stage": "train", "step": done, "loss": total.item()}
            row |= {name: loss.item() for name, loss in losses.items()}
            row |= {"gradient_norm": norm.item(), "lr": optimizer.param_groups[0]["lr"], "teacher": teach}
            tracker.log(row | {"images_per_second": round(seen / (time.monotonic() - began), 3)})
        if done % config.train.checkpoint_every == 0 or done == steps:
            save_checkpoint(folder / "checkpoints", done, sam, optimizer, state)
    if selector.due(steps, steps):
        selector.check(steps, state)
    return steps


def batches(
    labels: Sequence[StoredLabel], store: LabelStore, config: Config, start: int, steps: int
) -> DataLoader[Batch]:
    """The batches of steps `start` to `steps`; visits are numbered through the whole run."""
    size = config.train.batch_size
    return DataLoader(
        TrainingDataset(labels, store, config),
        batch_size=size,
        sampler=range(start * size, steps * size),
        collate_fn=collate,
        num_workers=config.data.workers,
        worker_init_fn=end_quietly,
    )


def make_optimizer(sam: SegmentAnything, config: Config) -> torch.optim.Optimizer:
    """AdamW over the student's LoRA, with a learning rate each for encoder and decoder."""
    parts = (("image_encoder", config.train.lr_encoder), ("mask_decoder", config.train.lr_decoder))
    groups = [{"params": lora_parameters(sam, "student", prefix), "peak": rate} for prefix, rate in parts]
    return torch.optim.AdamW([group for group in groups if group["params"]], weight_decay=config.train.weight_decay)


def warmup_ids(records: Sequence[Record], config: Config) -> set[str]:
    """Which photos the warm-up is to use: at most `warmup.images`, drawn by the seed."""
    if not config.warmup.epochs:
        return set()
    order = np.random.default_rng([config.train.seed, 4]).permutation(len(records))
    return {records[index].id for index in order[: config.warmup.images]}
