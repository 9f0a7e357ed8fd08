"""TinyViT against kornia's independent implementation."""

import pytest
import torch
from kornia.models.tiny_vit import TinyViT as KorniaTinyViT

from wesam_packshot.sam.conversion import fold_batch_norm, load_official, official_state, unfold_batch_norm
from wesam_packshot.sam.model import SegmentAnything
from wesam_packshot.sam.tiny_vit import BatchNorm2d, BiasedAttention, TinyViT, attention_offsets

State = dict[str, torch.Tensor]


@pytest.fixture(scope="module")
def kornia_vit() -> KorniaTinyViT:
    """MobileSAM's TinyViT with random weights, random statistics included."""
    torch.manual_seed(1)
    vit = KorniaTinyViT(
        img_size=1024,
        embed_dims=(64, 128, 160, 320),
        depths=(2, 2, 6, 2),
        num_heads=(2, 4, 5, 10),
        window_sizes=(7, 7, 14, 7),
        mobile_sam=True,
    ).eval()
    for name, tensor in vit.state_dict().items():
        if name.endswith("running_var"):
            torch.nn.init.uniform_(tensor, 0.5, 2.0)
        elif "attention_biases" in name or name.endswith(("bn.bias", "running_mean")):
            torch.nn.init.normal_(tensor, std=0.2)
        elif name.endswith("bn.weight"):
            torch.nn.init.uniform_(tensor, 0.5, 1.5)
    return vit


def official(kornia_vit: KorniaTinyViT, sam: SegmentAnything) -> State:
    """Official weights whose encoder is kornia's and whose rest is the given model's."""
    rest = {name: tensor for name, tensor in official_state(sam).items() if not name.startswith("image_encoder.")}
    return {f"image_encoder.{name}": tensor for name, tensor in kornia_vit.state_dict().items()} | rest


@pytest.mark.parametrize("folded", [True, False])
def test_equals_kornia(kornia_vit: KorniaTinyViT, folded: bool) -> None:
    sam = SegmentAnything(TinyViT(folded=folded)).eval()
    load_official(sam, official(kornia_vit, sam), "kornia")
    images = torch.randn(1, 3, 1024, 1024)
    with torch.no_grad():
        expected, found = kornia_vit(images), sam.encode(images).embedding
    assert found.shape == (1, 256, 64, 64)
    assert (found - expected).abs().max() < 1e-4 * expected.abs().max()


@pytest.mark.parametrize("folded", [True, False])
def test_exported_weights_load_strictly_into_kornia(kornia_vit: KorniaTinyViT, folded: bool) -> None:
    sam = SegmentAnything(TinyViT(folded=folded)).eval()
    load_official(sam, official(kornia_vit, sam), "kornia")
    prefix = "image_encoder."
    exported = {
        name.removeprefix(prefix): tensor for name, tensor in official_state(sam).items() if name.startswith(prefix)
    }
    other = KorniaTinyViT(
        img_size=1024,
        embed_dims=(64, 128, 160, 320),
        depths=(2, 2, 6, 2),
        num_heads=(2, 4, 5, 10),
        window_sizes=(7, 7, 14, 7),
        mobile_sam=True,
    ).eval()
    other.load_state_dict(exported, strict=True)
    images = torch.randn(1, 3, 1024, 1024)
    with torch.no_grad():
        expected, found = kornia_vit(images), other(images)
    assert (found - expected).abs().max() < 1e-4 * expected.abs().max()


def test_folding_and_unfolding_are_inverse_in_effect() -> None:
    torch.manual_seed(2)
    convolution, norm = torch.nn.Conv2d(3, 5, 3, bias=False), torch.nn.BatchNorm2d(5).eval()
    torch.nn.init.uniform_(norm.running_var, 0.5, 2)  # type: ignore[arg-type]
    torch.nn.init.normal_(norm.running_mean)  # type: ignore[arg-type]
    torch.nn.init.normal_(norm.bias)
    state = {"a.c.weight": convolution.weight, **{f"a.bn.{key}": value for key, value in norm.state_dict().items()}}
    folded = fold_batch_norm(state)
    assert set(folded) == {"a.c.weight", "a.c.bias"}
    image = torch.randn(2, 3, 8, 8)
    expected = norm(convolution(image))
    one = torch.nn.functional.conv2d(image, folded["a.c.weight"], folded["a.c.bias"])
    assert torch.allclose(one, expected, atol=1e-5)
    again = fold_batch_norm(unfold_batch_norm(folded))
    assert all(torch.allclose(again[name], folded[name], atol=1e-6) for name in folded)


def test_offsets_are_symmetric_and_count_the_window() -> None:
    offsets, count = attention_offsets(3)
    assert count == 9
    # first row: from the top left pixel to each pixel of the window, |dy| * 3 + |dx|
    assert offsets[0].tolist() == [0, 1, 2, 3, 4, 5, 6, 7, 8]
    assert offsets[4].tolist() == [4, 3, 4, 1, 0, 1, 4, 3, 4]
    assert torch.equal(offsets, offsets.T)


def test_training_mode_does_not_move_the_statistics() -> None:
    norm = BatchNorm2d(4)
    norm.train()
    before = norm.running_mean.clone()  # type: ignore[union-attr]
    norm(torch.randn(8, 4, 3, 3) + 5)
    assert not norm.training
    assert torch.equal(norm.running_mean, before)  # type: ignore[arg-type]


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float32])
def test_attention_and_its_gradient_by_the_formula(dtype: torch.dtype) -> None:
    torch.manual_seed(2)
    windows, tokens, heads, dim = 3, 49, 4, 32
    attention = BiasedAttention(heads * dim, heads, window_size=7)
    torch.nn.init.normal_(attention.weight)
    fused = torch.randn(windows, tokens, 3 * heads * dim)
    given = fused.to(dtype).requires_grad_()
    found = attention(given)
    found.sum().backward()

    exact = given.detach().double().requires_grad_()
    bias = attention.bias.detach().to(dtype).double()
    mixed = []
    for head in range(heads):
        query, key, value = exact.view(windows, tokens, heads, 3, dim)[..., head, :, :].unbind(-2)
        scores = torch.einsum("wqd,wkd->wqk", query, key) / dim**0.5 + bias[head]
        mixed.append(torch.einsum("wqk,wkd->wqd", scores.exp() / scores.exp().sum(-1, keepdim=True), value))
    expected = torch.cat(mixed, -1)
    expected.sum().backward()  # type: ignore[no-untyped-call]
    assert found.dtype == dtype and given.grad is not None and exact.grad is not None
    # bfloat16 keeps 8 binary digits
    tolerance = 0.02 if dtype == torch.bfloat16 else 1e-5
    assert (found - expected).abs().max() < tolerance * expected.abs().max()
    assert (given.grad - exact.grad).abs().max() < tolerance * exact.grad.abs().max()
