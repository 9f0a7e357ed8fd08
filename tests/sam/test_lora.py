"""LoRAs: off they change nothing, on they equal the merged weights, and only they learn."""

import pytest
import torch

from tests.conftest import tiny_sam
from wesam_packshot.sam.conversion import official_state
from wesam_packshot.sam.frame import Frame
from wesam_packshot.sam.lora import (
    activate,
    active,
    adapters,
    average_into,
    eject_loras,
    inject_loras,
    load_lora_state,
    lora_parameters,
    lora_state,
    merge,
)
from wesam_packshot.sam.lora_layers import GROUPS
from wesam_packshot.sam.model import SegmentAnything
from wesam_packshot.sam.prompts import prompt_tensors, whole_image

FRAME = Frame(512, 1024)
PROMPTS = prompt_tensors([whole_image(FRAME)], FRAME)
KEY = "image_encoder.neck.0.lora_down.weight"
RANKS = {group: 2 for group in GROUPS if group != "encoder.query_value"}


@pytest.fixture
def images() -> torch.Tensor:
    return torch.randn(1, 3, 1024, 1024)


def adapted(seed: int = 0) -> SegmentAnything:
    sam = tiny_sam()
    inject_loras(sam, RANKS, ["student", "teacher"], seed)
    for parameter in lora_parameters(sam, "student"):
        torch.nn.init.normal_(parameter, std=0.1)
    return sam


def logits(sam: SegmentAnything, images: torch.Tensor) -> torch.Tensor:
    with torch.no_grad():
        found: torch.Tensor = sam(images, PROMPTS).logits
    return found


def test_off_is_the_anchor_bit_for_bit(images: torch.Tensor) -> None:
    assert torch.equal(logits(adapted(), images), logits(tiny_sam(), images))


def test_new_loras_change_nothing_even_when_on(images: torch.Tensor) -> None:
    sam = adapted()
    with active(sam, teacher=1):
        assert torch.equal(logits(sam, images), logits(tiny_sam(), images))
    with active(sam, student=1):
        assert not torch.allclose(logits(sam, images), logits(tiny_sam(), images))


def test_active_restores_what_was_on() -> None:
    sam = adapted()
    activate(sam, student=0.5)
    with active(sam, teacher=1.0):
        assert {adapter.scales["student"] for adapter in adapters(sam)} == {0.0}
    assert {(adapter.scales["student"], adapter.scales["teacher"]) for adapter in adapters(sam)} == {(0.5, 0.0)}


@pytest.mark.parametrize("scale", [1.0, 0.5])
def test_merged_weights_give_the_same_masks(images: torch.Tensor, scale: float) -> None:
    sam = adapted()
    with active(sam, student=scale):
        expected = logits(sam, images)
    merge(sam, student=scale)
    assert not adapters(sam)
    assert torch.allclose(logits(sam, images), expected, atol=1e-4 * float(expected.abs().max()))
    assert official_state(sam)  # a merged tree has its official names again


def test_ejecting_restores_the_base(images: torch.Tensor) -> None:
    sam = adapted()
    eject_loras(sam)
    assert torch.equal(logits(sam, images), logits(tiny_sam(), images))
    assert repr(sam) == repr(tiny_sam())


def test_only_the_active_lora_learns(images: torch.Tensor) -> None:
    sam = adapted()
    base = {name: tensor.clone() for name, tensor in sam.state_dict().items() if "Lora_" not in name}
    with active(sam, student=1):
        sam(images, PROMPTS).logits.mean().backward()
    students = {id(parameter) for parameter in lora_parameters(sam, "student")}
    with_gradient = {id(parameter) for parameter in sam.parameters() if parameter.grad is not None}
    assert with_gradient <= students
    assert len(with_gradient) > 0.8 * len(students)  # the IoU head's and unused tokens' layers get none
    torch.optim.SGD(sam.parameters(), lr=0.1).step()
    frozen = [name for name in base if "Linear" not in name or ".weight" in name]
    moved = [name for name in frozen if not torch.equal(sam.state_dict()[name], base[name])]
    assert all("LinearLora" in name or "Conv2dLora" in name for name in moved)


