"""Refiners' point encoder, adapted to batches in which every prompt brings its own padding points.

Refiners 0.4.0 decides for a whole batch whether a padding point is added and ignores explicit ones. Here the
caller adds them (see `wesam_packshot.sam.prompts`), and, as in the original, they carry no position.
"""

import refiners.fluxion.layers as fl
from jaxtyping import Float, Int
from refiners.fluxion.adapters import Adapter
from refiners.foundationals.segment_anything import prompt_encoder
from refiners.foundationals.segment_anything.prompt_encoder import PointEncoder, PointType
from torch import Tensor


class ErasePadding(fl.ContextModule):
    """Zeroes the positional features of points marked NOT_A_POINT."""

    def forward(self, features: Float[Tensor, "prompts points dim"]) -> Float[Tensor, "prompts points dim"]:
        types: Tensor = self.use_context("point_encoder")["type_mask"]
        return features * (types != PointType.NOT_A_POINT.value).unsqueeze(-1)


class PointTypeEmbedding(prompt_encoder.PointTypeEmbedding):
    """The embedding of each type as a row of its table, where Refiners fills zeros in place.

    That cannot be exported to ONNX for any number of prompts. The name is the same, since weights go by it.
    """

    def __init__(self, original: prompt_encoder.PointTypeEmbedding) -> None:
        super().__init__(original.embedding_dim)
        self.weight = original.weight

    def forward(self, type_mask: Int[Tensor, "prompts points"]) -> Float[Tensor, "prompts points dim"]:
        return self.weight[type_mask - 1]


class BatchedPointEncoder(fl.Chain, Adapter[PointEncoder]):
    """Point encoder for coordinates (N, points, 2) in [0, 1] and Refiners' point types (N, points)."""

    def __init__(self, target: PointEncoder) -> None:
        with self.setup_adapter(target):
            super().__init__(target)
        types = target.ensure_find(prompt_encoder.PointTypeEmbedding)
        self._exchanges: list[tuple[fl.Chain, fl.Module, fl.Module]] = [
            (target, target.layer("Lambda", fl.Lambda), ErasePadding()),
            (target.layer("Residual", fl.Residual), types, PointTypeEmbedding(types)),
        ]

    def inject(self, parent: fl.Chain | None = None) -> "BatchedPointEncoder":
        for owner, old, new in self._exchanges:
            owner.replace(old, new)
        return super().inject(parent)

    def eject(self) -> None:
        for owner, old, new in self._exchanges:
            owner.replace(new, old)
        super().eject()
