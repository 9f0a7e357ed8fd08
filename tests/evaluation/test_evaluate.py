"""Scores of a folder, as files, and the prompts that an evaluation draws."""

import csv
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from tests.conftest import tiny_sam
from wesam_packshot.arrays import Rgb
from wesam_packshot.config import PROMPT_KINDS, load_config
from wesam_packshot.errors import UsageError
from wesam_packshot.evaluation import runner
from wesam_packshot.evaluation.evaluate import evaluate, finished_masks, model_masks, summarize
from wesam_packshot.evaluation.prompting import evaluation_prompt
from wesam_packshot.evaluation.runner import evaluate_folder
from wesam_packshot.io.prompt_file import PromptSpec
from wesam_packshot.io.records import Record, read_records
from wesam_packshot.masks.simulated_prompts import innermost_point, tight_box
from wesam_packshot.sam.features import ImageFeatures
from wesam_packshot.sam.frame import Frame
from wesam_packshot.segment import Segmenter


def disc() -> NDArray[np.bool_]:
    rows, columns = np.mgrid[:100, :160]
    inside: NDArray[np.bool_] = (rows - 40) ** 2 + (columns - 90) ** 2 < 30**2
    return inside


def test_prompts_are_drawn_from_the_truth() -> None:
    record = Record("a", Path("a.png"))
    assert evaluation_prompt("whole", record, disc()).box == (0, 0, 160, 100)
    assert evaluation_prompt("box", record, disc()).box == tight_box(disc()) == (61, 11, 120, 70)
    point = evaluation_prompt("point", record, disc())
    assert point.labels == (1,)
    assert np.hypot(point.points[0][0] - 90, point.points[0][1] - 40) < 2
    coarse = evaluation_prompt("coarse", record, disc())
    assert coarse.mask is not None
    painted = Frame(100, 160).to_image(coarse.mask).numpy() > 0
    overlap = (painted & disc()).sum() / (painted | disc()).sum()
    assert 0.8 < overlap < 0.99


def test_the_folders_own_prompts_come_first() -> None:
    record = Record(
        "a", Path("a.png"), prompts=(PromptSpec(box=(1, 2, 30, 40)), PromptSpec(points=((5, 6),), labels=(1,)))
    )
    assert evaluation_prompt("box", record, disc()).box == (1, 2, 30, 40)
    assert evaluation_prompt("point", record, disc()).points == ((5, 6),)
    assert evaluation_prompt("whole", record, disc()).box == (0, 0, 160, 100)
    assert evaluation_prompt("box", record, np.zeros((100, 160), bool)).box == (0, 0, 160, 100)


def test_the_innermost_point_minds_the_border() -> None:
    mask = np.zeros((50, 50), bool)
    mask[:, :21] = True
    assert innermost_point(mask)[0] == 10


