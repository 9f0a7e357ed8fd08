"""A folder of outputs, in which photos are replaced by what a person makes of them."""

import os
import shutil
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import UInt8
from PIL import Image

from wesam_packshot.arrays import Mask, Rgb
from wesam_packshot.batch.manifest import settings_file
from wesam_packshot.batch.outputs import FILES, Style, Writer, instance_masks, output_files
from wesam_packshot.errors import ImageError, UserError
from wesam_packshot.files.atomic import make_folder, replacing, unwritable
from wesam_packshot.files.json_lines import Row, parse_json
from wesam_packshot.io.coco import describe_result
from wesam_packshot.io.decoding import opened
from wesam_packshot.io.outcome import Layers, Outcome
from wesam_packshot.io.prompt_file import read_levels
from wesam_packshot.masks.binary import bounding_box
from wesam_packshot.masks.matting import refine_boundary
from wesam_packshot.masks.snapping import SURE_LOGIT

# Folder of the files that decisions have replaced, each under its decision's number.
FORMER = "former"
# Of FILES, those that show one product; the others are of modes that look for something else.
KINDS = tuple(kind for kind in FILES if kind not in ("everything", "edges", "shadow"))


@dataclass(frozen=True)
class Outputs:
    """The files of all photos.

    Attributes:
        folder: of `segment.py` or `pseudolabel.py`.
    """

    folder: Path

    @cached_property
    def formats(self) -> tuple[str, ...]:
        """Kinds of files that the folder has of its photos."""
        return tuple(kind for kind in KINDS if (self.folder / FILES[kind]).parent.is_dir())

    @cached_property
    def style(self) -> Style:
        """How the files look, as far as the run that wrote them has noted it."""
        found: dict[str, Any] = {}
        with suppress(OSError, ValueError, TypeError, KeyError):
            found = dict(parse_json(settings_file(self.folder / "manifest.jsonl").read_bytes())["settings"]["style"])
            found["background"] = tuple(found["background"])
            return Style(**found)
        return Style(shadow="separate" if (self.folder / FILES["shadow"]).parent.is_dir() else "drop")

    def files(self, identity: str) -> list[Path]:
        return list(output_files(self.folder, identity, self.formats, self.style).values())

    def mask(self, identity: str, size: tuple[int, int]) -> Mask | None:
        """The present mask, (height, width), from the best file that tells it; None where there is none.

        Raises:
            UserError: when it cannot be read or has another size.
        """
        for kind in ("mask", "alpha", "rgba"):
            file = self.folder / FILES[kind].format(identity)
            if file.is_file():
                levels = read_alpha(file)[..., 3] if kind == "rgba" else read_levels(file, size)
                if levels.shape != size:
                    raise UserError(f"{file}: is of another size than its photo; cut the photo out again")
                return levels > 127
        return None

    def layer(self, kind: str, identity: str) -> Path | None:
        """The file of `shadows` or `reflections`, where the folder has one."""
        file = self.folder / kind / f"{identity}.png"
        return file if file.is_file() else None

    def former(self, number: int) -> Path:
        """The folder of what a decision has replaced, laid out as the outputs are."""
        return self.folder / FORMER / str(number)

    def keep(self, number: int, identity: str) -> None:
        """Keep the photo's files as those before a decision, unless an interrupted attempt has kept them already."""
        for file in self.files(identity):
            former = self.former(number) / file.relative_to(self.folder)
            if file.is_file() and not former.exists():
                make_folder(former.parent)
                _link(file, former)

    def restore(self, number: int, identity: str) -> None:
        """Put the files back that were there before a decision; those that were not are removed."""
        for file in self.files(identity):
            former = self.former(number) / file.relative_to(self.folder)
            if not former.is_file():
                file.unlink(missing_ok=True)
                continue
            with replacing(file) as temporary:
                shutil.copyfile(former, temporary)

    def write(self, row: Row, image: Rgb, mask: Mask) -> Row:
        """Write all files of a corrected photo; returns its COCO result.

        Where the mask is as it was before, so are alpha and colours; elsewhere the photo tells them.
        """
        outcome = self._outcome(row, image, mask)
        folders, slash, _ = row["id"].rpartition("/")
        file = Path(row["file"])
        name = f"{folders}{slash}{file.name}"
        Writer(self.folder, file, image, outcome, self.style, name).write(row["id"], self.formats)
        return describe_result(name, (mask.shape[0], mask.shape[1]), instance_masks(outcome))

    def _outcome(self, row: Row, image: Rgb, mask: Mask) -> Outcome:
        size = (mask.shape[0], mask.shape[1])
        soft = refine_boundary(image, np.where(mask, SURE_LOGIT, -SURE_LOGIT).astype(np.float32))
        hard = mask.astype(np.uint8) * 255
        alpha, colour = np.where(soft.mask == mask, soft.alpha, hard), soft.colour
        with suppress(UserError):  # whatever is not there, or broken, is made anew
            before = self.mask(row["id"], size)
            if before is not None:
                same = before == mask
                alpha, colour = self._blended(row["id"], same, alpha, colour)
        layers = None
        shadow = self.layer("shadows", row["id"])
        if shadow:
            levels = read_levels(shadow, size).astype(np.float32) / 255
            nothing = np.zeros(size, bool)
            layers = Layers(levels, nothing, nothing)
        return Outcome(
            mask, "ok", "", 1.0, False, row["shadow_removed"] or 0.0, row["reflection_removed"] or 0.0, row["prompt"],
            layers, alpha, colour,
        )  # fmt: skip

    def _blended(
        self, identity: str, same: Mask, alpha: UInt8[np.ndarray, "height width"], colour: Rgb
    ) -> tuple[UInt8[np.ndarray, "height width"], Rgb]:
        """Alpha and colours: those of the former files where the mask is the same."""
        rgba, soft = (self.folder / FILES[kind].format(identity) for kind in ("rgba", "alpha"))
        size = (same.shape[0], same.shape[1])
        if rgba.is_file():
            former = read_alpha(rgba)
            if former.shape[:2] == size:
                kept = same & (former[..., 3] > 0)
                colour = np.where(kept[..., None], former[..., :3], colour)
                if self.style.shadow != "keep":  # there, alpha is that of the shadow as well
                    alpha = np.where(same, former[..., 3], alpha)
        if soft.is_file():
            alpha = np.where(same, read_levels(soft, size), alpha)
        return alpha, colour


def read_alpha(path: Path) -> UInt8[np.ndarray, "height width 4"]:
    """A cut-out.

    Raises:
        UserError: when it cannot be read.
    """
    try:
        with opened(path) as picture:
            return np.asarray(picture.convert("RGBA"))
    except ImageError as error:
        raise UserError(f"{path}: the cut-out cannot be read; cut the photo out again") from error


def thumbnail(rgba: UInt8[np.ndarray, "height width 4"], side: int) -> Image.Image:
    """The product's own rectangle on light grey, at most `side` pixels wide and high."""
    box = bounding_box(rgba[..., 3] > 0)
    picture = Image.fromarray(rgba if box is None else rgba[box[1] : box[3], box[0] : box[2]])
    picture.thumbnail((side, side))
    canvas = Image.new("RGBA", picture.size, (235, 235, 235, 255))
    return Image.alpha_composite(canvas, picture).convert("RGB")


def _link(file: Path, former: Path) -> None:
    try:
        os.link(file, former)  # no disk needed; what replaces the file is another one
    except OSError:  # a disk without links
        try:
            with replacing(former) as temporary:
                shutil.copyfile(file, temporary)
        except OSError as error:
            raise unwritable(former, error) from error
