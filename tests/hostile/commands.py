"""The product's commands on a tiny model, each in a process forked from one that has loaded everything already.

The model has random weights, so what it finds is of no use; what is written, and whether it is written, is the same.
"""

import importlib
import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from refiners.foundationals.segment_anything.image_encoder import SAMViT
from safetensors.torch import save_file

# loaded here, once, since the commands load them only when they are wanted
import wesam_packshot.adaptation.run
import wesam_packshot.batch.pseudolabels
import wesam_packshot.batch.segmentation
import wesam_packshot.evaluation.runner
import wesam_packshot.segment.export
import wesam_packshot.sweep.run
from tests.conftest import draw_packshot, tiny_sam
from tests.hostile.forking import CONTEXT
from wesam_packshot.sam.adapter_file import save_adapter
from wesam_packshot.sam.conversion import official_state
from wesam_packshot.sam.lora import inject_loras, lora_parameters
from wesam_packshot.sam.registry import MODELS
from wesam_packshot.sam.weights import Base, state_sha256

RANKS = {"encoder.neck": 2, "decoder.hypernetworks": 1}
# As little training as has checkpoints, checks and both stages; true masks, since the model's own are none.
SHORT = (
    "adapter.start=none",
    "pseudolabel.source=masks",
    "pseudolabel.min_confidence=0",
    "data.limit=1",
    "warmup.epochs=1",
    "train.min_steps=0",
    "train.epochs=2",
    "train.max_steps=2",
    "train.batch_size=1",
    "train.checkpoint_every=1",
    "selection.every=0",
    "selection.photos=1",
    "composites.share=0",
    "data.cache_mb=0",
)
ONE_STEP = "train.max_steps=1"
GRID = """
method: grid
command: [python, "${program}", --config, weak.yaml, "${args_no_hyphens}"]
parameters:
  train.seed: {values: SEEDS}
"""


@dataclass(frozen=True)
class Studio:
    """A folder with photos and their masks, weights, an adapter, and a sweep's grid."""

    folder: Path

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def arguments(self, command: str, output: Path) -> list[str]:
        """Of a command that is finished by running it again."""
        adapter, out = ["--adapter", str(self.folder / "adapter")], ["--output", str(output)]
        formats = ["--format", "mask,rgba,overlay,coco,labelme"]
        match command:
            case "adapt":
                return ["--data", str(self.data), *out, "--resume", *SHORT]
            case "segment":
                return ["--input", str(self.data), *out, *adapter, *formats]
            case "pseudolabel":
                return ["--input", str(self.data), *out, *adapter, *formats]
            case "evaluate":
                return ["--data", str(self.data), *out, *adapter]
            case "export":
                return [*out, *adapter, "--format", "weights"]
            case _:
                return ["--config", str(self.folder / "grid.yaml"), "--data", str(self.data), *out, *SHORT, ONE_STEP]


def write_studio(folder: Path, photos: int = 2, runs: int = 2) -> Studio:
    """Everything that the commands need, for a sweep of so many runs."""
    for name in ("images", "masks"):
        (folder / "data" / name).mkdir(parents=True)
    for number in range(photos):
        image, mask = draw_packshot(64, 80, (200, 20 * number % 255, 40))
        Image.fromarray(image).save(folder / "data" / "images" / f"{number:05}.png")
        Image.fromarray(mask).save(folder / "data" / "masks" / f"{number:05}.png")
    sam = tiny_sam()
    state = official_state(sam)
    (folder / "cache").mkdir()
    save_file(state, folder / "cache" / "mobile_sam.safetensors", {"sha256": state_sha256(state)})
    inject_loras(sam, RANKS, ["student"], seed=0)
    for parameter in lora_parameters(sam, "student"):
        torch.nn.init.normal_(parameter, std=0.05)
    base = Base("mobile_sam", state_sha256(state), True)
    save_adapter(sam, "student", RANKS, dict.fromkeys(RANKS, 1.0), base, folder / "adapter")
    (folder / "grid.yaml").write_text(GRID.replace("SEEDS", str(list(range(runs)))))
    return Studio(folder)


def start(
    studio: Studio, command: str, arguments: Sequence[str], log: Path, before: Callable[[], None] | None = None
) -> BaseProcess:
    """Start a command in a session of its own; what it says goes to `log`.

    Args:
        before: what is done to the process first.
    """
    process: BaseProcess = CONTEXT.Process(target=_run, args=(studio, command, list(arguments), log, before))
    process.start()
    return process


def _run(studio: Studio, command: str, arguments: list[str], log: Path, before: Callable[[], None] | None) -> None:
    os.setsid()
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell has background jobs ignore it
    multiprocessing.set_start_method("fork", force=True)  # of data workers, as where a command is not forked itself
    if before:
        before()
    os.environ |= {"WESAM_PACKSHOT_CACHE": str(studio.folder / "cache"), "WANDB_MODE": "disabled"}
    torch.set_num_threads(1)
    with log.open("a") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    MODELS["mobile_sam"] = replace(MODELS["mobile_sam"], encoder=lambda: SAMViT(32, 2, 2))
    vars(wesam_packshot.sweep.run)["subprocess"] = _Forking()
    sys.exit(importlib.import_module(f"wesam_packshot.cli.{command}").main(arguments))


class _Forking:
    """Stands in for `subprocess` in the sweep: a run is a fork of it, with the tiny model."""

    def run(self, command: Sequence[str], **_: Any) -> "subprocess.CompletedProcess[str]":
        arguments = list(command)[3:]  # python -c "..."
        child = os.fork()
        if child == 0:
            code = importlib.import_module("wesam_packshot.cli.adapt").main(arguments)
            sys.stdout.flush()
            os._exit(code)
        return subprocess.CompletedProcess(arguments, os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))

    def __getattr__(self, name: str) -> Any:
        return getattr(subprocess, name)
