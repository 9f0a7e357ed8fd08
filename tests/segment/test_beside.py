"""The shadow beside a product whose mask is known."""

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from wesam_packshot.sam.frame import Frame
from wesam_packshot.segment.beside import find_layers
from wesam_packshot.segment.segmenter import Segmentation

HEIGHT, WIDTH, SIDE = 240, 320, 512
PRODUCT, SHADOW, FLECK = np.s_[60:160, 100:200], np.s_[120:160, 200:280], np.s_[20:40, 20:60]
DENSITY = 0.3


def picture() -> NDArray[np.uint8]:
    """A red product on light grey, with a shadow beside it that takes 30 % of the light, and one of something else."""
    image = np.full((HEIGHT, WIDTH, 3), 220.0)
    image[SHADOW] *= 1 - DENSITY
    image[FLECK] *= 1 - DENSITY
    image[PRODUCT] = (180, 20, 30)
    return image.round().astype(np.uint8)


def segmentation() -> Segmentation:
    """As a model gives it that is sure of the product, but for its left edge; of the frame the photo takes the top."""
    values = np.full((HEIGHT, WIDTH), -9.0, np.float32)
    values[PRODUCT] = 9
    values[PRODUCT[0], 98:102] = 0.1
    framed = torch.full((SIDE, SIDE), -9.0)
    size = Frame(HEIGHT, WIDTH).scaled_size(SIDE)
    shown = Image.fromarray(values).resize(size[::-1], Image.Resampling.NEAREST)
    framed[: size[0], : size[1]] = torch.from_numpy(np.array(shown))
    one = np.ones((1, 1))
    return Segmentation(Frame(HEIGHT, WIDTH), torch.zeros(1, 1, 256, 256), framed[None, None], one, one)


def at_photo(values: NDArray[np.generic]) -> NDArray[np.float32]:
    shown = Image.fromarray(values.astype(np.float32)).resize((WIDTH, HEIGHT), Image.Resampling.NEAREST)
    return np.asarray(shown)


def test_a_shadow_is_as_dense_as_the_photo_shows_it() -> None:
    found = find_layers(picture(), segmentation())
    shadow, unsure = at_photo(found.shadow), at_photo(found.unsure)
    assert abs(shadow[125:155, 205:275] - DENSITY).max() < 0.02
    outside = np.ones((HEIGHT, WIDTH), bool)
    outside[115:165, 190:285] = False
    assert shadow[outside].max() < 0.01  # nor is what does not touch the product
    assert unsure[70:150, 99:101].all()
    assert not unsure[:, :90].any()
    assert not found.reflection.any()


def test_on_a_backdrop_that_is_not_plain_nothing_is_a_shadow() -> None:
    image = picture()
    noise = np.random.default_rng(0).integers(0, 255, image.shape, np.uint8)
    image[:, :, :] = np.where(segmentation_mask()[..., None], image, noise)
    assert not find_layers(image, segmentation()).shadow.any()


def segmentation_mask() -> NDArray[np.bool_]:
    mask = np.zeros((HEIGHT, WIDTH), bool)
    mask[PRODUCT] = True
    return mask
