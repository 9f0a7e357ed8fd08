"""One photo, the visitor's prompts for it, and the cut-outs that models make of that.

A photo is embedded once by each model and then prompted often. What is shown comes from a preview of 1024 pixels, which
is all that SAM sees; the photo's own pixels are worked through only for the cut-out that is kept.
"""

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

import numpy as np
from jaxtyping import UInt8

from wesam_packshot.arrays import Rgb
from wesam_packshot.devices import autocast
from wesam_packshot.errors import ImageError
from wesam_packshot.interactive.answers import Answers, asked, ends_in_click, joined
from wesam_packshot.io.overlays import cut_out
from wesam_packshot.io.photos import read_image
from wesam_packshot.io.prompt_file import PromptSpec
from wesam_packshot.masks.matting import Boundary
from wesam_packshot.pseudolabel.candidates import is_inverted
from wesam_packshot.sam.frame import Frame, resize_to_frame
from wesam_packshot.sam.model import IMAGE_SIZE
from wesam_packshot.sam.prompts import Box, Prompt
from wesam_packshot.segment.refinement import Logits, Refine, refine_logits
from wesam_packshot.segment.segmenter import Segmenter

Rgba = UInt8[np.ndarray, "height width 4"]

# Held while a model is in use: switching a LoRA on or off changes the model for everybody.
IN_USE = Lock()


@dataclass(frozen=True)
class Photo:
    """A photo and its preview.

    Attributes:
        name: of the file, without its ending.
        image: all pixels.
        preview: SAM's resized image; the photo itself when it is smaller.
    """

    name: str
    image: Rgb
    preview: Rgb

    @classmethod
    def read(cls, path: Path, max_megapixels: float) -> "Photo":
        """A photo from a file.

        Raises:
            ImageError: see `read_image`; it names the file without its folder, which visitors have not chosen.
        """
        try:
            image = read_image(path, max_megapixels)
        except ImageError as error:
            raise ImageError(str(error).replace(str(path), path.name)) from error
        large = max(image.shape) > IMAGE_SIZE
        return cls(path.stem, image, resize_to_frame(image) if large else image)

    @property
    def frame(self) -> Frame:
        return Frame(*self.image.shape[:2])


@dataclass(frozen=True)
class Cut:
    """A cut-out of the preview.

    Attributes:
        inverted: the model has taken the background for the product.
    """

    boundary: Boundary
    inverted: bool

    @property
    def rgba(self) -> Rgba:
        return cut_out(self.boundary.colour, self.boundary.alpha)


class Session:
    """A photo and its prompts, which are in its pixels.

    Args:
        precision: of the model, as `train.precision`.

    Attributes:
        steps: the prompts, each a point or a box, in the order that they were drawn.
        version: counts the changes, so that late answers are distinguished from current ones.
    """

    def __init__(self, photo: Photo, precision: str = "auto") -> None:
        self.photo = photo
        self.precision = precision
        self.steps: tuple[PromptSpec, ...] = ()
        self.version = 0
        self._answers = Answers(photo.preview, photo.frame)

    def add_point(self, x: float, y: float, label: int) -> None:
        """Tell whether a place is on the product, 1, or off it, 0.

        Raises:
            UsageError: when it lies outside the photo.
        """
        self._add(PromptSpec(points=((x, y),), labels=(label,)))

    def add_box(self, box: Box) -> None:
        """Tell the product's rectangle, in place of an earlier one.

        Raises:
            UsageError: when it reaches outside the photo.
        """
        self._add(PromptSpec(box=box))

    def undo(self) -> None:
        """Take the last prompt back; an earlier box holds again."""
        self._change(self.steps[:-1])

    def clear(self) -> None:
        """Take all prompts back."""
        self._change(())

    def close(self) -> None:
        """Another photo takes this one's place: answers that are still on their way are late."""
        self.version += 1

    @property
    def spec(self) -> PromptSpec:
        """All prompts as one."""
        return joined(self.steps)

    @property
    def prompts(self) -> list[Prompt]:
        """The prompts; with none, it is the whole image."""
        return asked(self.steps, self.photo.frame)

    def preview(self, segmenter: Segmenter, refine: Refine) -> Cut:
        """The cut-out at the preview's size."""
        with autocast(segmenter.device, self.precision):
            logits = self._logits(segmenter)
            prompts = [_scaled(prompt, self.photo) for prompt in self.prompts]
            boundary = self._refined(segmenter, self.photo.preview, logits, prompts, refine)
        return Cut(boundary, not self.steps and is_inverted(logits))

    def cut_out(self, segmenter: Segmenter, refine: Refine) -> Rgba:
        """The cut-out with all of the photo's pixels, straight alpha."""
        with autocast(segmenter.device, self.precision):
            logits = self._logits(segmenter)
            boundary = self._refined(segmenter, self.photo.image, logits, self.prompts, refine)
        return cut_out(boundary.colour, boundary.alpha)

    def _logits(self, segmenter: Segmenter) -> Logits:
        with IN_USE:
            return self._answers.to(segmenter, self.steps)

    def _refined(
        self, segmenter: Segmenter, image: Rgb, logits: Logits, prompts: list[Prompt], refine: Refine
    ) -> Boundary:
        # a second look would be at all of the product again, also at what clicks have settled
        if refine == "best" and ends_in_click(self.steps):
            refine = "fast"
        # only the best boundary asks the model again; the others leave it to the next visitor
        with IN_USE if refine == "best" else nullcontext():
            return refine_logits(segmenter, image, logits, prompts, refine)

    def _add(self, step: PromptSpec) -> None:
        step.check_inside(self.photo.frame)
        self._change((*self.steps, step))

    def _change(self, steps: tuple[PromptSpec, ...]) -> None:
        self.steps = steps
        self.version += 1


def _scaled(prompt: Prompt, photo: Photo) -> Prompt:
    """A prompt in the preview's pixels."""
    factors = photo.preview.shape[1] / photo.image.shape[1], photo.preview.shape[0] / photo.image.shape[0]

    def place(values: Sequence[float]) -> tuple[float, ...]:
        return tuple(value * factors[number % 2] for number, value in enumerate(values))

    box = place(prompt.box) if prompt.box else None
    return Prompt(box, tuple(map(place, prompt.points)), prompt.labels)  # type: ignore[arg-type]
