"""Samples: photo, pseudo-mask and prompts in one view, the same on every visit of that number."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image
from torch.utils.data import DataLoader

from wesam_packshot.adaptation.data import Batch, TrainingDataset, collate
from wesam_packshot.adaptation.losses import colour_loss
from wesam_packshot.adaptation.photos import still_there
from wesam_packshot.adaptation.prompting import jittered_whole_image
from wesam_packshot.adaptation.store import LabelStore, StoredLabel
from wesam_packshot.config import Config, load_config
from wesam_packshot.errors import UserError
from wesam_packshot.files.hashing import file_sha256
from wesam_packshot.io.photos import read_image
from wesam_packshot.io.records import Record, read_records
from wesam_packshot.sam.frame import Frame

PHOTOS_ONLY = ("composites.share=0", "prompts.box=0", "prompts.point=0", "prompts.coarse=0")


@pytest.fixture
def visits(packshot_folder: Callable[..., Path], tmp_path: Path) -> Callable[..., TrainingDataset]:
    """Samples of drawn packshots whose pseudo-masks are their true masks, at half the size."""
    records = read_records(packshot_folder(3))
    store = LabelStore(tmp_path / "labels")
    for record in records:
        height = 200 + 20 * int(record.id[-1])
        mask = (record.read_mask(height, 300) > 128)[::2, ::2].astype(np.float32)
        rows, columns = np.flatnonzero(mask.any(1)) * 2, np.flatnonzero(mask.any(0)) * 2
        box = [float(columns[0]), float(rows[0]), float(columns[-1] + 2), float(rows[-1] + 2)]
        maps = np.stack([mask, np.ones_like(mask), 1 - mask, np.zeros_like(mask)], -1)
        row = {"id": record.id, "sha256": file_sha256(record.file), "status": "ok", "error": "", "confidence": 0.8}
        row |= {"inverted": True, "box": box}
        store.add(row, maps, maps[..., :2], np.eye(3, 256, dtype=np.float32))

    def make(*overrides: str) -> TrainingDataset:
        config = load_config(None, [*PHOTOS_ONLY, *overrides])
        return TrainingDataset(store.labels(records), store, config)

    return make


def same(first: Batch, second: Batch) -> bool:
    pairs = [(getattr(first, name), getattr(second, name)) for name in ("images", "target", "weight", "confidence")]
    pairs += [
        (first.student_prompt.coords, second.student_prompt.coords),
        (first.teacher_prompt.coords, second.teacher_prompt.coords),
    ]
    return all(torch.equal(*pair) for pair in pairs)


def test_a_visit_is_the_same_whenever_it_is_made(visits: Callable[..., TrainingDataset]) -> None:
    assert same(visits()[7], visits()[7])
    assert not same(visits()[7], visits()[10])
    assert not same(visits()[7], visits("train.seed=1")[7])


def test_every_epoch_visits_every_photo(visits: Callable[..., TrainingDataset]) -> None:
    plain = visits("views.flip=0", "views.crop=0", "views.box_jitter=0")
    heights = {int(plain[visit].valid[0, :, 0].sum()) for visit in range(3)}
    assert len(heights) == 3
    assert heights == {int(plain[visit].valid[0, :, 0].sum()) for visit in range(3, 6)}


def test_shapes_and_values(visits: Callable[..., TrainingDataset]) -> None:
    batch = collate([visits()[0], visits()[1]])
    assert batch.images.shape == (2, 3, 1024, 1024)
    assert batch.images.dtype == torch.uint8
    assert batch.target.shape == batch.weight.shape == batch.valid_low_res.shape == (2, 256, 256)
    assert batch.product.shape == batch.background.shape == (2, 256)
    assert batch.student_prompt.coords.shape == batch.teacher_prompt.coords.shape == (2, 1, 2, 2)
    assert batch.confidence.tolist() == pytest.approx([0.8, 0.8])
    assert (batch.weight <= batch.valid_low_res).all()
    assert batch.to(torch.device("cpu")).student_prompt.coords.shape == (2, 1, 2, 2)


@pytest.mark.parametrize("overrides", [("views.flip=1", "views.crop=0"), ("views.flip=0", "views.crop=1"), ()])
def test_photo_mask_and_box_stay_together(visits: Callable[..., TrainingDataset], overrides: tuple[str, ...]) -> None:
    for visit in range(4):
        batch = visits(*overrides)[visit]
        small = torch.nn.functional.avg_pool2d(batch.images.float(), 4)[0]
        colourful = (small.amax(0) - small.amin(0)) > 60  # the ball; sweep and shadow are grey
        mask = batch.target[0] > 0.5
        overlap = (colourful & mask).sum() / (colourful | mask).sum()
        assert overlap > 0.93
        rows, columns = mask.any(1).nonzero().flatten(), mask.any(0).nonzero().flatten()
        tight = torch.tensor([[columns[0], rows[0]], [columns[-1] + 1, rows[-1] + 1]]) * 4.0
        assert (batch.teacher_prompt.coords[0, 0] - tight).abs().max() < 14


def test_scenes_are_drawn_as_often_as_told(visits: Callable[..., TrainingDataset]) -> None:
    drawn = visits("composites.share=0.5", "composites.min_confidence=0.5", "composites.min_steps=48")
    exact = [bool(drawn[visit].exact) for visit in range(24)]
    assert 4 <= sum(exact) <= 20
    unsure = visits(
        "composites.share=1", "composites.min_confidence=0.9", "composites.min_steps=0"
    )  # the labels are of 0.8
    short = visits(
        "composites.share=1", "composites.min_confidence=0.5", "composites.min_steps=49"
    )  # three photos: 48 steps
    assert not any(bool(few[visit].exact) for few in (unsure, short) for visit in range(6))
    scene = drawn[exact.index(True)]
    assert scene.target.max() > 0.9
    assert (scene.colour[0][scene.target[0] > 0.95] > 0.9).float().mean() > 0.95
    assert scene.valid_low_res.shape == (1, 256, 256)
    assert same(drawn[exact.index(True)], scene)


def test_what_colour_does_not_know_is_no_target(visits: Callable[..., TrainingDataset], tmp_path: Path) -> None:
    """By hand: 1, -1 and 0 come back from disk as they are, and an unknown picture has no loss and no gradient."""
    store = LabelStore(tmp_path / "golden")
    maps = np.zeros((2, 3, 4), np.float32)
    maps[0, :, 3] = np.array([1, -1, 0])
    maps[1, 1, 3] = 0.5
    store.add({"id": "a", "sha256": ""}, maps, maps[..., :2], np.zeros((3, 256), np.float32))
    read = store.read_maps("a")[..., 3]
    assert read[0].tolist() == [1, -1, 0]
    assert read[1, 0] == 0
    with Image.open(store.folder / "maps" / "a.png") as picture:
        assert picture.getpixel((2, 0))[3] == 127  # type: ignore[index]
        assert picture.getpixel((0, 0))[3] == 254  # type: ignore[index]

    for visit in range(3):  # the maps of the fixture know nothing of colour; they are cropped, turned and resized
        batch = visits("views.crop=1")[visit]
        assert not batch.colour.any()
        logits = torch.randn(1, 256, 256, requires_grad=True)
        loss = colour_loss(logits=logits, colour=batch.colour, inside=batch.valid_low_res)
        torch.autograd.backward(loss)
        assert loss.item() == 0
        assert logits.grad is not None and not logits.grad.any()


def test_a_scene_of_another_product_has_no_prototype(
    visits: Callable[..., TrainingDataset], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The anchor has seen the photo's product, not one that is drawn or painted."""
    shares = {"WIRES": 0.0, "PUNCHED": 0.0, "WHITE": 0.0}
    for changed, expected in ((None, 1.0), ("PUNCHED", 1.0), ("WIRES", 0.0), ("WHITE", 0.0)):
        for name, share in shares.items():
            monkeypatch.setattr(f"wesam_packshot.adaptation.views.{name}", 1.0 if name == changed else share)
        batch = visits("composites.share=1", "composites.min_confidence=0.5", "composites.min_steps=0")[0]
        assert batch.exact.item() == 1
        assert batch.product[0, 0].item() == expected  # the fixture's prototypes are unit vectors
        assert batch.background[0, 1].item() == 1


