"""A folder of photos through one function: outputs, manifest, and on past every broken photo."""

import json
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import UInt8
from PIL import Image

from wesam_packshot.errors import UsageError, UserError
from wesam_packshot.images import Rgb, read_image
from wesam_packshot.io import coco
from wesam_packshot.io.atomic import make_folder, replacing
from wesam_packshot.io.hashing import file_sha256
from wesam_packshot.io.pictures import Mask, cut_out, overlay
from wesam_packshot.io.records import Record

log = logging.getLogger(__name__)

FORMATS = ("mask", "rgba", "coco", "overlay")
MANIFEST_KEYS = (
    "id",
    "file",
    "width",
    "height",
    "status",
    "error",
    "confidence",
    "inverted",
    "box",
    "area",
    "shadow_removed",
    "reflection_removed",
    "prompt",
    "seconds",
    "sha256",
)


@dataclass(frozen=True)
class Outcome:
    """What became of one photo, as the manifest tells it.

    Attributes:
        mask: in image pixels; empty when the label abstains.
        status: "ok" or "abstained".
        error: why it abstained.
        confidence: 0 to 1.
        inverted: whether SAM took the background for the product under the whole-image box.
        shadow_removed: share of the picture's pixels told to be shadow, and left out.
        reflection_removed: the same of reflections.
        prompt: "whole", "box", "points", "mask", or several with "+".
    """

    mask: Mask
    status: str
    error: str
    confidence: float
    inverted: bool
    shadow_removed: float
    reflection_removed: float
    prompt: str


@dataclass
class Tally:
    """How many photos came to what end."""

    ok: int = 0
    abstained: int = 0
    failed: int = 0

    def count(self, status: str) -> None:
        setattr(self, status, getattr(self, status) + 1)

    def as_dict(self) -> dict[str, int]:
        return {"images": self.ok + self.abstained + self.failed, **asdict(self)}


def parse_formats(text: str) -> tuple[str, ...]:
    """Formats of a comma-separated list.

    Raises:
        UsageError: for an unknown format.
    """
    formats = tuple(part.strip() for part in text.split(","))
    for unknown in set(formats) - set(FORMATS):
        raise UsageError(f"--format {unknown}: unknown; choose among {', '.join(FORMATS)}")
    return formats


def process(
    records: Sequence[Record],
    output: Path,
    formats: Sequence[str],
    segment: Callable[[Record, Rgb], Outcome],
    max_megapixels: float,
) -> Iterator[dict[str, Any]]:
    """Segment every photo, write the outputs, and yield the manifest's rows as they are written.

    A photo that cannot be read or segmented is reported in its row and passed over.
    """
    make_folder(output)
    results = coco.ResultFile()
    with (output / "manifest.jsonl").open("w") as manifest:
        for record in records:
            row = _process_one(record, output, formats, segment, max_megapixels, results)
            manifest.write(json.dumps(row) + "\n")
            manifest.flush()
            yield row
    if "coco" in formats:
        results.write(output / "coco.json")


def describe(mask: Mask) -> dict[str, Any]:
    """Box and area of a mask, as in the manifest."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    box = [int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1] if len(rows) else None
    return {"box": box, "area": float(mask.mean())}


def _process_one(
    record: Record,
    output: Path,
    formats: Sequence[str],
    segment: Callable[[Record, Rgb], Outcome],
    max_megapixels: float,
    results: coco.ResultFile,
) -> dict[str, Any]:
    start = time.perf_counter()
    row: dict[str, Any] = dict.fromkeys(MANIFEST_KEYS) | {"id": record.id, "file": str(record.file)}
    try:
        image = read_image(record.file, max_megapixels)
        outcome = segment(record, image)
    except UserError as error:
        log.warning("%s", error)
        return row | {"status": "failed", "error": str(error)}
    _write(record.id, image, outcome.mask, output, formats)
    results.add(record.file.name, outcome.mask, outcome.confidence)
    facts = {name: value for name, value in vars(outcome).items() if name != "mask"}
    row |= facts | describe(outcome.mask) | {"height": image.shape[0], "width": image.shape[1]}
    row |= {"sha256": file_sha256(record.file), "seconds": time.perf_counter() - start}
    return {key: round(value, 6) if isinstance(value, float) else value for key, value in row.items()}


def _write(identity: str, image: Rgb, mask: Mask, output: Path, formats: Sequence[str]) -> None:
    pictures: dict[str, tuple[str, Callable[[], UInt8[np.ndarray, ...]]]] = {
        "mask": ("masks/{}.png", lambda: mask.astype(np.uint8) * 255),
        "rgba": ("rgba/{}.png", lambda: cut_out(image, mask)),
        "overlay": ("overlay/{}.jpg", lambda: overlay(image, mask)),
    }
    for name in pictures.keys() & set(formats):
        file, draw = pictures[name]
        with replacing(output / file.format(identity)) as temporary:
            Image.fromarray(draw()).save(temporary)
