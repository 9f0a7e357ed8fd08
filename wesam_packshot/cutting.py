"""One call from a photo to its cut-out: `wesam_packshot.cut_out("chair.jpg").save("chair.png")`."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import UInt8
from numpy.typing import NDArray
from PIL import Image, ImageOps

from wesam_packshot.arrays import Mask, Rgb
from wesam_packshot.batch.loading import load_segmenter
from wesam_packshot.batch.outputs import QUALITY, parse_colour, shadow_levels
from wesam_packshot.batch.segmentation import Request, find_product
from wesam_packshot.config import load_config
from wesam_packshot.errors import UsageError
from wesam_packshot.files.atomic import PICTURES, write_picture
from wesam_packshot.io.colours import rgb_of
from wesam_packshot.io.outcome import Outcome
from wesam_packshot.io.overlays import cut_out as with_alpha
from wesam_packshot.io.overlays import flattened
from wesam_packshot.io.photos import read_image
from wesam_packshot.io.prompt_file import PromptSpec
from wesam_packshot.sam.adapter_file import named_adapter
from wesam_packshot.sam.prompts import Box, Point
from wesam_packshot.segment.refinement import Refine
from wesam_packshot.segment.segmenter import Segmenter

Levels = UInt8[np.ndarray, "height width"]
# Pixels are checked by `cut_out`.
Photo = str | Path | Image.Image | NDArray[Any]


@dataclass(frozen=True)
class CutOut:
    """A product without its surroundings.

    Attributes:
        rgba: straight alpha; at the product's edge its own colours, (height, width, 4), uint8.
        confidence: 0 to 1.
        shadow: alpha of the soft shadow beside the product, black, (height, width), uint8; 0 where the backdrop is not
            plain.
        doubt: why the result is to be looked at; empty where nothing speaks against it.
    """

    rgba: UInt8[np.ndarray, "height width 4"]
    confidence: float
    shadow: Levels
    doubt: str = ""

    @classmethod
    def of(cls, outcome: Outcome) -> "CutOut":
        """From what `wesam_packshot.batch.segmentation.find_product` has found."""
        assert outcome.alpha is not None and outcome.colour is not None
        rgba = with_alpha(outcome.colour, outcome.alpha)
        shadow = shadow_levels(outcome)
        return cls(rgba, outcome.confidence, shadow, outcome.error)

    @property
    def alpha(self) -> Levels:
        """Share of product in each pixel, 0 to 255."""
        return self.rgba[..., 3]

    @property
    def mask(self) -> Mask:
        """Pixels that are product by more than half, (height, width), bool."""
        return self.alpha > 127

    def on(self, background: str) -> Rgb:
        """The product on a plain colour, such as "white" or "#f4f4f4", (height, width, 3), uint8.

        Raises:
            UsageError: when that is no colour.
        """
        return flattened(self.rgba, parse_colour(background))

    def with_shadow(self) -> "CutOut":
        """The same with its shadow kept, as black of its alpha."""
        return replace(self, rgba=with_alpha(self.rgba[..., :3], self.alpha, self.shadow))

    def save(self, path: str | Path, background: str = "white") -> None:
        """Write a PNG with its transparency, or a JPEG, which has none, on the background.

        Raises:
            UsageError: when the name has another suffix, or the background is no colour.
            UserError: when it cannot be written.
        """
        path = Path(path)
        if path.suffix not in PICTURES:
            raise UsageError(f"{path}: a cut-out is written as {', '.join(PICTURES)}; give it one of these suffixes")
        if path.suffix == ".jpg":
            write_picture(path, Image.fromarray(self.on(background)), quality=QUALITY)
        else:
            write_picture(path, Image.fromarray(self.rgba))


def cut_out(
    photo: Photo,
    *,
    adapter: str | Path = "auto",
    refine: Refine = "fast",
    box: Box | None = None,
    points: Sequence[Point] = (),
    labels: Sequence[int] | None = None,
    device: str = "auto",
) -> CutOut:
    """Cut the product out of a photo, as the command line does; the model is loaded once and kept.

    Args:
        photo: a file, a picture, or its pixels, (height, width, 3), uint8.
        adapter: a run, an adapter folder, `packshot` (the one that ships for MobileSAM, the default) or `none`.
        refine: how far to go for the boundary, see `wesam_packshot.segment.refinement`.
        box: around the product, x0, y0, x1, y1 in the photo's pixels; by default nothing needs to be said.
        points: on or off the product.
        labels: of the points, 1 on it, 0 off it; by default all are on it.
        device: "auto" takes a GPU where there is one.

    Raises:
        UserError: when the photo cannot be read, or there is no such adapter or no weights.
        UsageError: when a prompt lies outside the photo, or the pixels are of another shape or type.
    """
    image = _pixels(photo)
    asked = box is not None or len(points) > 0
    kinds = tuple(labels) if labels is not None else (1,) * len(points)
    if len(kinds) != len(points):
        raise UsageError(f"{len(points)} points, but {len(kinds)} labels; give one for each")
    specs = (PromptSpec(box, tuple(points), kinds),) if asked else ()
    segmenter = _loaded(str(adapter), device)
    return CutOut.of(find_product(segmenter, image, specs, Request(refine=refine, layers=True), load_config(None)))


def cut_outs(
    photos: Iterable[Photo], *, adapter: str | Path = "auto", refine: Refine = "fast", device: str = "auto"
) -> Iterator[CutOut]:
    """Cut-outs of many photos, each made when it is asked for, so that any number fit in memory; see `cut_out`.

    Raises:
        UserError: when a photo cannot be read, and at its turn.
    """
    return (cut_out(photo, adapter=adapter, refine=refine, device=device) for photo in photos)


@lru_cache(maxsize=2)
def _loaded(adapter: str, device: str) -> Segmenter:
    config = load_config(None, [f"train.device={device}"])
    return load_segmenter(config, named_adapter(adapter, config.model.name))


def _pixels(photo: Photo) -> Rgb:
    if isinstance(photo, str | Path):
        return read_image(Path(photo))
    if isinstance(photo, Image.Image):
        return rgb_of(ImageOps.exif_transpose(photo))
    if photo.ndim != 3 or photo.shape[2] != 3 or photo.dtype != np.uint8:
        raise UsageError(f"pixels of shape {photo.shape}, {photo.dtype}; (height, width, 3), uint8, is expected")
    return photo
