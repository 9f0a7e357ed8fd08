"""Low-rank adapters (LoRA, arXiv 2106.09685) in the SAM tree, by Refiners' adapter mechanism.

Several LoRAs, told apart by name, sit side by side on one frozen base: with all of them off the tree is the
anchor, bit for bit; switching one on turns it into the teacher or the student.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fnmatch import fnmatch
from typing import Any

import refiners.fluxion.layers as fl
import torch
from refiners.fluxion.adapters import Conv2dLora, LinearLora, Lora, LoraAdapter
from torch import Tensor, nn

from wesam_packshot.sam.conversion import named_layers
from wesam_packshot.sam.model import SegmentAnything

# Groups of layers that a configuration can name, as patterns of official names (TinyViT's and ViT's).
GROUPS: dict[str, tuple[str, ...]] = {
    "encoder.attention": ("image_encoder.*.attn.qkv", "image_encoder.*.attn.proj"),
    "encoder.mlp": ("image_encoder.*.mlp.fc?", "image_encoder.*.mlp.lin?"),
    "encoder.neck": ("image_encoder.neck.0", "image_encoder.neck.2"),
    "decoder.attention": ("mask_decoder.transformer.*_proj",),
    "decoder.mlp": ("mask_decoder.transformer.*.mlp.lin?",),
    "decoder.hypernetworks": ("mask_decoder.output_hypernetworks_mlps.*",),
}


class SwitchedLoraAdapter(LoraAdapter):
    """A LoRA adapter that neither computes nor adds LoRAs of scale 0.

    `name` is the official name of the adapted layer.
    """

    def __init__(self, name: str, target: fl.WeightedModule, /, *loras: Lora[Any]) -> None:
        super().__init__(target, *loras)
        self.name = name

    def forward(self, *inputs: Tensor) -> Tensor:
        output: Tensor = self.target(*inputs)
        for lora in self.lora_layers:
            if lora.scale:
                output = output + lora(*inputs)
        return output


def inject_loras(sam: SegmentAnything, ranks: dict[str, int], names: Sequence[str], seed: int) -> None:
    """Freeze the tree and put LoRAs called `names`, all off and equal, on the groups of layers in `ranks`.

    Args:
        ranks: rank of each group of `GROUPS`; 0 leaves the group out.
        names: one LoRA per name and layer, each with leaves of its own.
        seed: of the random `down` matrices; `up` starts at zero, so a new LoRA changes nothing.
    """
    sam.requires_grad_(False)
    chosen = [
        (name, layer, rank)
        for name, layer in named_layers(sam)
        for group, rank in ranks.items()
        if rank and any(fnmatch(name, pattern) for pattern in GROUPS[group])
    ]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        for name, layer, rank in chosen:
            first, *others = (_new_lora(lora, layer, rank) for lora in names)
            for other in others:
                other.load_state_dict(first.state_dict())
            SwitchedLoraAdapter(name, layer, first, *others).inject(sam)  # type: ignore[arg-type]
    activate(sam)


def adapters(sam: SegmentAnything) -> list[SwitchedLoraAdapter]:
    return list(sam.layers(SwitchedLoraAdapter, recurse=True))


def activate(sam: SegmentAnything, **scales: float) -> None:
    """Set the scale of the named LoRAs and switch all others off; `activate(sam)` leaves the anchor."""
    for adapter in adapters(sam):
        adapter.scale = {name: scales.get(name, 0.0) for name in adapter.names}


@contextmanager
def active(sam: SegmentAnything, **scales: float) -> Iterator[SegmentAnything]:
    """`activate` for the length of a block; afterwards all LoRAs are as before."""
    before = [(adapter, adapter.scales) for adapter in adapters(sam)]
    activate(sam, **scales)
    try:
        yield sam
    finally:
        for adapter, values in before:
            adapter.scale = values


def lora_parameters(sam: SegmentAnything, name: str, prefix: str = "") -> list[nn.Parameter]:
    """Parameters of the named LoRA on layers whose official name begins with `prefix`."""
    found = (adapter.loras[name] for adapter in adapters(sam) if adapter.name.startswith(prefix))
    return [parameter for lora in found for parameter in lora.parameters()]


def lora_state(sam: SegmentAnything, name: str) -> dict[str, Tensor]:
    """Weights of the named LoRA: `<official layer>.lora_down.weight` and `.lora_up.weight`, on the CPU."""
    state: dict[str, Tensor] = {}
    for adapter in adapters(sam):
        lora = adapter.loras[name]
        state[f"{adapter.name}.lora_down.weight"] = lora.down.weight.detach().cpu().clone()
        state[f"{adapter.name}.lora_up.weight"] = lora.up.weight.detach().cpu().clone()
    return state


@torch.no_grad()
def load_lora_state(sam: SegmentAnything, name: str, state: dict[str, Tensor]) -> None:
    """The inverse of `lora_state`.

    Raises:
        KeyError: when a layer is missing in `state`.
        RuntimeError: when shapes differ.
    """
    for adapter in adapters(sam):
        lora = adapter.loras[name]
        lora.down.weight.copy_(state[f"{adapter.name}.lora_down.weight"])
        lora.up.weight.copy_(state[f"{adapter.name}.lora_up.weight"])


@torch.no_grad()
def average_into(sam: SegmentAnything, *, source: str, target: str, decay: float) -> None:
    """Move the target LoRA towards the source: target = decay * target + (1 - decay) * source."""
    targets: list[Tensor] = list(lora_parameters(sam, target))
    torch._foreach_lerp_(targets, list(lora_parameters(sam, source)), 1 - decay)


@torch.no_grad()
def merge(sam: SegmentAnything, name: str, scale: float = 1.0) -> None:
    """Fold the named LoRA into the base weights (W + scale * up @ down) and eject all LoRAs."""
    for adapter in adapters(sam):
        lora, weight = adapter.loras[name], adapter.target.weight
        up, down = lora.up.weight.flatten(1), lora.down.weight.flatten(1)
        weight += scale * (up @ down).view_as(weight)
    eject_loras(sam)


def eject_loras(sam: SegmentAnything) -> None:
    """Take every LoRA out of the tree; the base is left as it is."""
    for adapter in adapters(sam):
        adapter.eject()


def _new_lora(name: str, layer: fl.Module, rank: int) -> Lora[Any]:
    if isinstance(layer, fl.Linear):
        return LinearLora(name, in_features=layer.in_features, out_features=layer.out_features, rank=rank)
    assert isinstance(layer, fl.Conv2d) and layer.groups == 1, f"no LoRA for {layer}"
    return Conv2dLora(
        name,
        in_channels=layer.in_channels,
        out_channels=layer.out_channels,
        rank=rank,
        kernel_size=(layer.kernel_size[0], 1),
        stride=(layer.stride[0], 1),
        padding=(int(layer.padding[0]), 0),
    )