def test_state_goes_out_and_in(images: torch.Tensor) -> None:
    sam, other = adapted(), adapted(seed=5)
    state = lora_state(sam, "student")
    assert "image_encoder.blocks.0.attn.qkv.lora_down.weight" in state
    assert "mask_decoder.transformer.layers.0.self_attn.q_proj.lora_up.weight" in state
    load_lora_state(other, "teacher", state)
    with active(sam, student=1), active(other, teacher=1):
        assert torch.equal(logits(sam, images), logits(other, images))


def test_average_moves_the_teacher_by_the_share() -> None:
    sam = adapted()
    before = [parameter.clone() for parameter in lora_parameters(sam, "teacher")]
    student = [parameter.clone() for parameter in lora_parameters(sam, "student")]
    average_into(sam, source="student", target="teacher", decay=0.9)
    for now, old, goal in zip(lora_parameters(sam, "teacher"), before, student, strict=True):
        assert torch.allclose(now, 0.9 * old + 0.1 * goal, atol=1e-6)
    assert all(torch.equal(a, b) for a, b in zip(lora_parameters(sam, "student"), student, strict=True))


def test_rank_zero_leaves_a_group_out_and_the_seed_decides() -> None:
    def state(seed: int) -> dict[str, torch.Tensor]:
        sam = tiny_sam()
        inject_loras(sam, RANKS | {"encoder.mlp": 0}, ["student"], seed)
        return lora_state(sam, "student")

    first, again, other = state(0), state(0), state(1)
    assert not any(".mlp.lin" in name and name.startswith("image_encoder") for name in first)
    assert all(torch.equal(again[name], tensor) for name, tensor in first.items())
    assert not torch.equal(first[KEY], other[KEY])


def test_loras_have_no_official_names() -> None:
    with pytest.raises(ValueError, match="merge or eject"):
        official_state(adapted())


def test_query_value_loras_leave_the_keys(images: torch.Tensor) -> None:
    sam = tiny_sam()
    inject_loras(sam, {"encoder.query_value": 2}, ["student"], seed=0)
    for parameter in lora_parameters(sam, "student"):
        torch.nn.init.normal_(parameter)
    (adapter, *_) = adapters(sam)
    width = 32
    with active(sam, student=1):
        tokens = torch.randn(1, 5, 32)
        change = adapter(tokens) - adapter.target(tokens)
        expected = logits(sam, images)
    assert torch.equal(change[..., width : 2 * width], torch.zeros(1, 5, width))
    assert (change[..., :width].abs().amax() > 0) and (change[..., 2 * width :].abs().amax() > 0)
    merge(sam, student=1)
    assert torch.allclose(logits(sam, images), expected, atol=1e-4 * float(expected.abs().max()))


def test_two_adapters_stack_and_blend(images: torch.Tensor) -> None:
    sam = adapted()
    inject_loras(sam, {"encoder.mlp": 3, "decoder.mlp": 3}, ["second"], seed=1)
    for parameter in lora_parameters(sam, "second"):
        torch.nn.init.normal_(parameter, std=0.1)
    layer = next(adapter for adapter in adapters(sam) if adapter.name == "image_encoder.blocks.0.mlp.lin1")
    tokens = torch.randn(2, 32)
    outputs = {}
    for scales in ({}, {"student": 1.0}, {"second": 1.0}, {"student": 0.3, "second": 0.7}):
        with active(sam, **scales):
            outputs[tuple(scales.items())] = layer(tokens)
    nothing, student, second, blend = outputs.values()
    assert torch.allclose(blend, nothing + 0.3 * (student - nothing) + 0.7 * (second - nothing), atol=1e-5)
    with active(sam, student=0.3, second=0.7):
        expected = logits(sam, images)
    merge(sam, student=0.3, second=0.7)
    assert torch.allclose(logits(sam, images), expected, atol=1e-4 * float(expected.abs().max()))


def test_a_name_is_given_once() -> None:
    with pytest.raises(ValueError, match="a LoRA called student already"):
        inject_loras(adapted(), RANKS, ["student"], seed=0)


def test_scales_of_parts_multiply(images: torch.Tensor) -> None:
    sam, halved = adapted(), tiny_sam()
    inject_loras(halved, RANKS, ["student"], 0, dict.fromkeys(RANKS, 0.5))
    load_lora_state(halved, "student", lora_state(sam, "student"))
    with active(sam, student=0.5), active(halved, student=1):
        assert torch.equal(logits(sam, images), logits(halved, images))
