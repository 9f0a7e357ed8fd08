"""Encoder, prompt encoders and decoder against the original, block by block and as a whole."""

import pytest
import torch
from refiners.foundationals.segment_anything.image_encoder import SAMViT, TransformerLayer
from refiners.foundationals.segment_anything.prompt_encoder import PointEncoder
from segment_anything.modeling import Sam
from torch import Tensor

from tests.oracles.original_sam import original_sam
from wesam_packshot.sam.conversion import load_official, official_state
from wesam_packshot.sam.features import ImageFeatures
from wesam_packshot.sam.frame import Frame
from wesam_packshot.sam.model import SegmentAnything
from wesam_packshot.sam.prompts import Prompt, prompt_tensors, stack

FRAME = Frame(700, 1024)
MASK = torch.linspace(-9, 9, 256 * 256).view(256, 256).sin() * 6

PROMPTS = {
    "box": Prompt(box=(100.0, 60.0, 800.0, 640.0)),
    "point": Prompt(points=((300.0, 200.0),), labels=(1,)),
    "points": Prompt(points=((300.0, 200.0), (40.0, 500.0), (700.0, 300.0)), labels=(1, 0, 1)),
    "points and box": Prompt(box=(10.0, 20.0, 900.0, 600.0), points=((300.0, 200.0), (5.0, 5.0)), labels=(1, 0)),
    "box and mask": Prompt(box=(100.0, 60.0, 800.0, 640.0), mask=MASK),
    "point and mask": Prompt(points=((300.0, 200.0),), labels=(1,), mask=MASK),
}


@pytest.fixture(scope="module")
def original() -> Sam:
    return original_sam()


@pytest.fixture(scope="module")
def ours(original: Sam) -> SegmentAnything:
    sam = SegmentAnything(SAMViT(32, 2, 2, global_attention_indices=(1,))).eval()
    load_official(sam, original.state_dict(), "the original")
    return sam.requires_grad_(False)


def original_prompt(original: Sam, prompt: Prompt) -> tuple[Tensor, Tensor]:
    points = (torch.tensor([prompt.points]), torch.tensor([prompt.labels])) if prompt.points else None
    box = torch.tensor([prompt.box]) if prompt.box else None
    mask = prompt.mask[None, None] if prompt.mask is not None else None
    sparse, dense = original.prompt_encoder(points=points, boxes=box, masks=mask)
    return sparse, dense


def close(found: Tensor, expected: Tensor) -> bool:
    return bool((found - expected).abs().max() <= 1e-4 * expected.abs().max())


def test_image_encoder_block_by_block(original: Sam, ours: SegmentAnything) -> None:
    tokens = torch.randn(1, 64, 64, 32)
    layers = list(ours.image_encoder.layers(TransformerLayer))
    assert len(layers) == len(original.image_encoder.blocks) == 2
    for layer, block in zip(layers, original.image_encoder.blocks, strict=True):
        assert close(layer(tokens), block(tokens))


def test_image_encoder(original: Sam, ours: SegmentAnything) -> None:
    images = torch.randn(1, 3, 1024, 1024)
    assert close(ours.encode(images).embedding, original.image_encoder(images))


@pytest.mark.parametrize("kind", PROMPTS)
def test_prompt_encoder(original: Sam, ours: SegmentAnything, kind: str) -> None:
    sparse, dense = original_prompt(original, PROMPTS[kind])
    # the frame is 1024 wide, so that its coordinates are the image's own
    our_sparse, our_dense = ours.embed_prompts(prompt_tensors([PROMPTS[kind]], FRAME))
    order = torch.cdist(sparse[0], our_sparse[0]).argmin(1)
    assert sorted(order.tolist()) == list(range(sparse.shape[1]))
    assert close(our_sparse[:, order], sparse)
    assert close(our_dense.expand_as(dense), dense)


def test_dense_positions(original: Sam, ours: SegmentAnything) -> None:
    found = ours.ensure_find(PointEncoder).get_dense_positional_embedding((64, 64))
    assert close(found, original.prompt_encoder.get_dense_pe())


@pytest.mark.parametrize("kind", PROMPTS)
def test_decoder(original: Sam, ours: SegmentAnything, kind: str) -> None:
    embedding = torch.randn(1, 256, 64, 64)
    sparse, dense = original_prompt(original, PROMPTS[kind])
    masks, iou = original.mask_decoder.predict_masks(
        image_embeddings=embedding,
        image_pe=original.prompt_encoder.get_dense_pe(),
        sparse_prompt_embeddings=sparse,
        dense_prompt_embeddings=dense,
    )
    decoded = ours.decode(ImageFeatures(embedding), prompt_tensors([PROMPTS[kind]], FRAME))
    assert decoded.logits.shape == (1, 1, 4, 256, 256)
    assert close(decoded.logits[0], masks)
    assert close(decoded.iou[0], iou)


def test_several_images_and_prompts_equal_one_at_a_time(ours: SegmentAnything) -> None:
    embeddings = torch.randn(2, 256, 64, 64)
    first = [PROMPTS["box"], Prompt(box=(5.0, 5.0, 50.0, 90.0)), Prompt(box=(300.0, 5.0, 900.0, 90.0))]
    second = [Prompt(box=(1.0, 2.0, 30.0, 40.0)), PROMPTS["box"], Prompt(box=(0.0, 0.0, 1024.0, 700.0))]
    both = ours.decode(ImageFeatures(embeddings), stack([prompt_tensors(first, FRAME), prompt_tensors(second, FRAME)]))
    assert both.logits.shape == (2, 3, 4, 256, 256)
    for image, prompts in enumerate((first, second)):
        for number, prompt in enumerate(prompts):
            alone = ours.decode(ImageFeatures(embeddings[image : image + 1]), prompt_tensors([prompt], FRAME))
            assert close(both.logits[image, number], alone.logits[0, 0])
            assert close(both.iou[image, number], alone.iou[0, 0])


def test_exported_weights_are_the_originals(original: Sam, ours: SegmentAnything) -> None:
    exported, expected = official_state(ours), original.state_dict()
    assert set(exported) == set(expected)
    assert all(torch.equal(exported[name], expected[name]) for name in expected)
