"""What is written of one photo: masks, cut-outs, layers, annotations and overlays, as files."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
from jaxtyping import UInt8
from PIL import Image, ImageColor

from wesam_packshot import __version__
from wesam_packshot.arrays import Mask, Rgb
from wesam_packshot.errors import UsageError
from wesam_packshot.files.atomic import write_json, write_picture
from wesam_packshot.io import coco, label_studio, labelme
from wesam_packshot.io.outcome import Instance, Outcome
from wesam_packshot.io.overlays import coloured, cropped, cut_out, flattened, layered_overlay, marked, overlay
from wesam_packshot.masks.binary import bounding_box

FILES = {
    "mask": "masks/{}.png",
    "alpha": "alpha/{}.png",
    "rgba": "rgba/{}.png",
    "crop": "crop/{}.png",
    "flat": "flat/{}.jpg",
    "overlay": "overlay/{}.jpg",
    "labelme": "labelme/{}.json",
    "labelstudio": "labelstudio/{}.json",
    "everything": "everything/{}.json",
    "edges": "edges/{}.png",
    "shadow": "shadows/{}.png",
}
FORMATS = (*(kind for kind in FILES if kind != "shadow"), "coco")
# Formats that only some modes can fill.
OF_MODES = {"everything": ("everything", "text"), "edges": ("edges",)}
# Shadows are left out; or kept in the cut-out as well as in a file of their own; or only in that file.
ShadowPolicy = Literal["drop", "keep", "separate"]
QUALITY = 95


@dataclass(frozen=True)
class Style:
    """How files look.

    Attributes:
        shadow: what becomes of shadows.
        background: colour that `flat` lays the product on.
        margin: around the product in `crop`, as a share of its longer side.
    """

    shadow: ShadowPolicy = "drop"
    background: tuple[int, int, int] = (255, 255, 255)
    margin: float = 0.05


def parse_formats(text: str, mode: str = "product") -> tuple[str, ...]:
    """Formats of a comma-separated list.

    Args:
        mode: of `segment`, since some formats belong to one.

    Raises:
        UsageError: for an unknown format, or one of another mode.
    """
    formats = tuple(part.strip() for part in text.split(","))
    for unknown in set(formats) - set(FORMATS):
        raise UsageError(f"--format {unknown}: unknown; choose among {', '.join(FORMATS)}")
    for own, modes in OF_MODES.items():
        if own in formats and mode not in modes:
            raise UsageError(f"--format {own}: is written by segment.py --mode {own} only")
    return formats


def parse_colour(text: str, option: str = "--background") -> tuple[int, int, int]:
    """The colour that "white", "#f4f4f4" or "rgb(244, 244, 244)" means.

    Args:
        option: that the text was given by, for errors.

    Raises:
        UsageError: for anything else.
    """
    try:
        red, green, blue = ImageColor.getrgb(text)[:3]
    except ValueError as error:
        raise UsageError(f"{option} {text}: not a colour; give a name or #rrggbb") from error
    return red, green, blue


def output_files(folder: Path, identity: str, formats: Sequence[str], style: Style) -> dict[str, Path]:
    """Files of a photo, by kind; COCO results are not among them, since they share one."""
    kinds = [kind for kind in FILES if kind in formats or (kind == "shadow" and style.shadow != "drop")]
    return {kind: folder / FILES[kind].format(identity) for kind in kinds}


@dataclass(frozen=True)
class Writer:
    """Writes the files of one photo, each whole or not at all.

    Attributes:
        folder: of all outputs.
        file: the photo's own.
        image: the photo.
        name: of the photo among others of the same file name, see `Record.name`.
    """

    folder: Path
    file: Path
    image: Rgb
    outcome: Outcome
    style: Style
    name: str = ""

    def write(self, identity: str, formats: Sequence[str]) -> None:
        for kind, path in output_files(self.folder, identity, formats, self.style).items():
            if path.suffix == ".json":
                write_json(path, self._annotation(kind, path))
                continue
            write_picture(path, Image.fromarray(self._draw(kind)), quality=QUALITY)

    def _draw(self, kind: str) -> UInt8[np.ndarray, "..."]:
        match kind:
            case "mask":
                return self.outcome.mask.astype(np.uint8) * 255
            case "alpha":
                return self._alpha
            case "rgba":
                return self._cut_out
            case "crop":
                return cropped(self._cut_out, self.style.margin)
            case "flat":
                return flattened(self._cut_out, self.style.background)
            case "overlay":
                return self._overlay()
            case "edges":
                return self._edges
            case _:
                return self._shadow

    def _overlay(self) -> Rgb:
        layers, mask = self.outcome.layers, self.outcome.mask
        if layers:
            return layered_overlay(self.image, mask, layers.shadow, layers.reflection, layers.unsure)
        things = [one for _, one in instance_masks(self.outcome)] if self.outcome.instances else []
        return marked(coloured(self.image, things) if things else overlay(self.image, mask), self.outcome.prompts)

    @property
    def _edges(self) -> UInt8[np.ndarray, "height width"]:
        picture = self.outcome.picture
        return np.zeros(self.outcome.mask.shape, np.uint8) if picture is None else picture

    @property
    def _alpha(self) -> UInt8[np.ndarray, "height width"]:
        known = self.outcome.alpha
        return self.outcome.mask.astype(np.uint8) * 255 if known is None else known

    @cached_property
    def _cut_out(self) -> UInt8[np.ndarray, "height width 4"]:
        colour = self.image if self.outcome.colour is None else self.outcome.colour
        return cut_out(colour, self._alpha, self._shadow if self.style.shadow == "keep" else None)

    @property
    def _shadow(self) -> UInt8[np.ndarray, "height width"]:
        return shadow_levels(self.outcome)

    def _annotation(self, kind: str, path: Path) -> Any:
        if kind == "everything":
            return [dict(one.facts or {}) | {"score": one.score} for one in self.outcome.instances or ()]
        size = (self.image.shape[0], self.image.shape[1])
        masks = instance_masks(self.outcome)
        if kind == "labelme":
            return labelme.document(os.path.relpath(self.file, path.parent), masks, size)
        return label_studio.task(self.name or self.file.name, masks, size, f"wesam-packshot {__version__}")


def shadow_levels(outcome: Outcome) -> UInt8[np.ndarray, "height width"]:
    """The shadow's alpha at the photo's size, 0 to 255, nothing under the product; 0 where no layers were found."""
    mask = outcome.mask
    if outcome.layers is None:
        return np.zeros(mask.shape, np.uint8)
    alpha = Image.fromarray(outcome.layers.shadow).resize(mask.shape[::-1], Image.Resampling.BILINEAR)
    return np.where(mask, 0, np.asarray(alpha) * 255 + 0.5).astype(np.uint8)


def instance_masks(outcome: Outcome) -> list[tuple[Instance, Mask]]:
    """The things in a photo with their masks: its instances, or the one product; none when the mask is empty."""
    if outcome.instances is not None:
        size = (outcome.mask.shape[0], outcome.mask.shape[1])
        return [(instance, coco.decode_mask(instance.code, *size)) for instance in outcome.instances]
    if not outcome.mask.any():
        return []
    return [(Instance({}, outcome.confidence), outcome.mask)]


def describe(mask: Mask) -> dict[str, Any]:
    """Box and area of a mask, as in the manifest."""
    box = bounding_box(mask)
    return {"box": list(box) if box else None, "area": float(mask.mean())}
