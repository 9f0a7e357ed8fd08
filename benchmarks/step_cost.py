"""Time and memory of our training step against the published one, same backbone, machine and run.

    python benchmarks/step_cost.py [--model mobile_sam] [--batch 2] [--steps 4] [--rounds 3]

The published step (WeSAM, `main.py` at its head): the anchor without gradient, teacher and student both with it,
since they share their weights, in float32, each image decoded on its own. Ours: anchor and pseudo-mask come from the
cache, the averaged teacher runs without gradient, the student with it, autocast, decoded as one batch. Both with LoRA
of rank 4 on the encoder's queries and values, and the same losses for each pair that the step compares. Variants take
turns, each in a process of its own, weights random (they do not change the cost). Memory is the peak beyond that of
the loaded model.
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
import time
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from wesam_packshot.adaptation.data import Batch
from wesam_packshot.adaptation.losses import contrastive_loss, dice_loss, focal_loss, pool
from wesam_packshot.adaptation.steps import step_losses
from wesam_packshot.allocator import keep_freed_memory
from wesam_packshot.config import load_config
from wesam_packshot.devices import autocast, choose_device
from wesam_packshot.sam.frame import Frame, to_model_input
from wesam_packshot.sam.lora import active, inject_loras, lora_parameters
from wesam_packshot.sam.model import SegmentAnything
from wesam_packshot.sam.prompts import Prompt, prompt_tensors, stack, whole_image
from wesam_packshot.sam.registry import MODELS

Precision = Literal["auto", "fp32", "bf16"]
VARIANTS = ("published", "published-autocast", "ours-fp32", "ours", "ours-untaught")
FRAME = Frame(1024, 1024)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="mobile_sam", choices=list(MODELS))
    parser.add_argument("--batch", type=int, default=2)
    parser.add_argument("--steps", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--variant", choices=VARIANTS, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.variant:
        print(json.dumps(measure(arguments.variant, arguments.model, arguments.batch, arguments.steps)))
        return
    found: dict[str, list[dict[str, float]]] = {name: [] for name in VARIANTS}
    for _ in range(arguments.rounds):
        for name in VARIANTS:
            command = [sys.executable, __file__, "--model", arguments.model, "--batch", str(arguments.batch)]
            command += ["--steps", str(arguments.steps), "--variant", name]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            found[name].append(json.loads(done.stdout.splitlines()[-1]))
    report(found)


def report(found: dict[str, list[dict[str, float]]]) -> None:
    middle = {
        name: {key: statistics.median(run[key] for run in runs) for key in ("seconds", "megabytes")}
        for name, runs in found.items()
    }
    reference = middle["published"]
    print("| step | s | times faster | MB | share of memory |\n| --- | --- | --- | --- | --- |")
    for name, values in middle.items():
        faster, share = reference["seconds"] / values["seconds"], values["megabytes"] / reference["megabytes"]
        print(f"| {name} | {values['seconds']:.2f} | {faster:.2f} | {values['megabytes']:.0f} | {share:.0%} |")


def measure(variant: str, model: str, batch_size: int, steps: int) -> dict[str, float]:
    """Median seconds of a step after the first, and megabytes at the peak beyond the loaded model."""
    keep_freed_memory()
    torch.manual_seed(0)
    device = choose_device("auto")
    sam = SegmentAnything(MODELS[model].encoder()).to(device)
    inject_loras(sam, {"encoder.query_value": 4}, ["student", "teacher"], seed=0)
    optimizer = torch.optim.AdamW(lora_parameters(sam, "student"), lr=1e-4)
    batch = make_batch(batch_size).to(device)
    step = published_step if variant.startswith("published") else our_step
    before, seconds = memory(device), []
    for _ in range(steps + 1):
        start = time.perf_counter()
        optimizer.zero_grad()
        loss = step(sam, batch, variant)
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        loss.item()
        seconds.append(time.perf_counter() - start)
    return {"seconds": statistics.median(seconds[1:]), "megabytes": memory(device) - before}


def our_step(sam: SegmentAnything, batch: Batch, variant: str) -> Tensor:
    precision = "fp32" if variant.endswith("fp32") else "auto"
    config = load_config(None, [f"train.precision={precision}", "views.strong=0"])
    taught = variant != "ours-untaught"
    losses = step_losses(sam, batch, torch.randn(64, 256, device=batch.target.device), config, 0, teach=taught)
    return torch.stack(list(losses.values())).sum()


def published_step(sam: SegmentAnything, batch: Batch, variant: str) -> Tensor:
    precision: Precision = "auto" if variant.endswith("autocast") else "fp32"
    with torch.no_grad():
        anchor_features, anchor = one_by_one(sam, batch, precision)
    with active(sam, student=1):
        teacher_features, teacher = one_by_one(sam, batch, precision)
        _, student = one_by_one(sam, batch, precision)
    pseudo, good = (teacher.detach() > 0).float(), (anchor > 0).float()
    losses = [
        20 * focal_loss(logits=student, target=pseudo, weight=batch.valid_low_res, gamma=2),
        dice_loss(logits=student, target=pseudo, weight=batch.valid_low_res),
        0.5 * dice_loss(logits=student, target=good, weight=batch.valid_low_res),
        0.5 * dice_loss(logits=teacher, target=good, weight=batch.valid_low_res),
        contrastive_loss(
            student=pool(teacher_features, pseudo),
            positive=pool(anchor_features, good),
            negatives=torch.randn(64, 256, device=pseudo.device),
            temperature=0.3,
        ),
    ]
    return torch.stack([loss.mean() for loss in losses]).sum()


def one_by_one(sam: SegmentAnything, batch: Batch, precision: Precision) -> tuple[Tensor, Tensor]:
    """Features and logits: encoded as a batch, decoded image by image."""
    with autocast(batch.images.device, precision):
        features = sam.encode(to_model_input(batch.images.float(), batch.valid.float()))
        logits = []
        for number in range(len(features)):
            this = slice(number, number + 1)
            logits.append(sam.decode(features[this], batch.student_prompt[this]).logits[:, 0, 0])
    return features.embedding.float(), torch.cat(logits).float()


def make_batch(size: int) -> Batch:
    generator = np.random.default_rng(0)
    pixels = generator.integers(0, 256, (size, 3, 1024, 1024), dtype=np.uint8)
    target = torch.zeros(size, 256, 256)
    target[:, 60:200, 80:180] = 1
    inside = torch.ones(size, 256, 256)
    return Batch(
        images=torch.from_numpy(pixels),
        valid=torch.ones(size, 1024, 1024, dtype=torch.bool),
        target=target,
        weight=inside.clone(),
        valid_low_res=inside,
        colour=torch.zeros(size, 256, 256),
        fine_target=torch.zeros(size, 512, 512),
        fine_weight=torch.zeros(size, 512, 512),
        layers=torch.zeros(size, 3, 512, 512, dtype=torch.uint8),
        layers_known=torch.zeros(size),
        confidence=torch.ones(size),
        exact=torch.zeros(size),
        product=torch.randn(size, 256),
        background=torch.randn(size, 256),
        shadow=torch.randn(size, 256),
        student_prompt=stack([prompt_tensors([whole_image(FRAME)], FRAME)] * size),
        teacher_prompt=stack([prompt_tensors([Prompt(box=(320.0, 240.0, 720.0, 800.0))], FRAME)] * size),
    )


def memory(device: torch.device) -> float:
    """Peak so far, in megabytes."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device) / 1e6
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


if __name__ == "__main__":
    main()
