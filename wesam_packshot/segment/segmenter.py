"""The public front of the model: photos in, masks out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Bool, Float
from numpy.typing import ArrayLike
from torch import Tensor

from wesam_packshot.arrays import Mask, Rgb
from wesam_packshot.devices import choose_device
from wesam_packshot.sam.adapter_file import load_adapter, read_adapter_config
from wesam_packshot.sam.features import ImageFeatures
from wesam_packshot.sam.frame import Frame, model_input
from wesam_packshot.sam.lora import active
from wesam_packshot.sam.model import SegmentAnything
from wesam_packshot.sam.prompts import Prompt, make_prompts, prompt_tensors, whole_image
from wesam_packshot.sam.weights import load_model
from wesam_packshot.segment.confidence import confidence

STUDENT = "student"
# Prompts that are decoded at once; SAM's own generator takes as many.
TOGETHER = 64


@dataclass(frozen=True)
class Segmentation:
    """Masks of one photo under one or more prompts: one for each, or with `multimask` three, smallest part first.

    Attributes:
        frame: of the photo.
        logits: low-res, (prompts, masks, 256, 256); each is a mask that `Segmenter.segment` accepts.
        finest: the same, or where the adapter has a high-resolution branch its logits, (prompts, masks, side, side).
        predicted_iou: of each mask, by the model's own head.
        stability: IoU of each mask's cuts at logits of 1 and -1.
    """

    frame: Frame
    logits: Float[Tensor, "prompts masks 256 256"]
    finest: Float[Tensor, "prompts masks side side"]
    predicted_iou: Float[np.ndarray, "prompts masks"]
    stability: Float[np.ndarray, "prompts masks"]

    @cached_property
    def masks(self) -> Bool[np.ndarray, "prompts masks height width"]:
        """In image pixels; a photo of 24 megapixels needs 24 MB for each."""
        found: Bool[np.ndarray, "prompts masks height width"] = np.empty(
            (*self.logits.shape[:2], self.frame.height, self.frame.width), bool
        )
        for number, of_prompt in enumerate(self.finest):
            for token, logits in enumerate(of_prompt):
                found[number, token] = (self.frame.to_image(logits) > 0).numpy()
        return found

    @cached_property
    def confidence(self) -> Float[np.ndarray, "prompts masks"]:
        """Probability that each mask's IoU is 0.9 or more, see `wesam_packshot.segment.confidence`."""
        rows, columns = self.frame.scaled_size(self.finest.shape[-1])
        return confidence(stability(self.finest[..., :rows, :columns]).numpy())

    def finest_logits(self, prompt: int, mask: int) -> Float[np.ndarray, "rows columns"]:
        """The finest logits of one mask, without the frame's padding."""
        rows, columns = self.frame.scaled_size(self.finest.shape[-1])
        return self.finest[prompt, mask, :rows, :columns].numpy()

    @property
    def best(self) -> list[int]:
        """Of each prompt, the mask that the model itself predicts to be best."""
        return [int(number) for number in self.predicted_iou.argmax(1)]

    @property
    def mask(self) -> Mask:
        """The product, (height, width): the best mask of each prompt, joined."""
        joined: Mask = np.any([self.masks[number, token] for number, token in enumerate(self.best)], axis=0)
        return joined


