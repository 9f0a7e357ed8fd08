"""The anchor's share of the work, kept between runs: a photo is looked at once, whatever is tried on it later.

An entry is found by the hash of everything that decides over it: photo, prompts, model, settings. The least
recently used entries go when the cache outgrows its limit.
"""

import hashlib
import io
import json
from dataclasses import dataclass
from typing import Any
from zipfile import BadZipFile

import numpy as np
from jaxtyping import Float, Float16

from wesam_packshot import __version__
from wesam_packshot.adaptation.store import from_levels, to_levels
from wesam_packshot.config import Config
from wesam_packshot.io.atomic import write_bytes
from wesam_packshot.io.hashing import file_sha256
from wesam_packshot.io.records import Record
from wesam_packshot.pseudolabel.labeler import METHOD
from wesam_packshot.sam.weights import Base, cache_folder

# To be raised when pseudo-labels change in a release's development.
FORMAT = 2


@dataclass(frozen=True)
class Entry:
    """What the anchor has to say of one photo.

    Attributes:
        row: facts, as `LabelStore` keeps them, without the photo's id.
        maps, layers, prototypes: see `LabelStore.add`.
        embedding: of the photo, when the warm-up needed it.
    """

    row: dict[str, Any]
    maps: Float[np.ndarray, "height width 4"]
    layers: Float[np.ndarray, "height width 2"]
    prototypes: Float[np.ndarray, "3 dim"]
    embedding: Float16[np.ndarray, "1 256 64 64"] | None = None


class LabelCache:
    """Entries in the user's cache folder.

    Args:
        base: the anchor's weights.
        config: its settings count, and `data.cache_mb`, the size of all entries together; 0 keeps none.
    """

    def __init__(self, base: Base, config: Config) -> None:
        self.folder = cache_folder() / "labels"
        self.limit = int(config.data.cache_mb * 1e6)
        settings = config.model_dump(mode="json", include={"pseudolabel": True, "train": {"precision"}})
        self.by_masks = config.pseudolabel.source == "masks"
        self.settings = [FORMAT, METHOD, __version__, base.sha256, settings]
        self.size = sum(path.stat().st_size for path in self.folder.glob("*.npz")) if self.limit else 0

    def key(self, record: Record) -> str:
        """Hash of a photo, its prompts, and the settings; the photo is read for it.

        Raises:
            OSError: when a file cannot be read.
        """
        prompts = [
            [spec.box, spec.points, spec.labels, file_sha256(spec.coarse) if spec.coarse else None]
            for spec in record.prompts
        ]
        facts: list[Any] = [*self.settings, file_sha256(record.file), prompts]
        if self.by_masks:
            facts.append(file_sha256(record.mask_file) if record.mask_file else record.instances)
        return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()

    def get(self, key: str) -> Entry | None:
        """The entry, which thereby becomes the last to go; None when there is none, or it is damaged."""
        file = self.folder / f"{key}.npz"
        if not self.limit or not file.is_file():
            return None
        try:
            with file.open("rb") as opened, np.load(opened) as arrays:
                entry = Entry(
                    json.loads(str(arrays["row"])),
                    from_levels(arrays["maps"]),
                    from_levels(arrays["layers"]),
                    arrays["prototypes"],
                    arrays.get("embedding"),
                )
            file.touch()
        except (OSError, ValueError, KeyError, EOFError, BadZipFile):
            return None
        return entry

    def put(self, key: str, entry: Entry) -> None:
        """Keep an entry, and drop the oldest ones beyond the limit."""
        if not self.limit:
            return
        arrays: dict[str, Any] = {
            "row": np.array(json.dumps(entry.row)),
            "maps": to_levels(entry.maps),
            "layers": to_levels(entry.layers),
            "prototypes": entry.prototypes.astype(np.float32),
        }
        if entry.embedding is not None:
            arrays["embedding"] = entry.embedding
        content = io.BytesIO()
        np.savez_compressed(content, **arrays)
        write_bytes(self.folder / f"{key}.npz", content.getvalue())
        self.size += content.tell()
        if self.size > self.limit:
            self._shrink()

    def _shrink(self) -> None:
        """Drop the least recently used entries, down to nine tenths of the limit so that it need not be done often."""
        files = sorted(self.folder.glob("*.npz"), key=lambda path: path.stat().st_mtime)
        self.size = sum(path.stat().st_size for path in files)
        for file in files:
            if self.size <= 0.9 * self.limit:
                return
            self.size -= file.stat().st_size
            file.unlink(missing_ok=True)