def test_a_lost_photo_is_passed_over(visits: Callable[..., TrainingDataset], caplog: pytest.LogCaptureFixture) -> None:
    """Deleted, or replaced by another, between labelling and training."""
    whole = visits("views.flip=0", "views.crop=0")
    files = {label.record.id: label.record.file for label in whole.labels}
    left = height(whole[0])
    kept = next(name for name, file in files.items() if Frame(*read_image(file).shape[:2]).size[0] == left)
    first, second = (file for name, file in files.items() if name != kept)
    first.unlink()
    second.write_bytes(files[kept].read_bytes() + b" ")
    assert [height(whole[visit]) for visit in range(6)] == [left] * 6
    told = [record.message for record in caplog.records]
    assert sum(first.name in line and "gone since it was labelled" in line for line in told) == 1
    assert sum(second.name in line and "replaced since it was labelled" in line for line in told) == 1
    assert same(whole[4], visits("views.flip=0", "views.crop=0")[4])
    assert [label.record.id for label, _ in still_there(whole.labels, 100)] == [kept]

    files[kept].unlink()
    with pytest.raises(UserError, match="none of the photos is left as it was labelled; put them back"):
        whole[0]
    loader = DataLoader(whole, batch_size=1, sampler=range(2), collate_fn=collate, num_workers=1)
    with pytest.raises(UserError) as found:
        next(iter(loader))
    assert "\n" not in str(found.value)


