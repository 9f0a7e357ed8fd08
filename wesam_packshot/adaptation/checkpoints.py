"""Checkpoints that are whole or absent, from which a killed run goes on to the same result.

`checkpoints/<step>/` holds both LoRAs as safetensors, the optimizer and the verdict of the checks;
`checkpoints/last` points to the newest.
Everything else that is random follows from the seed and the step.
"""

import shutil
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from zipfile import ZipFile

import torch
from pydantic import TypeAdapter
from safetensors.torch import load_file, save
from torch import Tensor

from wesam_packshot.adaptation.checkpoint_selector import SelectorState
from wesam_packshot.errors import UserError
from wesam_packshot.files.atomic import replacing, replacing_folder, write_bytes, write_json
from wesam_packshot.files.json_lines import describe
from wesam_packshot.files.leftovers import temporary_name
from wesam_packshot.sam.lora import load_lora_state, lora_state
from wesam_packshot.sam.model import SegmentAnything

LORAS = ("student", "teacher")
KEPT = 2


def save_checkpoint(
    folder: Path, step: int, sam: SegmentAnything, optimizer: torch.optim.Optimizer, state: SelectorState
) -> None:
    """Write the state after `step` steps and drop all but the newest two."""
    with replacing_folder(folder / str(step)) as temporary:
        for name in LORAS:
            write_bytes(temporary / f"{name}.safetensors", save(lora_state(sam, name)))
        write_json(temporary / "state.json", asdict(state))
        # given a path, torch writes its name into the file as well
        with replacing(temporary / "optimizer.pt") as path, path.open("wb") as file:
            torch.save(optimizer.state_dict(), file)
    _settle(folder)


def load_checkpoint(
    folder: Path, sam: SegmentAnything, optimizer: torch.optim.Optimizer
) -> tuple[int, SelectorState] | None:
    """Restore the newest whole checkpoint and return its step and the selector's state; None when there is none.

    Raises:
        UserError: when it is damaged.
    """
    found = steps_in(folder)
    if not found:
        return None
    newest = folder / str(found[-1])
    try:
        restored = found[-1], _restore(newest, sam, optimizer)
    except Exception as error:  # the libraries that read it fail in as many ways as files do
        message = f"{newest}: damaged ({describe(error)}); remove it, and --resume goes on from what was before it"
        raise UserError(message) from error
    _settle(folder)  # the run may have been killed before it had done so itself
    return restored


def _settle(folder: Path) -> None:
    """Have `last` point to the newest checkpoint, and drop all but the newest two."""
    steps = steps_in(folder)
    _point(folder / "last", str(steps[-1]))
    for old in steps[:-KEPT]:
        shutil.rmtree(folder / str(old))


def _restore(newest: Path, sam: SegmentAnything, optimizer: torch.optim.Optimizer) -> SelectorState:
    loras = {name: load_file(newest / f"{name}.safetensors") for name in LORAS}
    _check_sums(newest / "optimizer.pt")
    # it is moved to the parameters' device, which may be another than that of the run that was stopped
    progress = torch.load(newest / "optimizer.pt", map_location="cpu", weights_only=True)
    selector = TypeAdapter(SelectorState).validate_json((newest / "state.json").read_bytes())
    for name, weights in loras.items():
        _check_finite(weights)
        load_lora_state(sam, name, weights)
    optimizer.load_state_dict(progress)
    for parameter, state in optimizer.state.items():
        _check_finite(state)
        if any(tensor.ndim and tensor.shape != parameter.shape for tensor in state.values()):
            raise ValueError("the optimizer's state is of other layers")
    return selector


def _check_sums(file: Path) -> None:
    """Torch writes a checksum for each part of its archive, but does not look at them when it reads."""
    with ZipFile(file) as archive:
        if part := archive.testzip():
            raise ValueError(f"the checksum of {part} is another")


def _check_finite(tensors: Mapping[str, Tensor]) -> None:
    if not all(tensor.isfinite().all() for tensor in tensors.values()):
        raise ValueError("values that are no numbers, or infinite")


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
