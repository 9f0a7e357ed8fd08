"""Figures of a run: `metrics.jsonl` always, Weights & Biases as a mirror of it."""

import os
from pathlib import Path
from typing import Any

from wesam_packshot.config import Config
from wesam_packshot.io.atomic import make_folder
from wesam_packshot.io.json_lines import append_row, read_rows, write_rows


class Tracker:
    """Appends rows to a run's `metrics.jsonl` and mirrors them in a W&B run of the folder's name.

    Args:
        folder: the run.
        config: its configuration; `tracking.mode` "disabled" leaves W&B out altogether.
        job: W&B's job type.
    """

    def __init__(self, folder: Path, config: Config, job: str) -> None:
        self._path = make_folder(folder) / "metrics.jsonl"
        self._mirror = _start_wandb(folder, config, job) if config.tracking.mode != "disabled" else None

    def log(self, row: dict[str, Any]) -> None:
        append_row(self._path, row)
        if self._mirror:
            prefix = row["stage"]
            self._mirror.log({f"{prefix}/{name}": value for name, value in row.items() if name != "stage"})

    def forget_after(self, step: int) -> None:
        """Drop rows of joint training beyond a step, which a resumed run is about to write again."""
        # a training row tells of the steps done, a check comes before the next step
        last = {"train": step, "selection": step - 1}
        kept = [row for row in read_rows(self._path) if row["step"] <= last.get(row["stage"], row["step"])]
        write_rows(self._path, kept)

    def finish(self, summary: dict[str, Any]) -> None:
        if self._mirror:
            self._mirror.summary.update(summary)
            self._mirror.finish()


def _start_wandb(folder: Path, config: Config, job: str) -> Any:
    import wandb  # slow to import, and not needed by runs that leave it out

    os.environ.setdefault("WANDB_SILENT", "true")
    run = wandb.init(
        project=config.tracking.project,
        group=config.tracking.group,
        name=folder.name,
        job_type=job,
        mode=config.tracking.mode,
        dir=folder,
        config=config.model_dump(mode="json"),
    )
    run.define_metric("train/*", step_metric="train/step")
    run.define_metric("warmup/*", step_metric="warmup/step")
    run.define_metric("selection/*", step_metric="selection/step")
    return run
