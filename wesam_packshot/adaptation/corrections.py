"""What a person has decided on cut-outs (`scripts/review.py`), and what a run learns from that.

A photo whose mask was corrected or accepted is learnt from with that mask, as from an example; what was drawn on it is
its prompt, so that its pseudo-mask, which box and prototypes come from, is right as well. Rejected photos are left out.
The decisions are copied into the run's folder, since the review may go on while the run does.
"""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from wesam_packshot.batch.manifest import REVIEWED, settings_file
from wesam_packshot.errors import UsageError, UserError
from wesam_packshot.files.atomic import replacing
from wesam_packshot.files.hashing import file_sha256
from wesam_packshot.files.json_lines import parse_json, read_rows, write_rows
from wesam_packshot.io.prompt_file import PromptSpec
from wesam_packshot.io.records import Record
from wesam_packshot.resources import adapter_folder
from wesam_packshot.review.decided import decided
from wesam_packshot.sam.adapter_file import WEIGHTS
from wesam_packshot.tracking.lineage import Artifact, corrections_artifact

FOLDER, INDEX = "corrections", "reviewed.jsonl"


@dataclass(frozen=True)
class Decisions:
    """What a review says of photos, by their files.

    Attributes:
        settled: the mask that a person has accepted, or made, and whether it was made.
        drawn: clicks and box of those that were corrected.
        rejected: photos that are not to be used.
    """

    settled: dict[Path, tuple[Path, bool]] = field(default_factory=dict)
    drawn: dict[Path, PromptSpec] = field(default_factory=dict)
    rejected: frozenset[Path] = frozenset()

    def apply(self, records: Sequence[Record]) -> list[Record]:
        """The records, with settled masks and the prompts that lead to them, and without those that were rejected."""
        return [self._with(record) for record in records if record.file.resolve() not in self.rejected]

    def _with(self, record: Record) -> Record:
        file = record.file.resolve()
        if file not in self.settled:
            return record
        mask, corrected = self.settled[file]
        spec = replace(self.drawn.get(file, PromptSpec()), coarse=mask)
        return replace(record, prompts=(spec,), settled=mask, corrected=corrected)


def take_decisions(source: Path, run: Path) -> Decisions:
    """The decisions of a folder under review, as they were when the run began.

    Args:
        source: outputs of `segment.py` or `pseudolabel.py`.
        run: folder that keeps them.

    Raises:
        UsageError: when nothing was decided there.
        UserError: when a file cannot be read or written.
    """
    index = run / FOLDER / INDEX
    if not index.is_file():
        rows = list(decided(source))
        if not rows:
            raise UsageError(f"{source}: nothing was decided there; review it with: python scripts/review.py {source}")
        write_rows(index, [row | {"mask": _kept(row, run)} for row in rows])  # last: with it, all are there
    rows = list(read_rows(index))
    settled = {Path(row["file"]): (run / row["mask"], row["status"] == "corrected") for row in rows if row["mask"]}
    drawn = {Path(row["file"]): _spec(row["prompt"]) for row in rows if row["prompt"]}
    rejected = frozenset(Path(row["file"]) for row in rows if row["status"] == "rejected")
    return Decisions(settled, drawn, rejected)


def counted(run: Path) -> dict[str, int]:
    """How many photos were corrected, accepted and rejected; nothing of a run without corrections."""
    index = run / FOLDER / INDEX
    states = [row["status"] for row in read_rows(index)] if index.is_file() else []
    return {state: states.count(state) for state in REVIEWED if states}


def artifact_of(run: Path) -> Artifact:
    """The decisions that a run with corrections has learnt from; the same artifact as the review's own."""
    rows = read_rows(run / FOLDER / INDEX)
    return corrections_artifact(row | {"mask": row["mask"] and str(run / row["mask"])} for row in rows)


def maker_of(source: Path, runs: Path) -> Path | str:
    """The adapter that cut-outs were made with: among those of `runs` and the one that ships; `none` without one.

    Raises:
        UserError: when it is not among them, or nobody has noted it.
    """
    try:
        wanted = parse_json(settings_file(source / "manifest.jsonl").read_bytes())["settings"]["adapter"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(f"{source}: does not tell its adapter; name it: adapter.start=RUN, packshot or none") from error
    if wanted is None:
        return "none"
    for weights in [*adapter_folder().glob(f"*/{WEIGHTS}"), *sorted(runs.glob(f"*/adapter/{WEIGHTS}"))]:
        if file_sha256(weights) == wanted:
            return "packshot" if weights.is_relative_to(adapter_folder()) else weights.parent
    raise UserError(f"{source}: its adapter is not in {runs}/; name it: adapter.start=RUN")


def _spec(prompt: dict[str, Any]) -> PromptSpec:
    box = tuple(prompt["box"]) if prompt["box"] else None
    return PromptSpec(box, tuple(map(tuple, prompt["points"])), tuple(prompt["labels"]))


def _kept(row: dict[str, Any], run: Path) -> str:
    """The copy of a mask, below the run's folder; nothing where there is none."""
    if not row["mask"]:
        return ""
    name = f"{FOLDER}/masks/{row['id']}.png"
    with replacing(run / name) as temporary:
        shutil.copyfile(row["mask"], temporary)
    return name
