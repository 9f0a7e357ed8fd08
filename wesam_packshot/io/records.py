"""Data folders, plain folders, single photos and COCO files, as one list of records.

A data folder holds `images/`, and optionally `masks/<id>.png` and `prompts.jsonl`; a folder of photos is one too.
"""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import UInt8
from PIL import Image, UnidentifiedImageError

from wesam_packshot.errors import UsageError, UserError
from wesam_packshot.images import Frame
from wesam_packshot.io import coco
from wesam_packshot.prompts import Box, Point, Prompt, coarse_mask

IGNORE = 128
# Files of a data folder, or of an operating system, that lie beside photos and are no photos.
COMPANIONS = ("prompts.jsonl", "manifest.jsonl", "Thumbs.db", "desktop.ini")

MaskLevels = UInt8[np.ndarray, "height width"]


@dataclass(frozen=True)
class PromptSpec:
    """A user's prompt as written in `prompts.jsonl` or COCO: image pixels, x1 and y1 exclusive."""

    box: Box | None = None
    points: tuple[Point, ...] = ()
    labels: tuple[int, ...] = ()
    coarse: Path | None = None

    @property
    def kind(self) -> str:
        """What the prompt consists of, as the manifest tells it."""
        parts = {"box": self.box, "points": self.points, "mask": self.coarse}
        return "+".join(name for name, value in parts.items() if value) or "whole"

    def prompt(self, frame: Frame) -> Prompt:
        """The prompt for an image of this size; a coarse mask is read and fitted to it.

        Raises:
            UserError: when the coarse mask cannot be read or has another size.
        """
        mask = None
        if self.coarse:
            levels = read_levels(self.coarse, (frame.height, frame.width))
            mask = coarse_mask(levels, frame)
        return Prompt(self.box, self.points, self.labels, mask)


@dataclass(frozen=True)
class Record:
    """One photo and what is known of it.

    Attributes:
        id: unique name, the file's stem (its full name where stems clash).
        file: the photo.
        mask_file: levels of a mask, for evaluation only.
        prompts: the user's prompts, one per instance; empty for the whole image.
        instances: COCO annotations, from which a mask is drawn when there is no `mask_file`.
    """

    id: str
    file: Path
    mask_file: Path | None = None
    prompts: tuple[PromptSpec, ...] = ()
    instances: tuple[dict[str, Any], ...] = ()

    @property
    def has_mask(self) -> bool:
        return self.mask_file is not None or bool(self.instances)

    def read_mask(self, height: int, width: int) -> MaskLevels:
        """Levels of the true mask: above 128 product, below background, 128 ignore.

        Raises:
            UserError: when it cannot be read or has another size than the photo.
        """
        if self.mask_file:
            return read_levels(self.mask_file, (height, width))
        return coco.draw_instances(self.instances, height, width)

    def read_layer(self, kind: str, height: int, width: int) -> MaskLevels | None:
        """Levels of `shadows/<id>.png` or `reflections/<id>.png` beside `masks/`, for evaluation; None if absent.

        Raises:
            UserError: see `read_mask`.
        """
        file = self.mask_file.parent.parent / kind / self.mask_file.name if self.mask_file else None
        return read_levels(file, (height, width)) if file and file.is_file() else None


def read_records(source: Path, limit: int = 0) -> list[Record]:
    """Records of a data folder, a folder of photos, one photo, or a COCO instances file, in order of their ids.

    Args:
        limit: keep only the first so many; 0 keeps all.

    Raises:
        UsageError: when the source is missing or holds no photo.
        UserError: when `prompts.jsonl` or the COCO file is malformed.
    """
    if not source.exists():
        raise UsageError(f"{source}: no such file or folder; give a folder of photos with --data or --input")
    if source.suffix == ".json":
        records = [_coco_record(*item) for item in coco.read_images(source)]
    elif source.is_file():
        records = [Record(source.stem, source)]
    else:
        records = _folder_records(source)
    if not records:
        raise UsageError(f"{source}: the folder holds no photos; put .jpg, .png, .webp or .tif files into it")
    records.sort(key=lambda record: record.id)
    return records[:limit] if limit else records


def read_levels(path: Path, size: tuple[int, int]) -> MaskLevels:
    """An 8-bit mask of (height, width).

    Raises:
        UserError: when it cannot be read or has another size.
    """
    try:
        with Image.open(path) as image:
            levels = np.asarray(image.convert("L"))
    except (OSError, UnidentifiedImageError) as error:
        raise UserError(f"{path}: the mask cannot be read; save it as an 8-bit PNG") from error
    if levels.shape != size:
        shape, wanted = "x".join(map(str, levels.shape[::-1])), "x".join(map(str, size[::-1]))
        raise UserError(f"{path}: the mask is {shape}, but its photo {wanted}; save it in the photo's size")
    return levels


def _folder_records(folder: Path) -> list[Record]:
    photos = folder / "images" if (folder / "images").is_dir() else folder
    files = [file for file in sorted(photos.iterdir()) if file.is_file() and _is_candidate(file)]
    stems = Counter(file.stem for file in files)
    prompts = _read_prompts(folder / "prompts.jsonl")
    records = []
    for file in files:
        name = file.stem if stems[file.stem] == 1 else file.name
        mask = folder / "masks" / f"{name}.png"
        records.append(Record(name, file, mask if mask.is_file() else None, prompts.get(name, ())))
    return records


def _is_candidate(file: Path) -> bool:
    return not file.name.startswith(".") and file.name not in COMPANIONS


def _read_prompts(path: Path) -> dict[str, tuple[PromptSpec, ...]]:
    if not path.is_file():
        return {}
    prompts: dict[str, tuple[PromptSpec, ...]] = {}
    for number, line in enumerate(path.read_text().splitlines(), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            spec = PromptSpec(
                box=_floats(row["box"], 4) if row.get("box") else None,  # type: ignore[arg-type]
                points=tuple(_floats(point, 2) for point in row.get("points", ())),  # type: ignore[misc]
                labels=tuple(int(label) for label in row.get("labels", [1] * len(row.get("points", ())))),
                coarse=path.parent / row["coarse"] if row.get("coarse") else None,
            )
            if len(spec.points) != len(spec.labels):
                raise ValueError(f"{len(spec.points)} points but {len(spec.labels)} labels")
            prompts[row["id"]] = (*prompts.get(row["id"], ()), spec)
        except (ValueError, KeyError, TypeError) as error:
            raise UserError(
                f"{path}, line {number}: malformed prompt ({error}); see the data folder's format"
            ) from error
    return prompts


def _floats(values: Sequence[float], count: int) -> tuple[float, ...]:
    if len(values) != count:
        raise ValueError(f"{count} numbers expected, not {len(values)}")
    return tuple(float(value) for value in values)


def _coco_record(file: Path, instances: tuple[dict[str, Any], ...]) -> Record:
    boxes = [instance["bbox"] for instance in instances if instance.get("bbox") and not instance.get("iscrowd")]
    specs = tuple(PromptSpec(box=(x, y, x + width, y + height)) for x, y, width, height in boxes)
    drawn = tuple(instance for instance in instances if instance.get("segmentation"))
    return Record(file.stem, file, prompts=specs, instances=drawn)
