"""The tensor-level forward: adapters in and out of Refiners' layers, gradients, mixed precision."""

import pytest
import torch
from refiners.foundationals.segment_anything.image_encoder import SAMViT
from refiners.foundationals.segment_anything.mask_decoder import MaskDecoder
from refiners.foundationals.segment_anything.prompt_encoder import MaskEncoder, PointEncoder

from wesam_packshot.sam.decoder import BatchedMaskDecoder
from wesam_packshot.sam.features import ImageFeatures
from wesam_packshot.sam.frame import Frame
from wesam_packshot.sam.model import SegmentAnything
from wesam_packshot.sam.prompt_encoder import BatchedPointEncoder
from wesam_packshot.sam.prompts import Prompt, prompt_tensors, stack, whole_image

FRAME = Frame(600, 800)


def test_ejected_adapters_leave_refiners_as_it_was(small_sam: SegmentAnything) -> None:
    decoder, points = small_sam.ensure_find(BatchedMaskDecoder), small_sam.ensure_find(BatchedPointEncoder)
    decoder.eject()
    points.eject()
    assert repr(small_sam[3]) == repr(MaskDecoder())
    assert repr(small_sam[1]) == repr(PointEncoder())
    assert small_sam.find(BatchedMaskDecoder) is None


def test_refiners_alone_agrees_on_the_multimask_tokens(small_sam: SegmentAnything) -> None:
    embedding = torch.randn(1, 256, 64, 64)
    prompts = prompt_tensors([Prompt(box=(10.0, 20.0, 300.0, 400.0))], FRAME)
    ours = small_sam.decode(ImageFeatures(embedding), prompts)

    decoder, points = MaskDecoder(), PointEncoder()
    decoder.load_state_dict(small_sam.mask_decoder.state_dict())
    points.load_state_dict(small_sam.ensure_find(PointEncoder).state_dict())
    points.set_type_mask(prompts.types[0])
    decoder.set_point_embedding(points((prompts.coords[0] + 0.5) / 1024))
    decoder.set_image_embedding(embedding)
    decoder.set_mask_embedding(small_sam.ensure_find(MaskEncoder).get_no_mask_dense_embedding((64, 64)))
    decoder.set_dense_positional_embedding(points.get_dense_positional_embedding((64, 64)))
    masks, iou = decoder()
    assert torch.allclose(ours.logits[0, 0, 1:], masks[0], atol=1e-5)
    assert torch.allclose(ours.iou[0, 0, 1:], iou, atol=1e-5)


def test_a_batch_of_images_equals_single_images(small_sam: SegmentAnything) -> None:
    images = torch.randn(2, 3, 1024, 1024)
    prompts = [prompt_tensors([whole_image(frame)], frame) for frame in (FRAME, Frame(300, 200))]
    both = small_sam(images, stack(prompts))
    for number, prompt in enumerate(prompts):
        alone = small_sam(images[number : number + 1], prompt)
        assert torch.allclose(both.logits[number], alone.logits[0], atol=1e-4)
        assert torch.allclose(both.iou[number], alone.iou[0], atol=1e-5)


def test_gradients_reach_the_encoder() -> None:
    sam = SegmentAnything(SAMViT(32, 1, 2))
    decoded = sam(torch.randn(1, 3, 1024, 1024), prompt_tensors([whole_image(FRAME)], FRAME))
    decoded.logits.mean().backward()
    first = next(sam.image_encoder.parameters())
    assert first.grad is not None
    assert first.grad.abs().sum() > 0


def test_prompts_stay_exact_in_mixed_precision(small_sam: SegmentAnything) -> None:
    prompts = prompt_tensors([Prompt(points=((123.0, 457.0),), labels=(1,))], FRAME)
    exact, _ = small_sam.embed_prompts(prompts)
    with torch.autocast("cpu", torch.bfloat16):
        found, _ = small_sam.embed_prompts(prompts)
    assert torch.equal(found, exact)


def test_images_and_prompts_must_be_as_many(small_sam: SegmentAnything) -> None:
    with pytest.raises(ValueError, match="features of 2 images, but prompts of 1 images"):
        small_sam.decode(ImageFeatures(torch.zeros(2, 256, 64, 64)), prompt_tensors([whole_image(FRAME)], FRAME))
