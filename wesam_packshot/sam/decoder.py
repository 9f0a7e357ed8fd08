"""Refiners' mask decoder, adapted to batches, several prompts per image and all four mask tokens.

Refiners 0.4.0 decodes one prompt of one image and slices the single-mask token away, although it computes it.
The adapter exchanges only layers without weights, so weights are named and loaded as in Refiners.
"""

import refiners.fluxion.layers as fl
from jaxtyping import Float
from refiners.fluxion.adapters import Adapter
from refiners.foundationals.segment_anything.mask_decoder import (
    DenseEmbeddingUpscaling,
    EmbeddingsAggregator,
    IOUPrediction,
    MaskDecoder,
    MaskPrediction,
)
from torch import Tensor


class BatchedEmbeddingsAggregator(EmbeddingsAggregator):
    """Gives every prompt of the batch its own copy of the output tokens."""

    def forward(self, iou_mask_tokens: Float[Tensor, "1 tokens dim"]) -> Tensor:
        points: Tensor = self.ensure_parent.use_context("mask_decoder")["point_embedding"]
        return super().forward(iou_mask_tokens.expand(points.shape[0], -1, -1))


class BatchedMaskDecoder(fl.Chain, Adapter[MaskDecoder]):
    """Mask decoder for N prompts at once.

    The four embeddings are set on `target` as in Refiners, with N (or 1, where all prompts share it) as their
    first dimension. The call returns low-resolution logits (N, 4, 256, 256) and predicted IoUs (N, 4): the
    single-mask token first, then the three multimask tokens, as in the original `MaskDecoder.predict_masks`.
    """

    def __init__(self, target: MaskDecoder) -> None:
        with self.setup_adapter(target):
            super().__init__(target)
        masks, scores = target.ensure_find(MaskPrediction), target.ensure_find(IOUPrediction)
        upscaling = target.ensure_find(DenseEmbeddingUpscaling)
        count = target.num_mask_tokens + 1
        side = 4 * upscaling.dense_embedding_side_dim
        self._exchanges: list[tuple[fl.Chain, fl.Module, fl.Module]] = [
            (target, target.ensure_find(EmbeddingsAggregator), BatchedEmbeddingsAggregator(target.num_mask_tokens)),
            (masks, masks.layer("Slicing", fl.Slicing), fl.Identity()),
            (masks, masks.layer("Reshape", fl.Reshape), fl.Reshape(count, side, side)),
            (scores, scores.layer("Squeeze", fl.Squeeze), fl.Squeeze(dim=1)),
            (scores, scores.layer("Slicing_2", fl.Slicing), fl.Identity()),
        ]

    def inject(self, parent: fl.Chain | None = None) -> "BatchedMaskDecoder":
        for owner, old, new in self._exchanges:
            owner.replace(old, new)
        return super().inject(parent)

    def eject(self) -> None:
        for owner, old, new in self._exchanges:
            owner.replace(new, old)
        super().eject()
