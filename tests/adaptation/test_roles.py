"""Who sees what in a step, forward pass by forward pass; and its losses, by an implementation of the test's own."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pytest
import torch
from jaxtyping import Float
from torch import Tensor

from wesam_packshot.adaptation.data import Batch
from wesam_packshot.adaptation.steps import step_losses
from wesam_packshot.adaptation.views import strong_view
from wesam_packshot.config import load_config
from wesam_packshot.sam.features import ImageFeatures
from wesam_packshot.sam.frame import to_model_input
from wesam_packshot.sam.lora import adapters, lora_parameters
from wesam_packshot.sam.model import Decoded, PromptTensors, SegmentAnything

PLAIN = ("train.precision=fp32", "views.shadow=0", "loss.boundary=0", "loss.colour=0.2")
Maps = Float[np.ndarray, "batch 256 256"]


@dataclass
class Pass:
    """A forward pass: which LoRAs were on, what went in, what came out."""

    on: dict[str, float]
    images: Tensor
    embedding: Tensor
    prompts: PromptTensors
    logits: Tensor


@pytest.fixture
def passes(sam: SegmentAnything, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Pass]]:
    """Every forward pass from now on. Student and teacher differ, and neither is the anchor."""
    seen: list[Pass] = []
    for name, spread in (("student", 0.02), ("teacher", 0.05)):
        for parameter in lora_parameters(sam, name):
            torch.nn.init.normal_(parameter, std=spread)
    encode, decode = SegmentAnything.encode, SegmentAnything.decode
    entered: dict[str, Tensor] = {}

    def spied_encode(model: SegmentAnything, images: Tensor) -> ImageFeatures:
        entered["images"] = images
        return encode(model, images)

    def spied_decode(model: SegmentAnything, features: ImageFeatures, prompts: PromptTensors) -> Decoded:
        found = decode(model, features, prompts)
        (scales,) = {tuple(sorted(each.scales.items())) for each in adapters(model)}
        on = {name: scale for name, scale in scales if scale}
        seen.append(Pass(on, entered["images"], features.embedding, prompts, found.logits[:, 0, 0]))
        return found

    monkeypatch.setattr(SegmentAnything, "encode", spied_encode)
    monkeypatch.setattr(SegmentAnything, "decode", spied_decode)
    yield seen


def test_the_teacher_sees_the_weak_view_and_its_own_prompt(
    sam: SegmentAnything, batch: Batch, passes: list[Pass]
) -> None:
    config = load_config(None, [*PLAIN, "views.strong=1"])
    step_losses(sam, batch, torch.randn(3, 256), config, 7, teach=True)
    teacher, student = passes
    assert teacher.on == {"teacher": 1.0} and student.on == {"student": 1.0}
    weak = batch.images.float() / 255
    strong = strong_view(weak, config.views, 7)
    assert (strong - weak).abs().max() > 0.02
    for seen, view, prompt in ((teacher, weak, batch.teacher_prompt), (student, strong, batch.student_prompt)):
        assert torch.allclose(seen.images, to_model_input(view * 255, batch.valid.float()), atol=1e-4)
        assert torch.equal(seen.prompts.coords, prompt.coords)
    assert not torch.equal(batch.teacher_prompt.coords, batch.student_prompt.coords)
    assert student.logits.requires_grad and not teacher.logits.requires_grad


def test_without_a_teacher_there_is_one_pass(sam: SegmentAnything, batch: Batch, passes: list[Pass]) -> None:
    step_losses(sam, batch, torch.randn(3, 256), load_config(None, PLAIN), 0, teach=False)
    assert [seen.on for seen in passes] == [{"student": 1.0}]


def test_losses_of_a_step_by_hand(sam: SegmentAnything, batch: Batch, passes: list[Pass]) -> None:
    """Focal, Dice, anchor, contrastive and colour loss of a step, in NumPy, from the logits of its pass."""
    config = load_config(None, PLAIN)
    batch.colour[:, 45:60, 80:120], batch.colour[:, 10:20] = 1, -1
    batch.weight[:, 80:90] = 0.3
    negatives = torch.randn(3, 256)
    found = {name: loss.item() for name, loss in step_losses(sam, batch, negatives, config, 0, teach=False).items()}
    (student,) = passes
    logits, target, weight = (
        values.detach().double().numpy() for values in (student.logits, batch.target, batch.weight)
    )
    inside, colour = batch.valid_low_res.numpy(), batch.colour.double().numpy()
    probability = 1 / (1 + np.exp(-logits))
    right = np.where(target == 1, probability, 1 - probability)  # the target is 0 or 1 here
    focal = total(weight * (1 - right) ** 2 * -np.log(right)) / total(weight)
    dice = 1 - (2 * total(weight * probability * target) + 1) / (total(weight * (probability + target)) + 1)
    sure = np.abs(colour) * inside
    entropy = -np.log(np.where(colour > 0, probability, 1 - probability))
    expected = {"focal": focal, "dice": dice, "anchor": dice, "colour": total(sure * entropy) / total(sure)}
    expected["contrastive"] = contrastive(student, batch, negatives, config.loss.temperature)
    assert set(found) == set(expected)
    for name, values in expected.items():
        assert found[name] == pytest.approx((values[0] * 1.0 + values[1] * 0.5) / 1.5, rel=1e-4), name


def total(values: Maps) -> Float[np.ndarray, "batch"]:
    summed: Float[np.ndarray, batch] = values.sum((1, 2))
    return summed


def contrastive(seen: Pass, batch: Batch, negatives: Tensor, temperature: float) -> Float[np.ndarray, "batch"]:
    """InfoNCE between mean directions of the product and prototypes, by eq. 4 of arXiv 1807.03748."""
    features = seen.embedding.detach().double().numpy()
    directions = features / np.linalg.norm(features, axis=1, keepdims=True)
    inside = (batch.target * batch.valid_low_res).double().numpy()
    small = inside.reshape(2, 64, 4, 64, 4).mean((2, 4))
    others = torch.cat([batch.background, batch.shadow, negatives]).double().numpy()
    losses = []
    for number in range(2):
        student = (directions[number] * small[number]).sum((1, 2))
        scores = np.array([cosine(student, other) for other in (batch.product[number].double().numpy(), *others)])
        losses.append(np.log(np.exp(scores / temperature).sum()) - scores[0] / temperature)
    return np.array(losses)


def cosine(first: Float[np.ndarray, "dim"], second: Float[np.ndarray, "dim"]) -> float:
    return float(first @ second / np.linalg.norm(first) / np.linalg.norm(second))
