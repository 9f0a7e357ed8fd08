"""Prompts in image pixels, and their tensors in SAM's frame.

Coordinates: x to the right, y down, boxes (x0, y0, x1, y1) with x1 and y1 exclusive.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, UInt8
from numpy.typing import ArrayLike, NDArray
from refiners.foundationals.segment_anything.prompt_encoder import PointType
from torch import Tensor

from wesam_packshot.sam.frame import Frame
from wesam_packshot.sam.model import LOW_RES, PromptTensors

Box = tuple[float, float, float, float]
Point = tuple[float, float]

# SAM's own mask inputs are logits; a binary mask stands for a sure one.
COARSE_LOGIT = 8.0


@dataclass(frozen=True, eq=False)
class Prompt:
    """A prompt for one object; any of box, points and mask together.

    Attributes:
        box: in image pixels.
        points: in image pixels.
        labels: 1 on the object, 0 off it, one per point.
        mask: low-res logits of an earlier or coarse mask.
    """

    box: Box | None = None
    points: tuple[Point, ...] = ()
    labels: tuple[int, ...] = ()
    mask: Float[Tensor, "256 256"] | None = None

    def __post_init__(self) -> None:
        if len(self.points) != len(self.labels):
            raise ValueError(f"{len(self.points)} points but {len(self.labels)} labels")
        if self.box is None and not self.points and self.mask is None:
            raise ValueError("a prompt needs a box, a point or a mask")

    @property
    def tokens(self) -> int:
        """Points that the prompt encoder sees: prompts of the same number can share a batch."""
        return len(self.points) + (2 if self.box else 1)


def whole_image(frame: Frame) -> Prompt:
    """The box of the whole image, which asks no one for anything."""
    return Prompt(box=(0.0, 0.0, float(frame.width), float(frame.height)))


def inset(frame: Frame, share: float) -> Prompt:
    """The whole-image box, moved inwards by `share` of each side's length."""
    dx, dy = share * frame.width, share * frame.height
    return Prompt(box=(dx, dy, frame.width - dx, frame.height - dy))


def coarse_mask(levels: UInt8[np.ndarray, "height width"], frame: Frame) -> Float[Tensor, "256 256"]:
    """Low-res logits of an 8-bit mask in image pixels; the padding counts as background."""
    return (2 * frame.from_image(torch.from_numpy(levels / np.float32(255)), LOW_RES) - 1) * COARSE_LOGIT


def make_prompts(
    boxes: ArrayLike | None = None,
    points: ArrayLike | None = None,
    labels: ArrayLike | None = None,
    masks: Float[Tensor, "*n 256 256"] | None = None,
) -> list[Prompt]:
    """Prompts from arrays, in image pixels; what is given for one prompt alone applies to every one.

    Args:
        boxes: (4,), or (prompts, 4).
        points: (points, 2), or (prompts, points, 2).
        labels: 1 on the object, 0 off it, (points,) or (prompts, points); by default all on it.
        masks: low-res logits of earlier masks, (256, 256) or (prompts, 256, 256).

    Raises:
        ValueError: when shapes do not fit, or nothing is given.
    """
    parts: dict[str, list[Any]] = {}
    if boxes is not None:
        parts["box"] = [(float(a), float(b), float(c), float(d)) for a, b, c, d in _rows("boxes", boxes, 2, 4)]
    if points is not None:
        places = _rows("points", points, 3, 2)
        parts["points"] = [tuple((float(x), float(y)) for x, y in one) for one in places]
        kinds = np.ones(places.shape[:2]) if labels is None else _rows("labels", labels, 2, places.shape[1])
        parts["labels"] = [tuple(int(label) for label in one) for one in kinds]
    if masks is not None:
        parts["mask"] = list(masks.reshape(-1, *masks.shape[-2:]))
    counts = {len(values) for values in parts.values()} - {1}
    if len(counts) > 1:
        sizes = ", ".join(f"{len(values)} of {name}" for name, values in parts.items())
        raise ValueError(f"prompts differ in number: {sizes}")
    count = max(counts, default=1)
    spread = {name: values * count if len(values) == 1 else values for name, values in parts.items()}
    return [Prompt(**{name: values[number] for name, values in spread.items()}) for number in range(count)]


def _rows(name: str, values: ArrayLike, dimensions: int, width: int) -> NDArray[np.float64]:
    """The values as an array with a leading dimension of prompts, which a single prompt may lack."""
    array = np.asarray(values, dtype=np.float64)
    array = array[None] if array.ndim == dimensions - 1 else array
    if array.ndim != dimensions or array.shape[-1] != width:
        raise ValueError(f"{name} of shape {np.shape(values)}, but {width} numbers are needed in the last dimension")
    return array


def prompt_tensors(prompts: Sequence[Prompt], frame: Frame) -> PromptTensors:
    """Tensors of several prompts of one image, with a leading dimension of one image.

    As in the original, a prompt without a box ends in a padding point.

    Raises:
        ValueError: when the prompts differ in their number of tokens, or only some have a mask.
    """
    if len({(prompt.tokens, prompt.mask is None) for prompt in prompts}) != 1:
        raise ValueError("prompts of one batch need the same number of points, and all or no masks")
    coords = torch.stack([frame.to_frame(_coords(prompt)) for prompt in prompts])
    types = torch.tensor([_types(prompt) for prompt in prompts])
    masks = [prompt.mask for prompt in prompts if prompt.mask is not None]
    return PromptTensors(coords[None], types[None], torch.stack(masks)[None] if masks else None)


def stack(items: Sequence[PromptTensors]) -> PromptTensors:
    """Prompts of several images as one batch."""
    masks = [item.masks for item in items if item.masks is not None]
    return PromptTensors(
        torch.cat([item.coords for item in items]),
        torch.cat([item.types for item in items]),
        torch.cat(masks) if masks else None,
    )


def _coords(prompt: Prompt) -> Float[Tensor, "points 2"]:
    ends = [prompt.box[:2], prompt.box[2:]] if prompt.box else [(0.0, 0.0)]
    return torch.tensor([*prompt.points, *ends], dtype=torch.float32)


def _types(prompt: Prompt) -> list[int]:
    ends = [PointType.BOX_TOP_LEFT, PointType.BOX_BOTTOM_RIGHT] if prompt.box else [PointType.NOT_A_POINT]
    labels = [PointType.FOREGROUND if label else PointType.BACKGROUND for label in prompt.labels]
    return [kind.value for kind in (*labels, *ends)]
