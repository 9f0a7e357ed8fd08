"""Refiners' point encoder, adapted to batches in which every prompt brings its own padding points.

Refiners 0.4.0 decides for a whole batch whether a padding point is added and ignores explicit ones. Here the
caller adds them (see `wesam_packshot.prompts`), and, as in the original, they carry no position.
"""

import refiners.fluxion.layers as fl
from jaxtyping import Float
from refiners.fluxion.adapters import Adapter
from refiners.foundationals.segment_anything.prompt_encoder import PointEncoder, PointType
from torch import Tensor


class ErasePadding(fl.ContextModule):
    """Zeroes the positional features of points marked NOT_A_POINT."""

    def forward(self, features: Float[Tensor, "prompts points dim"]) -> Float[Tensor, "prompts points dim"]:
        types: Tensor = self.use_context("point_encoder")["type_mask"]
        return features * (types != PointType.NOT_A_POINT.value).unsqueeze(-1)


class BatchedPointEncoder(fl.Chain, Adapter[PointEncoder]):
    """Point encoder for coordinates (N, points, 2) in [0, 1] and Refiners' point types (N, points)."""

    def __init__(self, target: PointEncoder) -> None:
        with self.setup_adapter(target):
            super().__init__(target)
        self._padding, self._erasure = [target.layer("Lambda", fl.Lambda)], [ErasePadding()]

    def inject(self, parent: fl.Chain | None = None) -> "BatchedPointEncoder":
        self.target.replace(self._padding[0], self._erasure[0])
        return super().inject(parent)

    def eject(self) -> None:
        self.target.replace(self._erasure[0], self._padding[0])
        super().eject()
