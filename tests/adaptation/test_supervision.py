"""What a run may know: instances apart, prompts from masks, true masks, shipped configurations."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.conftest import draw_packshot
from wesam_packshot.adaptation.anchor import true_label
from wesam_packshot.adaptation.supervision import prepare_records, separate
from wesam_packshot.config import load_config
from wesam_packshot.errors import UserError
from wesam_packshot.io.prompt_file import PromptSpec, read_levels
from wesam_packshot.io.records import Record, read_records

CONFIGS = Path(__file__).parents[2] / "configs"


def test_prompts_of_one_photo_become_instances() -> None:
    boxes = (PromptSpec(box=(0, 0, 5, 5)), PromptSpec(box=(5, 5, 9, 9)))
    record = Record("pair", Path("pair.jpg"), prompts=boxes)
    found = list(separate(record))
    assert [item.id for item in found] == ["pair.1", "pair.2"]
    assert [item.prompts for item in found] == [(boxes[0],), (boxes[1],)]
    single = Record("one", Path("one.jpg"), prompts=boxes[:1])
    assert list(separate(single)) == [single]


def test_an_instance_called_as_another_photo_is_refused(tmp_path: Path) -> None:
    boxes = (PromptSpec(box=(0, 0, 5, 5)), PromptSpec(box=(5, 5, 9, 9)))
    records = [Record("a", Path("a.jpg"), prompts=boxes), Record("a.2", Path("a.2.jpg"))]
    with pytest.raises(UserError, match=r"a\.jpg, a\.2\.jpg: an instance of the one is called a\.2, as the other"):
        prepare_records(records, load_config(None, ["data.instances=separate"]).data, tmp_path)


def test_coco_instances_keep_their_own_masks(tmp_path: Path) -> None:
    image, _ = draw_packshot(100, 100)
    Image.fromarray(image).save(tmp_path / "a.png")
    polygons = [[10, 10, 30, 10, 30, 30, 10, 30], [60, 60, 90, 60, 90, 90, 60, 90]]
    annotations = [
        {"id": i, "image_id": 1, "category_id": 1, "bbox": box, "segmentation": [polygon], "area": 1, "iscrowd": 0}
        for i, (box, polygon) in enumerate(zip([[10, 10, 20, 20], [60, 60, 30, 30]], polygons, strict=True))
    ]
    images = [{"id": 1, "file_name": "a.png", "width": 100, "height": 100}]
    (tmp_path / "coco.json").write_text(json.dumps({"images": images, "annotations": annotations}))
    records = prepare_records(
        read_records(tmp_path / "coco.json"), load_config(None, ["data.instances=separate"]).data, tmp_path
    )
    assert [record.id for record in records] == ["a.1", "a.2"]
    first, second = (record.read_mask(100, 100) > 128 for record in records)
    assert first[20, 20] and not first[75, 75]
    assert second[75, 75] and not second[20, 20]
    assert records[1].prompts[0].box == (60, 60, 90, 90)


@pytest.mark.parametrize("kind", ["box", "point", "coarse"])
def test_prompts_drawn_from_masks(kind: str, packshot_folder: Callable[..., Path], tmp_path: Path) -> None:
    records = read_records(packshot_folder(1))
    (record,) = prepare_records(records, load_config(None, [f"data.prompts_from_masks={kind}"]).data, tmp_path)
    (spec,) = record.prompts
    mask = record.read_mask(200, 300) > 128
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    tight = (columns[0], rows[0], columns[-1] + 1, rows[-1] + 1)
    if kind == "point":
        assert spec.box is None
        x, y = (int(value) for value in spec.points[0])
        assert mask[y - 20 : y + 20, x - 20 : x + 20].all()
    else:
        assert spec.box == tight
    assert (spec.coarse is not None) == (kind == "coarse")
    if spec.coarse:
        painted = read_levels(spec.coarse, (200, 300)) > 128
        overlap = (painted & mask).sum() / (painted | mask).sum()
        assert 0.7 < overlap < 0.99


def test_a_prompt_needs_a_mask_to_be_drawn_from(packshot_folder: Callable[..., Path], tmp_path: Path) -> None:
    bare = read_records(packshot_folder(1, masks=False))
    with pytest.raises(UserError, match=r"ball_0\.png: has no true mask to draw a prompt from; leave"):
        prepare_records(bare, load_config(None, ["data.prompts_from_masks=box"]).data, tmp_path)


def test_a_true_mask_takes_the_place_of_the_anchors(packshot_folder: Callable[..., Path]) -> None:
    record = read_records(packshot_folder(1))[0]
    _, mask = draw_packshot(200, 300)
    levels = mask.astype(np.uint8) * 255
    levels[:10] = 128
    row, maps = true_label(record, levels, np.full((171, 256), 3.0, np.float32))
    assert (row["status"], row["confidence"], row["inverted"]) == ("ok", 1.0, True)
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    assert row["box"] == [columns[0], rows[0], columns[-1] + 1, rows[-1] + 1]
    assert maps.shape == (342, 512, 4)
    assert maps[..., 0].mean() == pytest.approx(mask.mean(), abs=0.002)
    assert maps[:12, :, 1].max() < 0.01 and maps[40:, :, 1].min() > 0.99
    assert np.allclose(maps[..., 2], 1 / (1 + np.exp(-3))) and not maps[..., 3].any()
    with pytest.raises(UserError, match=r"ball_0\.png: has no true mask, or an empty one"):
        true_label(record, np.zeros((200, 300), np.uint8), np.zeros((4, 4), np.float32))


@pytest.mark.parametrize("file", sorted({path.name for path in CONFIGS.glob("*.yaml")} - {"sweep.yaml"}))
def test_shipped_configurations_are_read(file: str) -> None:
    config = load_config(file)
    asked = {"weak-box.yaml": "box", "weak-point.yaml": "point", "weak-coarse.yaml": "coarse"}
    assert config.prompts.main == asked.get(file, "whole")
    assert config.model.name == (
        file.removesuffix(".yaml").replace("-", "_") if file.startswith("sam") else "mobile_sam"
    )
    assert (config.pseudolabel.source == "masks") == (file == "supervised.yaml")
    assert (config.train.max_steps == 0) == (file == "zero_shot.yaml")
