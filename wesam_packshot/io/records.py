"""Data folders, plain folders, single photos and COCO files, as one list of records.

A data folder holds `images/`, and optionally `masks/<id>.png` and `prompts.jsonl`; a folder of photos is one too.

Outputs are named by the photos' ids, so no two photos have one id: see `give_ids`.
"""

import difflib
import logging
import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wesam_packshot.errors import UsageError, UserError
from wesam_packshot.io import coco
from wesam_packshot.io.prompt_file import MaskLevels, PromptSpec, read_levels, read_prompts
from wesam_packshot.sam.frame import Frame
from wesam_packshot.sam.prompts import Prompt

log = logging.getLogger(__name__)

# Files of a data folder, or of an operating system, that lie beside photos and are no photos.
COMPANIONS = ("prompts.jsonl", "manifest.jsonl", "Thumbs.db", "desktop.ini")


@dataclass(frozen=True)
class Record:
    """One photo and what is known of it.

    Attributes:
        id: unique name, see `give_ids`.
        file: the photo.
        mask_file: levels of a mask, for evaluation only.
        prompts: the user's prompts, one per instance; empty for the whole image.
        instances: COCO annotations, from which a mask is drawn when there is no `mask_file`.
        settled: levels of a mask that a person has accepted or made, for training.
        corrected: that person has made it.
    """

    id: str
    file: Path
    mask_file: Path | None = None
    prompts: tuple[PromptSpec, ...] = ()
    instances: tuple[dict[str, Any], ...] = ()
    settled: Path | None = None
    corrected: bool = False

    @property
    def name(self) -> str:
        """The file's name, after the folders that its id has."""
        folders, slash, _ = self.id.rpartition("/")
        return folders + slash + self.file.name

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
        raise UsageError(f"{source}: no such file or folder; {_meant(source)}")
    if source.suffix == ".json":
        records = _coco_records(source)
    elif source.is_file():
        records = [Record(source.stem, source)]
    else:
        records = _folder_records(source)
    if not records:
        raise UsageError(f"{source}: the folder holds no photos; put .jpg, .png, .webp or .tif files into it")
    records.sort(key=lambda record: record.id)
    return records[:limit] if limit else records


def _meant(source: Path) -> str:
    """What may have been meant by a name that there is not."""
    near = [path.name for path in source.parent.iterdir()] if source.parent.is_dir() else []
    close = difflib.get_close_matches(source.name, near, n=1)
    return f"did you mean {source.with_name(close[0])}?" if close else "give a folder of photos"


def give_ids(files: Sequence[Path]) -> list[str]:
    """An id for each photo that no other has, whatever the order of the photos.

    It is the file's stem; where others have that as well, its name; where they have that, too, the stem with its
    folder before it, and so on: `cam1/0001.jpg` and `cam2/0001.jpg` become `cam1/0001` and `cam2/0001`.

    Args:
        files: absolute, without any `..`; no two are the same.
    """
    depths = [0] * len(files)
    while True:
        ids = [_ending(file, depth) for file, depth in zip(files, depths, strict=True)]
        shallowest: dict[str, int] = {}
        counts = Counter(ids)
        for name, depth in zip(ids, depths, strict=True):
            shallowest[name] = min(depth, shallowest.get(name, depth))
        if len(counts) == len(ids):
            return ids
        clashing = (counts[name] > 1 and depth == shallowest[name] for name, depth in zip(ids, depths, strict=True))
        depths = [
            min(depth + clash, 2 * len(file.parts) - 3)
            for file, depth, clash in zip(files, depths, clashing, strict=True)
        ]


def _ending(file: Path, depth: int) -> str:
    """The end of a path: stem, name, folder and stem, folder and name, and so on."""
    folders = file.parts[1:-1][len(file.parts) - 2 - depth // 2 :]
    return "/".join((*folders, file.name if depth % 2 else file.stem))


def _folder_records(folder: Path) -> list[Record]:
    photos = folder / "images" if (folder / "images").is_dir() else folder
    files = [file for file in sorted(photos.iterdir()) if file.is_file() and _is_candidate(file)]
    ids = give_ids(files)
    prompts = read_prompts(folder / "prompts.jsonl")
    records = []
    for name, file in zip(ids, files, strict=True):
        mask = folder / "masks" / f"{name}.png"
        records.append(Record(name, file, mask if mask.is_file() else None, prompts.pop(name, ())))
    for unknown in prompts:
        log.warning("%s: there is no photo called %s; its prompt is of no use", folder / "prompts.jsonl", unknown)
    return records


def _is_candidate(file: Path) -> bool:
    return not file.name.startswith(".") and file.name not in COMPANIONS


def _coco_records(source: Path) -> list[Record]:
    images = coco.read_images(source)
    files = [Path(os.path.abspath(file)) for file, _ in images]  # noqa: PTH100 - `resolve` would follow links
    for file, count in Counter(files).items():
        if count > 1:
            raise UserError(f"{source}: names the image {file} {count} times; put all of its annotations under one id")
    ids = give_ids(files)
    return [_coco_record(name, file, found) for name, (file, found) in zip(ids, images, strict=True)]


def _coco_record(name: str, file: Path, instances: tuple[dict[str, Any], ...]) -> Record:
    boxed = (instance for instance in instances if instance.get("bbox") and not instance.get("iscrowd"))
    specs = tuple(map(coco.box_prompt, boxed))
    drawn = tuple(instance for instance in instances if instance.get("segmentation"))
    return Record(name, file, prompts=specs, instances=drawn)
