"""A tiny SAM with a student and a teacher, and a batch for it."""

import pytest
import torch

from tests.conftest import tiny_sam
from wesam_packshot.adaptation.data import Batch
from wesam_packshot.sam.frame import Frame
from wesam_packshot.sam.lora import inject_loras
from wesam_packshot.sam.lora_layers import GROUPS
from wesam_packshot.sam.model import SegmentAnything
from wesam_packshot.sam.prompts import Prompt, prompt_tensors, stack, whole_image

FRAME = Frame(512, 1024)


@pytest.fixture
def sam() -> SegmentAnything:
    sam = tiny_sam()
    inject_loras(sam, dict.fromkeys(GROUPS, 2), ["student", "teacher"], seed=0)
    return sam


@pytest.fixture
def batch() -> Batch:
    target = torch.zeros(2, 256, 256)
    target[:, 40:90, 60:200] = 1
    inside = FRAME.valid_mask(256).expand(2, -1, -1)
    return Batch(
        images=torch.randint(0, 256, (2, 3, 1024, 1024), dtype=torch.uint8),
        valid=FRAME.valid_mask().bool().expand(2, -1, -1),
        target=target,
        weight=inside.clone(),
        valid_low_res=inside,
        colour=torch.zeros(2, 256, 256),
        fine_target=torch.zeros(2, 512, 512),
        fine_weight=torch.zeros(2, 512, 512),
        layers=torch.zeros(2, 3, 512, 512, dtype=torch.uint8),
        layers_known=torch.zeros(2),
        confidence=torch.tensor([1.0, 0.5]),
        exact=torch.zeros(2),
        product=torch.randn(2, 256),
        background=torch.randn(2, 256),
        shadow=torch.randn(2, 256),
        student_prompt=stack([prompt_tensors([whole_image(FRAME)], FRAME)] * 2),
        teacher_prompt=stack([prompt_tensors([Prompt(box=(240.0, 160.0, 800.0, 360.0))], FRAME)] * 2),
    )
