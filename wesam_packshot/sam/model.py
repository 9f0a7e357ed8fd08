"""Segment Anything (arXiv 2304.02643) as one fluxion tree with one tensor-level forward.

Training and inference share `encode` and `decode`; nothing here knows of files, PIL or devices.
"""

from dataclasses import dataclass
from typing import NamedTuple

import refiners.fluxion.layers as fl
import torch
from jaxtyping import Float, Int
from refiners.fluxion.context import Contexts
from refiners.foundationals.segment_anything.image_encoder import SAMViT
from refiners.foundationals.segment_anything.mask_decoder import MaskDecoder
from refiners.foundationals.segment_anything.prompt_encoder import MaskEncoder, PointEncoder
from torch import Tensor

from wesam_packshot.sam.checkpointing import checkpointed
from wesam_packshot.sam.decoder import BatchedMaskDecoder
from wesam_packshot.sam.features import ImageFeatures
from wesam_packshot.sam.high_resolution import CONTEXT, active_branch
from wesam_packshot.sam.prompt_encoder import BatchedPointEncoder
from wesam_packshot.sam.tiny_vit import TinyViT

IMAGE_SIZE = 1024
LOW_RES = 256


@dataclass(frozen=True)
class PromptTensors:
    """Prompts of a batch of images: the same number of prompts per image and of points per prompt.

    Attributes:
        coords: points in pixels of the 1024 frame, x before y, (batch, prompts, points, 2), float32.
        types: values of Refiners' `PointType`, (batch, prompts, points), int64.
        masks: low-resolution logits of a mask prompt, (batch, prompts, 256, 256), float32, or None.
    """

    coords: Float[Tensor, "batch prompts points 2"]
    types: Int[Tensor, "batch prompts points"]
    masks: Float[Tensor, "batch prompts 256 256"] | None = None

    def to(self, device: torch.device, non_blocking: bool = False) -> "PromptTensors":
        masks = None if self.masks is None else self.masks.to(device, non_blocking=non_blocking)
        coords, types = (values.to(device, non_blocking=non_blocking) for values in (self.coords, self.types))
        return PromptTensors(coords, types, masks)

    def pin_memory(self) -> "PromptTensors":
        """In memory from which a GPU copies by itself."""
        masks = None if self.masks is None else self.masks.pin_memory()
        return PromptTensors(self.coords.pin_memory(), self.types.pin_memory(), masks)

    def __getitem__(self, chosen: Int[Tensor, "some"] | slice) -> "PromptTensors":
        """Prompts of some of the images."""
        masks = None if self.masks is None else self.masks[chosen]
        return PromptTensors(self.coords[chosen], self.types[chosen], masks)


class Decoded(NamedTuple):
    """What the decoder says of each prompt: the single-mask token first, then the three multimask tokens.

    Attributes:
        logits: low-resolution mask logits in the padded 1024 frame, (batch, prompts, 4, 256, 256); 0 is the edge.
        iou: predicted IoU of each mask, (batch, prompts, 4).
        fine: the single-mask token's logits by the high-resolution branch, (batch, prompts, 512, 512), or None.
        layers: its logits of shadow, reflection and transparency, (batch, prompts, 3, 512, 512), if asked for.
    """

    logits: Float[Tensor, "batch prompts 4 256 256"]
    iou: Float[Tensor, "batch prompts 4"]
    fine: Float[Tensor, "batch prompts 512 512"] | None = None
    layers: Float[Tensor, "batch prompts 3 512 512"] | None = None


