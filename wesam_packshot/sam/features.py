"""What the image encoder says of a batch of images: embeddings, and details finer than they are."""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor


class Details(NamedTuple):
    """Features for the high-resolution branch, see `wesam_packshot.sam.high_resolution`.

    Attributes:
        coarse: of a quarter of the image's resolution, (batch, 32, 256, 256).
        fine: of half of it, (batch, 16, 512, 512).
    """

    coarse: Float[Tensor, "batch coarse 256 256"]
    fine: Float[Tensor, "batch fine 512 512"]


@dataclass(frozen=True)
class ImageFeatures:
    """Features of a batch of images, computed once and prompted often.

    Attributes:
        embedding: SAM's own, (batch, 256, 64, 64).
        details: where the active adapter has a high-resolution branch; without them, masks are SAM's low-res ones.
    """

    embedding: Float[Tensor, "batch 256 64 64"]
    details: Details | None = None

    def __len__(self) -> int:
        return len(self.embedding)

    def __getitem__(self, chosen: Int[Tensor, "some"] | slice) -> "ImageFeatures":
        """Those of some of the images."""
        details = self.details and Details(*(values[chosen] for values in self.details))
        return ImageFeatures(self.embedding[chosen], details)

    @property
    def low_res(self) -> "ImageFeatures":
        """The same without details: the decoder then stops at SAM's own masks."""
        return ImageFeatures(self.embedding)

    def to(self, device: torch.device) -> "ImageFeatures":
        details = self.details and Details(*(values.to(device) for values in self.details))
        return ImageFeatures(self.embedding.to(device), details)
