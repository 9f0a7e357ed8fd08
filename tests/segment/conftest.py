"""The original predictor, and ours with the same weights."""

import pytest
from refiners.foundationals.segment_anything.image_encoder import SAMViT
from segment_anything import SamPredictor

from tests.oracles.original_sam import original_sam
from wesam_packshot.sam.conversion import load_official
from wesam_packshot.sam.model import SegmentAnything
from wesam_packshot.segment import Segmenter


@pytest.fixture(scope="module")
def original() -> SamPredictor:
    return SamPredictor(original_sam())


@pytest.fixture(scope="module")
def segmenter(original: SamPredictor) -> Segmenter:
    sam = SegmentAnything(SAMViT(32, 2, 2, global_attention_indices=(1,))).eval()
    load_official(sam, original.model.state_dict(), "the original")
    return Segmenter(sam)
