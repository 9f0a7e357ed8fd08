"""SAM's frame: resizing and padding of an image to it, and the exact inverse.

Frames: an *image* has its original pixels (height, width). The *frame* is SAM's square of 1024 pixels: the image
resized so that its longest side is 1024, at the left and top, padded at the right and bottom. *Low-res* is that
frame at a quarter of its size, where SAM's masks live.
"""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, UInt8
from PIL import Image
from torch import Tensor
from torch.nn.functional import interpolate

from wesam_packshot.arrays import ResizedRgb, Rgb
from wesam_packshot.sam.model import IMAGE_SIZE, LOW_RES

# Of the original: mean and standard deviation of ImageNet's channels, 0 to 255.
MEAN = (123.675, 116.28, 103.53)
STD = (58.395, 57.12, 57.375)


@dataclass(frozen=True)
class Frame:
    """Where an image of (height, width) pixels lies in SAM's frame.

    Sizes and coordinates follow the original `ResizeLongestSide`.
    """

    height: int
    width: int

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the resized image within the frame."""
        scale = IMAGE_SIZE / max(self.height, self.width)
        return max(1, int(self.height * scale + 0.5)), max(1, int(self.width * scale + 0.5))

    @property
    def low_res_size(self) -> tuple[int, int]:
        """Height and width of the image in low-res pixels."""
        return self.scaled_size(LOW_RES)

    def scaled_size(self, side: int) -> tuple[int, int]:
        """Height and width of the image in a frame of `side` pixels."""
        height, width = (max(1, round(length * side / IMAGE_SIZE)) for length in self.size)
        return height, width

    def to_frame(self, points: Float[Tensor, "*n 2"]) -> Float[Tensor, "*n 2"]:
        """Points (x, y) from image pixels to frame pixels."""
        height, width = self.size
        return points * points.new_tensor([width / self.width, height / self.height])

    def to_image(self, logits: Float[Tensor, "*n side side"]) -> Float[Tensor, "*n height width"]:
        """Low-res logits to the image's own pixels: enlarge, cut the padding off, resize, all bilinear."""
        height, width = self.size
        flat = logits.reshape(-1, 1, *logits.shape[-2:])
        framed = interpolate(flat, (IMAGE_SIZE, IMAGE_SIZE), mode="bilinear", align_corners=False)
        resized = interpolate(
            framed[..., :height, :width], (self.height, self.width), mode="bilinear", align_corners=False
        )
        return resized.view(*logits.shape[:-2], self.height, self.width)

    def from_image(self, values: Float[Tensor, "rows columns"], side: int = IMAGE_SIZE) -> Float[Tensor, "side side"]:
        """A map of the whole image, in any resolution, to a frame of `side` pixels; zero in the padding."""
        height, width = self.scaled_size(side)
        resized = interpolate(values[None, None], (height, width), mode="bilinear", antialias=True)
        framed = values.new_zeros(side, side)
        framed[:height, :width] = resized[0, 0]
        return framed

    def valid_mask(self, side: int = IMAGE_SIZE) -> Float[Tensor, "side side"]:
        """1 where the frame shows the image, 0 in the padding."""
        return self.from_image(torch.ones(self.height, self.width), side).round()


def resize_to_frame(image: Rgb) -> ResizedRgb:
    """The image with its longest side at 1024 pixels, resized as the original does (PIL, bilinear)."""
    height, width = Frame(*image.shape[:2]).size
    return np.asarray(Image.fromarray(image).resize((width, height), Image.Resampling.BILINEAR))


def pad_to_frame(image: Rgb) -> UInt8[Tensor, "3 1024 1024"]:
    """A resized image as a tensor, its last row and column repeated at the bottom and right.

    `to_model_input` makes the padding zero. Until then it is like the photo, so that a blur does not darken the border.
    """
    rows, columns = IMAGE_SIZE - image.shape[0], IMAGE_SIZE - image.shape[1]
    framed = np.pad(image, ((0, rows), (0, columns), (0, 0)), mode="edge")
    return torch.from_numpy(framed.transpose(2, 0, 1).copy())


def to_model_input(
    framed: Float[Tensor, "batch 3 1024 1024"], validity: Float[Tensor, "batch 1024 1024"]
) -> Float[Tensor, "batch 3 1024 1024"]:
    """Normalise padded images of values 0 to 255; the padding is zero after normalising, as in the original."""
    mean, std = (framed.new_tensor(values).view(3, 1, 1) for values in (MEAN, STD))
    normalised = (framed - mean) / std * validity.unsqueeze(1)
    return normalised.contiguous(memory_format=torch.channels_last)


def model_input(image: Rgb) -> Float[Tensor, "1 3 1024 1024"]:
    """What the image encoder receives for one photo."""
    framed = pad_to_frame(resize_to_frame(image)).float()
    return to_model_input(framed[None], Frame(*image.shape[:2]).valid_mask()[None])
