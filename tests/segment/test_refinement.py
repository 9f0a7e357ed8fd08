"""How far the refinement goes, on drawn packshots."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

from tests.conftest import draw_packshot
from wesam_packshot.arrays import Rgb
from wesam_packshot.batch.segmentation import Request, cut
from wesam_packshot.cli.segment import main
from wesam_packshot.evaluation.evaluate import evaluate, finished_masks, model_masks
from wesam_packshot.evaluation.metrics import alpha_error, score
from wesam_packshot.io.prompt_file import PromptSpec
from wesam_packshot.io.records import read_records
from wesam_packshot.masks.binary import bounding_box, mask_iou
from wesam_packshot.sam.frame import Frame
from wesam_packshot.sam.model import SegmentAnything
from wesam_packshot.sam.prompts import Prompt
from wesam_packshot.sam.weights import Base
from wesam_packshot.segment import Segmenter
from wesam_packshot.segment.refinement import REFINEMENTS, Refine, open_holes, refine_logits


def small_ball() -> tuple[Rgb, np.ndarray]:
    """A ball in the corner of a large photo, and its mask: few of SAM's own pixels."""
    ball, mask = draw_packshot(240, 320)
    image = np.pad(ball, ((400, 60), (700, 80), (0, 0)), mode="edge")
    return image, np.pad(mask, ((400, 60), (700, 80)))


def test_each_step_comes_nearer_to_the_truth(mobile_sam: tuple[SegmentAnything, Base]) -> None:
    image, truth = small_ball()
    rows, columns = np.flatnonzero(truth.any(1)), np.flatnonzero(truth.any(0))
    spec = PromptSpec((float(columns[0]), float(rows[0]), float(columns[-1] + 1), float(rows[-1] + 1)))
    segmenter = Segmenter(mobile_sam[0])
    scores = [
        score(cut(segmenter, image, [spec], Request(refine=how)).mask, truth.astype(np.uint8) * 255).boundary_iou
        for how in REFINEMENTS
    ]
    none, fast, best = scores
    assert none < fast
    assert fast > 0.85
    assert best > fast - 0.02


def test_no_refinement_is_sams_own_mask(mobile_sam: tuple[SegmentAnything, Base]) -> None:
    image, _ = draw_packshot()
    prompt = Prompt(box=(80.0, 40.0, 260.0, 200.0))
    segmenter = Segmenter(mobile_sam[0])
    found = segmenter.segment(image, prompts=[prompt])
    height, width = Frame(*image.shape[:2]).low_res_size
    logits = found.logits[0, 0, :height, :width].numpy()
    refined = refine_logits(segmenter, image, logits, [prompt], "none")
    assert (refined.mask != found.mask).mean() < 1e-3
    assert np.array_equal(refined.colour, image)


@pytest.mark.parametrize("how", ["fast", "best"])
def test_nothing_found_stays_nothing(mobile_sam: tuple[SegmentAnything, Base], how: Refine) -> None:
    image = np.full((240, 320, 3), 230, np.uint8)
    refined = refine_logits(Segmenter(mobile_sam[0]), image, np.full((192, 256), -5, np.float32), [], how)
    assert not refined.alpha.any()


def test_the_best_look_finds_the_product_where_the_model_takes_the_background(
    mobile_sam: tuple[SegmentAnything, Base],
) -> None:
    image, truth = draw_packshot(600, 800)
    segmenter = Segmenter(mobile_sam[0])
    ious = {how: mask_iou(cut(segmenter, image, [], Request(refine=how)).mask, truth) for how in REFINEMENTS}
    assert ious["none"] < 0.1
    assert ious["best"] > 0.98


