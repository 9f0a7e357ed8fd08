"""A high-resolution branch beside SAM's mask decoder: what 256 pixels a side cannot show, from early features.

As in HQ-SAM (arXiv 2306.01567) and SAM 2 (arXiv 2408.00714), features of the encoder's first stages are joined with
the decoder's enlarged embedding. The branch adds to SAM's own logits, and its last convolution starts at zero, so that
before training the masks are SAM's, enlarged, to the bit. A second output says of every place how much of it is shadow,
reflection, and a backdrop that shines through glass.

It is injected like any adapter: layers that only set a context tap encoder and decoder, and the branch, which reads
them, becomes one more child of the tree.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import refiners.fluxion.layers as fl
import torch
from jaxtyping import Float
from refiners.foundationals.segment_anything.mask_decoder import DenseEmbeddingUpscaling
from torch import Tensor
from torch.nn.functional import interpolate

from wesam_packshot.errors import UsageError
from wesam_packshot.sam.features import Details
from wesam_packshot.sam.tiny_vit import MBConv, PatchEmbedding, Stage, TinyViT, TinyViTBlock

SIDE = 512
CONTEXT = "high_resolution"
# Widths at 256 and at 512 pixels.
COARSE, FINE = 32, 16
# What the second output tells of, each as a share: where light is lost to the product, where the backdrop shows its
# mirror image, and how much of the backdrop's light comes through the product.
LAYERS = ("shadow", "reflection", "transparency")
# Channels of TinyViT at half, a quarter and an eighth of the image, and of the decoder's enlarged embedding.
STEM, EARLY, MIDDLE, UPSCALED = 32, 64, 128, 32
# SAM's logits reach beyond 30; divided by this, tanh keeps the ones that decide anything apart.
SOFTENING = 8.0


class CoarseDetails(fl.Sum):
    """TinyViT's features of a quarter and of an eighth of the image, at a quarter of it."""

    def __init__(self) -> None:
        super().__init__(
            fl.Chain(fl.UseContext(CONTEXT, "early"), fl.Conv2d(EARLY, COARSE, kernel_size=1)),
            fl.Chain(fl.UseContext(CONTEXT, "middle"), fl.ConvTranspose2d(MIDDLE, COARSE, kernel_size=2, stride=2)),
        )


class FineDetails(fl.Chain):
    """TinyViT's features of half the image."""

    def __init__(self) -> None:
        super().__init__(fl.UseContext(CONTEXT, "stem"), fl.Conv2d(STEM, FINE, kernel_size=1))


class Correction(fl.Chain):
    """What is to be added to the enlarged logits, (batch, 1, 512, 512)."""

    def __init__(self) -> None:
        super().__init__(
            fl.Concatenate(
                fl.UseContext(CONTEXT, "upscaled"),
                fl.UseContext(CONTEXT, "logits"),
                fl.UseContext(CONTEXT, "coarse"),
                dim=1,
            ),
            fl.Conv2d(UPSCALED + 1 + COARSE, COARSE, kernel_size=3, padding=1),
            fl.LayerNorm2d(COARSE),
            fl.GeLU(),
            fl.Sum(
                fl.ConvTranspose2d(COARSE, FINE, kernel_size=2, stride=2),
                fl.UseContext(CONTEXT, "fine"),
            ),
            fl.LayerNorm2d(FINE),
            fl.GeLU(),
            fl.SetContext(CONTEXT, "trunk"),
            fl.Conv2d(FINE, FINE, kernel_size=3, padding=1),
            fl.GeLU(),
            fl.Conv2d(FINE, 1, kernel_size=3, padding=1),
        )
        last = self.layer(-1, fl.Conv2d)
        for parameter in last.parameters():
            torch.nn.init.zeros_(parameter)


class LayerHead(fl.Chain):
    """Logits of the shares of `LAYERS`, (batch, 3, 512, 512), from what the correction is made of."""

    def __init__(self) -> None:
        super().__init__(
            fl.UseContext(CONTEXT, "trunk"),
            fl.Conv2d(FINE, FINE, kernel_size=3, padding=1),
            fl.GeLU(),
            fl.Conv2d(FINE, len(LAYERS), kernel_size=3, padding=1),
        )


class Refined(NamedTuple):
    """What the branch says of one prompt per image.

    Attributes:
        logits: of the product.
        layers: logits of `LAYERS`, where they were asked for.
    """

    logits: Float[Tensor, "batch 512 512"]
    layers: Float[Tensor, "batch layers 512 512"] | None


