"""The public front, against the original predictor, and folders of photos through it."""

import json
import logging
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from pycocotools import mask as codec
from segment_anything import SamPredictor

from tests.conftest import draw_packshot, tiny_sam
from wesam_packshot.batch.loading import identity
from wesam_packshot.batch.segmentation import Request, cut
from wesam_packshot.config import load_config
from wesam_packshot.errors import UsageError
from wesam_packshot.io.photos import read_image
from wesam_packshot.io.prompt_file import PromptSpec
from wesam_packshot.sam.lora import inject_loras, lora_parameters
from wesam_packshot.sam.lora_layers import GROUPS
from wesam_packshot.sam.model import SegmentAnything
from wesam_packshot.sam.prompts import Prompt
from wesam_packshot.sam.weights import Base
from wesam_packshot.segment import Segmenter

# Around the ball of every packshot of `packshot_folder`.
BOX = {"box": [100, 50, 230, 180]}


@pytest.mark.parametrize("multimask", [False, True])
@pytest.mark.parametrize(
    "prompt",
    [
        Prompt(box=(30.0, 20.0, 300.0, 200.0)),
        Prompt(points=((160.0, 120.0), (5.0, 5.0)), labels=(1, 0)),
        Prompt(box=(30.0, 20.0, 300.0, 200.0), points=((160.0, 120.0),), labels=(1,)),
    ],
    ids=["box", "points", "both"],
)
def test_masks_equal_the_original_predictors(
    original: SamPredictor, segmenter: Segmenter, prompt: Prompt, multimask: bool
) -> None:
    image, _ = draw_packshot()
    original.set_image(image)
    masks, iou, logits = original.predict(
        point_coords=np.array(prompt.points) if prompt.points else None,
        point_labels=np.array(prompt.labels) if prompt.points else None,
        box=np.array(prompt.box) if prompt.box else None,
        multimask_output=multimask,
    )
    found = segmenter.segment(image, prompts=[prompt], multimask=multimask)
    assert found.masks[0].shape == masks.shape
    assert np.abs(found.logits[0].numpy() - logits).max() < 1e-4 * np.abs(logits).max()
    assert np.abs(found.predicted_iou[0] - iou).max() < 1e-4
    assert (found.masks[0] != masks).mean() < 1e-3


def test_earlier_logits_are_a_prompt(segmenter: Segmenter) -> None:
    image, _ = draw_packshot()
    box = (30.0, 20.0, 300.0, 200.0)
    first = segmenter.segment(image, boxes=box)
    second = segmenter.segment(image, boxes=box, masks=first.logits[0, 0])
    assert not np.allclose(second.logits.numpy(), first.logits.numpy())


def test_an_embedding_serves_many_prompts(segmenter: Segmenter) -> None:
    image, _ = draw_packshot()
    features = segmenter.embed(image)
    fresh, reused = segmenter.segment(image), segmenter.segment(image, features=features)
    assert np.array_equal(fresh.logits.numpy(), reused.logits.numpy())


def test_the_scale_blends_the_adapter() -> None:
    sam = tiny_sam()
    inject_loras(sam, dict.fromkeys(GROUPS, 2), ["student"], seed=0)
    for parameter in lora_parameters(sam, "student"):
        torch.nn.init.normal_(parameter, std=0.1)
    image, _ = draw_packshot()
    none, half, full = (Segmenter(sam, scale).segment(image).logits for scale in (0.0, 0.5, 1.0))
    assert torch.equal(none, Segmenter(tiny_sam()).segment(image).logits)
    assert not torch.allclose(half, none)
    assert not torch.allclose(half, full)


def test_zero_shot_takes_the_background(mobile_sam: tuple[SegmentAnything, Base]) -> None:
    image, truth = draw_packshot(480, 640)
    segmenter = Segmenter(mobile_sam[0])
    whole = segmenter.segment(image).mask
    assert (whole & truth).sum() < 0.1 * truth.sum()
    rows, columns = np.flatnonzero(truth.any(1)), np.flatnonzero(truth.any(0))
    box = (float(columns[0]), float(rows[0]), float(columns[-1] + 1), float(rows[-1] + 1))
    tight = segmenter.segment(image, boxes=box).mask
    assert (tight & truth).sum() > 0.95 * (tight | truth).sum()