class Segmenter:
    """SAM, with an adapter or as it was published.

    Args:
        sam: the model; its LoRA called `student`, if there is one, is used.
        scale: of that LoRA: 1 as trained, 0 the published model.
    """

    def __init__(self, sam: SegmentAnything, scale: float = 1.0) -> None:
        self.sam = sam
        self.scale = scale

    def published(self) -> "Segmenter":
        """The same model with its adapter off."""
        return Segmenter(self.sam, scale=0.0)

    @classmethod
    def load(
        cls,
        adapter: Path | None = None,
        model: str | None = None,
        weights: Path | None = None,
        weights_sha256: str | None = None,
        device: str = "auto",
    ) -> "Segmenter":
        """A segmenter from an adapter folder or a run, or of a published model.

        Args:
            adapter: adapter folder or run; None for the published model.
            model: its name; by default the one that the adapter was made for, or `mobile_sam`.
            weights, weights_sha256: see `load_model`.
            device: "auto" takes a GPU where there is one.

        Raises:
            UserError: see `load_model` and `load_adapter`.
        """
        name = model or (read_adapter_config(adapter).base if adapter else "mobile_sam")
        sam, base = load_model(name, weights, weights_sha256)
        if adapter:
            load_adapter(sam, adapter, base, STUDENT)
        return cls(sam.to(device=choose_device(device)))

    @property
    def device(self) -> torch.device:
        return next(self.sam.parameters()).device

    @torch.no_grad()
    def embed(self, *images: Rgb) -> ImageFeatures:
        """Features of photos, (height, width, 3), uint8, of any sizes; each is computed once and prompted often."""
        inputs = torch.cat([model_input(image) for image in images])
        with active(self.sam, **{STUDENT: self.scale}):
            return self.sam.encode(inputs.to(self.device))

    def segment(
        self,
        image: Rgb,
        *,
        boxes: ArrayLike | None = None,
        points: ArrayLike | None = None,
        labels: ArrayLike | None = None,
        masks: Float[Tensor, "*n 256 256"] | None = None,
        prompts: Sequence[Prompt] = (),
        features: ImageFeatures | None = None,
        multimask: bool = False,
    ) -> Segmentation:
        """Masks of a photo, (height, width, 3), uint8, under prompts in its pixels; by default the whole image.

        Args:
            boxes, points, labels, masks: one prompt or several, see `make_prompts`.
            prompts: the same, as objects.
            features: of this photo, by `embed`; computed when they are missing.
            multimask: three masks for each prompt, instead of one.

        Raises:
            ValueError: see `make_prompts`.
        """
        frame = Frame(*image.shape[:2])
        if any(given is not None for given in (boxes, points, labels, masks)):
            prompts = [*prompts, *make_prompts(boxes, points, labels, masks)]
        return self.decode(self.embed(image) if features is None else features, prompts, frame, multimask)

    @torch.no_grad()
    def decode(
        self,
        features: ImageFeatures,
        prompts: Sequence[Prompt],
        frame: Frame,
        multimask: bool = False,
    ) -> Segmentation:
        """Masks of a photo of which only features and size are needed; see `segment`.

        The high-resolution branch refines the single mask only, not the three of `multimask`.
        """
        if multimask:
            features = features.low_res
        tokens = slice(1, 4) if multimask else slice(0, 1)
        asked = list(prompts) or [whole_image(frame)]
        logits = torch.empty(len(asked), 3 if multimask else 1, 256, 256)
        predicted = torch.empty(logits.shape[:2])
        fine: dict[int, Tensor] = {}
        with active(self.sam, **{STUDENT: self.scale}):
            for numbers in batches_alike(asked):
                tensors = prompt_tensors([asked[number] for number in numbers], frame).to(self.device)
                decoded = self.sam.decode(features, tensors)
                logits[numbers] = decoded.logits[0, :, tokens].float().cpu()
                predicted[numbers] = decoded.iou[0, :, tokens].float().cpu()
                if decoded.fine is not None:
                    fine |= dict(zip(numbers, decoded.fine[0].float().cpu(), strict=True))
        finest = torch.stack([fine[number] for number in range(len(asked))])[:, None] if fine else logits
        return Segmentation(frame, logits, finest, predicted.numpy(), stability(logits).numpy())


def stability(logits: Float[Tensor, "*n height width"], offset: float = 1.0) -> Float[Tensor, "*n"]:
    """IoU of each mask's cuts at logits of `offset` and -`offset`, as in SAM's generator; 0 for an empty mask."""
    area = (logits > -offset).sum((-2, -1)).clamp(min=1)
    return (logits > offset).sum((-2, -1)) / area


def batches_alike(prompts: Sequence[Prompt]) -> Iterator[list[int]]:
    """Numbers of the prompts that can be decoded together, at most `TOGETHER` at a time."""
    alike: dict[tuple[int, bool], list[int]] = {}
    for number, prompt in enumerate(prompts):
        alike.setdefault((prompt.tokens, prompt.mask is None), []).append(number)
    for numbers in alike.values():
        yield from (numbers[start : start + TOGETHER] for start in range(0, len(numbers), TOGETHER))
