"""An adapted anchor's labels: the mean of two passes, with the adapter that ships."""

from collections.abc import Iterator

import numpy as np
import pytest
import torch
from torch import Tensor

from tests.conftest import draw_packshot, tiny_sam
from wesam_packshot.arrays import Rgb
from wesam_packshot.masks.binary import mask_iou
from wesam_packshot.masks.window import resample
from wesam_packshot.pseudolabel.encoded_views import EncodedViews
from wesam_packshot.pseudolabel.labeler import PseudoLabeler
from wesam_packshot.pseudolabel.second_pass import adapted_passes, finest_logits, second_pass
from wesam_packshot.sam.adapter_file import named_adapter
from wesam_packshot.sam.features import ImageFeatures
from wesam_packshot.sam.frame import Frame, model_input
from wesam_packshot.sam.lora import active, inject_loras, is_adapted
from wesam_packshot.sam.model import PromptTensors, SegmentAnything
from wesam_packshot.sam.prompts import Prompt, whole_image
from wesam_packshot.segment import Segmenter
from wesam_packshot.segment.segmenter import STUDENT


@pytest.fixture(scope="module")
def segmenter() -> Iterator[Segmenter]:
    yield Segmenter.load(named_adapter("packshot", "mobile_sam"), device="cpu")


def corner() -> tuple[Rgb, np.ndarray]:
    """A ball in the corner of a large photo, and its mask."""
    ball, mask = draw_packshot(240, 320)
    beyond = ((300, 40), (500, 60))
    return np.pad(ball, (*beyond, (0, 0)), mode="edge"), np.pad(mask, beyond)


def encodings(labeler: PseudoLabeler, image: Rgb, monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, ...]]:
    """Sizes of the pictures that a label encodes."""
    sizes: list[tuple[int, ...]] = []
    embed = PseudoLabeler.embed

    def spied(self: PseudoLabeler, view: Rgb) -> object:
        sizes.append(view.shape[:2])
        return embed(self, view)

    with monkeypatch.context() as patch:
        patch.setattr(PseudoLabeler, "embed", spied)
        labeler.label(image)
    return sizes


def test_the_product_is_looked_at_twice(segmenter: Segmenter, monkeypatch: pytest.MonkeyPatch) -> None:
    image, truth = corner()
    labeler = PseudoLabeler(segmenter.sam, 0.0)
    with active(segmenter.sam, **{STUDENT: 1.0}):
        label = labeler.label(image)
        whole, near = encodings(labeler, image, monkeypatch)
    assert whole == image.shape[:2]
    assert near[0] * near[1] < 0.2 * image.shape[0] * image.shape[1]
    assert near == (label.window.bottom - label.window.top, label.window.right - label.window.left)
    assert mask_iou(label.mask(*truth.shape), truth) > 0.97
    assert not label.inverted
    assert label.confidence > 0.8


def test_what_the_anchor_itself_made_of_the_photo_is_what_segment_makes_of_it(segmenter: Segmenter) -> None:
    """Reports compare with it as *before*, so it has the branch's details."""
    image, _ = corner()
    with active(segmenter.sam, **{STUDENT: 1.0}):
        anchor = PseudoLabeler(segmenter.sam, 0.0).label(image).anchor
    expected = resample(segmenter.segment(image).mask, (anchor.shape[0], anchor.shape[1])) > 0.5
    assert mask_iou(anchor > 0.5, expected) > 0.98


def test_without_the_zoom_there_is_one_pass(segmenter: Segmenter, monkeypatch: pytest.MonkeyPatch) -> None:
    image, truth = corner()
    labeler = PseudoLabeler(segmenter.sam, 0.0, disabled_stages=["zoom"])
    with active(segmenter.sam, **{STUDENT: 1.0}):
        assert encodings(labeler, image, monkeypatch) == [image.shape[:2]]
        assert mask_iou(labeler.label(image).mask(*truth.shape), truth) > 0.95


def test_switched_off_it_is_the_published_anchor(segmenter: Segmenter, monkeypatch: pytest.MonkeyPatch) -> None:
    image, _ = corner()
    labeler = PseudoLabeler(segmenter.sam, 0.0)
    assert len(encodings(labeler, image, monkeypatch)) == 3  # as it is, with stretched highlights, zoomed in
    assert labeler.label(image).inverted


def test_an_adapter_is_one_while_it_is_on() -> None:
    sam = tiny_sam()
    assert not is_adapted(sam)
    inject_loras(sam, {"decoder.mlp": 2}, ["one", "other"], 0)
    assert not is_adapted(sam)
    with active(sam, other=0.5):
        assert is_adapted(sam)
    with active(sam, one=0.0):
        assert not is_adapted(sam)


class Answering:
    """A model that answers with one plane after another, and keeps what it was asked."""

    def __init__(self, sam: SegmentAnything, planes: list[float]) -> None:
        self.sam, self.planes, self.asked = sam, planes, list[PromptTensors]()

    def decode(self, features: ImageFeatures, prompts: PromptTensors) -> object:
        assert len(features) == 1
        self.asked.append(prompts)
        count = len(self.asked) - 1
        return _Decoded(torch.full((1, 1, 4, 256, 256), self.planes[count]))


class _Decoded:
    fine = None

    def __init__(self, logits: Tensor) -> None:
        self.logits = logits


def test_in_the_window_the_model_gets_the_prompt_its_own_box_and_its_own_mask() -> None:
    sam = tiny_sam()
    image, _ = corner()
    frame = Frame(*image.shape[:2])
    first = np.full(frame.low_res_size, -6, np.float32)
    first[100:130, 120:160] = 6
    views = EncodedViews(lambda picture: sam.encode(model_input(picture)), image)
    stub = Answering(sam, [1.0, 3.0, 2.0, 4.0])
    points = [Prompt(points=((500.0, 400.0),), labels=(1,)), Prompt(points=((520.0, 420.0),), labels=(1,))]
    found = second_pass(stub, views, first, points)  # type: ignore[arg-type]
    assert found is not None
    window, answers = found
    assert [answer.max() for answer in answers] == [3.0, 2.0, 4.0]  # of several prompts the largest
    assert {answer.shape for answer in answers} == {window.frame.low_res_size}
    scale = frame.width / first.shape[1]
    assert window.left < 120 * scale < 160 * scale < window.right
    assert [prompts.masks is None for prompts in stub.asked] == [True, True, True, False]
    assert second_pass(stub, views, np.full_like(first, -1)) is None  # type: ignore[arg-type]


def test_the_label_is_the_mean_of_the_passes(segmenter: Segmenter) -> None:
    image, _ = corner()
    frame = Frame(*image.shape[:2])
    views = EncodedViews(segmenter.embed, image)
    with active(segmenter.sam, **{STUDENT: 1.0}):
        passes = adapted_passes(segmenter.sam, views, zoom=True)
        far = finest_logits(segmenter.sam, views.whole, frame, whole_image(frame))
    assert passes is not None
    first, window, (joined, *parts) = passes
    assert np.array_equal(first.chosen[0].logits, far)
    assert len(parts) == 4
    assert np.allclose(joined.logits, sum(part.logits for part in parts) / 4, atol=1e-4)
    assert joined.logits.shape == window.frame.scaled_size(512)