def test_outcomes_tell_of_inversion_and_join_instances(
    mobile_sam: tuple[SegmentAnything, Base], monkeypatch: pytest.MonkeyPatch
) -> None:
    image, truth = draw_packshot(300, 300)
    pair = np.concatenate([image, draw_packshot(300, 300, (40, 90, 180))[0]], axis=1)
    segmenter = Segmenter(mobile_sam[0])
    whole = cut(segmenter, pair, (), Request())
    assert whole.inverted
    assert whole.prompt == "whole"
    assert (whole.status, whole.confidence > 0.5) == ("abstained", True)
    assert whole.error == "the background was taken for the product; give an adapter, or a box"
    monkeypatch.setattr("wesam_packshot.batch.segmentation.is_inverted", lambda _: False)
    assert cut(segmenter, pair, (), Request()).status == "ok"
    doubted = cut(segmenter, pair, (), Request(), min_confidence=1.1)
    assert (doubted.status, doubted.error) == ("abstained", f"confidence {whole.confidence:.2f} is below 1.10")
    assert np.array_equal(doubted.mask, whole.mask)
    boxes = (PromptSpec(box=(75, 60, 255, 240)), PromptSpec(box=(375, 60, 555, 240)))
    both = cut(segmenter, pair, boxes, Request())
    expected = np.concatenate([truth, truth], axis=1)
    assert (both.mask & expected).sum() > 0.9 * (both.mask | expected).sum()
    assert (both.status, both.prompt, both.inverted) == ("ok", "box", False)
    assert 0.8 < both.confidence <= 1
    with pytest.raises(UsageError, match="700,20 lies outside its 600x300 pixels"):
        cut(segmenter, pair, (PromptSpec(points=((700, 20),), labels=(1,)),), Request())


