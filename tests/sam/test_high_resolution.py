"""The high-resolution branch: SAM's own masks until it is trained, then finer ones, and a part of its adapter."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn.functional import interpolate

from tests.conftest import narrow_sam, tiny_sam
from wesam_packshot.errors import UserError
from wesam_packshot.pseudolabel.candidates import decode, encode_image
from wesam_packshot.sam.adapter_file import load_adapter, save_adapter
from wesam_packshot.sam.features import ImageFeatures
from wesam_packshot.sam.frame import Frame, model_input
from wesam_packshot.sam.high_resolution import (
    CONTEXT,
    LAYERS,
    HighResolution,
    active_branch,
    branch_shapes,
    branches,
    inject_branches,
)
from wesam_packshot.sam.lora import (
    BRANCH,
    activate,
    active,
    average_into,
    inject_loras,
    lora_parameters,
    lora_state,
    merge,
)
from wesam_packshot.sam.lora_layers import GROUPS
from wesam_packshot.sam.model import Decoded, SegmentAnything
from wesam_packshot.sam.prompts import Prompt, prompt_tensors, stack, whole_image
from wesam_packshot.sam.weights import Base
from wesam_packshot.segment.segmenter import Segmenter

FRAME = Frame(600, 800)
RANKS = dict.fromkeys(GROUPS, 1)
BASE = Base("mobile_sam", "a" * 64, official=False)
PROMPTS = {
    "whole": whole_image(FRAME),
    "box": Prompt(box=(10.0, 20.0, 300.0, 400.0)),
    "point": Prompt(points=((100.0, 200.0),), labels=(1,)),
    "mask": Prompt(box=(10.0, 20.0, 300.0, 400.0), mask=torch.randn(256, 256)),
}


@pytest.fixture
def sam() -> SegmentAnything:
    """With a student's branch that has learnt something, and a teacher's that has not."""
    sam = narrow_sam()
    inject_loras(sam, RANKS, ["student", "teacher"], seed=0)
    inject_branches(sam, ["student", "teacher"], seed=0)
    for name, parameter in zip(lora_state(sam, "student"), lora_parameters(sam, "student"), strict=True):
        if name.startswith(BRANCH):
            torch.nn.init.normal_(parameter, std=0.1)
    return sam


def answer(sam: SegmentAnything, images: Tensor, prompt: Prompt) -> Decoded:
    with torch.no_grad():
        tensors = stack([prompt_tensors([prompt], FRAME)] * len(images))
        return sam.decode(sam.encode(images), tensors)


def enlarged(decoded: Decoded) -> Tensor:
    return interpolate(decoded.logits[:, :, 0], (512, 512), mode="bilinear", align_corners=False)


@pytest.mark.parametrize("kind", PROMPTS)
def test_a_new_branch_gives_sams_own_masks_to_the_bit(kind: str) -> None:
    sam, images = narrow_sam(), torch.randn(2, 3, 1024, 1024)
    published = answer(sam, images, PROMPTS[kind])
    assert published.fine is None
    inject_branches(sam, ["student"], seed=0)
    activate(sam, student=1)
    found = answer(sam, images, PROMPTS[kind])
    assert torch.equal(found.logits, published.logits)
    assert found.fine is not None
    assert torch.equal(found.fine, enlarged(published))


def test_a_branch_that_is_off_costs_and_changes_nothing(sam: SegmentAnything) -> None:
    images = torch.randn(1, 3, 1024, 1024)
    off, published = answer(sam, images, PROMPTS["whole"]), answer(narrow_sam(), images, PROMPTS["whole"])
    assert off.fine is None
    assert torch.equal(off.logits, published.logits)
    assert sam.use_context(CONTEXT) == {}


def test_trained_it_corrects_the_single_mask_and_keeps_nothing_of_the_photo(sam: SegmentAnything) -> None:
    images = torch.randn(1, 3, 1024, 1024)
    with active(sam, student=1):
        found = answer(sam, images, PROMPTS["whole"])
    assert found.fine is not None
    assert (found.fine - enlarged(found)).abs().mean() > 0.01
    assert sam.use_context(CONTEXT) == {}


def test_it_sees_what_sams_own_masks_cannot(sam: SegmentAnything) -> None:
    """A change of single pixels in the picture's first stage moves the fine logits there, and nowhere else."""
    with active(sam, student=1), torch.no_grad():
        features = sam.encode(torch.randn(1, 3, 1024, 1024))
        assert features.details is not None
        changed = features.details.fine.clone()
        changed[:, 0, 100, 301] += 10  # of all channels alike, the normalisation would take most of it away
        other = ImageFeatures(features.embedding, features.details._replace(fine=changed))
        prompts = prompt_tensors([PROMPTS["whole"]], FRAME)
        before, after = sam.decode(features, prompts), sam.decode(other, prompts)
    assert before.fine is not None and after.fine is not None
    assert torch.equal(before.logits, after.logits)
    rows, columns = torch.nonzero((after.fine - before.fine)[0, 0], as_tuple=True)
    assert (int(rows.min()), int(rows.max())) == (98, 102)  # two convolutions of three pixels
    assert (int(columns.min()), int(columns.max())) == (299, 303)


