"""The official names of SAM's and MobileSAM's layers, in the order in which the trees declare them."""

from collections.abc import Iterator

import refiners.fluxion.layers as fl
from refiners.foundationals.segment_anything.image_encoder import SAMViT

from wesam_packshot.sam.tiny_vit import MBConv, PatchMerging, TinyViT


def vit_names(vit: SAMViT) -> Iterator[str]:
    """Names of a ViT's layers in Meta's checkpoints, in the order of the Refiners tree."""
    yield from ("patch_embed.proj", "pos_embed")
    block = ("norm1", "attn.qkv", "attn", "attn.proj", "norm2", "mlp.lin1", "mlp.lin2")
    yield from (f"blocks.{i}.{name}" for i in range(vit.num_layers) for name in block)
    yield from (f"neck.{i}" for i in range(4))


def tiny_vit_names(vit: TinyViT) -> Iterator[str]:
    """MobileSAM's names of the encoder's layers, with or without batch normalisation of their own."""

    def conv(name: str) -> tuple[str, ...]:
        return (f"{name}.c",) if vit.folded else (f"{name}.c", f"{name}.bn")

    yield from (*conv("patch_embed.seq.0"), *conv("patch_embed.seq.2"))
    for stage in range(4):
        blocks = vit.layer(f"Stage_{stage + 1}", fl.Chain)
        for i, block in enumerate(blocks):
            prefix = f"layers.{stage}." + ("downsample" if isinstance(block, PatchMerging) else f"blocks.{i}")
            if isinstance(block, PatchMerging | MBConv):
                yield from (name for j in (1, 2, 3) for name in conv(f"{prefix}.conv{j}"))
            else:
                yield from (f"{prefix}.attn.{name}" for name in ("norm", "qkv", "attention_biases", "proj"))
                yield from conv(f"{prefix}.local_conv")
                yield from (f"{prefix}.mlp.{name}" for name in ("norm", "fc1", "fc2"))
    yield from (f"neck.{i}" for i in range(4))


def decoder_names() -> Iterator[str]:
    """Names of the mask decoder's layers, the same in all models."""

    def attention(name: str) -> Iterator[str]:
        return (f"{name}.{part}_proj" for part in ("q", "k", "v", "out"))

    yield "tokens"
    for i in range(2):
        layer = f"transformer.layers.{i}"
        yield from (*attention(f"{layer}.self_attn"), f"{layer}.norm1")
        yield from (*attention(f"{layer}.cross_attn_token_to_image"), f"{layer}.norm2")
        yield from (f"{layer}.mlp.lin1", f"{layer}.mlp.lin2", f"{layer}.norm3")
        yield from (*attention(f"{layer}.cross_attn_image_to_token"), f"{layer}.norm4")
    yield from (*attention("transformer.final_attn_token_to_image"), "transformer.norm_final_attn")
    yield from (f"output_hypernetworks_mlps.{i}.layers.{j}" for i in range(4) for j in range(3))
    yield from (f"output_upscaling.{i}" for i in (0, 1, 3))
    yield from (f"iou_prediction_head.layers.{j}" for j in range(3))
