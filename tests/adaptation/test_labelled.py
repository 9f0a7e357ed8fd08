"""Examples with true masks beside the photos: how often they are drawn, and that what is known of them is used."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from tests.conftest import draw_packshot
from wesam_packshot.adaptation.data import TrainingDataset
from wesam_packshot.adaptation.labelled import labelled_records, read_example
from wesam_packshot.adaptation.store import LabelStore
from wesam_packshot.config import load_config
from wesam_packshot.errors import UsageError, UserError
from wesam_packshot.files.hashing import file_sha256
from wesam_packshot.io.records import read_records

PLAIN = ("composites.share=0", "views.flip=0", "views.crop=0", "views.box_jitter=0")


@pytest.fixture
def examples(tmp_path: Path) -> Path:
    """Four labelled squares of 100 pixels with a shadow, and a rim that nobody is sure of."""
    folder = tmp_path / "examples"
    for name in ("images", "masks", "shadows"):
        (folder / name).mkdir(parents=True)
    for number in range(4):
        levels = np.zeros((100, 100), np.uint8)
        levels[20:60, 20:60] = 128
        levels[22:58, 22:58] = 255
        shadow = np.zeros_like(levels)
        shadow[60:80, 20:60] = 255
        Image.new("RGB", (100, 100), (10 * number, 0, 0)).save(folder / "images" / f"{number}.png")
        Image.fromarray(levels).save(folder / "masks" / f"{number}.png")
        Image.fromarray(shadow).save(folder / "shadows" / f"{number}.png")
    return folder


@pytest.fixture
def visits(tmp_path: Path, examples: Path) -> Callable[..., TrainingDataset]:
    """Samples of one pseudo-labelled photo, 200 pixels high and 300 wide, beside the examples."""
    image, mask = draw_packshot(200, 300)
    (tmp_path / "photos").mkdir()
    Image.fromarray(image).save(tmp_path / "photos" / "ball.png")
    records = read_records(tmp_path / "photos")
    store = LabelStore(tmp_path / "labels")
    maps = np.stack([mask, np.ones_like(mask), ~mask, np.zeros_like(mask)], -1).astype(np.float32)
    row = {"id": "ball", "sha256": file_sha256(records[0].file), "status": "ok", "error": "", "confidence": 0.8}
    store.add(row | {"inverted": True, "box": [80, 44, 220, 156]}, maps, maps[..., :2], np.ones((3, 256), np.float32))

    def make(*overrides: str) -> TrainingDataset:
        config = load_config(None, [*PLAIN, f"labelled.path={examples}", *overrides])
        return TrainingDataset(store.labels(records), store, config)

    return make


def test_they_are_drawn_as_often_as_told(visits: Callable[..., TrainingDataset]) -> None:
    half = [bool(visits()[number].exact) for number in range(40)]
    assert 10 <= sum(half) <= 30
    assert not any(bool(visits("labelled.share=0")[number].exact) for number in range(8))
    four = {int(visits("labelled.share=1")[number].images[0, 0, 0, 0]) for number in range(4)}
    assert four == {0, 10, 20, 30}, "each is visited once before any is visited again"


def test_what_is_known_of_them_is_taken_over(visits: Callable[..., TrainingDataset]) -> None:
    """A pixel of the examples is 2.56 low-res ones; rims and resampling are left out."""
    batch = visits("labelled.share=1", "prompts.box=1", "prompts.whole=0", "prompts.point=0", "prompts.coarse=0")[0]
    inside, rim, shadow, backdrop = ((100, 100), (54, 100), (180, 100), (20, 20))
    assert batch.confidence.item() == batch.exact.item() == 1
    assert batch.target[0][inside] == 1 and batch.weight[0][inside] == 1 and batch.colour[0][inside] == 1
    assert batch.weight[0][rim] == 0
    assert batch.target[0][shadow] == 0 and batch.weight[0][shadow] == 1 and batch.colour[0][shadow] == -1
    assert batch.target[0][backdrop] == batch.colour[0][backdrop] == 0
    assert not batch.product.any() and not batch.background.any() and not batch.shadow.any()
    assert torch.allclose(batch.teacher_prompt.coords[0, 0], torch.tensor([[22.0, 22.0], [58.0, 58.0]]) * 10.24)


def test_only_exact_masks_teach_the_high_resolution_branch(visits: Callable[..., TrainingDataset]) -> None:
    example = visits("labelled.share=1")[0]
    assert example.fine_target.shape == example.fine_weight.shape == (1, 512, 512)
    # 100 pixels fill the frame: the square's sure part is pixels 22 to 58, its rim of two pixels is unknown
    inside, rim, outside = (
        (slice(118, 290), slice(118, 290)),
        (slice(105, 110), slice(118, 290)),
        (slice(0, 95), slice(0, 95)),
    )
    assert example.fine_target[0][inside].min() == 1
    assert example.fine_target[0][outside].max() == 0
    assert example.fine_weight[0][rim].max() == 0
    assert example.fine_weight[0][inside].min() == example.fine_weight[0][outside].min() == 1
    photo = visits("labelled.share=0")[0]
    assert photo.fine_weight.max() == 0
    assert photo.weight.max() > 0.99
    composite = visits(
        "labelled.share=0", "composites.share=1", "composites.min_steps=0", "composites.min_confidence=0"
    )[0]
    assert composite.exact == 1
    assert composite.fine_weight.max() > 0.99


def test_layers_are_known_where_all_three_are(visits: Callable[..., TrainingDataset], examples: Path) -> None:
    """Shares at the places of the picture that is shown, mirrored or not."""
    before = visits("labelled.share=1")[0]
    assert before.layers_known == 0 and not before.layers.any()
    for folder, level in (("reflections", 0), ("transparency", 100)):
        (examples / folder).mkdir()
        for number in range(4):
            layer = np.zeros((100, 100), np.uint8)
            layer[30:50, 25:45] = level
            Image.fromarray(layer).save(examples / folder / f"{number}.png")
    after = visits("labelled.share=1")[0]
    assert after.layers_known == 1
    shadow, reflection, transparency = after.layers[0]
    assert shadow[360, 200] == 255 and shadow[200, 200] == 0
    assert not reflection.any()
    assert transparency[200, 180] == 100 and transparency[200, 300] == 0
    flipped = visits("labelled.share=1", "views.flip=1")[0]
    assert torch.equal(flipped.layers, after.layers.flip(-1))


def test_a_broken_one_is_passed_over(
    visits: Callable[..., TrainingDataset], examples: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(3):
        (examples / "images" / f"{number}.png").write_text("no photo")
    few = visits("labelled.share=1")
    assert {int(few[number].images[0, 0, 0, 0]) for number in range(8)} == {30}
    assert sum("0.png: not an image" in record.message for record in caplog.records) == 1
    (examples / "images" / "3.png").write_text("no photo")
    assert not visits("labelled.share=1")[0].exact, "with none left it is a photo's turn"


def test_examples_need_masks(examples: Path) -> None:
    config = load_config(None, [f"labelled.path={examples}"])
    assert len(labelled_records(config.labelled)) == 4
    Image.new("L", (100, 100)).save(examples / "masks" / "0.png")
    with pytest.raises(UserError, match=r"0\.png: its mask is empty"):
        read_example(labelled_records(config.labelled)[0], 1)
    for file in (examples / "masks").iterdir():
        file.unlink()
    with pytest.raises(UsageError, match="holds no photo with a mask"):
        labelled_records(config.labelled)
    assert labelled_records(load_config(None).labelled) == []
