"""The anchor's share of the work, kept between runs: a photo is looked at once, whatever is tried on it later.

An entry is found by the hash of everything that decides over it: photo, prompts, model, settings, code. The least
recently used entries go when the cache outgrows its limit. Several runs may share the cache, and it may fail: then
there is one photo more to look at.
"""

import hashlib
import io
import json
import logging
import os
import time
from typing import Any

import numpy as np
import torch

from wesam_packshot.adaptation.anchor import Opinion, anchor_adapter
from wesam_packshot.adaptation.store import from_levels, to_levels
from wesam_packshot.config import Config
from wesam_packshot.devices import in_bf16
from wesam_packshot.errors import UserError
from wesam_packshot.files.atomic import write_bytes
from wesam_packshot.files.hashing import code_sha256, file_sha256
from wesam_packshot.io.records import Record
from wesam_packshot.sam.adapter_file import WEIGHTS
from wesam_packshot.sam.weights import Base, cache_folder

log = logging.getLogger(__name__)

# Bytes at the end of an entry that tell whether the others are whole.
SEAL = hashlib.sha256().digest_size
# When the limit is passed, so much of it stays, so that room need not be made often.
KEPT = 0.9
# Seconds by which clocks of machines that share the folder may differ.
AHEAD = 3600


class LabelCache:
    """Entries in the user's cache folder.

    Args:
        base: the anchor's weights, without its adapter.
        config: what it says of labels counts, the adapter that the anchor carries, and `data.cache_mb`, the size of
            all entries together; 0 keeps none.
        device: that the anchor computes on.
    """

    def __init__(self, base: Base, config: Config, device: torch.device) -> None:
        self.folder = cache_folder() / "labels"
        self.limit = int(config.data.cache_mb * 1e6)
        self.room = 0  # bytes that may be added until the folder is looked at
        asked, self.by_masks = config.pseudolabel, config.pseudolabel.source == "masks"
        self.by_prompts = asked.use_prompts and not self.by_masks
        settings = ["masks"] if self.by_masks else ["anchor", asked.min_confidence, sorted(asked.disabled_stages)]
        adapter = anchor_adapter(config, base)
        weights = [base.sha256, file_sha256(adapter / WEIGHTS) if adapter else None]
        precision = [device.type, in_bf16(device, config.train.precision)]
        self.settings = [code_sha256(__name__), weights, precision, settings]

    def key(self, record: Record, sha256: str) -> str:
        """Hash of all that decides over a photo's labels.

        Args:
            sha256: of the photo.

        Raises:
            OSError: when a mask cannot be read.
        """
        facts: list[Any] = [*self.settings, sha256]
        if self.by_masks:
            facts.append(file_sha256(record.mask_file) if record.mask_file else record.instances)
        if self.by_prompts:
            for spec in record.prompts:
                coarse = file_sha256(spec.coarse) if spec.coarse else None
                facts.append([spec.box, spec.points, spec.labels, coarse])
        return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()

    def get(self, key: str) -> Opinion | None:
        """The entry, which thereby becomes the last to go; None when there is none, or it is damaged."""
        file = self.folder / f"{key}.npz"
        if not self.limit:
            return None
        try:
            content = file.read_bytes()
            os.utime(file)
        except OSError:  # another run has dropped it, or never made it
            return None
        content, seal = content[:-SEAL], content[-SEAL:]
        return _unpack(content) if hashlib.sha256(content).digest() == seal else None

    def put(self, key: str, opinion: Opinion) -> None:
        """Keep an entry, and drop the oldest ones beyond the limit."""
        if not self.limit:
            return
        content = _pack(opinion)
        content += hashlib.sha256(content).digest()
        try:
            write_bytes(self.folder / f"{key}.npz", content)
        except UserError as error:
            log.warning("%s; this run goes on without the cache of labels", error)
            self.limit = 0
            return
        self.room -= len(content)
        if self.room < 0:
            self._make_room()

    def _make_room(self) -> None:
        """Drop the least recently used entries beyond the limit, and see how much may come until the next time.

        That is a tenth of the limit at most, since other runs add theirs. A time to come is that of a clock that was
        set back since, and tells nothing: such entries go first.
        """
        latest, found = time.time() + AHEAD, []
        for file in self.folder.glob("*.npz"):
            try:
                facts = file.stat()
            except FileNotFoundError:  # another run makes room, too
                continue
            found.append((facts.st_mtime if facts.st_mtime <= latest else 0.0, file, facts.st_size))
        size = sum(item[2] for item in found)
        aim = size if size <= self.limit else KEPT * self.limit
        for _, file, own in sorted(found):
            if size <= aim:
                break
            file.unlink(missing_ok=True)
            size -= own
        self.room = int(min(self.limit - size, (1 - KEPT) * self.limit))


def _pack(opinion: Opinion) -> bytes:
    arrays: dict[str, Any] = {
        "row": np.array(json.dumps(opinion.row)),
        "maps": to_levels(opinion.maps),
        "layers": to_levels(opinion.layers),
        "prototypes": opinion.prototypes.astype(np.float32),
    }
    if opinion.embedding is not None:
        arrays["embedding"] = opinion.embedding
    content = io.BytesIO()
    np.savez_compressed(content, **arrays)
    return content.getvalue()


def _unpack(content: bytes) -> Opinion:
    with np.load(io.BytesIO(content)) as arrays:
        return Opinion(
            json.loads(str(arrays["row"])),
            from_levels(arrays["maps"]),
            from_levels(arrays["layers"]),
            arrays["prototypes"],
            arrays.get("embedding"),
        )
