"""The recipe from end to end on a tiny ViT with random weights: fast, and independent of any download."""

import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from tests.conftest import draw_packshot, tiny_sam
from wesam_packshot.adaptation import recipe
from wesam_packshot.adaptation.anchor import ANCHOR
from wesam_packshot.adaptation.store import LabelStore
from wesam_packshot.config import load_config
from wesam_packshot.files.hashing import file_sha256
from wesam_packshot.io.photos import read_image
from wesam_packshot.io.records import Record, read_records
from wesam_packshot.masks.binary import bounding_box
from wesam_packshot.sam.frame import model_input
from wesam_packshot.sam.lora import active, adapters, lora_parameters, lora_state
from wesam_packshot.sam.model import SegmentAnything
from wesam_packshot.sam.weights import Base
from wesam_packshot.tracking.tracker import Tracker

BASE = Base("sam_vit_b", "c" * 64, official=False)
SHORT = (
    "model.name=sam_vit_b",
    "warmup.epochs=1",
    "train.min_steps=4",
    "train.max_steps=4",
    "train.precision=fp32",
    "train.log_every=1",
    "train.checkpoint_every=2",
    "selection.every=2",
    "selection.photos=1",
    "composites.min_confidence=0.5",
    "composites.min_steps=0",
    "loss.colour=0.1",
    "loss.boundary=0.1",
    "loss.contrastive=0.05",
)


def true_labels(
    sam: SegmentAnything, records: Sequence[Record], store: LabelStore, *_: object
) -> dict[str, torch.Tensor]:
    """In place of pseudo-labels, which random weights cannot make."""
    for record in records:
        if record.id in store.rows():
            continue
        height, width = read_image(record.file).shape[:2]
        mask = record.read_mask(height, width) > 128
        probability = mask.astype(np.float32)
        maps = np.stack([probability, np.ones_like(probability), 1 - probability, 2 * probability - 1], -1)
        row = {"id": record.id, "sha256": file_sha256(record.file), "status": "ok", "error": "", "confidence": 0.9}
        row |= {"inverted": True}
        prototypes = np.random.default_rng(0).random((3, 256)).astype(np.float32)
        store.add(row | {"box": [float(edge) for edge in bounding_box(mask) or ()]}, maps, maps[..., :2], prototypes)
    return {}


Runner = Callable[..., tuple[Path, recipe.Recipe]]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runner]:
    """Adapts to two drawn packshots, in a folder of a given name."""
    root = tmp_path_factory.mktemp("runs")
    for number in range(2):
        image, mask = draw_packshot(200 + 20 * number, 300)
        for name, picture in (("images", image), ("masks", mask.astype(np.uint8) * 255)):
            (root / name).mkdir(exist_ok=True)
            Image.fromarray(picture).save(root / name / f"ball_{number}.png")
    records = read_records(root)

    def adapt(name: str, *overrides: str) -> tuple[Path, recipe.Recipe]:
        config, folder = load_config(None, [*SHORT, *overrides]), root / name
        folder.mkdir(exist_ok=True)
        return folder, recipe.adapt(config, records, folder, Tracker(folder, config, "adapt"))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recipe, "load_model", lambda *_: (tiny_sam(), BASE))
        patch.setattr(recipe, "label_photos", true_labels)
        yield adapt


@pytest.fixture(scope="module")
def whole(run: Runner) -> tuple[Path, recipe.Recipe]:
    """One uninterrupted run."""
    return run("whole")


def rows(folder: Path, stage: str) -> list[dict[str, Any]]:
    found = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    return [row for row in found if row["stage"] == stage]


def weights(folder: Path) -> dict[str, torch.Tensor]:
    return load_file(folder / "adapter" / "adapter_model.safetensors")


def test_training_leaves_the_anchor_as_it_was(whole: tuple[Path, recipe.Recipe]) -> None:
    folder, adapted = whole
    images = model_input(read_image(adapted.labels[0].record.file))
    with torch.no_grad(), active(adapted.sam):
        after = adapted.sam.encode(images).embedding
    with torch.no_grad():
        assert torch.equal(after, tiny_sam().encode(images).embedding)
    with torch.no_grad(), active(adapted.sam, student=1):
        assert not torch.equal(adapted.sam.encode(images).embedding, after)
    learning = {id(leaf) for each in adapters(adapted.sam) for leaf in each.loras["student"].parameters()}
    with_gradient = {id(leaf) for leaf in adapted.sam.parameters() if leaf.grad is not None}
    assert with_gradient and with_gradient <= learning
    losses = {"focal", "dice", "anchor", "contrastive", "colour", "boundary"}
    assert all(losses <= set(row) and np.isfinite(row["loss"]) for row in rows(folder, "train"))