def test_several_prompts_and_images_equal_single_ones(sam: SegmentAnything) -> None:
    images = torch.randn(2, 3, 1024, 1024)
    pairs = [[PROMPTS["whole"], PROMPTS["box"]], [PROMPTS["box"], PROMPTS["whole"]]]
    with active(sam, student=1), torch.no_grad():
        together = sam.decode(sam.encode(images), stack([prompt_tensors(pair, FRAME) for pair in pairs])).fine
        assert together is not None
        for image, pair in enumerate(pairs):
            for number, prompt in enumerate(pair):
                alone = answer(sam, images[image : image + 1], prompt).fine
                assert alone is not None
                assert torch.allclose(together[image, number], alone[0, 0], atol=1e-4)


def test_its_second_output_is_made_when_it_is_asked_for(sam: SegmentAnything) -> None:
    """Of every prompt of every image; the masks are the same with it and without."""
    images = torch.randn(2, 3, 1024, 1024)
    prompts = stack([prompt_tensors([PROMPTS["whole"], PROMPTS["box"]], FRAME)] * 2)
    with active(sam, student=1), torch.no_grad():
        features = sam.encode(images)
        plain, found = sam.decode(features, prompts), sam.decode(features, prompts, layers=True)
        second = sam.decode(features[1:], prompts[1:], layers=True)
    assert plain.layers is None and plain.fine is not None
    assert found.layers is not None and found.fine is not None and second.layers is not None
    assert torch.equal(found.fine, plain.fine)
    assert found.layers.shape == (2, 2, len(LAYERS), 512, 512)
    assert torch.allclose(found.layers[1:], second.layers, atol=1e-4)
    assert not torch.allclose(found.layers[0], found.layers[1], atol=0.1)
    off = sam.decode(features, prompts, layers=True)
    assert off.layers is None


def test_its_scale_goes_with_the_adapters(sam: SegmentAnything) -> None:
    images = torch.randn(1, 3, 1024, 1024)
    branch = next(branches(sam))
    with active(sam, student=1), torch.no_grad():
        features, prompts = sam.encode(images), prompt_tensors([PROMPTS["whole"]], FRAME)
        full = sam.decode(features, prompts)
        branch.scale = 0.5  # of the branch alone, so that SAM's own logits stay as they are
        half = sam.decode(features, prompts)
    assert full.fine is not None and half.fine is not None
    assert torch.allclose(half.fine, (full.fine + enlarged(full)) / 2, atol=1e-4)
    assert branch.scale == 0


