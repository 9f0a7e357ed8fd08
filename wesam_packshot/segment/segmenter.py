"""The public front of the model: photos in, masks out."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from wesam_packshot import __version__
from wesam_packshot.config import Config
from wesam_packshot.devices import choose_device
from wesam_packshot.images import Frame, Rgb, model_input
from wesam_packshot.io.hashing import file_sha256
from wesam_packshot.prompts import Prompt, prompt_tensors, whole_image
from wesam_packshot.sam.adapter_file import WEIGHTS, find_adapter, load_adapter, read_adapter_config
from wesam_packshot.sam.lora import active
from wesam_packshot.sam.model import SegmentAnything
from wesam_packshot.sam.weights import load_model

STUDENT = "student"


@dataclass(frozen=True)
class Segmentation:
    """Masks of one photo under one prompt.

    Attributes:
        masks: in image pixels, (count, height, width); one, or with `multimask` three, smallest part first.
        logits: low-res logits of the same masks, (count, 256, 256), which `Prompt.mask` accepts.
        predicted_iou: of each mask, by the model's own head.
        stability: IoU of each mask's cuts at logits of 1 and -1.
    """

    masks: Bool[np.ndarray, "count height width"]
    logits: Float[Tensor, "count 256 256"]
    predicted_iou: Float[np.ndarray, "count"]
    stability: Float[np.ndarray, "count"]


class Segmenter:
    """SAM, with an adapter or as it was published.

    Args:
        sam: the model; its LoRA called `student`, if there is one, is used.
        scale: of that LoRA: 1 as trained, 0 the published model.
    """

    def __init__(self, sam: SegmentAnything, scale: float = 1.0) -> None:
        self.sam = sam
        self.scale = scale

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
        name = model or (read_adapter_config(adapter)["base"] if adapter else "mobile_sam")
        sam, base = load_model(name, weights, weights_sha256)
        if adapter:
            load_adapter(sam, adapter, base, STUDENT)
        return cls(sam.to(device=choose_device(device)))

    @property
    def device(self) -> torch.device:
        return next(self.sam.parameters()).device

    @torch.no_grad()
    def embed(self, image: Rgb) -> Float[Tensor, "1 256 64 64"]:
        """Embedding of a photo, computed once and prompted many times."""
        with active(self.sam, **{STUDENT: self.scale}):
            return self.sam.encode(model_input(image).to(self.device))

    @torch.no_grad()
    def segment(
        self, image: Rgb, prompt: Prompt | None = None, embedding: Tensor | None = None, multimask: bool = False
    ) -> Segmentation:
        """Masks of a photo, (height, width, 3), uint8, under a prompt in its pixels; by default the whole image."""
        frame = Frame(*image.shape[:2])
        embedding = self.embed(image) if embedding is None else embedding
        tensors = prompt_tensors([prompt or whole_image(frame)], frame).to(self.device)
        with active(self.sam, **{STUDENT: self.scale}):
            decoded = self.sam.decode(embedding, tensors)
        tokens = slice(1, 4) if multimask else slice(0, 1)
        logits, predicted = decoded.logits[0, 0, tokens].float(), decoded.iou[0, 0, tokens].float()
        area = (logits > -1).sum((1, 2)).clamp(min=1)
        return Segmentation(
            (frame.to_image(logits) > 0).cpu().numpy(),
            logits.cpu(),
            predicted.cpu().numpy(),
            ((logits > 1).sum((1, 2)) / area).cpu().numpy(),
        )


def load_segmenter(config: Config, adapter: Path | None) -> Segmenter:
    """The segmenter that a command asks for: the adapter's own model, unless the configuration names one.

    Raises:
        UserError: see `Segmenter.load`.
    """
    model = config.model
    named = model.name if not adapter or "name" in model.model_fields_set else None
    return Segmenter.load(adapter, named, model.weights, model.weights_sha256, config.train.device)


def identity(config: Config, adapter: Path | None) -> dict[str, Any]:
    """What decides over masks besides photo and prompt, for telling whether earlier outputs still hold.

    Raises:
        UserError: when there is no adapter.
    """
    trained = file_sha256(find_adapter(adapter) / WEIGHTS) if adapter else None
    sections = config.model_dump(mode="json", include={"model", "pseudolabel"})
    return {"version": __version__, "adapter": trained} | sections
