"""TinyViT-5M, the image encoder of MobileSAM, declared as a fluxion tree.

TinyViT: arXiv 2207.10666. MobileSAM (arXiv 2306.14289) keeps the feature map at 1/16 of the image by giving
the last patch merging a stride of 1, and ends in the neck of SAM's own encoders.
Feature maps travel as (batch, channels, height, width); windows as (windows, side, side, channels).
"""

import refiners.fluxion.layers as fl
import torch
from jaxtyping import Float, Int
from refiners.fluxion.context import Contexts
from refiners.foundationals.segment_anything.image_encoder import Neck, WindowMerge, WindowPartition
from torch import Tensor, nn


class BatchNorm2d(nn.BatchNorm2d, fl.WeightedModule):  # type: ignore[misc]
    """Batch normalisation that always uses its stored statistics.

    The statistics belong to the frozen anchor, so a training mode set on the tree must not move them.
    """

    def train(self, _: bool = True) -> "BatchNorm2d":
        super().train(False)
        return self


class ConvNorm(fl.Chain):
    """Convolution and batch normalisation, or, `folded`, one convolution with a bias that equals both."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int = 1,
        stride: int = 1,
        groups: int = 1,
        folded: bool = True,
    ) -> None:
        self.folded = folded
        convolution = fl.Conv2d(
            in_channels=in_channels,
            out_channels=out_channels,
            kernel_size=kernel_size,
            stride=stride,
            padding=kernel_size // 2,
            groups=groups,
            use_bias=folded,
        )
        super().__init__(convolution, *(() if folded else (BatchNorm2d(out_channels).eval(),)))


class PatchEmbedding(fl.Chain):
    """Two convolutions of stride 2: a picture as patches of 4 x 4 pixels."""

    def __init__(self, embedding_dim: int, folded: bool = True) -> None:
        super().__init__(
            ConvNorm(3, embedding_dim // 2, kernel_size=3, stride=2, folded=folded),
            fl.GeLU(),
            ConvNorm(embedding_dim // 2, embedding_dim, kernel_size=3, stride=2, folded=folded),
        )


class MBConv(fl.Chain):
    """Inverted residual bottleneck; the last activation acts on the sum."""

    def __init__(self, channels: int, expansion: int = 4, folded: bool = True) -> None:
        inner = channels * expansion
        super().__init__(
            fl.Residual(
                ConvNorm(channels, inner, folded=folded),
                fl.GeLU(),
                ConvNorm(inner, inner, kernel_size=3, groups=inner, folded=folded),
                fl.GeLU(),
                ConvNorm(inner, channels, folded=folded),
            ),
            fl.GeLU(),
        )


class PatchMerging(fl.Chain):
    """Convolutions that halve the resolution, or with a stride of 1 only change the channels."""

    def __init__(self, in_channels: int, out_channels: int, stride: int, folded: bool = True) -> None:
        super().__init__(
            ConvNorm(in_channels, out_channels, folded=folded),
            fl.GeLU(),
            ConvNorm(out_channels, out_channels, kernel_size=3, stride=stride, groups=out_channels, folded=folded),
            fl.GeLU(),
            ConvNorm(out_channels, out_channels, folded=folded),
        )


def attention_offsets(window_size: int) -> tuple[Int[Tensor, "tokens tokens"], int]:
    """Index of each token pair's relative offset in the table of attention biases.

    Offsets are absolute (|dy|, |dx|), numbered in the order in which they first occur along the rows of the
    window, which is how the published weights store them: the table has window_size**2 entries.
    """
    side = torch.arange(window_size)
    y, x = side.repeat_interleave(window_size), side.repeat(window_size)
    dy, dx = (y[:, None] - y[None]).abs(), (x[:, None] - x[None]).abs()
    return dy * window_size + dx, window_size**2


class BiasedAttention(fl.WeightedModule):
    """Multi-head attention in a window, with a learnt bias per head and relative offset.

    Receives the fused projection (windows, tokens, 3 * embedding_dim), ordered head by head as query, key, value.
    """

    def __init__(self, embedding_dim: int, num_heads: int, window_size: int) -> None:
        super().__init__()
        self.embedding_dim = embedding_dim
        self.num_heads = num_heads
        offsets, count = attention_offsets(window_size)
        self.weight = nn.Parameter(torch.zeros(num_heads, count))
        self.register_buffer("offsets", offsets, persistent=False)

    @property
    def bias(self) -> Float[Tensor, "heads tokens tokens"]:
        offsets = self.offsets
        assert isinstance(offsets, Tensor)
        return self.weight[:, offsets]

    def forward(self, qkv: Float[Tensor, "windows tokens fused"]) -> Float[Tensor, "windows tokens dim"]:
        """Attention within each window; `fused` holds query, key and value of each head in turn."""
        windows, tokens, _ = qkv.shape
        query, key, value = qkv.view(windows, tokens, self.num_heads, 3, -1).permute(3, 0, 2, 1, 4)
        bias = self.bias[None].to(qkv.dtype)
        if qkv.requires_grad and qkv.device.type == "cpu" and qkv.dtype == torch.bfloat16:
            # torch's attention has a slow backward pass here: without it a training step takes a fifth less (measured)
            scores = query @ key.transpose(-2, -1) * query.shape[-1] ** -0.5 + bias
            mixed: Tensor = scores.float().softmax(-1).to(qkv.dtype) @ value
        else:
            mixed = nn.functional.scaled_dot_product_attention(query, key, value, attn_mask=bias)
        return mixed.transpose(1, 2).reshape(windows, tokens, self.embedding_dim)


class WindowAttention(fl.Chain):
    """Attention among the tokens of a window, with a learnt bias for each offset."""

    def __init__(self, embedding_dim: int, num_heads: int, window_size: int) -> None:
        super().__init__(
            fl.LayerNorm(embedding_dim),
            fl.Linear(embedding_dim, 3 * embedding_dim),
            BiasedAttention(embedding_dim, num_heads, window_size),
            fl.Linear(embedding_dim, embedding_dim),
        )


class FeedForward(fl.Chain):
    """The two-layer perceptron of a transformer block, with layer normalisation."""

    def __init__(self, embedding_dim: int, expansion: int = 4) -> None:
        super().__init__(
            fl.LayerNorm(embedding_dim),
            fl.Linear(embedding_dim, expansion * embedding_dim),
            fl.GeLU(),
            fl.Linear(expansion * embedding_dim, embedding_dim),
        )


class TinyViTBlock(fl.Chain):
    """Attention in windows, a depthwise convolution, and a perceptron (TinyViT, arXiv 2207.10666)."""

    def __init__(self, embedding_dim: int, num_heads: int, window_size: int, folded: bool = True) -> None:
        self.window_size = window_size
        super().__init__(
            fl.Residual(
                fl.Permute(0, 2, 3, 1),
                WindowPartition(),
                fl.Reshape(window_size**2, embedding_dim),
                WindowAttention(embedding_dim, num_heads, window_size),
                fl.Reshape(window_size, window_size, embedding_dim),
                WindowMerge(),
                fl.Permute(0, 3, 1, 2),
            ),
            ConvNorm(embedding_dim, embedding_dim, kernel_size=3, groups=embedding_dim, folded=folded),
            fl.Residual(
                fl.Permute(0, 2, 3, 1),
                FeedForward(embedding_dim),
                fl.Permute(0, 3, 1, 2),
            ),
        )

    def init_context(self) -> Contexts:
        return {"window_partition": {"window_size": self.window_size}}


class Stage(fl.Chain):
    """Blocks of one resolution, and the patch merging that leads to the next."""


class TinyViT(fl.Chain):
    """TinyViT-5M as MobileSAM uses it.

    Receives normalised images (batch, 3, 1024, 1024); returns embeddings (batch, 256, 64, 64).

    Args:
        dims: channels of the four stages.
        depths: blocks of each stage (the first stage is convolutional).
        num_heads: attention heads of each stage (the first is unused).
        window_sizes: window side in tokens of each stage (the first is unused).
        folded: batch normalisation folded into the convolutions (see `ConvNorm`).
    """

    def __init__(
        self,
        dims: tuple[int, ...] = (64, 128, 160, 320),
        depths: tuple[int, ...] = (2, 2, 6, 2),
        num_heads: tuple[int, ...] = (2, 4, 5, 10),
        window_sizes: tuple[int, ...] = (7, 7, 14, 7),
        folded: bool = True,
    ) -> None:
        self.image_size = (1024, 1024)
        self.image_embedding_size = (64, 64)
        self.folded = folded
        merge_strides = (2, 2, 1)
        merges = [PatchMerging(dims[i], dims[i + 1], merge_strides[i], folded) for i in range(3)]
        super().__init__(
            PatchEmbedding(dims[0], folded),
            Stage(*(MBConv(dims[0], folded=folded) for _ in range(depths[0])), merges[0]),
            *(
                Stage(
                    *(TinyViTBlock(dims[i], num_heads[i], window_sizes[i], folded) for _ in range(depths[i])),
                    *merges[i : i + 1],
                )
                for i in range(1, 4)
            ),
            fl.Permute(0, 2, 3, 1),
            Neck(in_channels=dims[-1]),
        )
