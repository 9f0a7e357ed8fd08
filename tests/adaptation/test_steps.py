"""One training step, schedules and checkpoints, on a tiny SAM with random weights."""

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save

from tests.conftest import narrow_sam, tiny_sam
from wesam_packshot.adaptation.checkpoint_selector import SelectorState
from wesam_packshot.adaptation.checkpoints import load_checkpoint, save_checkpoint, steps_in
from wesam_packshot.adaptation.data import Batch
from wesam_packshot.adaptation.schedule import learning_rate, number_of_steps, teacher_decay
from wesam_packshot.adaptation.steps import Answer, known, run_model, step_losses, teacher_target
from wesam_packshot.config import TrainConfig, load_config
from wesam_packshot.errors import UserError
from wesam_packshot.sam.high_resolution import inject_branches
from wesam_packshot.sam.lora import active, inject_loras, lora_parameters, lora_state
from wesam_packshot.sam.lora_layers import GROUPS
from wesam_packshot.sam.model import SegmentAnything

VERDICT = SelectorState(teach=True, best_score=0.75, best_step=1, idle=2)
PLAIN = ("train.precision=fp32", "views.shadow=0")


def losses(sam: SegmentAnything, batch: Batch, *overrides: str, teach: bool = False) -> dict[str, torch.Tensor]:
    negatives = torch.randn(3, 256, generator=torch.Generator().manual_seed(0))
    return step_losses(sam, batch, negatives, load_config(None, [*PLAIN, *overrides]), 0, teach)


def test_losses_reach_the_student_alone(sam: SegmentAnything, batch: Batch) -> None:
    found = losses(sam, batch, teach=True)
    assert set(found) == {"focal", "dice", "anchor", "contrastive", "colour"}
    sum(found.values(), start=torch.zeros(())).backward()  # type: ignore[no-untyped-call]
    with_gradient = {id(parameter) for parameter in sam.parameters() if parameter.grad is not None}
    assert with_gradient
    assert with_gradient <= {id(parameter) for parameter in lora_parameters(sam, "student")}
    encoder = lora_parameters(sam, "student", "image_encoder")
    assert all(parameter.grad is not None for parameter in encoder)


def test_the_branch_learns_from_exact_masks_alone(batch: Batch) -> None:
    """Its loss is 20 times the focal loss plus dice, by the formulas of both papers, over trusted pixels."""
    sam = narrow_sam()
    inject_loras(sam, {"decoder.mlp": 1}, ["student", "teacher"], seed=0)
    inject_branches(sam, ["student", "teacher"], seed=0)
    generator = np.random.default_rng(0)
    truth, trust = generator.random((2, 512, 512)) > 0.5, generator.random((2, 512, 512)) > 0.3
    exact = Batch(
        **(
            vars(batch)
            | {"fine_target": torch.from_numpy(truth).float(), "fine_weight": torch.from_numpy(trust).float()}
        )
    )
    with active(sam, student=1):
        fine = run_model(
            sam, batch.images.float() / 255, batch.valid, batch.student_prompt, load_config(None, PLAIN)
        ).fine
    assert fine is not None
    probability = 1 / (1 + np.exp(-fine.detach().numpy().astype(float)))
    of_truth = np.where(truth, probability, 1 - probability)
    focal = [(-((1 - p) ** 2) * np.log(p))[t].sum() / t.sum() for p, t in zip(of_truth, trust, strict=True)]
    dice = [
        1 - (2 * (p * y)[t].sum() + 1) / (p[t].sum() + y[t].sum() + 1)
        for p, y, t in zip(probability, truth, trust, strict=True)
    ]
    per_image = 20 * np.array(focal) + np.array(dice)
    found = losses(sam, exact, "views.strong=0")["fine"]
    assert found.item() == pytest.approx((per_image[0] + 0.5 * per_image[1]) / 1.5, rel=1e-3)
    assert losses(sam, batch, "views.strong=0")["fine"].item() == 0  # pseudo-masks only
    assert "fine" not in losses(sam, exact, "loss.fine=0")


