"""Weights under their official names, into the tree and out of it.

The trees declare their layers in the order of `official_names`, so a walk beside that list finds every layer.
Layers whose tensors differ in form (stacked, transposed, with a leading dimension) have a codec each.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import refiners.fluxion.layers as fl
import torch
from refiners.fluxion.adapters import Lora, LoraAdapter
from refiners.foundationals.segment_anything.image_encoder import RelativePositionAttention, SAMViT
from refiners.foundationals.segment_anything.mask_decoder import IOUMaskEncoder
from refiners.foundationals.segment_anything.prompt_encoder import (
    CoordinateEncoder,
    MaskEncoder,
    PointEncoder,
    PointTypeEmbedding,
)
from torch import Tensor

from wesam_packshot.errors import UserError
from wesam_packshot.sam.model import SegmentAnything
from wesam_packshot.sam.official_names import decoder_names, tiny_vit_names, vit_names
from wesam_packshot.sam.tiny_vit import BatchNorm2d, BiasedAttention, TinyViT

State = dict[str, Tensor]

# MobileSAM keeps TinyViT's classification head, which segmentation never calls.
UNUSED_HEAD = {"norm_head.weight": (320,), "norm_head.bias": (320,), "head.weight": (1000, 320), "head.bias": (1000,)}


class Slot(NamedTuple):
    """One parameter of the tree and the official tensors that fill it."""

    tensor: Tensor
    official: tuple[str, ...]
    pack: Callable[..., Tensor] = lambda tensor: tensor
    unpack: Callable[[Tensor], tuple[Tensor, ...]] = lambda tensor: (tensor,)


def slots(sam: SegmentAnything) -> list[Slot]:
    """Every weight of the tree beside its official names.

    Raises:
        ValueError: when LoRAs are injected: they have no official names, so merge or eject them first.
    """
    if sam.find(LoraAdapter) is not None:
        raise ValueError("the tree holds LoRAs: merge or eject them before converting its weights")
    found = [slot for name, layer in named_layers(sam) for slot in _slots(layer, name)]
    no_mask = sam.ensure_find(MaskEncoder).get_parameter("no_mask_embedding")
    return [*found, Slot(no_mask, ("prompt_encoder.no_mask_embed.weight",))]


def load_official(sam: SegmentAnything, state: State, origin: str) -> None:
    """Fill the tree with official weights; `origin` names the file in errors.

    Batch normalisation is folded when the tree is folded and the weights are not.

    Raises:
        UserError: when tensors are missing or have the wrong shape.
    """
    if isinstance(sam.image_encoder, TinyViT) and sam.image_encoder.folded:
        state = fold_batch_norm(state)
    found = slots(sam)
    missing = [name for slot in found for name in slot.official if name not in state]
    if missing:
        raise UserError(f"{origin}: {len(missing)} tensors are missing, among them {missing[0]}: wrong model?")
    with torch.no_grad():
        for slot in found:
            packed = slot.pack(*(state[name] for name in slot.official))
            if packed.shape != slot.tensor.shape:
                shapes = f"{tuple(packed.shape)}, not {tuple(slot.tensor.shape)}"
                raise UserError(f"{origin}: {slot.official[0]} has shape {shapes}: wrong model?")
            slot.tensor.copy_(packed)


def official_state(sam: SegmentAnything) -> State:
    """The tree's weights under their official names, as a stock implementation loads them (strictly)."""
    state: State = {}
    for slot in slots(sam):
        tensors = slot.unpack(slot.tensor.detach().cpu())
        state.update(
            zip(slot.official, (tensor.clone(memory_format=torch.contiguous_format) for tensor in tensors), strict=True)
        )
    if isinstance(sam.image_encoder, TinyViT):
        state = unfold_batch_norm(state) if sam.image_encoder.folded else state
        state |= {f"image_encoder.{name}": torch.zeros(shape) for name, shape in UNUSED_HEAD.items()}
    return state


def fold_batch_norm(state: State, eps: float = 1e-5) -> State:
    """Official weights with each `x.c` convolution and `x.bn` normalisation replaced by one biased convolution."""
    folded = {name: tensor for name, tensor in state.items() if ".bn." not in name}
    for name in (name for name in state if name.endswith(".bn.weight")):
        prefix = name.removesuffix(".bn.weight")
        mean, var, weight, bias = (
            state[f"{prefix}.bn.{part}"].double() for part in ("running_mean", "running_var", "weight", "bias")
        )
        scale = weight / (var + eps).sqrt()
        kernel = state[f"{prefix}.c.weight"]
        folded[f"{prefix}.c.weight"] = (kernel.double() * scale[:, None, None, None]).to(kernel.dtype)
        folded[f"{prefix}.c.bias"] = (bias - mean * scale).to(kernel.dtype)
    return folded


