"""The adaptation, top to bottom: pseudo-labels, warm-up, teacher and student, adapter.

Anchor, teacher and student are one tree: a frozen base and a LoRA for each. The anchor's is what the run starts
from, and stays as it is, or there is none, and with all off the tree is SAM as published; the student's is trained;
the teacher's follows the student's as a moving average (arXiv 1703.01780). The anchor and
the teacher are prompted with the tight box of the pseudo-mask, the student mostly with the whole-image box and
shown changed colours, and learns to need no more (WeSAM, arXiv 2312.03502, without its reliance on true
masks). Half of what it sees are synthetic composites, in which shadows, mirror images and holes are known.

Run it by `python scripts/adapt.py --config weak.yaml --data FOLDER`.
"""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader

from wesam_packshot.adaptation.anchor import ANCHOR, anchor_adapter
from wesam_packshot.adaptation.checkpoint_selector import CheckpointSelector, SelectorState
from wesam_packshot.adaptation.checkpoints import load_checkpoint, save_checkpoint
from wesam_packshot.adaptation.data import Batch, TrainingDataset, collate, end_quietly
from wesam_packshot.adaptation.figures import label_figures
from wesam_packshot.adaptation.labelling import label_photos
from wesam_packshot.adaptation.schedule import learning_rate, number_of_steps, teacher_decay
from wesam_packshot.adaptation.steps import known, step_losses
from wesam_packshot.adaptation.store import LabelStore, StoredLabel
from wesam_packshot.adaptation.warmup import warm_up
from wesam_packshot.allocator import freed_memory_kept
from wesam_packshot.config import Config, TrainConfig
from wesam_packshot.devices import choose_device
from wesam_packshot.errors import UserError
from wesam_packshot.io.records import Record
from wesam_packshot.progress import track
from wesam_packshot.sam.adapter_file import load_adapter, named_adapter, read_adapter_config, save_adapter
from wesam_packshot.sam.high_resolution import inject_branches
from wesam_packshot.sam.lora import (
    BRANCH,
    active,
    average_into,
    inject_loras,
    load_lora_state,
    lora_parameters,
    lora_state,
)
from wesam_packshot.sam.model import SegmentAnything
from wesam_packshot.sam.weights import load_model
from wesam_packshot.tracking.tracker import Tracker

# Backgrounds and shadows of this many photos serve as negatives of the contrastive loss.
MEMORY = 64


