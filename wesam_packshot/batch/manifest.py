"""The manifest of an output folder: a row per photo, and what an interrupted run need not do again.

While a run works, rows are appended as photos are finished; at its end they are written anew in input order. Rows
of an earlier run count when it had the same settings; those of runs that each did a part (`--shard`) all count.
"""

import hashlib
import json
import logging
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from wesam_packshot.errors import UsageError
from wesam_packshot.files.atomic import make_folder, write_json
from wesam_packshot.files.json_lines import Row, append_row, parse_json, placed_rows, read_row_at, read_rows, write_rows
from wesam_packshot.io.coco import is_described, write_results

T = TypeVar("T")

log = logging.getLogger(__name__)

# What a row tells, with the types of JSON that it may have; a failed photo's has None where nothing is known.
TYPES: dict[str, tuple[type, ...]] = {
    "id": (str,),
    "file": (str,),
    "width": (int,),
    "height": (int,),
    "status": (str,),
    "error": (str,),
    "confidence": (float, int),
    "inverted": (bool,),
    "sam_inverted": (bool,),
    "box": (list,),
    "area": (float, int),
    "shadow_removed": (float, int),
    "reflection_removed": (float, int),
    "prompt": (str,),
    "seconds": (float, int),
    "sha256": (str,),
}
KEYS = tuple(TYPES)
# What a row must tell, and how a photo may end.
NEEDED = ("id", "file", "status")
STATUSES = ("ok", "abstained", "failed")
# How a person may have decided on it since, and what a row then tells as well (docs/review.md).
REVIEWED = ("accepted", "corrected", "rejected")
REVIEW_KEYS = ("reviewer", "reviewed_at")


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
    """Rows, and COCO results where they are options, of one run over all photos of `folder` or one shard of them.

    Args:
        settings: whatever decides over the outputs; an earlier run with others is done again.
    """

    def __init__(self, folder: Path, settings: Mapping[str, Any], shard: Shard) -> None:
        self.file = make_folder(folder) / f"manifest{shard.suffix}.jsonl"
        self.coco_file = folder / f"coco{shard.suffix}.json"
        digest = hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()
        earlier = [file for file in sorted(folder.glob("manifest*.jsonl")) if _digest(file) == digest]
        self._earlier = {row["id"]: row for file in earlier for _, row in _sound(file, is_row)}
        self._results = {
            row["id"]: (file, place) for file in map(results_file, earlier) for place, row in _sound(file, is_result)
        }
        write_rows(self.file, self._earlier.values())
        write_json(settings_file(self.file), {"sha256": digest, "settings": settings})

    def finished(self, identity: str, sha256: str) -> Row | None:
        """The row of a photo that an earlier run has finished, if its file is still the same."""
        row = self._earlier.get(identity)
        return row if row and row["status"] != "failed" and row["sha256"] == sha256 else None

    def has_result(self, identity: str) -> bool:
        return identity in self._results

    def append(self, row: Row, result: Row | None = None) -> None:
        """Note a photo whose outputs are all written, and its COCO result."""
        if result:
            file = results_file(self.file)
            self._results[row["id"]] = file, append_row(file, {"id": row["id"]} | result)
        append_row(self.file, row)

    def settle(self, identities: Sequence[str], with_coco: bool) -> None:
        """Write the rows anew, in the order of the input, and the COCO file."""
        rows = {row["id"]: row for row in read_rows(self.file) if is_row(row)}
        write_rows(self.file, (rows[identity] for identity in identities if identity in rows))
        if with_coco:
            known = [self._results[identity] for identity in identities if identity in self._results]
            write_results(self.coco_file, lambda: (read_row_at(file, place) for file, place in known))


def is_row(row: Row) -> bool:
    """Whether a row says what this version's rows say, in the types that they have."""
    reviewed = row.get("status") in REVIEWED
    return (
        set(row) == {*KEYS, *(REVIEW_KEYS if reviewed else ())}
        and all(_has_type(row[key], TYPES[key], key not in NEEDED) for key in KEYS)
        and (reviewed or row["status"] in STATUSES)
        and all(isinstance(row[key], str) for key in REVIEW_KEYS if reviewed)
    )


def _has_type(value: Any, types: tuple[type, ...], optional: bool) -> bool:
    if value is None:
        return optional
    return type(value) in types and (not isinstance(value, float) or math.isfinite(value))


def is_result(row: Row) -> bool:
    """Whether a row is a photo's COCO result."""
    return isinstance(row.get("id"), str) and is_described(row)


def _sound(file: Path, is_sound: Callable[[Row], bool]) -> Iterator[tuple[int, Row]]:
    """Rows and where they begin; damaged ones are reported and skipped, so that their photos are done anew."""
    for place, row in placed_rows(file):
        if is_sound(row):
            yield place, row
        else:
            line = file.read_bytes()[:place].count(b"\n") + 1
            log.warning("%s, line %d: damaged; its photo is done anew", file, line)


def _digest(manifest: Path) -> str | None:
    """Hash of the settings that an earlier run had; None where there is none, or it is not known."""
    file = settings_file(manifest)
    if not file.is_file():
        return None
    try:
        return str(_stored(file, "sha256"))
    except ValueError:
        log.warning("%s: damaged, so that nothing tells whether the masks still hold; all are made anew", file)
        return None


def settings_file(manifest: Path) -> Path:
    """Where the settings of a manifest's run are kept."""
    return manifest.with_name(f".{manifest.stem}.settings.json")


def settings_of(folder: Path) -> Mapping[str, Any] | None:
    """What decided over the outputs in a folder, or in the one that `folder` lies in; None where nothing says."""
    for place in (folder, folder.parent):
        for file in sorted(place.glob("manifest*.jsonl")):
            try:
                settings: Mapping[str, Any] = _stored(settings_file(file), "settings")
            except ValueError:
                continue
            return settings
    return None


def _stored(file: Path, key: str) -> Any:
    """What a settings file holds under a key.

    Raises:
        ValueError: when it cannot be read, or is damaged.
    """
    try:
        return parse_json(file.read_bytes())[key]
    except (OSError, TypeError, LookupError) as error:
        raise ValueError(f"{file}: damaged") from error


def results_file(manifest: Path) -> Path:
    """Where the COCO results of a manifest's photos are kept, the latest of each photo last."""
    return manifest.with_name(f".{manifest.stem}.coco.jsonl")
