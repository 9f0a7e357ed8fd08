"""Prompts of all kinds through the public front, against the original predictor and by hand."""

from typing import Any

import numpy as np
import pytest
import torch
from segment_anything import SamPredictor

from tests.conftest import draw_packshot, tiny_sam
from wesam_packshot.sam.prompts import Prompt, make_prompts
from wesam_packshot.segment import Segmenter
from wesam_packshot.segment.segmenter import TOGETHER, batches_alike


def test_arrays_are_prompts() -> None:
    assert [prompt.box for prompt in make_prompts(boxes=(1, 2, 3, 4))] == [(1, 2, 3, 4)]
    two = make_prompts(boxes=[[1, 2, 3, 4], [5, 6, 7, 8]], points=[[2, 3]])
    assert [(prompt.box, prompt.points, prompt.labels) for prompt in two] == [
        ((1, 2, 3, 4), ((2, 3),), (1,)),
        ((5, 6, 7, 8), ((2, 3),), (1,)),
    ]
    (one,) = make_prompts(points=[[2, 3], [4, 5]], labels=[1, 0])
    assert (one.points, one.labels) == (((2, 3), (4, 5)), (1, 0))
    logits = torch.zeros(2, 256, 256)
    assert len(make_prompts(boxes=(1, 2, 3, 4), masks=logits)) == 2


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"boxes": (1, 2, 3)}, "4 numbers are needed"),
        ({"points": [1, 2]}, "2 numbers are needed"),
        ({"points": [[1, 2]], "labels": [1, 0]}, "1 numbers are needed"),
        ({"boxes": np.ones((2, 4)), "points": np.ones((3, 1, 2))}, "prompts differ in number: 2 of box, 3 of points"),
        ({}, "a prompt needs a box"),
    ],
)
def test_arrays_that_do_not_fit_are_told(given: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        make_prompts(**given)


def test_many_boxes_equal_the_originals(original: SamPredictor, segmenter: Segmenter) -> None:
    image, _ = draw_packshot()
    boxes = torch.tensor([[30.0, 20, 300, 200], [100, 50, 200, 150], [5, 5, 60, 60]])
    original.set_image(image)
    framed = original.transform.apply_boxes_torch(boxes, image.shape[:2])
    masks, iou, logits = original.predict_torch(None, None, framed, multimask_output=True)
    found = segmenter.segment(image, boxes=boxes.numpy(), multimask=True)
    assert found.masks.shape == (3, 3, *image.shape[:2])
    assert np.abs(found.logits.numpy() - logits.numpy()).max() < 1e-4 * float(logits.abs().max())
    assert np.abs(found.predicted_iou - iou.numpy()).max() < 1e-4
    assert (found.masks != masks.numpy()).mean() < 1e-3
    best = [masks[number, int(token)].numpy() for number, token in enumerate(iou.argmax(1))]
    assert (found.mask != np.any(best, axis=0)).mean() < 1e-3


def test_prompts_of_different_sizes_keep_their_order(segmenter: Segmenter) -> None:
    image, _ = draw_packshot()
    prompts = [
        Prompt(box=(30, 20, 300, 200)),
        Prompt(points=((100, 100),), labels=(1,)),
        Prompt(box=(5, 5, 60, 60)),
        Prompt(box=(30, 20, 300, 200), points=((100, 100),), labels=(1,)),
    ]
    features = segmenter.embed(image)
    together = segmenter.segment(image, prompts=prompts, features=features)
    for number, prompt in enumerate(prompts):
        alone = segmenter.segment(image, prompts=[prompt], features=features)
        assert torch.allclose(together.logits[number], alone.logits[0], atol=1e-3)


def test_batches_hold_alike_prompts_and_not_too_many() -> None:
    prompts = [Prompt(points=((1, 1),) * (1 + number % 2), labels=(1,) * (1 + number % 2)) for number in range(150)]
    batches = list(batches_alike(prompts))
    assert sorted(number for batch in batches for number in batch) == list(range(150))
    assert all(len({number % 2 for number in batch}) == 1 for batch in batches)
    assert max(map(len, batches)) == TOGETHER


def test_photos_of_different_sizes_share_a_batch() -> None:
    segmenter = Segmenter(tiny_sam())
    images = [draw_packshot()[0], draw_packshot(300, 200)[0]]
    together = segmenter.embed(*images).embedding
    for number, image in enumerate(images):
        assert torch.allclose(together[number], segmenter.embed(image).embedding[0], atol=1e-4)