def test_the_best_checked_adapter_is_kept(whole: tuple[Path, recipe.Recipe]) -> None:
    folder, _ = whole
    checks = rows(folder, "selection")
    assert [row["step"] for row in checks] == [0, 2, 4]
    best = max(checks, key=lambda row: float(row["score"]))
    assert checks[-1]["best_step"] == best["step"]
    kept = load_file(folder / "checkpoints" / "best.safetensors")
    assert all(torch.equal(kept[name], tensor) for name, tensor in weights(folder).items())


def test_a_run_goes_on_where_it_stopped(run: Runner, whole: tuple[Path, recipe.Recipe]) -> None:
    halted = whole[0].with_name("halted")
    shutil.copytree(whole[0], halted, symlinks=True)
    shutil.rmtree(halted / "adapter")
    shutil.rmtree(halted / "checkpoints" / "4")
    run("halted")
    for stage in ("train", "selection"):
        found, expected = ([drop_speed(row) for row in rows(folder, stage)] for folder in (halted, whole[0]))
        assert found == expected
    for name in ("student", "teacher"):
        files = [folder / "checkpoints" / "4" / f"{name}.safetensors" for folder in (halted, whole[0])]
        assert files[0].read_bytes() == files[1].read_bytes()


def test_a_run_starts_from_an_adapter(run: Runner, whole: tuple[Path, recipe.Recipe]) -> None:
    none = ("train.min_steps=0", "train.max_steps=0", "selection.every=0")
    folder, started = run("started", f"adapter.start={whole[0]}", "adapter.encoder.mlp=3", *none)
    expected, found = weights(whole[0]), weights(folder)
    assert expected.keys() == found.keys()  # and not of the ranks that the configuration has
    assert all(torch.equal(found[name], tensor) for name, tensor in expected.items())
    assert rows(folder, "warmup") == []
    assert started.ranks == whole[1].ranks
    anchor, beginning = lora_state(started.sam, ANCHOR), weights(whole[0])
    assert anchor.keys() == beginning.keys()
    assert all(torch.equal(anchor[name], tensor) for name, tensor in beginning.items())
    _, published = run("published", f"adapter.start={whole[0]}", "pseudolabel.anchor=published", *none)
    assert all(ANCHOR not in each.names for each in adapters(published.sam))
    _, onward = run("onward", f"adapter.start={whole[0]}")
    student = lora_state(onward.sam, "student")
    assert any(not torch.equal(student[name], tensor) for name, tensor in expected.items())


def test_a_rate_of_zero_leaves_a_part_as_it_is(run: Runner, whole: tuple[Path, recipe.Recipe]) -> None:
    folder, frozen = run("frozen", f"adapter.start={whole[0]}", "train.lr_encoder=0", "selection.every=0")
    start, end = weights(whole[0]), weights(folder)
    changed = {name for name, tensor in end.items() if not torch.equal(start[name], tensor)}
    assert changed and all(name.startswith("mask_decoder") for name in changed)
    assert all(leaf.grad is None for leaf in lora_parameters(frozen.sam, "student", "image_encoder"))


def drop_speed(row: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key != "images_per_second"}


def test_checkpointing_changes_nothing_but_memory(run: Runner, whole: tuple[Path, recipe.Recipe]) -> None:
    other, _ = run("checkpointed", "train.checkpointing=true")
    for row, expected in zip(rows(other, "train"), rows(whole[0], "train"), strict=True):
        assert row["loss"] == pytest.approx(expected["loss"], rel=1e-4)
        assert row["gradient_norm"] == pytest.approx(expected["gradient_norm"], rel=1e-3)


def test_zero_steps_leave_sam_as_published(run: Runner) -> None:
    _, adapted = run("zero", "warmup.epochs=0", "train.min_steps=0", "train.max_steps=0", "selection.every=0")
    assert adapted.steps == 0
    images = torch.randn(1, 3, 1024, 1024)
    with torch.no_grad(), active(adapted.sam, teacher=1):
        assert torch.equal(adapted.sam.encode(images).embedding, tiny_sam().encode(images).embedding)
