"""The manifest of an output folder: a row per photo, and what an interrupted run need not do again.

While a run works, rows are appended as photos are finished; at its end they are written anew in input order. Rows
of an earlier run count when it had the same settings; those of runs that each did a part (`--shard`) all count.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from wesam_packshot.errors import UsageError
from wesam_packshot.io.atomic import make_folder, write_json
from wesam_packshot.io.coco import write_results
from wesam_packshot.io.json_lines import Row, append_row, placed_rows, read_row_at, read_rows, write_rows

T = TypeVar("T")

KEYS = (
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
class Shard:
    """Part `number` (from 1) of `count` equal parts of the photos."""

    number: int = 1
    count: int = 1

    @classmethod
    def parse(cls, text: str) -> "Shard":
        """The shard that "2/8" means.

        Raises:
            UsageError: for anything else.
        """
        found = re.fullmatch(r"(\d+)/(\d+)", text)
        if not found or not 1 <= int(found[1]) <= int(found[2]):
            raise UsageError(f"--shard {text}: not a part; give its number and their count, such as 1/4")
        return cls(int(found[1]), int(found[2]))

    def of(self, items: Sequence[T]) -> Sequence[T]:
        """Its part: every `count`-th, so that all parts are alike."""
        return items[self.number - 1 :: self.count]

    @property
    def suffix(self) -> str:
        """What tells its files from those of other shards; empty when there are no others."""
        return "" if self.count == 1 else f"-{self.number}-of-{self.count}"


class Manifest:
    """Rows, and COCO results where they are wanted, of one run over all photos of `folder` or one shard of them.

    Args:
        settings: whatever decides over the outputs; an earlier run with others is done again.
    """

    def __init__(self, folder: Path, settings: Mapping[str, Any], shard: Shard) -> None:
        self.file = make_folder(folder) / f"manifest{shard.suffix}.jsonl"
        self.coco_file = folder / f"coco{shard.suffix}.json"
        digest = hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()
        earlier = [file for file in sorted(folder.glob("manifest*.jsonl")) if _digest(file) == digest]
        self._earlier = {row["id"]: row for file in earlier for row in read_rows(file)}
        self._results = {
            row["id"]: (file, place) for file in map(_results_file, earlier) for place, row in placed_rows(file)
        }
        write_rows(self.file, self._earlier.values())
        write_json(_settings_file(self.file), {"sha256": digest, "settings": settings})

    def finished(self, identity: str, sha256: str) -> Row | None:
        """The row of a photo that an earlier run has finished, if its file is still the same."""
        row = self._earlier.get(identity)
        return row if row and row["status"] != "failed" and row["sha256"] == sha256 else None

    def has_result(self, identity: str) -> bool:
        return identity in self._results

    def append(self, row: Row, result: Row | None = None) -> None:
        """Note a photo whose outputs are all written, and its COCO result."""
        if result:
            file = _results_file(self.file)
            self._results[row["id"]] = file, append_row(file, {"id": row["id"]} | result)
        append_row(self.file, row)

    def settle(self, identities: Sequence[str], with_coco: bool) -> None:
        """Write the rows anew, in the order of the input, and the COCO file."""
        rows = {row["id"]: row for row in read_rows(self.file)}
        write_rows(self.file, (rows[identity] for identity in identities))
        if with_coco:
            known = [self._results[identity] for identity in identities if identity in self._results]
            write_results(self.coco_file, lambda: (read_row_at(file, place) for file, place in known))


def _digest(manifest: Path) -> str | None:
    file = _settings_file(manifest)
    return str(json.loads(file.read_text())["sha256"]) if file.is_file() else None


def _settings_file(manifest: Path) -> Path:
    return manifest.with_name(f".{manifest.stem}.settings.json")


def _results_file(manifest: Path) -> Path:
    return manifest.with_name(f".{manifest.stem}.coco.jsonl")
