"""What is written of one photo: masks, cut-outs, shadow layers and overlays, as files."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from jaxtyping import Float, UInt8
from PIL import Image

from wesam_packshot.errors import UsageError
from wesam_packshot.images import Rgb
from wesam_packshot.io.atomic import replacing
from wesam_packshot.io.pictures import cut_out, layered_overlay, overlay
from wesam_packshot.masks import Mask, bounding_box

FORMATS = ("mask", "rgba", "coco", "overlay")
FILES = {
    "mask": "masks/{}.png",
    "rgba": "rgba/{}.png",
    "overlay": "overlay/{}.jpg",
    "shadow": "shadows/{}.png",
}
# Shadows are left out; or kept in the cut-out as well as in a file of their own; or only in that file.
ShadowPolicy = Literal["drop", "keep", "separate"]


@dataclass(frozen=True)
class Layers:
    """What lies beside the product, as maps of the whole photo at any one resolution.

    Attributes:
        shadow: alpha of the shadow, 0 to 1.
        reflection: the mirror image that was cut off.
        unsure: where the mask is not to be trusted.
    """

    shadow: Float[np.ndarray, "height width"]
    reflection: Mask
    unsure: Mask


def parse_formats(text: str) -> tuple[str, ...]:
    """Formats of a comma-separated list.

    Raises:
        UsageError: for an unknown format.
    """
    formats = tuple(part.strip() for part in text.split(","))
    for unknown in set(formats) - set(FORMATS):
        raise UsageError(f"--format {unknown}: unknown; choose among {', '.join(FORMATS)}")
    return formats


def output_files(folder: Path, identity: str, formats: Sequence[str], shadow: ShadowPolicy) -> dict[str, Path]:
    """Files of a photo, by kind; COCO results are not among them, since they share one."""
    kinds = [kind for kind in FILES if kind in formats or (kind == "shadow" and shadow != "drop")]
    return {kind: folder / FILES[kind].format(identity) for kind in kinds}


def write_outputs(
    folder: Path,
    identity: str,
    formats: Sequence[str],
    shadow: ShadowPolicy,
    image: Rgb,
    mask: Mask,
    layers: Layers | None,
) -> None:
    """Write all files of one photo, each whole or not at all."""
    for kind, path in output_files(folder, identity, formats, shadow).items():
        with replacing(path) as temporary:
            Image.fromarray(_draw(kind, shadow, image, mask, layers)).save(temporary)


def describe(mask: Mask) -> dict[str, Any]:
    """Box and area of a mask, as in the manifest."""
    box = bounding_box(mask)
    return {"box": list(box) if box else None, "area": float(mask.mean())}


def _draw(kind: str, policy: ShadowPolicy, image: Rgb, mask: Mask, layers: Layers | None) -> UInt8[np.ndarray, "..."]:
    if kind == "mask":
        return mask.astype(np.uint8) * 255
    if kind == "overlay":
        if layers is None:
            return overlay(image, mask)
        return layered_overlay(image, mask, layers.shadow, layers.reflection, layers.unsure)
    if kind == "rgba":
        return cut_out(image, mask, _shadow_levels(layers, mask) if policy == "keep" else None)
    return _shadow_levels(layers, mask)


def _shadow_levels(layers: Layers | None, mask: Mask) -> UInt8[np.ndarray, "height width"]:
    """The shadow's alpha at the mask's size, 0 to 255, nothing under the product."""
    if layers is None:
        return np.zeros(mask.shape, np.uint8)
    alpha = Image.fromarray(layers.shadow).resize(mask.shape[::-1], Image.Resampling.BILINEAR)
    return np.where(mask, 0, np.asarray(alpha) * 255 + 0.5).astype(np.uint8)
