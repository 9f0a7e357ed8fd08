"""What a run was made from and what it made: photos, pseudo-masks, adapter, scores, each known by a hash."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from wesam_packshot.files.hashing import file_sha256
from wesam_packshot.sam.adapter_file import WEIGHTS, find_adapter


@dataclass(frozen=True)
class Artifact:
    """Something that a run needs or makes; an artifact in W&B.

    Attributes:
        name: of the artifact.
        kind: dataset, pseudo-labels, corrections, model or scores.
        files: by their names in the artifact; a text is a file's content.
        facts: among them `sha256`, and the hashes of what it was made from.
    """

    name: str
    kind: str
    files: Mapping[str, Path | str]
    facts: Mapping[str, Any] = field(default_factory=dict)


def photos_artifact(hashes: Mapping[str, str]) -> Artifact:
    """The photos of a run, by the SHA-256 of each; the photos themselves stay where they are."""
    rows = "".join(json.dumps({"id": name, "sha256": sha256}) + "\n" for name, sha256 in sorted(hashes.items()))
    return Artifact(
        "photos", "dataset", {"photos.jsonl": rows}, {"photos": len(hashes), "sha256": photos_sha256(hashes.values())}
    )


def photos_sha256(hashes: Iterable[str]) -> str:
    """One hash of a set of photos, in whatever order and under whatever names."""
    return hashlib.sha256("\n".join(sorted(hashes)).encode()).hexdigest()


def labels_artifact(index: Path, photos: Artifact) -> Artifact:
    """The facts of all pseudo-masks, without the masks."""
    facts = {"sha256": file_sha256(index), "photos_sha256": photos.facts["sha256"]}
    return Artifact("pseudo-masks", "pseudo-labels", {index.name: index}, facts)


def corrections_artifact(rows: Iterable[Mapping[str, Any]]) -> Artifact:
    """What a person has decided on cut-outs: photos with status and prompts, and the masks that stand.

    Args:
        rows: id, status, prompt, and mask, the file of it or empty; in whatever folder they are kept.
    """
    lines, masks = list[str](), dict[str, Path]()
    for row in sorted(rows, key=lambda row: row["id"]):
        told = {name: row[name] for name in ("id", "status", "prompt")}
        if row["mask"]:
            masks[f"masks/{row['id']}.png"] = file = Path(row["mask"])
            told["mask_sha256"] = file_sha256(file)
        lines.append(json.dumps(told) + "\n")
    text = "".join(lines)
    facts = {"photos": len(lines), "sha256": hashlib.sha256(text.encode()).hexdigest()}
    return Artifact("corrections", "corrections", {"reviewed.jsonl": text, **masks}, facts)


def adapter_artifact(path: Path, facts: Mapping[str, Any] | None = None) -> Artifact:
    """An adapter, given its folder or run."""
    folder = find_adapter(path)
    files = {file.name: file for file in sorted(folder.iterdir()) if file.is_file()}
    return Artifact("adapter", "model", files, {"sha256": file_sha256(folder / WEIGHTS)} | dict(facts or {}))
