"""Data folders, plain folders, single photos and COCO files, as one list of records.

A data folder holds `images/`, and optionally `masks/<id>.png` and `prompts.jsonl`; a folder of photos is one too.
"""

import logging
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wesam_packshot.errors import UsageError, UserError
from wesam_packshot.images import Frame
from wesam_packshot.io import coco
from wesam_packshot.io.prompt_file import MaskLevels, PromptSpec, read_levels, read_prompts
from wesam_packshot.prompts import Prompt

log = logging.getLogger(__name__)

# Files of a data folder, or of an operating system, that lie beside photos and are no photos.
COMPANIONS = ("prompts.jsonl", "manifest.jsonl", "Thumbs.db", "desktop.ini")


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
        try:
            return coco.draw_instances(self.instances, height, width)
        except UserError as error:
            raise UserError(f"{self.file}: {error}") from error

    def ready_prompts(self, frame: Frame) -> list[Prompt]:
        """The prompts for the photo, of which `frame` tells the size.

        Raises:
            UserError: naming the photo, when a prompt lies outside it or cannot be used.
        """
        try:
            return [spec.prompt(frame) for spec in self.prompts]
        except UsageError as error:
            raise UserError(f"{self.file}: {error}") from error

    def read_layer(self, kind: str, height: int, width: int) -> MaskLevels | None:
        """Levels of `shadows/<id>.png`, or another layer beside `masks/`, for evaluation; None if absent.

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


def _folder_records(folder: Path) -> list[Record]:
    photos = folder / "images" if (folder / "images").is_dir() else folder
    files = [file for file in sorted(photos.iterdir()) if file.is_file() and _is_candidate(file)]
    stems = Counter(file.stem for file in files)
    prompts = read_prompts(folder / "prompts.jsonl")
    records = []
    for file in files:
        name = file.stem if stems[file.stem] == 1 else file.name
        mask = folder / "masks" / f"{name}.png"
        records.append(Record(name, file, mask if mask.is_file() else None, prompts.pop(name, ())))
    for unknown in prompts:
        log.warning("%s: there is no photo called %s; its prompt is of no use", folder / "prompts.jsonl", unknown)
    return records


def _is_candidate(file: Path) -> bool:
    return not file.name.startswith(".") and file.name not in COMPANIONS


def _coco_record(file: Path, instances: tuple[dict[str, Any], ...]) -> Record:
    boxed = (instance for instance in instances if instance.get("bbox") and not instance.get("iscrowd"))
    specs = tuple(map(coco.box_prompt, boxed))
    drawn = tuple(instance for instance in instances if instance.get("segmentation"))
    return Record(file.stem, file, prompts=specs, instances=drawn)
