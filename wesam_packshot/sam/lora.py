"""Low-rank adapters (LoRA, arXiv 2106.09685) in the SAM tree, by Refiners' adapter mechanism.

Several LoRAs, distinguished by name, sit side by side on one frozen base: with all of them off the tree is the
anchor, bit for bit; switching one on turns it into the teacher or the student. A high-resolution branch of the same
name (see `wesam_packshot.sam.high_resolution`) is switched, averaged, stored and loaded with its LoRA.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import refiners.fluxion.layers as fl
import torch
from refiners.fluxion.adapters import Lora, LoraAdapter
from torch import Tensor, nn
from torch.optim.swa_utils import get_ema_multi_avg_fn

from wesam_packshot.sam.conversion import named_layers
from wesam_packshot.sam.high_resolution import branches
from wesam_packshot.sam.lora_layers import QueryValueLora, down_key, new_lora, places, up_key
from wesam_packshot.sam.model import SegmentAnything


class SwitchedLoraAdapter(LoraAdapter):
    """A LoRA adapter that neither computes nor adds LoRAs of scale 0.

    Attributes:
        name: official name of the adapted layer.
        lora_scales: factor of each LoRA, by name, on top of the scale that it is switched on with.
    """

    def __init__(self, name: str, target: fl.WeightedModule, lora_scales: dict[str, float], *loras: Lora[Any]) -> None:
        super().__init__(target, *loras)
        self.name = name
        self.lora_scales = lora_scales

    def forward(self, *inputs: Tensor) -> Tensor:
        output: Tensor = self.target(*inputs)
        for lora in self.lora_layers:
            if lora.scale:
                output = output + lora(*inputs)
        return output


# What a branch's parameters are called, in place of a layer's official name.
BRANCH = "high_resolution"


def inject_loras(
    sam: SegmentAnything,
    ranks: dict[str, int],
    names: Sequence[str],
    seed: int,
    scales: dict[str, float] | None = None,
) -> None:
    """Freeze the tree and put LoRAs called `names`, all off and equal, on the groups of layers in `ranks`.

    LoRAs of other names that are there already stay, beside the new ones.

    Args:
        ranks: rank of each group of `lora_layers.GROUPS`; 0 leaves the group out.
        names: one LoRA per name and layer, each with leaves of its own.
        seed: of the random `down` matrices; `up` starts at zero, so a new LoRA changes nothing.
        scales: factor of each group's LoRAs; 1 by default.

    Raises:
        ValueError: when a LoRA of that name is there already.
    """
    sam.requires_grad_(False)
    earlier = {adapter.name: adapter for adapter in adapters(sam)}
    taken = {lora for adapter in earlier.values() for lora in adapter.names} & set(names)
    if taken:
        raise ValueError(f"there is a LoRA called {', '.join(sorted(taken))} already")
    eject_loras(sam)
    found = {place.name: place for place in places(sam, ranks)}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        for name, layer in list(named_layers(sam)):
            old = earlier.get(name)
            # the same weights, without their place in the old adapter
            loras = [lora.structural_copy() for lora in old.loras.values()] if old else []
            lora_scales = dict(old.lora_scales) if old else {}
            if place := found.get(name):
                first, *others = (new_lora(lora, place, ranks[place.group]) for lora in names)
                for other in others:
                    other.load_state_dict(first.state_dict())
                # drawn on the CPU, so that a seed means the same start on every device
                weight = place.layer.weight
                loras += [lora.to(device=weight.device, dtype=weight.dtype) for lora in (first, *others)]
                lora_scales |= dict.fromkeys(names, (scales or {}).get(place.group, 1.0))
            if loras:
                SwitchedLoraAdapter(name, layer, lora_scales, *loras).inject(sam)  # type: ignore[arg-type]
    activate(sam)


def adapters(sam: SegmentAnything) -> list[SwitchedLoraAdapter]:
    """All injected LoRA adapters of a model, in the order of its layers."""
    return list(sam.layers(SwitchedLoraAdapter, recurse=True))


def activate(sam: SegmentAnything, **scales: float) -> None:
    """Set the scale of the named LoRAs and switch all others off; `activate(sam)` leaves the anchor.

    Several at once are blended: their changes, each times its scale, are added.
    """
    for adapter in adapters(sam):
        adapter.scale = {name: scales.get(name, 0.0) * adapter.lora_scales[name] for name in adapter.names}
    for branch in branches(sam):
        branch.scale = scales.get(branch.name, 0.0)


def is_adapted(sam: SegmentAnything) -> bool:
    """Whether a LoRA is switched on, so that the tree is not SAM as published."""
    return any(scale for adapter in adapters(sam) for scale in adapter.scales.values())


@contextmanager
def active(sam: SegmentAnything, **scales: float) -> Iterator[SegmentAnything]:
    """`activate` for the length of a block; afterwards all LoRAs are as before."""
    before = [(adapter, adapter.scales) for adapter in adapters(sam)]
    beside = [(branch, branch.scale) for branch in branches(sam)]
    activate(sam, **scales)
    try:
        yield sam
    finally:
        for adapter, values in before:
            adapter.scale = values
        for branch, value in beside:
            branch.scale = value


def lora_parameters(sam: SegmentAnything, name: str, prefix: str = "") -> list[nn.Parameter]:
    """Parameters of the named LoRA on layers whose official name begins with `prefix`, and of its branch.

    Args:
        prefix: `BRANCH` for those of the branch alone.
    """
    found = (each.loras[name] for each in adapters(sam) if each.name.startswith(prefix) and name in each.names)
    parameters = [parameter for lora in found for parameter in lora.parameters()]
    return parameters + (list(_branch(sam, name).values()) if BRANCH.startswith(prefix) else [])


def lora_state(sam: SegmentAnything, name: str) -> dict[str, Tensor]:
    """Weights of the named LoRA: `<official layer>.lora_down.weight` and `.lora_up.weight`, on the CPU.

    Those of its branch are called `high_resolution.<layer>`.
    """
    return {key: weight.detach().cpu().clone() for key, weight in _weights(sam, name).items()}


@torch.no_grad()
def load_lora_state(sam: SegmentAnything, name: str, state: dict[str, Tensor]) -> None:
    """The inverse of `lora_state`.

    Raises:
        KeyError: when a layer is missing in `state`.
        RuntimeError: when shapes differ.
    """
    for key, weight in _weights(sam, name).items():
        if state[key].shape != weight.shape:  # or it would be broadcast
            raise RuntimeError(f"{key} has shape {tuple(state[key].shape)}, not {tuple(weight.shape)}")
        weight.copy_(state[key])


@torch.no_grad()
def average_into(sam: SegmentAnything, *, source: str, target: str, decay: float) -> None:
    """Move the target LoRA towards the source: target = decay * target + (1 - decay) * source."""
    targets: list[Tensor] = list(lora_parameters(sam, target))
    update = get_ema_multi_avg_fn(decay)  # type: ignore[no-untyped-call]
    update(targets, list(lora_parameters(sam, source)), 0)


@torch.no_grad()
def merge(sam: SegmentAnything, **scales: float) -> None:
    """Fold the named LoRAs into the base weights (W + sum of scale * up @ down) and eject all LoRAs.

    Branches stay beside the weights, switched on as named.
    """
    for adapter in adapters(sam):
        weight = adapter.target.weight
        for name, scale in scales.items():
            if name not in adapter.names:
                continue
            lora = adapter.loras[name]
            change = lora.up.weight.flatten(1) @ lora.down.weight.flatten(1)
            if isinstance(lora, QueryValueLora):
                change *= lora.kept[:, None]
            weight += scale * adapter.lora_scales[name] * change.view_as(weight)
    eject_loras(sam)
    activate(sam, **scales)


def eject_loras(sam: SegmentAnything) -> None:
    """Take every LoRA out of the tree; the base is left as it is."""
    for adapter in adapters(sam):
        adapter.eject()


def _weights(sam: SegmentAnything, name: str) -> dict[str, Tensor]:
    """The named LoRA's own weights, and its branch's, by their names on disk."""
    found: dict[str, Tensor] = {}
    for adapter in adapters(sam):
        if name in adapter.names:
            lora = adapter.loras[name]
            found |= {down_key(adapter.name): lora.down.weight, up_key(adapter.name): lora.up.weight}
    return found | _branch(sam, name)


def _branch(sam: SegmentAnything, name: str) -> dict[str, nn.Parameter]:
    found = (branch for branch in branches(sam) if branch.name == name)
    return {f"{BRANCH}.{key}": weight for branch in found for key, weight in branch.named_parameters()}
