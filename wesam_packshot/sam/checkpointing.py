"""Gradient checkpointing of an image encoder: memory for time.

Activations within a block are not kept for the backward pass but computed a second time (arXiv 1604.06174).
"""

from collections.abc import Iterator

import refiners.fluxion.layers as fl
from jaxtyping import Float
from refiners.foundationals.segment_anything.image_encoder import Transformer
from torch import Tensor
from torch.utils.checkpoint import checkpoint, set_checkpoint_early_stop

from wesam_packshot.sam.tiny_vit import Stage


def checkpointed(encoder: fl.Chain, images: Float[Tensor, "batch 3 1024 1024"]) -> Float[Tensor, "batch 256 64 64"]:
    """The encoder's output, of which only the inputs of its blocks are kept."""
    value = images
    # fluxion reports every exception that passes a layer, and stopping early is done by one
    with set_checkpoint_early_stop(False):
        for block in blocks(encoder):
            value = checkpoint(block, value, use_reentrant=False)
    return value


def blocks(encoder: fl.Chain) -> Iterator[fl.Module]:
    """The encoder's layers, one after the other: stages and transformers block by block."""
    for layer in encoder:
        if isinstance(layer, Stage | Transformer):
            yield from layer
        else:
            yield layer