def test_finished_masks_are_scored_into_files(packshot_folder: Callable[..., Path], tmp_path: Path) -> None:
    data = packshot_folder(3)
    predictions = tmp_path / "other" / "masks"
    predictions.mkdir(parents=True)
    for number, grown in ((0, 0), (1, 6)):
        with Image.open(data / "masks" / f"ball_{number}.png") as picture:
            mask = np.asarray(picture)
        mask = np.maximum(mask, np.roll(mask, grown, axis=1))
        Image.fromarray(mask).save(predictions / f"ball_{number}.png")
    config = load_config(None, [f"data.path={data}"])
    summary = evaluate_folder(config, None, tmp_path / "other", ("whole",))
    folder = Path(summary["output"])
    assert summary["images"] == 2
    assert summary["failed"] == 1
    assert json.loads((folder / "scores.json").read_text())["iou"] == summary["iou"]
    with (folder / "per_image.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["id"] for row in rows] == ["ball_0", "ball_1", "ball_2"]
    assert float(rows[0]["iou"]) == 1
    assert 0.9 < float(rows[1]["iou"]) < 1
    assert "ball_2.png: the mask cannot be read" in rows[2]["error"]
    assert summary["iou"] == pytest.approx((float(rows[0]["iou"]) + float(rows[1]["iou"])) / 2, abs=1e-6)
    with Image.open(folder / "worst.jpg") as sheet:
        assert sheet.width == 720
    written = json.loads((folder / "scores.json").read_text())
    assert written["data"] == str(data.resolve())
    assert written["made_by"] is None  # nothing there says
    assert sorted(path.name for path in (folder / "masks").iterdir()) == ["ball_0.png", "ball_1.png"]
    assert np.array_equal(levels(folder / "masks" / "ball_1.png"), levels(predictions / "ball_1.png"))


def levels(path: Path) -> NDArray[np.uint8]:
    with Image.open(path) as picture:
        assert picture.mode == "L"
        return np.asarray(picture)


def test_a_model_is_scored_under_its_prompt(packshot_folder: Callable[..., Path]) -> None:
    records = read_records(packshot_folder(1))
    (found,) = evaluate(records, model_masks(Segmenter(tiny_sam()), "box"), 100)
    assert found.scores is not None
    assert 0 <= found.scores.iou <= 1
    assert summarize([found])["shadow_kept"] is None


def test_all_prompts_share_one_embedding_of_each_photo(
    packshot_folder: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    segmenter, embedded = Segmenter(tiny_sam()), list[tuple[int, ...]]()
    embed = segmenter.embed

    def counting(image: Rgb) -> ImageFeatures:
        embedded.append(image.shape)
        return embed(image)

    monkeypatch.setattr(segmenter, "embed", counting)
    monkeypatch.setattr(runner, "load_segmenter", lambda *_: segmenter)
    config = load_config(None, [f"data.path={packshot_folder(2)}", f"output={tmp_path / 'scores'}"])
    summary = evaluate_folder(config, None, None, PROMPT_KINDS)
    assert embedded == [(200, 300, 3), (220, 300, 3)]
    assert json.loads((tmp_path / "scores" / "scores.json").read_text())["box"] == summary["box"]
    for kind in PROMPT_KINDS:
        alone = Path(summary["output"]) / kind
        assert json.loads((alone / "scores.json").read_text())["prompt"] == kind
        (first, *_) = evaluate(read_records(config.data.path or tmp_path), model_masks(segmenter, kind), 100)
        assert first.scores is not None
        with (alone / "per_image.csv").open() as file:
            assert float(next(csv.DictReader(file))["iou"]) == pytest.approx(first.scores.iou)
        # the masks on disk are those that were scored
        (again, *_) = evaluate(read_records(config.data.path or tmp_path), finished_masks(alone), 100)
        assert again.scores == first.scores


def test_levels_of_soft_boundaries_are_kept(packshot_folder: Callable[..., Path], tmp_path: Path) -> None:
    records = read_records(packshot_folder(1))
    soft = np.linspace(0, 255, 200 * 300).reshape(200, 300).astype(np.uint8)
    (found,) = evaluate(records, lambda *_: soft, 100, tmp_path / "masks")
    assert found.scores is not None
    assert np.array_equal(levels(tmp_path / "masks" / "ball_0.png"), soft)


def test_nothing_to_score(packshot_folder: Callable[..., Path], tmp_path: Path) -> None:
    bare = load_config(None, [f"data.path={packshot_folder(1, masks=False)}"])
    with pytest.raises(UsageError, match=r"no true masks; put them in masks/<id>\.png"):
        evaluate_folder(bare, None, tmp_path, ("whole",))
    assert summarize([])["iou"] is None
    data = load_config(None, [f"data.path={packshot_folder(1)}"])
    with pytest.raises(UsageError, match="absent: no such folder"):
        evaluate_folder(data, None, tmp_path / "absent", ("whole",))
    assert callable(finished_masks(tmp_path))


def test_whatever_goes_wrong_with_a_photo_the_others_are_scored(packshot_folder: Callable[..., Path]) -> None:
    def odd(record: Record, image: Rgb, truth: NDArray[np.uint8]) -> NDArray[np.bool_]:
        if record.id == "ball_0":
            raise RuntimeError("out of memory")
        return truth > 128

    first, second = evaluate(read_records(packshot_folder(2)), odd, 100)
    assert first.scores is None
    assert "ball_0.png: left out (RuntimeError: out of memory)" in first.error
    assert second.scores and second.scores.iou == 1