def unfold_batch_norm(state: State, eps: float = 1e-5) -> State:
    """The inverse of folding: normalisations that change nothing but add the convolution's bias."""
    unfolded = {name: tensor for name, tensor in state.items() if not name.endswith(".c.bias")}
    for name in (name for name in state if name.endswith(".c.bias")):
        prefix, bias = name.removesuffix(".c.bias"), state[name]
        ones = torch.ones_like(bias)
        unfolded |= {
            f"{prefix}.bn.weight": ones * (1 + eps) ** 0.5,
            f"{prefix}.bn.bias": bias,
            f"{prefix}.bn.running_mean": torch.zeros_like(bias),
            f"{prefix}.bn.running_var": ones,
            f"{prefix}.bn.num_batches_tracked": torch.tensor(0),
        }
    return unfolded


def named_layers(sam: SegmentAnything) -> Iterator[tuple[str, fl.Module]]:
    """Every layer with weights beside its official name (a prefix, where its tensors go by several names).

    LoRAs are passed over, as if the layers that they are on stood alone.
    """
    encoder = sam.image_encoder
    assert isinstance(encoder, TinyViT | SAMViT)
    names = tiny_vit_names(encoder) if isinstance(encoder, TinyViT) else vit_names(encoder)
    yield from _beside("image_encoder", names, encoder)
    points, masks = sam.ensure_find(PointEncoder), sam.ensure_find(MaskEncoder)
    yield "prompt_encoder.pe_layer", points.ensure_find(CoordinateEncoder)
    yield "prompt_encoder", points.ensure_find(PointTypeEmbedding)
    yield from _beside("prompt_encoder", (f"mask_downscaling.{i}" for i in (0, 1, 3, 4, 6)), masks)
    yield from _beside("mask_decoder", decoder_names(), sam.mask_decoder)


def _beside(prefix: str, names: Iterator[str], tree: fl.Chain) -> Iterator[tuple[str, fl.Module]]:
    def carries_weights(module: fl.Module, parent: fl.Chain) -> bool:
        if isinstance(module, fl.Chain) or isinstance(parent, Lora):
            return False
        return next(module.parameters(), None) is not None

    for name, (layer, _) in zip(names, tree.walk(carries_weights), strict=True):
        yield f"{prefix}.{name}", layer


def _slots(layer: fl.Module, name: str) -> Iterator[Slot]:
    match layer:
        case IOUMaskEncoder():
            rows = tuple(name.replace("tokens", f"{token}.weight") for token in ("iou_token", "mask_tokens"))
            yield Slot(layer.weight, rows, lambda *rows: torch.cat(rows), lambda table: (table[:1], table[1:]))
        case PointTypeEmbedding():
            rows = tuple(f"{name}.point_embeddings.{i}.weight" for i in range(4))
            rows = (*rows, f"{name}.not_a_point_embed.weight")
            yield Slot(
                layer.weight, rows, lambda *rows: torch.cat(rows), lambda table: tuple(row[None] for row in table)
            )
        case CoordinateEncoder():
            weight, official = layer.ensure_find(fl.Linear).weight, f"{name}.positional_encoding_gaussian_matrix"
            yield Slot(weight, (official,), lambda matrix: matrix.T, lambda weight: (weight.T,))
        case RelativePositionAttention():
            yield Slot(layer.horizontal_embedding, (f"{name}.rel_pos_w",))
            yield Slot(layer.vertical_embedding, (f"{name}.rel_pos_h",))
        case BiasedAttention():
            yield Slot(layer.weight, (name,))
        case fl.Parameter():
            yield Slot(layer.weight, (name,), lambda table: table[0], lambda table: (table[None],))
        case BatchNorm2d():
            for part in ("weight", "bias", "running_mean", "running_var"):
                yield Slot(layer.state_dict(keep_vars=True)[part], (f"{name}.{part}",))
        case _:
            for part, parameter in layer.named_parameters(recurse=False):
                yield Slot(parameter, (f"{name}.{part}",))
