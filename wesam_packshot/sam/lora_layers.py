"""Which layers get a LoRA, by groups that a configuration can name, and of what form it is."""

from collections.abc import Iterator, Mapping
from fnmatch import fnmatch
from typing import Any, NamedTuple

import refiners.fluxion.layers as fl
import torch
from refiners.fluxion.adapters import Conv2dLora, LinearLora, Lora, LoraAdapter
from refiners.foundationals.segment_anything.image_encoder import FusedSelfAttention
from torch import Tensor

from wesam_packshot.sam.conversion import named_layers
from wesam_packshot.sam.model import SegmentAnything
from wesam_packshot.sam.tiny_vit import BiasedAttention, WindowAttention

# Groups of layers that a configuration can name, as patterns of official names (TinyViT's and ViT's). A layer of
# two groups gets the rank of both: "encoder.query_value" leaves the keys as they are, as the LoRAs of WeSAM do.
GROUPS: dict[str, tuple[str, ...]] = {
    "encoder.attention": ("image_encoder.*.attn.qkv", "image_encoder.*.attn.proj"),
    "encoder.query_value": ("image_encoder.*.attn.qkv",),
    "encoder.mlp": ("image_encoder.*.mlp.fc?", "image_encoder.*.mlp.lin?"),
    "encoder.convolutions": ("image_encoder.*.conv[13].c", "image_encoder.patch_embed.*"),
    "encoder.neck": ("image_encoder.neck.0", "image_encoder.neck.2"),
    "decoder.attention": ("mask_decoder.transformer.*_proj",),
    "decoder.mlp": ("mask_decoder.transformer.*.mlp.lin?",),
    "decoder.hypernetworks": ("mask_decoder.output_hypernetworks_mlps.*",),
}


class QueryValueLora(LinearLora):
    """A LoRA on a fused projection that changes queries and values only.

    Args:
        width: of the runs of queries, keys and values, which follow each other in the layer's output.
    """

    kept: Tensor

    def __init__(self, name: str, layer: fl.Linear, rank: int, width: int) -> None:
        super().__init__(name, in_features=layer.in_features, out_features=layer.out_features, rank=rank)
        kept = (torch.arange(layer.out_features) // width % 3 != 1).float()
        self.register_buffer("kept", kept, persistent=False)

    def forward(self, *inputs: Tensor) -> Tensor:
        changed: Tensor = super().forward(*inputs)
        kept: Tensor = self.kept.to(changed.dtype)
        return changed * kept


class Place(NamedTuple):
    """A layer that gets a LoRA.

    Attributes:
        name: official name of the layer.
        group: that it gets its rank and scale by.
        width: see `QueryValueLora`; None of a LoRA that changes all outputs.
    """

    name: str
    layer: fl.WeightedModule
    group: str
    width: int | None


def places(sam: SegmentAnything, ranks: Mapping[str, int]) -> Iterator[Place]:
    """The layers that get a LoRA, by the ranks of groups; of several groups the first in `ranks` counts."""
    widths = _query_widths(sam)
    for name, layer in named_layers(sam):
        group = next((group for group, rank in ranks.items() if rank and _is_in(name, group)), None)
        if group:
            assert isinstance(layer, fl.WeightedModule)
            yield Place(name, layer, group, widths[layer] if group == "encoder.query_value" else None)


def lora_shapes(sam: SegmentAnything, ranks: Mapping[str, int]) -> dict[str, tuple[int, ...]]:
    """Shapes of a LoRA's weights by their names on disk, from one of rank 1: a rank of a million takes no memory.

    (On torch's meta device their initialisation would import its compiler, which takes a second or more.)
    """
    shapes: dict[str, tuple[int, ...]] = {}
    with torch.random.fork_rng(devices=[]):
        for place in places(sam, ranks):
            lora, rank = new_lora("", place, 1), ranks[place.group]
            _, *into = lora.down.weight.shape
            out, _, *kernel = lora.up.weight.shape
            shapes[down_key(place.name)] = (rank, *into)
            shapes[up_key(place.name)] = (out, rank, *kernel)
    return shapes


def down_key(layer: str) -> str:
    """Name on disk of a layer's matrix to the low rank."""
    return f"{layer}.lora_down.weight"


def up_key(layer: str) -> str:
    """Name on disk of a layer's matrix from the low rank."""
    return f"{layer}.lora_up.weight"


def new_lora(name: str, place: Place, rank: int) -> Lora[Any]:
    """A LoRA called `name` for a layer, of random `down` and zero `up`, on torch's default device."""
    layer = place.layer
    if isinstance(layer, fl.Linear):
        if place.width:
            return QueryValueLora(name, layer, rank, place.width)
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


def _is_in(name: str, group: str) -> bool:
    return any(fnmatch(name, pattern) for pattern in GROUPS[group])


def _query_widths(sam: SegmentAnything) -> dict[fl.Module, int]:
    """Widths of the runs of queries, keys and values in each fused projection: a head's, or all heads'."""
    widths: dict[fl.Module, int] = {}
    for block in sam.layers(WindowAttention):
        layer = _bare(block[1])
        widths[layer] = layer.out_features // 3 // block.ensure_find(BiasedAttention).num_heads
    for large in sam.layers(FusedSelfAttention):
        layer = _bare(large[0])
        widths[layer] = layer.out_features // 3
    return widths


def _bare(layer: fl.Module) -> fl.Linear:
    """A projection, with LoRAs on it or without."""
    projection = layer.target if isinstance(layer, LoraAdapter) else layer
    assert isinstance(projection, fl.Linear)
    return projection