def test_labelling_does_not_pay_for_it(sam: SegmentAnything, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its masks are low-res, whoever has encoded the photo; afterwards the branch is on again."""
    image = (torch.rand(60, 80, 3) * 255).byte().numpy()
    with active(sam, student=1):
        own = encode_image(sam, image)
        assert own.details is None
        assert active_branch(sam) is next(branches(sam))
        fine = sam.encode(model_input(image))
        assert fine.details is not None
        assert torch.equal(own.embedding, fine.embedding)
        monkeypatch.setattr(HighResolution, "refine", None)  # would fail if it were called
        found = [decode(sam, features, [PROMPTS["whole"]], FRAME)[0] for features in (own, fine)]
    assert np.array_equal(found[0][0], found[1][0])


def test_two_branches_at_once_are_refused(sam: SegmentAnything) -> None:
    activate(sam, student=1, teacher=1)
    with pytest.raises(ValueError, match="several high-resolution branches are on: student, teacher"):
        active_branch(sam)


def test_it_is_small_and_counted() -> None:
    """Under 0.3 M parameters."""
    assert sum(torch.Size(shape).numel() for shape in branch_shapes().values()) == 79_636
    assert branch_shapes() == {key: tuple(value.shape) for key, value in HighResolution("x").named_parameters()}


def test_averaging_and_state_take_the_branch_along(sam: SegmentAnything) -> None:
    before, student = lora_state(sam, "teacher"), lora_state(sam, "student")
    average_into(sam, source="student", target="teacher", decay=0.75)
    after = lora_state(sam, "teacher")
    names = [name for name in after if name.startswith(BRANCH)]
    assert len(names) == len(branch_shapes())
    for name in names:
        assert torch.allclose(after[name], 0.75 * before[name] + 0.25 * student[name], atol=1e-6)
    assert {id(each) for each in lora_parameters(sam, "student", BRANCH)} == {
        id(each) for each in next(branches(sam)).parameters()
    }


def test_gradients_reach_the_branch_and_through_it_the_encoder(sam: SegmentAnything) -> None:
    with active(sam, student=1):
        decoded = sam.decode(sam.encode(torch.randn(1, 3, 1024, 1024)), prompt_tensors([PROMPTS["whole"]], FRAME))
        assert decoded.fine is not None
        decoded.fine.square().mean().backward()  # type: ignore[no-untyped-call]
    for part in (BRANCH, "image_encoder.layers.0", "mask_decoder"):
        gradients = [parameter.grad for parameter in lora_parameters(sam, "student", part)]
        assert any(gradient is not None and gradient.abs().sum() > 0 for gradient in gradients), part
    assert all(parameter.grad is None for parameter in lora_parameters(sam, "teacher"))


def test_checkpointing_the_encoder_changes_no_gradient(sam: SegmentAnything) -> None:
    images, gradients = torch.randn(1, 3, 1024, 1024), []
    for sam.checkpointing in (False, True):
        for parameter in lora_parameters(sam, "student"):
            parameter.grad = None
        with active(sam, student=1):
            decoded = sam.decode(sam.encode(images), prompt_tensors([PROMPTS["whole"]], FRAME))
            assert decoded.fine is not None
            decoded.fine.square().mean().backward()  # type: ignore[no-untyped-call]
        gradients.append([parameter.grad for parameter in lora_parameters(sam, "student")])
    for plain, again in zip(*gradients, strict=True):
        assert (plain is None) == (again is None)
        if plain is not None and again is not None:
            assert torch.allclose(plain, again, rtol=1e-3, atol=1e-6)


def test_merged_weights_keep_it_beside_them(sam: SegmentAnything) -> None:
    images = torch.randn(1, 3, 1024, 1024)
    with active(sam, student=1):
        expected = answer(sam, images, PROMPTS["whole"]).fine
    merge(sam, student=1)
    found = answer(sam, images, PROMPTS["whole"]).fine
    assert expected is not None and found is not None
    assert torch.allclose(found, expected, atol=1e-2)


def test_it_is_part_of_the_adapters_files(sam: SegmentAnything, tmp_path: Path) -> None:
    save_adapter(sam, "student", RANKS, {}, BASE, tmp_path)
    other = narrow_sam()
    load_adapter(other, tmp_path, BASE)
    expected, found = lora_state(sam, "student"), lora_state(other, "student")
    assert expected.keys() == found.keys()
    assert all(torch.equal(found[name], tensor) for name, tensor in expected.items())
    # files without it, as of earlier versions
    plain = narrow_sam()
    inject_loras(plain, RANKS, ["student"], seed=0)
    save_adapter(plain, "student", RANKS, {}, BASE, tmp_path / "plain")
    load_adapter(plain, tmp_path / "plain", BASE, "second")
    assert not any(branches(plain))


def test_an_encoder_that_cannot_be_tapped_is_refused(sam: SegmentAnything, tmp_path: Path) -> None:
    save_adapter(sam, "student", RANKS, {}, BASE, tmp_path)
    other = tiny_sam()
    with pytest.raises(UserError, match="high-resolution branch needs mobile_sam"):
        inject_branches(other, ["student"], seed=0)
    with pytest.raises(UserError, match="needs mobile_sam"):
        load_adapter(other, tmp_path, BASE)
    assert not any(branches(other))


def test_the_segmenter_hands_fine_masks_on(sam: SegmentAnything) -> None:
    segmenter = Segmenter(sam)
    image = (torch.rand(60, 80, 3) * 255).byte().numpy()
    found = segmenter.segment(image, prompts=[PROMPTS["whole"], PROMPTS["whole"]])
    assert found.finest.shape == (2, 1, 512, 512)
    assert found.finest_logits(0, 0).shape == (384, 512)
    assert found.logits.shape == (2, 1, 256, 256)
    expected = Frame(60, 80).to_image(found.finest[0, 0]) > 0
    assert torch.equal(torch.from_numpy(found.masks[0, 0]), expected)
    three = segmenter.segment(image, multimask=True)
    assert torch.equal(three.finest, three.logits)
    assert three.finest.shape == (1, 3, 256, 256)
    earlier = segmenter.segment(image, masks=found.logits[0])  # low-res logits are a prompt, as before
    assert earlier.finest.shape == (1, 1, 512, 512)
