"""Gradient checkpointing: the same numbers, less memory."""

from functools import partial

import pytest
import torch

from tests.conftest import tiny_sam
from wesam_packshot.sam.checkpointing import blocks
from wesam_packshot.sam.lora import activate, inject_loras, lora_parameters
from wesam_packshot.sam.model import SegmentAnything
from wesam_packshot.sam.tiny_vit import TinyViT


def small_tiny_vit() -> SegmentAnything:
    torch.manual_seed(0)
    sam = SegmentAnything(TinyViT(dims=(8, 16, 16, 16), depths=(1, 1, 1, 1), num_heads=(1, 1, 1, 1)))
    return sam.requires_grad_(False).eval()


def keep(sizes: list[int], tensor: torch.Tensor) -> torch.Tensor:
    """A hook that notes what autograd saves."""
    sizes.append(tensor.numel())
    return tensor


@pytest.mark.parametrize("build", [tiny_sam, small_tiny_vit])
def test_gradients_are_the_same(build: object) -> None:
    assert callable(build)
    outputs, gradients, kept = [], [], []
    for checkpointing in (False, True):
        sam = build()
        inject_loras(sam, {"encoder.attention": 2, "encoder.convolutions": 2}, ["student"], seed=0)
        torch.manual_seed(1)
        for parameter in lora_parameters(sam, "student"):
            torch.nn.init.normal_(parameter, std=0.1)
        sam.checkpointing = checkpointing
        activate(sam, student=1)
        sizes: list[int] = []
        with torch.autograd.graph.saved_tensors_hooks(partial(keep, sizes), lambda tensor: tensor):
            embedding = sam.encode(torch.randn(1, 3, 1024, 1024, generator=torch.Generator().manual_seed(2))).embedding
        embedding.square().mean().backward()
        outputs.append(embedding.detach())
        gradients.append([parameter.grad for parameter in lora_parameters(sam, "student")])
        kept.append(sum(sizes))
    assert torch.equal(*outputs)
    assert all(torch.allclose(a, b, rtol=1e-4, atol=1e-7) for a, b in zip(*gradients, strict=True))
    assert all(gradient is not None and gradient.abs().sum() > 0 for gradient in gradients[0])
    assert kept[1] < 0.7 * kept[0]


def test_an_encoder_is_cut_into_its_blocks() -> None:
    assert len(list(blocks(tiny_sam().image_encoder))) == 2 + 2 + 1  # patches, positions, two layers, neck