class HighResolution(fl.Chain):
    """One adapter's branch.

    Args:
        name: of the adapter that it belongs to.

    Attributes:
        scale: of what it adds; 0 switches it off.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.scale = 0.0
        super().__init__(CoarseDetails(), FineDetails(), Correction(), LayerHead())

    @contextmanager
    def listening(self) -> Iterator[dict[str, Any]]:
        """Have the taps keep what passes them, by its name, for the length of a block; they keep nothing otherwise."""
        heard: dict[str, Any] = self.use_context(CONTEXT)  # one dictionary, which all chains of the tree share
        heard["branch"] = self.name  # taps pass over an empty context
        try:
            yield heard
        finally:
            heard.clear()

    def details(self) -> Details:
        """Details of the images that the encoder has just seen, while `listening`."""
        return Details(self.ensure_find(CoarseDetails)(), self.ensure_find(FineDetails)())

    def refine(
        self,
        logits: Float[Tensor, "batch 256 256"],
        upscaled: Float[Tensor, "batch 32 256 256"],
        details: Details,
        layers: bool = False,
    ) -> Refined:
        """SAM's low-res logits of one prompt per image, enlarged and corrected.

        Args:
            upscaled: the decoder's embedding, of which its masks are products.
            layers: whether to tell of shadow, reflection and transparency as well.
        """
        own = logits.unsqueeze(1)
        with self.listening() as seen:
            seen.update(details._asdict(), upscaled=upscaled, logits=torch.tanh(own / SOFTENING))
            correction: Tensor = self.ensure_find(Correction)()
            beside: Tensor | None = self.ensure_find(LayerHead)() if layers else None
        enlarged = interpolate(own, (SIDE, SIDE), mode="bilinear", align_corners=False)
        return Refined((enlarged + self.scale * correction).squeeze(1), beside)


def inject_branches(tree: fl.Chain, names: Sequence[str], seed: int) -> None:
    """Add a branch for each of `names`, all off and equal; others that are there stay.

    Args:
        tree: the whole of SAM.
        seed: of the random layers before the last, which starts at zero.

    Raises:
        UsageError: when the encoder is not TinyViT, whose early features are tapped.
        ValueError: when there is a branch of that name already.
    """
    encoder = tree.layer(0, fl.Chain)
    if not isinstance(encoder, TinyViT):
        raise UsageError("a high-resolution branch needs mobile_sam; set adapter.high_resolution=false")
    taken = {branch.name for branch in branches(tree)} & set(names)
    if taken:
        raise ValueError(f"there is a branch called {', '.join(sorted(taken))} already")
    if not any(branches(tree)):
        _tap(tree, encoder)
    weight = next(tree.parameters())
    with torch.random.fork_rng(devices=[]):
        for name in names:
            torch.manual_seed(seed)
            tree.append(HighResolution(name).to(device=weight.device, dtype=weight.dtype))


def branches(tree: fl.Chain) -> Iterator[HighResolution]:
    """The branches of a tree, whose children they are."""
    yield from (child for child in tree if isinstance(child, HighResolution))


def branch_shapes() -> dict[str, tuple[int, ...]]:
    """Shapes of a branch's parameters by their names; no memory is taken for them."""
    with torch.device("meta"):
        return {name: tuple(parameter.shape) for name, parameter in HighResolution("").named_parameters()}


def active_branch(tree: fl.Chain) -> HighResolution | None:
    """The branch that is switched on, if any.

    Raises:
        ValueError: when there are several, whose logits could only be added.
    """
    found = [branch for branch in branches(tree) if branch.scale]
    if len(found) > 1:
        raise ValueError(f"several high-resolution branches are on: {', '.join(branch.name for branch in found)}")
    return found[0] if found else None


@contextmanager
def switched_off(tree: fl.Chain) -> Iterator[None]:
    """All branches off for the length of a block, where only low-res masks are wanted: LoRAs stay as they are."""
    before = [(branch, branch.scale) for branch in branches(tree)]
    for branch, _ in before:
        branch.scale = 0.0
    try:
        yield
    finally:
        for branch, scale in before:
            branch.scale = scale


def _tap(tree: fl.Chain, encoder: TinyViT) -> None:
    stem = encoder.ensure_find(PatchEmbedding)
    stem.insert(2, fl.SetContext(CONTEXT, "stem"))  # after its first convolution and activation
    first, second = encoder.layer("Stage_1", Stage), encoder.layer("Stage_2", Stage)
    [*first.layers(MBConv)][-1].append(fl.SetContext(CONTEXT, "early"))
    [*second.layers(TinyViTBlock)][-1].append(fl.SetContext(CONTEXT, "middle"))
    upscaling = tree.ensure_find(DenseEmbeddingUpscaling)
    upscaling.insert(-2, fl.SetContext(CONTEXT, "upscaled"))
