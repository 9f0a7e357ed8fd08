"""Pseudo-labels on disk: what training reads, so that a resumed run sees exactly what the first one saw.

Each label is one PNG of four channels at the working size: probability, per-pixel weight, what the anchor made of
the whole-image box, and what colour alone is sure of (see `PseudoLabel`); one PNG of two, shadow and reflection, for
people to look at; one small array of prototypes; and one row of facts in `labels.jsonl`.
"""

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, UInt8
from PIL import Image
from torch import Tensor

from wesam_packshot.errors import UserError
from wesam_packshot.files.atomic import make_folder, replacing, write_picture
from wesam_packshot.files.json_lines import append_row, describe, finite_number, finite_numbers, read_rows
from wesam_packshot.io.decoding import load
from wesam_packshot.io.records import Record
from wesam_packshot.sam.prompts import Box

# An even number of steps: a colour that knows nothing is in the middle, and must not come back as knowing a little.
STEPS = 254
# Least values of the maps, in their order.
LOWEST = np.array([0, 0, 0, -1], np.float32)


@dataclass(frozen=True)
class StoredLabel:
    """A pseudo-label as training sees it.

    Attributes:
        record: the photo.
        sha256: of the photo, when it was labelled.
        confidence: in the whole mask.
        box: tight box in image pixels.
        product, background, shadow: the anchor's prototypes, for the contrastive loss; without a shadow, zeros.
    """

    record: Record
    sha256: str
    confidence: float
    box: Box
    product: Float[Tensor, "dim"]
    background: Float[Tensor, "dim"]
    shadow: Float[Tensor, "dim"]


def to_levels(maps: Float[np.ndarray, "height width maps"]) -> UInt8[np.ndarray, "height width maps"]:
    """Maps as they are kept on disk: shares in [0, 1], the fourth, of colour, in [-1, 1]."""
    low = LOWEST[: maps.shape[-1]]
    return (((maps - low) / (1 - low)).clip(0, 1) * STEPS + 0.5).astype(np.uint8)


def from_levels(levels: UInt8[np.ndarray, "height width maps"]) -> Float[np.ndarray, "height width maps"]:
    """The inverse of `to_levels`, but for its rounding, which leaves 0, 1 and colour's unknown exact; float32."""
    low = LOWEST[: levels.shape[-1]]
    return levels.astype(np.float32) / STEPS * (1 - low) + low


class LabelStore:
    """Pseudo-labels in a folder, written one by one; a row is written after its picture, so a row is whole."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.index = folder / "labels.jsonl"

    def add(
        self,
        row: dict[str, Any],
        maps: Float[np.ndarray, "height width 4"],
        layers: Float[np.ndarray, "height width 2"],
        prototypes: Float[np.ndarray, "3 dim"],
    ) -> None:
        """Store the label of the photo `row["id"]`, whose content hashes to `row["sha256"]`.

        Args:
            maps: as `read_maps` returns them.
            layers: as `read_layers` returns them.
            prototypes: the anchor's, in the order of `StoredLabel`.
        """
        for kind, values in (("maps", maps), ("layers", layers)):
            write_picture(self._file(row["id"], kind, "png"), Image.fromarray(to_levels(values)))
        with replacing(self._file(row["id"], "prototypes", "npy")) as temporary:
            np.save(temporary, prototypes.astype(np.float32))
        self.add_row(row)

    def read_maps(self, identity: str) -> Float[np.ndarray, "height width 4"]:
        """Probability, weight and anchor's mask, each in [0, 1], and colour's state, in [-1, 1]; float32."""
        return self._read(identity, "maps")

    def read_layers(self, identity: str) -> Float[np.ndarray, "height width 2"]:
        """Alpha of the shadow, and reflection, each in [0, 1], float32; both 0 with true masks."""
        return self._read(identity, "layers")

    def add_row(self, row: dict[str, Any]) -> None:
        """Store only facts, of a photo that cannot be labelled."""
        make_folder(self.folder)
        append_row(self.index, row)

    def rows(self) -> dict[str, dict[str, Any]]:
        """Rows by id; without damaged ones, whose photos are labelled anew."""
        return {row["id"]: row for row in read_rows(self.index) if _is_sound(row)}

    def labels(self, records: list[Record]) -> list[StoredLabel]:
        """Usable labels of these records, in their order.

        Raises:
            UserError: when what is stored of one is damaged.
        """
        rows = self.rows()
        return [self._stored(record, rows[record.id]) for record in records if rows[record.id]["status"] == "ok"]

    def _stored(self, record: Record, row: dict[str, Any]) -> StoredLabel:
        file = self._file(record.id, "prototypes", "npy")
        try:
            # from memory: reading a file itself, numpy turns a Ctrl-C into a TypeError, and leaves archives open
            prototypes = torch.from_numpy(np.load(BytesIO(file.read_bytes())))
            if prototypes.ndim != 2 or len(prototypes) != 3 or not prototypes.isfinite().all():
                raise ValueError(f"an array of {[*prototypes.shape]} in place of three prototypes")
        except Exception as error:  # numpy fails in as many ways as files do
            message = f"{file}: damaged ({describe(error)}); remove {self.folder}, and --resume labels all photos anew"
            raise UserError(message) from error
        x0, y0, x1, y1 = row["box"]
        return StoredLabel(record, row["sha256"], row["confidence"], (x0, y0, x1, y1), *prototypes)

    def _read(self, identity: str, kind: str) -> Float[np.ndarray, "height width maps"]:
        return from_levels(np.asarray(load(self._file(identity, kind, "png"))))

    def _file(self, identity: str, kind: str, suffix: str) -> Path:
        return self.folder / kind / f"{identity}.{suffix}"


def _is_sound(row: dict[str, Any]) -> bool:
    """Whether a row has all fields that are read later."""
    if not isinstance(row.get("id"), str):
        return False
    if row.get("status") == "failed":
        return isinstance(row.get("error"), str)
    try:
        finite_number(row.get("confidence"))
        if row.get("status") == "ok":
            finite_numbers(row.get("box"), 4)
    except ValueError:
        return False
    return isinstance(row.get("sha256"), str) and row.get("status") in ("ok", "abstained")