class SegmentAnything(fl.Chain):
    """Image encoder, prompt encoders and mask decoder, adapted to batches.

    Weights are loaded through `wesam_packshot.sam.weights`; LoRAs are injected by `wesam_packshot.sam.lora`.

    Attributes:
        checkpointing: whether the encoder's backward pass computes activations again instead of keeping them.
    """

    def __init__(self, image_encoder: TinyViT | SAMViT) -> None:
        self.checkpointing = False
        super().__init__(image_encoder, PointEncoder(), MaskEncoder(), MaskDecoder())
        BatchedPointEncoder(self.ensure_find(PointEncoder)).inject(self)
        BatchedMaskDecoder(self.ensure_find(MaskDecoder)).inject(self)

    def init_context(self) -> Contexts:
        return {CONTEXT: {}}

    @property
    def image_encoder(self) -> fl.Chain:
        return self.layer(0, fl.Chain)

    @property
    def mask_decoder(self) -> MaskDecoder:
        return self.ensure_find(MaskDecoder)

    def encode(self, images: Float[Tensor, "batch 3 1024 1024"]) -> ImageFeatures:
        """Features of normalised, padded images (see `wesam_packshot.sam.frame.to_model_input`)."""
        branch = active_branch(self)
        if branch is None:
            return ImageFeatures(self._embed(images))
        with branch.listening():
            return ImageFeatures(self._embed(images), branch.details())

    def _embed(self, images: Float[Tensor, "batch 3 1024 1024"]) -> Float[Tensor, "batch 256 64 64"]:
        if self.checkpointing and torch.is_grad_enabled():
            return checkpointed(self.image_encoder, images)
        embedding: Tensor = self.image_encoder(images)
        return embedding

    def embed_prompts(self, prompts: PromptTensors) -> tuple[Tensor, Tensor]:
        """Sparse (batch * prompts, points, 256) and dense (batch * prompts or 1, 256, 64, 64) embeddings.

        Always in float32: half a mantissa would move the coordinates.
        """
        with torch.autocast(prompts.coords.device.type, enabled=False):
            return self._embed_prompts(prompts)

    def _embed_prompts(self, prompts: PromptTensors) -> tuple[Tensor, Tensor]:
        points, masks = self.ensure_find(PointEncoder), self.ensure_find(MaskEncoder)
        points.set_type_mask(prompts.types.flatten(0, 1))
        # the original shifts coordinates to the centre of their pixel
        sparse: Tensor = points((prompts.coords.flatten(0, 1) + 0.5) / IMAGE_SIZE)
        if prompts.masks is None:
            return sparse, masks.get_no_mask_dense_embedding((64, 64))
        dense: Tensor = masks(prompts.masks.flatten(0, 1).unsqueeze(1))
        return sparse, dense

    def decode(self, features: ImageFeatures, prompts: PromptTensors, layers: bool = False) -> Decoded:
        """Masks and predicted IoUs of every prompt of every image.

        Args:
            layers: whether the high-resolution branch, where there is one, tells of shadow, reflection and
                transparency as well.

        Raises:
            ValueError: when features and prompts are of different numbers of images.
        """
        batch, count = prompts.coords.shape[:2]
        if len(features) != batch:
            raise ValueError(f"features of {len(features)} images, but prompts of {batch} images")
        sparse, dense = self.embed_prompts(prompts)
        decoder = self.mask_decoder
        decoder.set_image_embedding(features.embedding.repeat_interleave(count, dim=0))
        decoder.set_point_embedding(sparse)
        decoder.set_mask_embedding(dense)
        decoder.set_dense_positional_embedding(self._dense_positions(features.embedding.device.type))
        branch, details = active_branch(self), features.details
        if branch is None or details is None:
            logits, iou = (values.unflatten(0, (batch, count)) for values in decoder())
            return Decoded(logits, iou)
        with branch.listening() as heard:
            logits, iou = (values.unflatten(0, (batch, count)) for values in decoder())
            upscaled: Tensor = heard["upscaled"].unflatten(0, (batch, count))
        # one prompt after the other: details are large
        refined = [branch.refine(logits[:, number, 0], upscaled[:, number], details, layers) for number in range(count)]
        beside = [found.layers for found in refined if found.layers is not None]
        fine = torch.stack([found.logits for found in refined], 1)
        return Decoded(logits, iou, fine, torch.stack(beside, 1) if beside else None)

    def _dense_positions(self, device_type: str) -> Float[Tensor, "1 256 64 64"]:
        with torch.autocast(device_type, enabled=False):
            return self.ensure_find(PointEncoder).get_dense_positional_embedding((64, 64))

    def forward(self, images: Float[Tensor, "batch 3 1024 1024"], prompts: PromptTensors) -> Decoded:
        return self.decode(self.encode(images), prompts)