def test_its_second_output_learns_from_known_layers_alone(batch: Batch) -> None:
    """Focal loss with a soft target (arXiv 1708.02002, eq. 4), and dice of the layers that the image has."""
    sam = narrow_sam()
    inject_loras(sam, {"decoder.mlp": 1}, ["student", "teacher"], seed=0)
    inject_branches(sam, ["student", "teacher"], seed=0)
    generator = np.random.default_rng(0)
    levels = generator.integers(0, 256, (2, 3, 512, 512), dtype=np.uint8)
    levels[:, 2] = 0  # no glass
    changes = {"layers": torch.from_numpy(levels), "fine_weight": torch.ones(2, 512, 512)}
    known = Batch(**(vars(batch) | changes | {"layers_known": torch.tensor([0.0, 1.0])}))
    with active(sam, student=1):
        answer = run_model(
            sam, batch.images.float() / 255, batch.valid, batch.student_prompt, load_config(None, PLAIN)
        ).layers
    assert answer is not None
    p, t = 1 / (1 + np.exp(-answer[1].detach().numpy().astype(float))), levels[1] / 255
    q = p * t + (1 - p) * (1 - t)
    cross_entropy = -t * np.log(p) - (1 - t) * np.log(1 - p)
    per_layer = 20 * ((1 - q) ** 2 * cross_entropy).mean((1, 2))
    per_layer[:2] += 1 - (2 * (p * t)[:2].sum((1, 2)) + 1) / ((p + t)[:2].sum((1, 2)) + 1)
    found = losses(sam, known, "views.strong=0")["layers"]
    assert found.item() == pytest.approx(per_layer.mean() * 0.5 / 1.5, rel=1e-3)
    assert losses(sam, batch, "views.strong=0")["layers"].item() == 0
    assert "layers" not in losses(sam, known, "loss.layers=0")


def test_absent_shadows_are_no_negatives(sam: SegmentAnything, batch: Batch) -> None:
    none = Batch(**(vars(batch) | {"shadow": torch.zeros(2, 256)}))
    alike = Batch(**(vars(batch) | {"shadow": batch.product}))  # as bad a shadow as there can be
    found = [losses(sam, item)["contrastive"].item() for item in (none, alike)]
    assert found[0] < found[1]
    assert known(torch.stack([torch.zeros(4), torch.ones(4)])).shape == (1, 4)


def test_losses_of_weight_zero_are_not_computed(sam: SegmentAnything, batch: Batch) -> None:
    assert set(losses(sam, batch, "loss.colour=1", "loss.boundary=1")) == {
        *("focal", "dice", "anchor", "contrastive", "colour", "boundary")
    }
    assert set(losses(sam, batch, "loss.anchor=0", "loss.contrastive=0", "loss.colour=0")) == {"focal", "dice"}


def test_true_masks_are_all_that_a_supervised_run_learns_from(sam: SegmentAnything, batch: Batch) -> None:
    config = load_config("supervised.yaml", PLAIN)
    assert set(step_losses(sam, batch, torch.randn(3, 256), config, 0, teach=False)) == {"focal", "dice"}
    assert config.composites.share == config.teacher.trust == config.selection.every == 0


def test_confidence_weighs_the_images(sam: SegmentAnything, batch: Batch) -> None:
    both = losses(sam, batch)["dice"]
    single = []
    for number in range(2):
        only = torch.zeros(2)
        only[number] = 1
        single.append(losses(sam, Batch(**(vars(batch) | {"confidence": only})))["dice"])
    assert both.item() == pytest.approx((single[0].item() + 0.5 * single[1].item()) / 1.5, rel=1e-5)


def test_the_padding_changes_no_loss(sam: SegmentAnything, batch: Batch) -> None:
    images = batch.images.clone()
    images[:, :, 512:] = 255
    local = ("views.blur=0", "views.contrast=0")  # neither brings padding into the picture
    expected = losses(sam, batch, *local)
    found = losses(sam, Batch(**(vars(batch) | {"images": images})), *local)
    for name in ("focal", "dice", "anchor"):
        assert found[name].item() == pytest.approx(expected[name].item(), abs=1e-6)


def test_a_teacher_that_lost_the_product_is_not_asked(sam: SegmentAnything, batch: Batch) -> None:
    config = load_config(None, PLAIN)
    target, weight = teacher_target(sam, batch, config)  # random weights: its masks are nowhere near
    assert torch.allclose(target, batch.target)
    assert torch.allclose(weight, batch.weight)


