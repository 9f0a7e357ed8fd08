"""Checks without labels, and what follows from them."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from tests.conftest import draw_packshot, tiny_sam
from wesam_packshot.adaptation import agreement
from wesam_packshot.adaptation.agreement import (
    Agreement,
    ValidationPhoto,
    adapter_agreement,
    colour_agreement,
    label_agreement,
)
from wesam_packshot.adaptation.checkpoint_selector import CheckpointSelector, SelectorState
from wesam_packshot.adaptation.store import LabelStore
from wesam_packshot.arrays import Mask
from wesam_packshot.config import load_config
from wesam_packshot.sam.lora import adapters, inject_loras, lora_parameters, lora_state
from wesam_packshot.sam.lora_layers import GROUPS
from wesam_packshot.sam.model import SegmentAnything
from wesam_packshot.sam.prompts import Prompt

CONFIG = load_config(None, ["train.precision=fp32"])


def test_colour_agreement_by_hand() -> None:
    colour = np.array([[1.0, 1.0, -1.0, 0.0]])
    assert colour_agreement(np.array([[1.0, 0.0, 0.0, 0.0]]), colour) == pytest.approx((0.5 + 1.0) / 2)
    assert colour_agreement(np.array([[0.0, 0.0, 1.0, 0.0]]), colour) == 0
    assert colour_agreement(np.array([[1.0, 0.0]]), np.full((1, 2), 0.0)) is None
    assert colour_agreement(np.array([[0.25, 0.0]]), np.array([[-1.0, 0.0]])) == pytest.approx(0.75)


def test_the_score_is_the_mean_of_what_is_known() -> None:
    assert Agreement(colour=0.8, anchor=0.6).score == pytest.approx(0.8)
    assert Agreement(colour=0.8, anchor=0.6, flip=1.0, crop=0.3).score == pytest.approx(0.7)
    assert Agreement(colour=0.8, anchor=0.6, flip=1.0, crop=0.3, labels=0.9).score == pytest.approx(0.9)
    assert Agreement(colour=0.9, anchor=0.1, flip=1.0, crop=1.0).score == 0  # the anchor sees no such object


def test_a_teacher_is_better_when_it_is_worse_in_nothing() -> None:
    labels = Agreement(anchor=0.9, colour=0.9, flip=0.8, crop=0.8)
    assert Agreement(anchor=0.7, colour=0.9, flip=0.9, crop=0.8).beats(labels)
    assert not Agreement(anchor=0.9, colour=0.89, flip=1.0, crop=1.0).beats(labels)
    assert not Agreement(anchor=0.1, colour=1.0, flip=1.0, crop=1.0).beats(labels)  # collapsed
    unknown = Agreement(anchor=0.8, flip=0.9, crop=0.7)  # no plain backdrops
    assert unknown.score == pytest.approx(0.8)
    assert unknown.beats(Agreement(anchor=0.9, colour=1.0, flip=0.9, crop=0.6))
    assert not unknown.beats(labels)


def probe() -> ValidationPhoto:
    image, mask = draw_packshot(128, 192)
    colour = np.where(mask, 1.0, -1.0)[::2, ::2].astype(np.float32)
    return ValidationPhoto(image, mask[::2, ::2], colour, torch.zeros(1, 256, 64, 64).half())


def test_a_model_that_follows_the_picture_agrees_with_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stand-in that segments by colour is right in every view; one that answers by place is not."""

    def by_colour(sam: object, image: Any, label: Mask, *_: object) -> Mask:
        found: Mask = image.max(-1).astype(int) - image.min(-1) > 60
        return found

    def by_place(sam: object, image: Any, label: Mask, *_: object) -> Mask:
        found = by_colour(sam, image, label)
        found[:, : found.shape[1] // 2] = True
        return found

    monkeypatch.setattr(agreement, "anchor_agreement", lambda *_: 1.0)
    scores = []
    for stand_in in (by_colour, by_place):
        monkeypatch.setattr(agreement, "segment", stand_in)
        scores.append(adapter_agreement(tiny_sam(), "student", [probe()], CONFIG))
    good, bad = scores
    assert good.colour is not None and good.colour > 0.97
    assert good.flip == 1.0
    assert good.labels is None  # the anchor is SAM as published
    assert good.crop is not None and good.crop > 0.95
    assert bad.flip is not None and bad.flip < 0.6
    assert bad.score < good.score - 0.1


def test_checks_ask_the_anchor_with_its_adapter(monkeypatch: pytest.MonkeyPatch) -> None:
    sam = tiny_sam()
    inject_loras(sam, {"decoder.mlp": 2}, ["anchor", "teacher"], seed=0)
    on: list[set[str]] = []

    def answering(sam: SegmentAnything, *_: object) -> Mask:
        on.append({name for each in adapters(sam) for name, scale in each.scales.items() if scale})
        return probe().label

    def logits(*asked: Any) -> Any:
        return answering(*asked).astype(np.float32) - 0.5

    monkeypatch.setattr(agreement, "answer", answering)
    monkeypatch.setattr(agreement, "finest_logits", logits)
    found = adapter_agreement(sam, "teacher", [probe()], CONFIG)
    assert found.labels == found.score == 1.0  # the pseudo-masks are those of an adapted anchor
    # the mask, what the anchor makes of its box, and the two views
    assert on == [{"teacher"}, {"anchor"}, {"teacher"}, {"teacher"}]


def test_pseudo_masks_are_measured_by_the_anchors_own_labels(monkeypatch: pytest.MonkeyPatch) -> None:
    """The anchor labels other views of the photo: one that does so by colour agrees with the label."""
    asked = []

    class ByColour:
        def __init__(self, *_: object) -> None:
            pass

        def label(self, image: Any, prompt: Prompt | None) -> Any:
            asked.append(prompt)
            found = Image.fromarray(image.max(-1).astype(int) - image.min(-1) > 60)
            return SimpleNamespace(mask=lambda height, width: np.asarray(found.resize((width, height))))

    monkeypatch.setattr(agreement, "PseudoLabeler", ByColour)
    monkeypatch.setattr(agreement, "answer", lambda *_: probe().label)
    found = label_agreement(tiny_sam(), [probe()], CONFIG)
    assert (found.colour, found.anchor) == (1.0, 1.0)
    assert found.flip is not None and found.flip > 0.95
    assert found.crop is not None and found.crop > 0.95
    assert asked == [None, None]
    label_agreement(tiny_sam(), [probe()], load_config("weak-box.yaml", ["train.precision=fp32"]))
    assert all(prompt is not None and prompt.box for prompt in asked[2:])


def test_verdicts_by_hand() -> None:
    labels = Agreement(colour=0.9, anchor=0.9, flip=0.8, crop=0.8)
    first = SelectorState().after(0, Agreement(0.9, 0.8, 0.5, 0.5), labels)  # anchor, colour, flip, crop
    assert (first.teach, first.best_step, first.idle) == (False, 0, 0)
    assert first.best_score == pytest.approx(0.6)
    better = first.after(50, Agreement(0.95, 0.9, 0.9, 0.9), labels)
    assert (better.teach, better.best_step, better.idle) == (True, 50, 0)
    worse = better.after(100, Agreement(0.5, 0.5, 0.5, 0.5), labels)
    assert (worse.teach, worse.best_step, worse.idle) == (True, 50, 1)  # once better, the teacher keeps its say


@pytest.fixture
def sam() -> SegmentAnything:
    sam = tiny_sam()
    inject_loras(sam, dict.fromkeys(GROUPS, 2), ["student", "teacher"], seed=0)
    return sam


def judge(
    patch: pytest.MonkeyPatch,
    sam: SegmentAnything,
    folder: Path,
    rows: list[dict[str, Any]],
    scores: list[float],
    *more: str,
) -> CheckpointSelector:
    """A judge whose measurements are given."""
    found = CheckpointSelector(sam, [], LabelStore(folder), load_config(None, more), folder / "best", rows.append)
    found.validation = [probe()]
    left = iter(scores)
    patch.setattr(
        "wesam_packshot.adaptation.checkpoint_selector.adapter_agreement",
        lambda *_: Agreement(colour=next(left), anchor=0.5, flip=0.5, crop=0.5),
    )
    return found


def test_the_best_weights_come_back(sam: SegmentAnything, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows: list[dict[str, Any]] = []
    referee = judge(monkeypatch, sam, tmp_path, rows, [0.5, 0.9, 0.7], "selection.patience=1")
    state, states = SelectorState(), []
    for step in (0, 50, 100):
        with torch.no_grad():
            for parameter in lora_parameters(sam, "teacher"):
                parameter.add_(1)
        states.append(lora_state(sam, "teacher"))
        assert not referee.stops(state)
        state = referee.check(step, state)
    assert referee.stops(state)
    assert (state.best_step, [row["best_step"] for row in rows]) == (50, [0, 50, 50])
    referee.restore_best()
    found = lora_state(sam, "teacher")
    assert all(torch.equal(found[name], states[1][name]) for name in found)


def test_when_checks_are_due(sam: SegmentAnything, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    every = judge(monkeypatch, sam, tmp_path, [], [], "selection.every=20")
    assert [step for step in range(51) if every.due(step, 50)] == [0, 20, 40, 50]
    config = load_config(None, ["selection.every=0"])
    never = CheckpointSelector(sam, [], LabelStore(tmp_path), config, tmp_path / "best", print)
    assert not any(never.due(step, 50) for step in range(51))
    before = lora_state(sam, "teacher")
    never.restore_best()
    assert all(torch.equal(before[name], tensor) for name, tensor in lora_state(sam, "teacher").items())