def height(batch: Batch) -> int:
    """Of the photo in the frame."""
    return int(batch.valid[0, :, 0].sum())


def test_a_batch_is_told_in_one_way(visits: Callable[..., TrainingDataset]) -> None:
    mixed = visits("prompts.whole=1", "prompts.box=1", "prompts.point=1", "prompts.coarse=1", "composites.share=0")
    for first in range(0, 12, 2):
        batch = collate([mixed[first], mixed[first + 1]])
        assert batch.student_prompt.coords.shape == (2, 1, 2, 2)
        assert batch.student_prompt.masks is None or batch.student_prompt.masks.shape == (2, 1, 256, 256)
        assert batch.select(torch.tensor([1])).student_prompt.types.shape == (1, 1, 2)


def test_flips_are_horizontal_only(visits: Callable[..., TrainingDataset]) -> None:
    fixed = ("views.crop=0", "views.box_jitter=0")
    plain, flipped = visits("views.flip=0", *fixed)[0], visits("views.flip=1", *fixed)[0]
    height, width = int(plain.valid[0, :, 0].sum()), int(plain.valid[0, 0].sum())
    assert torch.equal(plain.images[0, :, :height, :width].flip(-1), flipped.images[0, :, :height, :width])


def test_the_whole_image_box_is_only_moved_inwards() -> None:
    frame, generator = Frame(100, 200), np.random.default_rng(0)
    boxes = [jittered_whole_image(frame, 0.05, generator).box for _ in range(200)]
    assert (0, 0, 200, 100) in boxes
    for box in boxes:
        assert box is not None
        assert 0 <= box[0] <= 10
        assert 0 <= box[1] <= 5
        assert 190 <= box[2] <= 200
        assert 95 <= box[3] <= 100


def test_a_half_written_row_is_forgotten(tmp_path: Path) -> None:
    store = LabelStore(tmp_path)
    store.add_row({"id": "a", "status": "failed", "error": "x"})
    with store.index.open("a") as file:
        file.write('{"id": "b", "sta')
    assert set(store.rows()) == {"a"}
    store.add_row({"id": "c", "status": "failed", "error": "y"})
    assert set(store.rows()) == {"a", "c"}


def test_stored_maps_come_back(tmp_path: Path) -> None:
    store = LabelStore(tmp_path)
    maps = np.random.default_rng(0).random((20, 30, 4)).astype(np.float32)
    row = {
        "id": "sub",
        "sha256": "a" * 64,
        "status": "ok",
        "error": "",
        "confidence": 0.5,
        "inverted": False,
        "box": [1, 2, 3, 4],
    }
    store.add(row, maps, maps[..., 2:], np.arange(768, dtype=np.float32).reshape(3, 256))
    assert np.abs(store.read_maps("sub") - maps).max() <= 1 / 254 + 1e-6  # colour has twice the range
    assert np.abs(store.read_layers("sub") - maps[..., 2:]).max() <= 0.5 / 254 + 1e-6
    (label,) = store.labels([Record("sub", Path("sub.jpg"))])
    assert isinstance(label, StoredLabel)
    assert label.background[0] == 256
    assert Config().train.seed == 0


@pytest.mark.parametrize("stored", [b"", b"PK\x03\x04", None, np.ones((2, 256)), np.full((3, 256), np.inf)])
def test_damaged_prototypes_are_named(tmp_path: Path, stored: bytes | NDArray[np.float64] | None) -> None:
    store, prototypes = LabelStore(tmp_path), np.ones((3, 256), np.float32)
    row = {"id": "a", "sha256": "0" * 64, "status": "ok", "confidence": 1.0, "box": [0, 0, 4, 4]}
    store.add(row, np.zeros((4, 4, 4), np.float32), np.zeros((4, 4, 2), np.float32), prototypes)
    record = Record("a", tmp_path / "a.png")
    assert [label.sha256 for label in store.labels([record])] == ["0" * 64]
    file = tmp_path / "prototypes" / "a.npy"
    if stored is None:
        file.unlink()
    elif isinstance(stored, bytes):
        file.write_bytes(stored)
    else:
        np.save(file, stored)
    with pytest.raises(UserError, match=rf"{file}: damaged \(.+\); remove {tmp_path}, and --resume labels all"):
        store.labels([record])


@pytest.mark.parametrize("change", [{"confidence": float("inf")}, {"box": [0, 0, 4, float("nan")]}, {"box": [0, 0, 4]}])
def test_odd_rows_are_forgotten(tmp_path: Path, change: dict[str, object]) -> None:
    row = {"id": "a", "sha256": "0" * 64, "status": "ok", "error": "", "confidence": 0.5, "box": [0, 0, 4, 4]}
    store = LabelStore(tmp_path)
    store.add_row(row)
    store.add_row(row | {"id": "b"} | change)
    assert set(store.rows()) == {"a"}