def test_a_trusted_teacher_is_mixed_with_the_pseudo_mask(
    sam: SegmentAnything, batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    logits = torch.where(batch.target > 0, 4.0, -4.0)
    logits[:, 40:50, 60:70] = -4.0  # the teacher leaves a corner out
    monkeypatch.setattr(
        "wesam_packshot.adaptation.steps.run_model", lambda *_: Answer(torch.zeros(1), logits, None, None)
    )
    doubtful = batch.weight.clone()
    doubtful[:, 80:90, 60:200] = 0
    batch = Batch(**(vars(batch) | {"weight": doubtful}))
    target, weight = teacher_target(sam, batch, load_config(None, [*PLAIN, "teacher.trust=0.25"]))
    belief, certainty = 1 / (1 + np.exp(4)), 1 - 2 / (1 + np.exp(4))
    expected = (0.75 * 1 + 0.25 * certainty * belief) / (0.75 + 0.25 * certainty)
    assert target[0, 45, 65].item() == pytest.approx(expected, abs=1e-5)
    assert target[0, 85, 100].item() == pytest.approx(1 - belief, abs=1e-5)  # only the teacher knows here
    assert weight[0, 85, 100].item() == pytest.approx(0.25 * certainty, abs=1e-5)
    assert weight[0, 140:].max() == 0  # padding


def test_the_teacher_is_not_asked_of_scenes(
    sam: SegmentAnything, batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def run(_: object, images: torch.Tensor, *__: object) -> Answer:
        asked.append(len(images))
        return Answer(torch.zeros(1), torch.full((len(images), 256, 256), -4.0) + 8 * batch.target[1:], None, None)

    monkeypatch.setattr("wesam_packshot.adaptation.steps.run_model", run)
    config = load_config(None, [*PLAIN, "teacher.trust=1"])
    one_scene = Batch(**(vars(batch) | {"exact": torch.tensor([1.0, 0.0])}))
    target, _ = teacher_target(sam, one_scene, config)
    assert asked == [1]
    assert torch.equal(target[0], batch.target[0])
    assert target[1, 60, 100].item() == pytest.approx(1 / (1 + np.exp(-4)), abs=1e-5)
    teacher_target(sam, Batch(**(vars(batch) | {"exact": torch.ones(2)})), config)
    assert asked == [1]


def test_a_teacher_that_fits_the_colours_worse_is_not_believed(
    sam: SegmentAnything, batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    logits = torch.where(batch.target > 0, 6.0, -6.0)
    logits[:, 90:100, 60:200] = 6.0  # it takes a strip in
    monkeypatch.setattr(
        "wesam_packshot.adaptation.steps.run_model", lambda *_: Answer(torch.zeros(1), logits, None, None)
    )
    config = load_config(None, [*PLAIN, "teacher.trust=0.5"])
    colour = torch.zeros_like(batch.target)
    believed, _ = teacher_target(sam, Batch(**(vars(batch) | {"colour": colour})), config)
    assert believed[0, 95, 100] > 0.4
    colour[:, 90:100] = -1.0  # colour knows the strip for shadow
    refused, weight = teacher_target(sam, Batch(**(vars(batch) | {"colour": colour})), config)
    assert refused[0, 95, 100] == 0
    assert torch.equal(weight, batch.weight)


def test_rates_rise_then_fall_on_a_cosine() -> None:
    rates = [learning_rate(step, 100, 10) for step in range(100)]
    assert rates[0] == pytest.approx(0.1)
    assert max(rates) == pytest.approx(rates[9], abs=0.02)
    assert rates[50] == pytest.approx(0.5)
    assert rates[-1] == pytest.approx(0.02)
    assert rates[10:] == sorted(rates[10:], reverse=True)


@pytest.mark.parametrize(("photos", "expected"), [(10, 48), (400, 360), (50_000, 2000)])
def test_the_length_of_a_run_is_bounded(photos: int, expected: int) -> None:
    assert number_of_steps(TrainConfig(), photos) == expected


def test_the_teacher_follows_fast_at_first() -> None:
    assert [teacher_decay(step, 0.9) for step in (0, 1, 100)] == pytest.approx([0.5, 2 / 3, 0.9])


def optimizer_of(sam: SegmentAnything) -> torch.optim.Optimizer:
    return torch.optim.AdamW(lora_parameters(sam, "student"), lr=0.1)


def take_step(sam: SegmentAnything, optimizer: torch.optim.Optimizer) -> None:
    squares = [(parameter**2).sum() for parameter in lora_parameters(sam, "student")]
    torch.autograd.backward(squares)
    optimizer.step()
    optimizer.zero_grad()


def test_a_checkpoint_restores_loras_and_optimizer(sam: SegmentAnything, tmp_path: Path) -> None:
    optimizer = optimizer_of(sam)
    take_step(sam, optimizer)
    save_checkpoint(tmp_path, 1, sam, optimizer, VERDICT)
    take_step(sam, optimizer)
    expected = lora_state(sam, "student")

    other = tiny_sam()
    inject_loras(other, dict.fromkeys(GROUPS, 2), ["student", "teacher"], seed=9)
    resumed = optimizer_of(other)
    assert load_checkpoint(tmp_path, other, resumed) == (1, VERDICT)
    take_step(other, resumed)
    found = lora_state(other, "student")
    assert all(torch.equal(found[name], expected[name]) for name in expected)
    assert load_checkpoint(tmp_path / "none", other, resumed) is None


def test_half_written_checkpoints_are_passed_over(sam: SegmentAnything, tmp_path: Path) -> None:
    optimizer = optimizer_of(sam)
    for step in (5, 10, 100):
        save_checkpoint(tmp_path, step, sam, optimizer, VERDICT)
    (tmp_path / ".105").mkdir()
    assert steps_in(tmp_path) == [10, 100]
    assert (tmp_path / "last").resolve() == (tmp_path / "100").resolve()
    save_checkpoint(tmp_path, 105, sam, optimizer, VERDICT)
    assert steps_in(tmp_path) == [100, 105]


def test_what_a_killed_run_left_undone_is_done_when_it_is_loaded(sam: SegmentAnything, tmp_path: Path) -> None:
    """Killed once the third checkpoint was whole, before `last` was moved and the first was dropped."""
    optimizer = optimizer_of(sam)
    for step in (5, 10):
        save_checkpoint(tmp_path, step, sam, optimizer, VERDICT)
    shutil.copytree(tmp_path / "10", tmp_path / "15")
    assert load_checkpoint(tmp_path, sam, optimizer) == (15, VERDICT)
    assert steps_in(tmp_path) == [10, 15]
    assert (tmp_path / "last").resolve() == (tmp_path / "15").resolve()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("student.safetensors", save({"none": torch.ones(2)})),
        ("teacher.safetensors", b"\x00" * 20),
        ("optimizer.pt", b"PK\x03\x04"),
        ("state.json", b'{"best_step": "soon"}'),
    ],
)
def test_a_damaged_checkpoint_is_named_and_can_be_done_without(
    sam: SegmentAnything, tmp_path: Path, name: str, content: bytes
) -> None:
    optimizer = optimizer_of(sam)
    for step in (5, 10):
        save_checkpoint(tmp_path, step, sam, optimizer, VERDICT)
    (tmp_path / "10" / name).write_bytes(content)
    with pytest.raises(UserError, match=rf"{tmp_path / '10'}: damaged \(.+\); remove it, and --resume goes on from"):
        load_checkpoint(tmp_path, sam, optimizer)
    shutil.rmtree(tmp_path / "10")
    assert load_checkpoint(tmp_path, sam, optimizer) == (5, VERDICT)


def test_a_flipped_bit_of_the_optimizer_is_seen(sam: SegmentAnything, tmp_path: Path) -> None:
    """In the sign of a mean of squares, whose root would be no number."""
    optimizer = optimizer_of(sam)
    take_step(sam, optimizer)
    moment = next(iter(optimizer.state.values()))["exp_avg_sq"]
    moment.fill_(0.123)
    save_checkpoint(tmp_path, 1, sam, optimizer, VERDICT)
    file = tmp_path / "1" / "optimizer.pt"
    content, value = bytearray(file.read_bytes()), np.float32(0.123).tobytes()
    content[content.index(value * 4) + 3] ^= 0x80
    file.write_bytes(content)
    with pytest.raises(UserError, match=r"damaged \(the checksum of .+ is another\); remove it"):
        load_checkpoint(tmp_path, sam, optimizer)


def test_a_checkpoint_of_infinite_values_is_damaged(sam: SegmentAnything, tmp_path: Path) -> None:
    optimizer = optimizer_of(sam)
    take_step(sam, optimizer)
    next(iter(optimizer.state.values()))["exp_avg"][0] = torch.inf
    save_checkpoint(tmp_path, 1, sam, optimizer, VERDICT)
    with pytest.raises(UserError, match=r"damaged \(values that are no numbers, or infinite\); remove it"):
        load_checkpoint(tmp_path, sam, optimizer)


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_steps_run_in_either_precision(sam: SegmentAnything, batch: Batch, precision: str) -> None:
    found = losses(sam, batch, f"train.precision={precision}")
    assert all(torch.isfinite(value) and value.dtype == torch.float32 for value in found.values())