def test_a_hole_that_shows_the_backdrop_is_opened() -> None:
    image, truth = draw_packshot(600, 800, hole=True, shadow=0)
    height, width = Frame(*image.shape[:2]).low_res_size
    filled = ndimage.binary_fill_holes(truth)
    logits = 16 * np.asarray(Image.fromarray(filled).convert("F").resize((width, height))) / 255 - 8
    found = open_holes(image, logits.astype(np.float32), logits <= 0)
    opened = np.asarray(Image.fromarray(found).resize((800, 600))) > 0
    assert mask_iou(opened, filled) < 0.8
    assert mask_iou(opened, truth) > 0.93
    red = np.where(filled[..., None], np.array([200, 60, 40], np.uint8), image)
    assert np.array_equal(open_holes(red, logits.astype(np.float32), logits <= 0), logits.astype(np.float32))


def test_instances_keep_their_own_edges(mobile_sam: tuple[SegmentAnything, Base]) -> None:
    left, mask = draw_packshot(300, 300)
    pair = np.concatenate([left, draw_packshot(300, 300, (40, 90, 180))[0]], axis=1)
    boxes = (PromptSpec(box=(75, 60, 255, 240)), PromptSpec(box=(375, 60, 555, 240), category="cup", score=0.25))
    outcome = cut(Segmenter(mobile_sam[0]), pair, boxes, Request(instances=True))
    assert outcome.instances
    assert [(one.label, one.score == 0.25) for one in outcome.instances] == [("product", False), ("cup", True)]
    assert outcome.alpha is not None
    assert outcome.colour is not None
    both = np.concatenate([mask, mask], axis=1)
    assert mask_iou(outcome.mask, both) > 0.95
    assert mask_iou(outcome.alpha > 127, outcome.mask) == 1


def test_alpha_is_scored_where_it_is_known(
    packshot_folder: Callable[..., Path], mobile_sam: tuple[SegmentAnything, Base], tmp_path: Path
) -> None:
    folder = packshot_folder(1)
    (folder / "alpha").mkdir()
    (tmp_path / "soft").mkdir()
    with Image.open(folder / "masks" / "ball_0.png") as picture:
        truth = np.asarray(picture)
    Image.fromarray(truth // 2).save(folder / "alpha" / "ball_0.png")
    Image.fromarray(truth).save(tmp_path / "soft" / "ball_0.png")
    (found,) = evaluate(read_records(folder), finished_masks(tmp_path / "soft"), 100)
    assert found.scores
    assert found.scores.iou == 1
    assert found.scores.alpha_error == pytest.approx((truth > 0).mean() * 128 / 255)
    assert alpha_error(truth > 0, truth) == 0
    (refined,) = evaluate(read_records(folder), model_masks(Segmenter(mobile_sam[0]), "box", refine="fast"), 100)
    assert refined.scores
    assert refined.scores.iou > 0.97


def test_cut_outs_of_the_command_have_soft_edges_and_no_fringe(
    packshot_folder: Callable[..., Path], tmp_path: Path
) -> None:
    photo = packshot_folder(1) / "images" / "ball_0.png"
    arguments = ["--input", photo, "--output", tmp_path, "--box", "109,44,221,156", "--format", "alpha,rgba,crop,flat"]
    assert main([str(argument) for argument in [*arguments, "--background", "#102030", "--margin", "0"]]) == 0
    with Image.open(tmp_path / "alpha" / "ball_0.png") as picture:
        alpha = np.asarray(picture)
    assert 0.005 < ((alpha > 10) & (alpha < 245)).mean() < 0.05
    with Image.open(tmp_path / "rgba" / "ball_0.png") as picture:
        rgba = np.asarray(picture)
    assert np.array_equal(rgba[..., 3], alpha)
    edge = (alpha > 60) & (alpha < 200)
    red, green, blue = rgba[edge][:, :3].astype(float).mean(0)
    assert np.abs([red - 200, green - 60, blue - 40]).max() < 30  # the ball's red, not the sweep's grey
    with Image.open(tmp_path / "crop" / "ball_0.png") as picture:
        x0, y0, x1, y1 = bounding_box(alpha > 0) or (0, 0, 0, 0)
        assert picture.size == (x1 - x0, y1 - y0)
    with Image.open(tmp_path / "flat" / "ball_0.jpg") as picture:
        assert np.abs(np.asarray(picture)[5, 5].astype(int) - (16, 32, 48)).max() <= 4
