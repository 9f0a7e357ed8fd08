"""Figures of a run: `metrics.jsonl` is the truth, Weights & Biases a mirror of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wesam_packshot.config import Config, dump_config
from wesam_packshot.files.atomic import make_folder, write_json, write_text
from wesam_packshot.files.json_lines import append_row, read_rows, write_rows
from wesam_packshot.tracking.lineage import Artifact
from wesam_packshot.tracking.mirror import Mirror, open_mirror
from wesam_packshot.tracking.pictures import Table

METRICS = "metrics.jsonl"
SUMMARY = "summary.json"


class Tracker:
    """Appends rows to a run's `metrics.jsonl` and mirrors them in a W&B run.

    Args:
        folder: the run; the W&B run has its name, and is the same one when the run is resumed.
        config: its configuration; `tracking.mode` "disabled" leaves W&B out altogether.
        job: W&B's job type: adapt, pseudolabel, evaluate or review.
        group: W&B's group where `tracking.group` names none.
    """

    def __init__(self, folder: Path, config: Config, job: str, group: str | None = None) -> None:
        self._path = make_folder(folder) / METRICS
        rows = list(read_rows(self._path))
        self._count = len(rows)
        self._mirror: Mirror | None = open_mirror(folder, config, job, group or folder.name, rows)

    @property
    def mirrored(self) -> bool:
        """Whether there is a W&B run."""
        return self._mirror is not None

    def log(self, row: dict[str, Any]) -> None:
        """Write a row: its `stage` and `step`, and figures."""
        append_row(self._path, row)
        if self._mirror:
            self._mirror.log(self._count, row)
        self._count += 1

    def rewind(self, step: int) -> None:
        """Drop rows of joint training beyond a step, which a resumed run is about to write again; before 0, all."""
        # a training row tells of the steps done, a check comes before the next step
        last = {"train": step, "selection": step - 1}
        rows = (row for row in read_rows(self._path) if {"stage", "step"} <= row.keys())
        kept = [row for row in rows if row["step"] <= last.get(row["stage"], row["step"])]
        kept = kept if step >= 0 else []
        write_rows(self._path, kept)
        self._count = len(kept)

    def finish(
        self,
        summary: dict[str, Any],
        table: Table | None = None,
        made_from: Sequence[Artifact] = (),
        made: Sequence[Artifact] = (),
    ) -> None:
        """Mirror the summary, what people look at, and what was made from what.

        Args:
            table: photos with their masks, the same ones each time.
            made_from, made: for W&B's lineage.
        """
        if self._mirror:
            self._mirror.finish(self._count, summary, table, made_from, made)


@dataclass(frozen=True)
class Job:
    """What a run of its own is for W&B.

    Attributes:
        name: W&B's job type.
        made_from, made: for W&B's lineage.
        group: W&B's group where `tracking.group` names none.
    """

    name: str
    made_from: Sequence[Artifact] = ()
    made: Sequence[Artifact] = ()
    group: str | None = None


def track_at_once(folder: Path, config: Config, job: Job, row: dict[str, Any], summary: dict[str, Any]) -> None:
    """A folder of results as a run of its own: its configuration, one row of figures, and a summary; see `Tracker`.

    What an earlier run into the folder has logged is logged anew.
    """
    write_text(folder / "config.yaml", dump_config(config))
    write_json(folder / SUMMARY, summary)
    tracker = Tracker(folder, config, job.name, job.group)
    tracker.rewind(-1)
    tracker.log(row)
    figures = {name: value for name, value in row.items() if name not in ("stage", "step")}
    tracker.finish(figures, None, job.made_from, job.made)
