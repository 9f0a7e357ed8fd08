"""Layers beside a product, from logits that a model with a high-resolution branch would give."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from wesam_packshot.sam.frame import Frame
from wesam_packshot.segment.beside import find_layers
from wesam_packshot.segment.segmenter import Segmentation

HEIGHT, WIDTH, SIDE = 240, 320, 512
PRODUCT, SHADOW, MIRROR = np.s_[60:160, 100:200], np.s_[120:160, 200:280], np.s_[160:200, 100:200]
DENSITY = 0.3


def picture() -> NDArray[np.uint8]:
    """A red product on light grey, with a shadow beside it that takes 30 % of the light, and a mirror image below."""
    image = np.full((HEIGHT, WIDTH, 3), 220.0)
    image[SHADOW] *= 1 - DENSITY
    image[MIRROR] = (200, 150, 150)
    image[PRODUCT] = (180, 20, 30)
    return image.round().astype(np.uint8)


def logits_of(part: tuple[slice, slice], inside: float = 9.0) -> Tensor:
    """Logits in the padded frame, of which the photo takes the top three quarters; unsure at the part's left edge."""
    values = np.full((HEIGHT, WIDTH), -9.0, np.float32)
    values[part] = inside
    values[part[0], part[1].start - 2 : part[1].start + 2] = 0.1
    framed = torch.full((SIDE, SIDE), -9.0)
    size = Frame(HEIGHT, WIDTH).scaled_size(SIDE)
    shown = torch.nn.functional.interpolate(torch.from_numpy(values)[None, None], size, mode="nearest")[0, 0]
    framed[: size[0], : size[1]] = shown
    return framed


def segmentation(layers: Tensor | None) -> Segmentation:
    one = np.ones((1, 1))
    return Segmentation(
        Frame(HEIGHT, WIDTH), torch.zeros(1, 1, 256, 256), logits_of(PRODUCT)[None, None], one, one, layers
    )


def at_photo(values: NDArray[np.generic]) -> NDArray[np.float32]:
    rows = (np.arange(HEIGHT) + 0.5) * values.shape[0] / HEIGHT
    columns = (np.arange(WIDTH) + 0.5) * values.shape[1] / WIDTH
    shown: NDArray[np.float32] = values[rows.astype(int)[:, None], columns.astype(int)].astype(np.float32)
    return shown


def test_a_shadow_is_as_dense_as_the_photo_shows_it() -> None:
    glass = logits_of(PRODUCT, inside=float(np.log(0.25 / 0.75)))
    found = find_layers(picture(), segmentation(torch.stack([logits_of(SHADOW), logits_of(MIRROR), glass])[None]))
    assert found is not None and found.transparency is not None
    shadow, reflection = at_photo(found.shadow), at_photo(found.reflection)
    assert abs(shadow[130:150, 210:270] - DENSITY).max() < 0.02
    outside = np.ones((HEIGHT, WIDTH), bool)
    outside[115:165, 195:285] = False
    assert shadow[outside].max() < 0.01  # nothing of the mirror image, though it is darker than the backdrop
    assert reflection[165:195, 105:195].all() and not reflection[:155].any()
    assert abs(at_photo(found.transparency)[70:150, 110:190] - 0.25).max() < 0.01
    assert at_photo(found.unsure)[70:150, 99:101].all() and not at_photo(found.unsure)[:, :90].any()


def test_several_prompts_have_the_most_of_any() -> None:
    nothing = torch.full((3, SIDE, SIDE), -9.0)
    beside = torch.stack([logits_of(SHADOW), nothing[0], nothing[0]])
    found = segmentation(torch.stack([nothing, beside])).layer_shares()
    alone = segmentation(beside[None]).layer_shares()
    assert found is not None and alone is not None
    assert np.array_equal(found, alone) and found.shape == (3, 384, 512)


def test_a_model_without_the_branch_tells_none() -> None:
    assert find_layers(picture(), segmentation(None)) is None