class Recipe:
    """One run: model, labels, optimizer, tracker, and how far it has come.

    Args:
        records: the photos.
        folder: run folder; receives pseudo-labels, checkpoints and the adapter.

    Attributes:
        sam: the model, with the LoRAs of student and teacher once it is set up.
        base: what its weights are.
        store: the pseudo-labels on disk.
        keep: ids of the photos that the warm-up takes.
        labels: those that are trained on.
        ranks, scales: of the adapter, see `save_adapter`.
        start, steps: steps that an earlier run has done, and that this one ends with.
    """

    def __init__(self, config: Config, records: Sequence[Record], folder: Path, tracker: Tracker) -> None:
        self.config, self.records, self.folder, self.tracker = config, records, folder, tracker
        self.checkpoints = folder / "checkpoints"
        self.keep = warmup_ids(records, config)
        self.store = LabelStore(folder / "pseudolabels")
        self.labels: list[StoredLabel] = []
        self.start, self.steps = 0, 0
        self.state = SelectorState()
        torch.manual_seed(config.train.seed)
        self.sam, self.base = load_model(config.model.name, config.model.weights, config.model.weights_sha256)
        anchor = anchor_adapter(config, self.base)
        if anchor:
            load_adapter(self.sam, anchor, self.base, ANCHOR)
        self.sam.to(device=choose_device(config.train.device))
        self.sam.checkpointing = config.train.checkpointing

    def label(self) -> dict[str, Tensor]:
        """Have the anchor look at every photo once; returns embeddings of photos that the warm-up takes.

        Raises:
            UserError: when no photo gets a pseudo-mask.
        """
        embeddings = label_photos(self.sam, self.records, self.store, self.config, self.base, self.keep)
        self.labels = self.store.labels(list(self.records))
        if not self.labels:
            raise UserError(f"{self.folder}: no photo got a pseudo-mask; see {self.store.index} for the reasons")
        return embeddings

    def set_up(self, embeddings: dict[str, Tensor]) -> None:
        """Inject student and teacher; restore the newest checkpoint, or else warm up."""
        config = self.config
        started = self.inject()
        self.optimizer = make_optimizer(self.sam, config.train)
        resumed = load_checkpoint(self.checkpoints, self.sam, self.optimizer)
        self.tracker.rewind(resumed[0] if resumed else -1)
        if resumed:
            self.start, self.state = resumed
        else:
            self.tracker.log({"stage": "pseudolabels", "step": 0} | label_figures(self.records, self.store))
            chosen = [label for label in self.labels if label.record.id in self.keep] or self.labels[: len(self.keep)]
            if not started:  # an adapter has learnt this lesson
                warm_up(self.sam, chosen, self.store, embeddings, config, self.tracker.log)
            load_lora_state(self.sam, "teacher", lora_state(self.sam, "student"))
            self.save_checkpoint(0)
        self.steps = number_of_steps(config.train, len(self.labels))
        best = self.checkpoints / "best.safetensors"
        self.selector = CheckpointSelector(self.sam, self.labels, self.store, config, best, self.tracker.log)

    def inject(self) -> bool:
        """Student and teacher, both off and equal; returns whether they start as an adapter that has learnt already.

        Raises:
            UserError: when `adapter.start` is none for this model.
        """
        adapter, names = self.config.adapter, ["student", "teacher"]
        start = named_adapter(adapter.start, self.base.name, self.base.official)
        if start is None:
            self.ranks, self.scales, branched = adapter.ranks, adapter.scales, False
            inject_loras(self.sam, self.ranks, names, self.config.train.seed, self.scales)
        else:
            facts = read_adapter_config(start)
            self.ranks, self.scales, branched = facts.ranks, facts.scales, facts.high_resolution
            for name in names:
                load_adapter(self.sam, start, self.base, name)
        if adapter.high_resolution and not branched:
            inject_branches(self.sam, names, self.config.train.seed)
        return start is not None

    def train(self) -> None:
        """Joint training up to `steps`, or fewer when it stops early."""
        config, sam, optimizer = self.config, self.sam, self.optimizer
        device = next(sam.parameters()).device
        parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
        negatives = torch.stack([part for label in self.labels[:MEMORY] for part in (label.background, label.shadow)])
        negatives = known(negatives).to(device)
        weights = config.loss.model_dump()
        began, seen = time.monotonic(), 0
        batch: Batch
        loader = batches(self.labels, self.store, config, self.start, self.steps)
        for step, batch in enumerate(track(loader, "stage 3 of 3, training", self.steps, self.start), self.start):
            if self.selector.due(step, self.steps):
                self.state = self.selector.check(step, self.state)
                if self.selector.stops(self.state):
                    self.steps = step
                    return
            for group in optimizer.param_groups:
                group["lr"] = group["peak"] * learning_rate(step, self.steps, config.train.warmup_steps)

            # the teacher's output enters the target as soon as it is better than the anchor's pseudo-masks
            teach = self.state.teach and config.teacher.trust > 0
            with active(sam, student=1):  # the backward pass, too, may run the encoder (see `checkpointing`)
                losses = step_losses(sam, batch.to(device), negatives, config, step, teach)
                total = torch.stack([weights[name] * loss for name, loss in losses.items()]).sum()
                optimizer.zero_grad()
                total.backward()  # type: ignore[no-untyped-call]
            norm = torch.nn.utils.clip_grad_norm_(parameters, config.train.clip_norm)
            optimizer.step()
            average_into(sam, source="student", target="teacher", decay=teacher_decay(step, config.teacher.decay))

            done, seen = step + 1, seen + len(batch.images)
            if step % config.train.log_every == 0 or done == self.steps:
                row: dict[str, Any] = {"stage": "train", "step": done, "loss": total.item()}
                row |= {name: loss.item() for name, loss in losses.items()}
                row |= {"gradient_norm": norm.item(), "lr": optimizer.param_groups[0]["lr"], "teacher": teach}
                self.tracker.log(row | {"images_per_second": round(seen / (time.monotonic() - began), 3)})
            if done % config.train.checkpoint_every == 0 or done == self.steps:
                self.save_checkpoint(done)
        if self.selector.due(self.steps, self.steps):
            self.state = self.selector.check(self.steps, self.state)

    def save_checkpoint(self, step: int) -> None:
        """Everything from which the run goes on after `step` steps."""
        save_checkpoint(self.checkpoints, step, self.sam, self.optimizer, self.state)

    def save(self) -> None:
        """The best teacher as the adapter."""
        self.selector.restore_best()
        save_adapter(self.sam, "teacher", self.ranks, self.scales, self.base, self.folder / "adapter")


def adapt(config: Config, records: Sequence[Record], folder: Path, tracker: Tracker) -> Recipe:
    """Adapt SAM to the photos of `records` and leave the adapter in `folder/adapter`; goes on where a run stopped.

    Raises:
        UserError: when weights are missing, or no photo gets a pseudo-mask.
    """
    with freed_memory_kept():
        recipe = Recipe(config, records, folder, tracker)
        embeddings = recipe.label()
        recipe.set_up(embeddings)
        recipe.train()
        recipe.save()
    return recipe


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
        pin_memory=torch.cuda.is_available() and choose_device(config.train.device).type == "cuda",
    )


def make_optimizer(sam: SegmentAnything, config: TrainConfig) -> torch.optim.Optimizer:
    """AdamW over the student's adapter, with a learning rate each for encoder, decoder and branch.

    What has a rate of 0 needs no gradient, and below it nothing is kept for one.
    """
    rates = {"image_encoder": config.lr_encoder, "mask_decoder": config.lr_decoder, BRANCH: config.lr_branch}
    sam.requires_grad_(False)
    groups: list[dict[str, Any]] = []
    for part, rate in rates.items():
        parameters = lora_parameters(sam, "student", part) if rate else []
        if parameters:
            groups.append({"params": [parameter.requires_grad_(True) for parameter in parameters], "peak": rate})
    return torch.optim.AdamW(groups, weight_decay=config.weight_decay)


def warmup_ids(records: Sequence[Record], config: Config) -> set[str]:
    """Which photos the warm-up is to use: at most `warmup.images`, drawn by the seed."""
    if not config.warmup.epochs:
        return set()
    order = np.random.default_rng([config.train.seed, 4]).permutation(len(records))
    return {records[index].id for index in order[: config.warmup.images]}
