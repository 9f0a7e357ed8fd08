"""Windows on a photo, and the maps that move between them."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from PIL import Image

from wesam_packshot.arrays import Mask, Region, ResizedRgb, Rgb
from wesam_packshot.sam.frame import Frame
from wesam_packshot.sam.prompts import Box, Prompt

Map = Float[np.ndarray, "height width"]
# A map of the same at another size.
Resized = Float[np.ndarray, "rows columns"]


@dataclass(frozen=True)
class Window:
    """A rectangle of a photo of `height` x `width` pixels; right and bottom are exclusive."""

    left: int
    top: int
    right: int
    bottom: int
    height: int
    width: int

    @classmethod
    def whole(cls, frame: Frame) -> "Window":
        return cls(0, 0, frame.width, frame.height, frame.height, frame.width)

    @classmethod
    def around(cls, box: Box, margin: float, frame: Frame) -> "Window":
        """The box with a margin, as a share of its longer side, within the photo."""
        extra = margin * max(box[2] - box[0], box[3] - box[1])
        left, top = max(0, int(box[0] - extra)), max(0, int(box[1] - extra))
        right, bottom = min(frame.width, int(box[2] + extra) + 1), min(frame.height, int(box[3] + extra) + 1)
        return cls(left, top, right, bottom, frame.height, frame.width)

    @property
    def frame(self) -> Frame:
        """Its own frame, as if it were a photo."""
        return Frame(*self.size)

    @property
    def region(self) -> Region:
        """Its corners as shares of the photo's width and height."""
        return relative((self.left, self.top, self.right, self.bottom), Frame(self.height, self.width))

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) of the window itself."""
        return self.bottom - self.top, self.right - self.left

    @property
    def slices(self) -> tuple[slice, slice]:
        """Its rows and columns of the photo."""
        return slice(self.top, self.bottom), slice(self.left, self.right)

    def slices_in(self, other: "Window") -> tuple[slice, slice]:
        """Its rows and columns of another window that holds it."""
        return (
            slice(self.top - other.top, self.bottom - other.top),
            slice(self.left - other.left, self.right - other.left),
        )

    def inner(self, box: tuple[int, int, int, int]) -> "Window":
        """A box (x0, y0, x1, y1) of the window's pixels, as a window of the photo."""
        x0, y0, x1, y1 = box
        left, top = self.left, self.top
        return Window(left + x0, top + y0, left + x1, top + y1, self.height, self.width)

    def grown(self, around: int) -> "Window":
        """With so many pixels more on each side, within the photo."""
        left, top = max(0, self.left - around), max(0, self.top - around)
        right, bottom = min(self.width, self.right + around), min(self.height, self.bottom + around)
        return Window(left, top, right, bottom, self.height, self.width)

    def aligned(self, step: int) -> "Window":
        """Begun up to `step` - 1 pixels earlier, at a multiple of `step`."""
        left, top = self.left - self.left % step, self.top - self.top % step
        return Window(left, top, self.right, self.bottom, self.height, self.width)

    def overlap(self, other: "Window") -> "Window | None":
        """What is in both; None where that is nothing."""
        left, top = max(self.left, other.left), max(self.top, other.top)
        right, bottom = min(self.right, other.right), min(self.bottom, other.bottom)
        empty = left >= right or top >= bottom
        return None if empty else Window(left, top, right, bottom, self.height, self.width)

    def cut(self, image: Rgb) -> ResizedRgb:
        return image[self.slices]

    def cut_map(self, values: Map, size: tuple[int, int]) -> Resized:
        """Its part of a map of the whole photo, at `size`, bilinear."""
        rows, columns = values.shape[0] / self.height, values.shape[1] / self.width
        part = (self.left * columns, self.top * rows, self.right * columns, self.bottom * rows)
        return resample(values, size, part)

    def paste_map(self, values: Map, size: tuple[int, int], outside: float) -> Resized:
        """A map of the whole photo, at `size`, with this window's `values` in it."""
        left, right = (round(edge * size[1] / self.width) for edge in (self.left, self.right))
        top, bottom = (round(edge * size[0] / self.height) for edge in (self.top, self.bottom))
        right, bottom = max(right, left + 1), max(bottom, top + 1)
        pasted = np.full(size, outside, np.float32)
        inner = resample(values, (bottom - top, right - left))
        pasted[top:bottom, left:right] = inner[: size[0] - top, : size[1] - left]
        return pasted

    def to_photo(self, box: Box) -> Box:
        """A box of the window's pixels in those of the photo."""
        return box[0] + self.left, box[1] + self.top, box[2] + self.left, box[3] + self.top

    def localized(self, prompt: Prompt) -> Prompt:
        """A prompt of the photo as one of the window; a mask in it stays as it is, and must be replaced."""
        limits = np.array([self.right - self.left, self.bottom - self.top] * 2, float)
        offset = np.array([self.left, self.top] * 2, float)
        box = None if prompt.box is None else tuple(np.clip(np.array(prompt.box) - offset, 0, limits).tolist())
        points = tuple((x - self.left, y - self.top) for x, y in prompt.points)
        return Prompt(box=box, points=points, labels=prompt.labels, mask=prompt.mask)


def relative(box: Box, frame: Frame) -> Region:
    """A box of image pixels as shares of the photo's width and height."""
    return box[0] / frame.width, box[1] / frame.height, box[2] / frame.width, box[3] / frame.height


def scaled(box: tuple[int, int, int, int], size: tuple[int, ...], frame: Frame) -> Box:
    """A box in the pixels of a map of `size` (height, width), in image pixels."""
    columns, rows = frame.width / size[1], frame.height / size[0]
    return box[0] * columns, box[1] * rows, box[2] * columns, box[3] * rows


def resample(values: Map | Mask, size: tuple[int, int], part: Box | None = None) -> Resized:
    """A map, or the `part` of it (x0, y0, x1, y1), at `size` (height, width); averaged when it shrinks."""
    picture = Image.fromarray(np.ascontiguousarray(values, dtype=np.float32))
    return np.asarray(picture.resize(size[::-1], Image.Resampling.BILINEAR, box=part))


def shrink(image: Rgb, size: tuple[int, int]) -> ResizedRgb:
    """A picture at `size` (height, width), each pixel the mean of those it covers."""
    return np.asarray(Image.fromarray(image).resize(size[::-1], Image.Resampling.BOX))
