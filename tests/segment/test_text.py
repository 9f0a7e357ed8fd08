"""Words as a prompt, with a tiny random CLIP and with one that knows colours."""

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import open_clip
import pytest
import torch
from PIL import Image
from torch import Tensor

from tests.conftest import draw_packshot
from wesam_packshot.batch.mask_search import MaskSearch, search_photo
from wesam_packshot.cli.segment import main
from wesam_packshot.errors import UserError
from wesam_packshot.masks.binary import mask_iou
from wesam_packshot.sam.model import SegmentAnything
from wesam_packshot.sam.weights import Base
from wesam_packshot.segment import Segmenter
from wesam_packshot.segment.everything import Thresholds
from wesam_packshot.segment.text import Clip, alone, load_clip, rank


def tiny_clip() -> Clip:
    torch.manual_seed(0)
    vision = {"image_size": 32, "layers": 1, "width": 32, "head_width": 16, "patch_size": 16}
    text = {"context_length": 77, "vocab_size": 49408, "width": 32, "heads": 2, "layers": 1}
    model = open_clip.CLIP(16, vision, text).eval()
    transform = open_clip.image_transform(32, is_train=False)
    return Clip(model, transform, open_clip.get_tokenizer("ViT-B-32"))


class Colours(torch.nn.Module):
    """Stands in for a trained CLIP: a picture's vector is its mean tint, a word's the colour that it names."""

    logit_scale = torch.tensor(4.0)

    def encode_image(self, pictures: Tensor) -> Tensor:
        return pictures.flatten(2).mean(-1) - pictures.mean((1, 2, 3))[:, None]

    def encode_text(self, tokens: Tensor) -> Tensor:
        return tokens.float()


def colour_clip() -> Clip:
    names = {"red": [2.0, -1, -1], "blue": [-1.0, -1, 2]}
    return Clip(
        Colours(),
        lambda picture: torch.from_numpy(np.asarray(picture.resize((8, 8)), np.float32) / 255 - 0.5).permute(2, 0, 1),
        lambda texts: torch.tensor([names[text] for text in texts]),
    )


def test_a_tiny_clip_ranks_as_open_clip_does_itself() -> None:
    clip = tiny_clip()
    image, mask = draw_packshot()
    masks = [mask, ~mask, np.roll(mask, 40, 1)]
    shares = rank(clip, image, masks, "a red ball")
    pictures = torch.stack([clip.transform(Image.fromarray(alone(image, one))) for one in masks])
    _, _, scale = clip.model(pictures, clip.tokenize(["a red ball"]))
    images, texts, _ = clip.model(pictures, clip.tokenize(["a red ball"]))
    assert np.allclose(shares, (scale * images @ texts.T)[:, 0].softmax(0).detach().numpy(), atol=1e-5)
    assert shares.sum() == pytest.approx(1)


def test_a_mask_is_shown_alone() -> None:
    image, mask = np.full((40, 40, 3), 200, np.uint8), np.zeros((40, 40), bool)
    mask[10:30, 10:20] = True
    shown = alone(image, mask)
    assert shown.shape == (24, 14, 3)
    assert (shown[2:22, 2:12] == 200).all()
    assert (shown[:2] == 128).all()
    assert alone(image, ~mask & mask).shape == (1, 1, 3)


def test_words_choose_the_mask(mobile_sam: tuple[SegmentAnything, Base]) -> None:
    left, mask = draw_packshot(200, 200, (200, 40, 40), shadow=0)
    right, _ = draw_packshot(200, 200, (40, 60, 200), shadow=0)
    image = np.concatenate([left, right], axis=1)
    nothing = np.zeros_like(mask)
    search = MaskSearch("text", Thresholds(points_per_side=6), "blue")
    segmenter = Segmenter(mobile_sam[0])
    blue = search_photo(segmenter, image, search, colour_clip())
    red = search_photo(segmenter, image, MaskSearch("text", search.thresholds, "red"), colour_clip())
    assert mask_iou(blue.mask, np.concatenate([nothing, mask], axis=1)) > 0.9
    assert mask_iou(red.mask, np.concatenate([mask, nothing], axis=1)) > 0.9
    assert blue.instances
    scores = [one.score for one in blue.instances]
    assert scores == sorted(scores, reverse=True)
    assert blue.confidence == pytest.approx(scores[0])


def test_missing_weights_are_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"--clip-weights .*none.pt: no such file; give a checkpoint of ViT-B-32"):
        load_clip("ViT-B-32", str(tmp_path / "none.pt"))
    with pytest.raises(UserError, match=r"--clip Vit: open_clip knows no such model"):
        load_clip("Vit", "openai")
    (tmp_path / "bad.pt").write_bytes(b"no weights")
    with pytest.raises(UserError, match=r"cannot be had .*--clip-weights FILE"):
        load_clip("ViT-B-32", str(tmp_path / "bad.pt"))


def test_without_weights_the_command_says_one_line(
    packshot_folder: Callable[..., Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--input", packshot_folder(1), "--output", tmp_path / "out", "--text", "ball"]
    missing = ["--clip-weights", tmp_path / "none.pt"]
    assert main([str(argument) for argument in [*arguments, *missing]]) == 1
    (line,) = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error")]
    assert re.search(r"none.pt: no such file", line)