def test_a_folder_through_the_command(
    packshot_folder: Callable[..., Path],
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    from wesam_packshot.cli.segment import main

    folder, output = packshot_folder(2), tmp_path / "out"
    (folder / "prompts.jsonl").write_text(json.dumps(BOX | {"id": "ball_1"}) + "\n")
    caplog.set_level(logging.INFO, "wesam_packshot")
    published = ["--input", str(folder), "--adapter", "none"]
    assert main([*published, "--output", str(output), "--format", "mask,rgba"]) == 1
    (told,) = [line for line in caplog.messages if "background" in line]
    assert told.startswith("1 of 2 masks are of the background")
    assert "--adapter, or give boxes" in told
    summary = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (summary["ok"], summary["abstained"], summary["failed"], summary["backgrounds"]) == (1, 1, 0, 1)
    first, second = (json.loads(line) for line in (output / "manifest.jsonl").read_text().splitlines())
    assert (first["prompt"], first["inverted"], second["prompt"]) == ("whole", True, "box")
    assert (first["status"], second["status"]) == ("abstained", "ok")
    assert first["error"].startswith("the background was taken for the product")
    (folder / "prompts.jsonl").write_text("".join(json.dumps(BOX | {"id": f"ball_{n}"}) + "\n" for n in range(2)))
    assert main([*published, "--output", str(tmp_path / "told")]) == 0  # every photo has a box
    with Image.open(output / "masks" / "ball_1.png") as picture, Image.open(folder / "masks" / "ball_1.png") as true:
        mask, truth = np.asarray(picture) > 0, np.asarray(true) > 0
    assert (mask & truth).sum() > 0.9 * (mask | truth).sum()
    with Image.open(output / "rgba" / "ball_1.png") as picture:
        rgba = np.asarray(picture)
    assert np.array_equal(rgba[..., 3] > 127, mask)
    pure = rgba[..., 3] == 255
    assert np.array_equal(rgba[pure][:, :3], read_image(folder / "images" / "ball_1.png")[pure])


@pytest.mark.parametrize("key", ["pseudolabel.min_confidence=0.9", "pseudolabel.use_prompts=false", "model.weights=x"])
def test_whatever_decides_over_masks_makes_earlier_ones_void(key: str) -> None:
    assert identity(load_config(None, [key]), None) != identity(load_config(None), None)
    assert identity(load_config(None, ["data.workers=3"]), None) == identity(load_config(None), None)


def test_a_detectors_boxes_become_instances(packshot_folder: Callable[..., Path], tmp_path: Path) -> None:
    from wesam_packshot.cli.segment import main

    folder, output = packshot_folder(2), tmp_path / "out"
    rows = [
        {"image_id": "ball_0.png", "bbox": [100, 40, 130, 120], "score": 0.9},
        {"image_id": "ball_0.png", "bbox": [0, 0, 40, 40], "score": 0.2, "category_id": 7},
    ]
    (tmp_path / "found.json").write_text(json.dumps(rows))
    arguments = ["--input", folder, "--output", output, "--mode", "instances", "--detections", tmp_path / "found.json"]
    assert main([str(argument) for argument in arguments]) == 0
    first, second = (json.loads(line) for line in (output / "manifest.jsonl").read_text().splitlines())
    assert (first["status"], second["status"], second["error"]) == ("ok", "abstained", "no prompt, so no instance")
    content = json.loads((output / "coco.json").read_text())
    assert [one["score"] for one in content["annotations"]] == [0.9, 0.2]
    assert [one["name"] for one in content["categories"]] == ["product", "category 7"]
    ball = codec.decode(content["annotations"][0]["segmentation"]).astype(bool)
    with Image.open(folder / "masks" / "ball_0.png") as true:
        truth = np.asarray(true) > 0
    assert (ball & truth).sum() > 0.9 * (ball | truth).sum()
    assert (output / "overlay" / "ball_0.jpg").is_file()


def test_the_spelling_of_common_scripts_gives_a_picture(packshot_folder: Callable[..., Path], tmp_path: Path) -> None:
    from wesam_packshot.cli.segment import main

    photo = packshot_folder(1) / "images" / "ball_0.png"
    arguments = ["--image_path", photo, "--input_point", "165,100;2,2", "--input_label", "1,0", "--output", tmp_path]
    assert main([str(argument) for argument in [*arguments, "--format", "mask,overlay"]]) == 0
    with Image.open(tmp_path / "overlay" / "ball_0.jpg") as picture:
        shown = np.asarray(picture).astype(int)
    assert np.abs(shown[100, 165] - (0, 158, 115)).max() < 40  # the point, drawn in green
    with Image.open(tmp_path / "masks" / "ball_0.png") as mask:
        assert np.asarray(mask)[100, 165] == 255


def test_prompts_and_surveys_do_not_mix(capsys: pytest.CaptureFixture[str]) -> None:
    from wesam_packshot.cli.segment import main

    assert main(["--input", "a", "--mode", "edges", "--box", "1,2,3,4"]) == 2
    assert main(["--input", "a", "--detections", "b", "--box", "1,2,3,4"]) == 2
    assert main(["--input", "a", "--format", "mask,edges"]) == 2
    assert main(["--input", "a", "--mode", "everything", "--points-per-side", "0"]) == 2
    told = capsys.readouterr().err
    assert "--format edges: is written by segment.py --mode edges only" in told
    assert "--points-per-side 0: at least 1 is needed" in told
    assert "go with products and instances, not with edges" in told
    assert "--detections takes the place" in told


def test_instances_need_prompts(packshot_folder: Callable[..., Path], capsys: pytest.CaptureFixture[str]) -> None:
    from wesam_packshot.cli.segment import main

    assert main(["--input", str(packshot_folder(1)), "--mode", "instances"]) == 2
    assert "no prompt, so no instance; give --detections" in capsys.readouterr().err
