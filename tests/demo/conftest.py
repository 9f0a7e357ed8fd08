"""Adapters and photos for the demo."""

from pathlib import Path

import pytest
import torch
from PIL import Image

from tests.conftest import draw_packshot, tiny_sam
from wesam_packshot.interactive.models import Pair
from wesam_packshot.sam.adapter_file import save_adapter
from wesam_packshot.sam.lora import inject_loras, lora_parameters
from wesam_packshot.sam.lora_layers import GROUPS
from wesam_packshot.sam.model import SegmentAnything
from wesam_packshot.sam.weights import Base
from wesam_packshot.segment import Segmenter

RANKS = dict.fromkeys(GROUPS, 2)


def adapted(sam: SegmentAnything, std: float) -> SegmentAnything:
    """The model with a LoRA of random weights."""
    inject_loras(sam, RANKS, ["student"], seed=0)
    for parameter in lora_parameters(sam, "student"):
        torch.nn.init.normal_(parameter, std=std)
    return sam


def write_adapter(sam: SegmentAnything, base: Base, folder: Path, std: float = 0.1) -> Path:
    """An adapter of random weights on disk."""
    save_adapter(adapted(sam, std), "student", RANKS, dict.fromkeys(GROUPS, 1.0), base, folder)
    return folder


@pytest.fixture
def pair() -> Pair:
    sam = adapted(tiny_sam(), 0.1)
    return Pair(Segmenter(sam, scale=0.0), Segmenter(sam))


@pytest.fixture
def photo_file(tmp_path: Path) -> Path:
    """A photo larger than what SAM sees, whose EXIF orientation lays it on its side: 900 wide, 1200 high."""
    image, _ = draw_packshot(900, 1200)
    path = tmp_path / "ball.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(image).save(path, exif=exif)
    return path
