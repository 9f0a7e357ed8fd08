"""Training samples: a photo in its weak view, its pseudo-label in the same view, and the prompts of both sides.

Everything random about the n-th visit to a photo follows from the seed and n alone, so that a run can be resumed
at any visit and data workers change nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor
from torch.utils.data import Dataset

from wesam_packshot.adaptation.store import LabelStore, StoredLabel
from wesam_packshot.adaptation.views import Window, crop_window
from wesam_packshot.config import Config
from wesam_packshot.images import Frame, Rgb, pad_to_frame, read_image, resize_to_frame
from wesam_packshot.prompts import Box, Prompt, prompt_tensors, stack
from wesam_packshot.sam.model import LOW_RES, PromptTensors


@dataclass(frozen=True)
class Batch:
    """Samples of several photos.

    Attributes:
        images: weak views, padded, 0 to 255, (batch, 3, 1024, 1024).
        validity: 1 on the photo, 0 on the padding, (batch, 1024, 1024).
        target: pseudo-mask, low-res, (batch, 256, 256).
        weight: trust per pixel, 0 on the padding, low-res.
        inside: validity, low-res.
        confidence: in each pseudo-mask, (batch,).
        product: the anchor's prototypes of the products, (batch, 256).
        background: the same of the backgrounds.
        poor: what the student is told: the whole image.
        good: what the teacher is told: the tight box of the pseudo-mask.
    """

    images: UInt8[Tensor, "batch 3 1024 1024"]
    validity: Float[Tensor, "batch 1024 1024"]
    target: Float[Tensor, "batch 256 256"]
    weight: Float[Tensor, "batch 256 256"]
    inside: Float[Tensor, "batch 256 256"]
    confidence: Float[Tensor, "batch"]
    product: Float[Tensor, "batch dim"]
    background: Float[Tensor, "batch dim"]
    poor: PromptTensors
    good: PromptTensors

    def to(self, device: torch.device) -> "Batch":
        moved: dict[str, Any] = {name: value.to(device) for name, value in vars(self).items()}
        return Batch(**moved)


class Visits(Dataset[Batch]):
    """The n-th visit to a photo of the run, as a batch of one; each epoch visits every photo in a new order."""

    def __init__(self, labels: Sequence[StoredLabel], store: LabelStore, config: Config) -> None:
        self.labels = labels
        self.store = store
        self.config = config

    def __getitem__(self, visit: int) -> Batch:
        epoch, position = divmod(visit, len(self.labels))
        seed = self.config.train.seed
        order = np.random.default_rng([seed, 1, epoch]).permutation(len(self.labels))
        return self.sample(self.labels[order[position]], np.random.default_rng([seed, 2, visit]))

    def sample(self, label: StoredLabel, generator: np.random.Generator) -> Batch:
        """The weak view of one photo, drawn from `generator`."""
        views = self.config.views
        image = read_image(label.record.file, self.config.data.max_megapixels)
        maps = self.store.read_maps(label.record.id)[..., :2]
        window = crop_window(image.shape[:2], label.box, views.crop, generator)
        maps = _crop(maps, window, image.shape[:2])
        image = _crop(image, window, image.shape[:2])
        box = _shift(label.box, window)
        if generator.random() < views.flip:
            image, maps = image[:, ::-1], maps[:, ::-1]
            box = (image.shape[1] - box[2], box[1], image.shape[1] - box[0], box[3])
        frame = Frame(*image.shape[:2])
        channels = torch.from_numpy(np.ascontiguousarray(np.moveaxis(maps, -1, 0)))
        target, weight = (frame.from_image(channel, LOW_RES) for channel in channels)
        inside = frame.validity(LOW_RES)
        return Batch(
            images=pad_to_frame(resize_to_frame(np.ascontiguousarray(image)))[None],
            validity=frame.validity()[None],
            target=target[None],
            weight=(weight * inside)[None],
            inside=inside[None],
            confidence=torch.tensor([label.confidence], dtype=torch.float32),
            product=label.product[None],
            background=label.background[None],
            poor=prompt_tensors([jittered_whole_image(frame, views.box_jitter, generator)], frame),
            good=prompt_tensors([Prompt(box=box)], frame),
        )


def collate(samples: Sequence[Batch]) -> Batch:
    """Batches of one photo each, put together."""
    joined: dict[str, Any] = {
        name: stack([getattr(sample, name) for sample in samples])
        if isinstance(value, PromptTensors)
        else torch.cat([getattr(sample, name) for sample in samples])
        for name, value in vars(samples[0]).items()
    }
    return Batch(**joined)


def jittered_whole_image(frame: Frame, share: float, generator: np.random.Generator) -> Prompt:
    """The whole-image box with each side moved inwards by up to `share` of the picture's length."""
    left, top, right, bottom = share * generator.random(4) * generator.integers(0, 2)
    width, height = frame.width, frame.height
    return Prompt(box=(left * width, top * height, (1 - right) * width, (1 - bottom) * height))


def _crop(values: Rgb, window: Window, size: tuple[int, int]) -> Rgb:
    """Cut a window, given in pixels of an image of `size`, out of an array that may be smaller or larger."""
    rows, columns = values.shape[0] / size[0], values.shape[1] / size[1]
    top, bottom = round(window[1] * rows), max(round(window[3] * rows), round(window[1] * rows) + 1)
    left, right = round(window[0] * columns), max(round(window[2] * columns), round(window[0] * columns) + 1)
    return values[top:bottom, left:right]


def _shift(box: Sequence[float], window: Window) -> Box:
    return box[0] - window[0], box[1] - window[1], box[2] - window[0], box[3] - window[1]
