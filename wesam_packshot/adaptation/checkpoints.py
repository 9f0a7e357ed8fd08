"""Checkpoints that are whole or absent, from which a killed run goes on to the same result.

`checkpoints/<step>/` holds both LoRAs as safetensors, the optimizer and the verdict of the checks;
`checkpoints/last` points to the newest.
Everything else that is random follows from the seed and the step.
"""

import json
import shutil
from dataclasses import asdict
from pathlib import Path

import torch
from safetensors.torch import load_file, save

from wesam_packshot.adaptation.judge import Verdict
from wesam_packshot.io.atomic import replacing, replacing_folder, write_bytes, write_json
from wesam_packshot.io.leftovers import temporary_name
from wesam_packshot.sam.lora import load_lora_state, lora_state
from wesam_packshot.sam.model import SegmentAnything

LORAS = ("student", "teacher")
KEPT = 2


def save_checkpoint(
    folder: Path, step: int, sam: SegmentAnything, optimizer: torch.optim.Optimizer, verdict: Verdict
) -> None:
    """Write the state after `step` steps and drop all but the newest two."""
    with replacing_folder(folder / str(step)) as temporary:
        for name in LORAS:
            write_bytes(temporary / f"{name}.safetensors", save(lora_state(sam, name)))
        write_json(temporary / "verdict.json", asdict(verdict))
        # given a path, torch writes its name into the file as well
        with replacing(temporary / "optimizer.pt") as path, path.open("wb") as file:
            torch.save(optimizer.state_dict(), file)
    _point(folder / "last", str(step))
    for old in steps_in(folder)[:-KEPT]:
        shutil.rmtree(folder / str(old))


def load_checkpoint(folder: Path, sam: SegmentAnything, optimizer: torch.optim.Optimizer) -> tuple[int, Verdict] | None:
    """Restore the newest whole checkpoint and return its step and verdict; None when there is none."""
    found = steps_in(folder)
    if not found:
        return None
    newest = folder / str(found[-1])
    for name in LORAS:
        load_lora_state(sam, name, load_file(newest / f"{name}.safetensors"))
    # it is moved to the parameters' device, which may be another than that of the run that was stopped
    optimizer.load_state_dict(torch.load(newest / "optimizer.pt", map_location="cpu", weights_only=True))
    return found[-1], Verdict(**json.loads((newest / "verdict.json").read_text()))


def steps_in(folder: Path) -> list[int]:
    """Steps of the whole checkpoints, in order; a half-written one has a name with a dot."""
    if not folder.is_dir():
        return []
    return sorted(int(path.name) for path in folder.iterdir() if path.name.isdigit())


def _point(link: Path, target: str) -> None:
    temporary = link.with_name(temporary_name(link))
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(target)
    temporary.replace(link)
