"""Models and pictures that many tests share."""

import os

# Where an environment forbids bytecode, each command that a test starts would compile torch and all else again.
if "PYTHONDONTWRITEBYTECODE" in os.environ:
    del os.environ["PYTHONDONTWRITEBYTECODE"]

# Before torch is loaded: of several workers (pytest-xdist) each has a core, also for the commands that it starts.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ["OMP_NUM_THREADS"] = "1"

# Types and shapes of signatures are checked where this is set, as some of them are still wrong.
if "CHECK_SHAPES" in os.environ:
    import tests.shapes  # noqa: F401

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image
from refiners.foundationals.segment_anything.image_encoder import SAMViT
from scipy import ndimage

from wesam_packshot.arrays import Rgb
from wesam_packshot.sam.model import SegmentAnything
from wesam_packshot.sam.tiny_vit import TinyViT
from wesam_packshot.sam.weights import Base, load_model

# Tests of tracking turn it on; the others, and what they start, do without.
os.environ["WANDB_MODE"] = "disabled"


@pytest.fixture(autouse=True)
def seeded() -> Iterator[None]:
    torch.manual_seed(0)
    yield


@pytest.fixture(scope="session")
def mobile_sam() -> tuple[SegmentAnything, Base]:
    """The published MobileSAM. Shared: tests that inject LoRAs take `fresh_mobile_sam`."""
    return load_model("mobile_sam")


@pytest.fixture
def fresh_mobile_sam() -> tuple[SegmentAnything, Base]:
    return load_model("mobile_sam")


def tiny_sam(seed: int = 0) -> SegmentAnything:
    """A SAM with a ViT of two windowed layers and random weights: fast, and meaningless."""
    torch.manual_seed(seed)
    sam = SegmentAnything(SAMViT(32, 2, 2))
    for parameter in sam.parameters():
        torch.nn.init.normal_(parameter, std=0.1)
    return sam.requires_grad_(False).eval()


def narrow_sam() -> SegmentAnything:
    """A SAM with a TinyViT that is as wide as the published one only where the branch taps it; random weights."""
    torch.manual_seed(0)
    sam = SegmentAnything(TinyViT((64, 128, 16, 16), (1, 1, 1, 1), (1, 1, 1, 1)))
    for parameter in sam.parameters():
        torch.nn.init.normal_(parameter, std=0.1)
    return sam.requires_grad_(False).eval()


@pytest.fixture
def small_sam() -> SegmentAnything:
    return tiny_sam()


def draw_packshot(
    height: int = 240,
    width: int = 320,
    colour: tuple[int, int, int] = (200, 60, 40),
    hole: bool = False,
    shadow: float = 0.35,
) -> tuple[Rgb, NDArray[np.bool_]]:
    """A ball with a soft shadow on a grey sweep that is brighter at the left, and its exact mask."""
    rows, columns = np.mgrid[:height, :width]
    centre_y, centre_x, radius = height * 0.5, width * 0.55, height * 0.28
    mask = (rows - centre_y) ** 2 + (columns - centre_x) ** 2 < radius**2
    if hole:
        mask &= (rows - centre_y) ** 2 + (columns - centre_x) ** 2 > (0.5 * radius) ** 2
    sweep = np.stack([225 - 35 * columns / width] * 3, -1)
    fallen = ndimage.gaussian_filter(np.roll(mask, (height // 20, width // 10), (0, 1)).astype(float), height / 30)
    picture = sweep * (1 - shadow * fallen[..., None])
    picture[mask] = colour
    noise = np.random.default_rng(0).normal(0, 1.0, picture.shape)
    return (ndimage.gaussian_filter(picture, (0.6, 0.6, 0)) + noise).clip(0, 255).astype(np.uint8), mask


@pytest.fixture
def packshot() -> tuple[Rgb, NDArray[np.bool_]]:
    return draw_packshot()


@pytest.fixture
def packshot_folder(tmp_path: Path) -> Callable[..., Path]:
    """Writes a data folder of drawn packshots and returns it."""

    def write(count: int = 2, masks: bool = True) -> Path:
        folder = tmp_path / "data"
        for name in ("images", "masks"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        colours = [(200, 60, 40), (40, 90, 180), (60, 140, 70), (230, 180, 40)]
        for number in range(count):
            image, mask = draw_packshot(200 + 20 * number, 300, colours[number % 4])
            Image.fromarray(image).save(folder / "images" / f"ball_{number}.png")
            if masks:
                Image.fromarray(mask.astype(np.uint8) * 255).save(folder / "masks" / f"ball_{number}.png")
        return folder

    return write
