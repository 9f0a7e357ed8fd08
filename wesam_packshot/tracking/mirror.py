"""A run in Weights & Biases, fed from the run folder's own files.

The step of W&B's history is the number of the row in `metrics.jsonl`. So whatever was lost on the way, by a kill or
without a network, is known when the run is resumed, and is sent then: an online run goes on after the last row that
the server has, an offline one writes all rows anew, into one folder that replaces the earlier ones.
"""

import contextlib
import json
import logging
import os
import secrets
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from wesam_packshot.config import Config, TrackingConfig
from wesam_packshot.errors import first_line
from wesam_packshot.files.atomic import write_json, write_text
from wesam_packshot.samples import SAMPLES
from wesam_packshot.tracking.lineage import Artifact
from wesam_packshot.tracking.pictures import Table, samples_table

log = logging.getLogger(__name__)

STATE = "tracking.json"
# Files of the run folder that the mirror keeps, under this prefix, so that `compare` can read a run back from W&B.
PREFIX = "record/"
RECORD = (
    "config.yaml",
    "metrics.jsonl",
    "summary.json",
    "scores.json",
    "per_image.csv",
    "evaluation",
    "report.html",
    SAMPLES,
)


class Mirror:
    """An open W&B run.

    Args:
        run: by `wandb.init`.
        folder: the run's own.
    """

    def __init__(self, run: Any, folder: Path) -> None:
        self._run = run
        self._folder = folder
        self._stages: set[str] = set()

    def log(self, number: int, row: dict[str, Any]) -> None:
        """Send row `number` of `metrics.jsonl`, unless the server has it."""
        stage = row["stage"]
        if stage not in self._stages:
            self._stages.add(stage)
            self._run.define_metric(f"{stage}/step")
            self._run.define_metric(f"{stage}/*", step_metric=f"{stage}/step")
        if number >= self._run.step:
            figures = {f"{stage}/{name}": _shown(name, value) for name, value in row.items() if name != "stage"}
            self._run.log(figures, step=number)

    def finish(
        self,
        number: int,
        summary: dict[str, Any],
        table: Table | None,
        made_from: Sequence[Artifact],
        made: Sequence[Artifact],
    ) -> None:
        """Send what is known at the end, see `Tracker.finish`."""
        with _without_harm(self._folder):
            if table and table.samples:
                self._run.log({"samples": samples_table(table)}, step=max(number, self._run.step))
            self._run.summary.update(flat(summary))
            for product in made_from:
                # without a server W&B cannot mark what a run uses; the hashes in the facts tell it all the same
                (self._run.log_artifact if self._run.offline else self._run.use_artifact)(_artifact(product))
            for product in made:
                self._run.log_artifact(_artifact(product))
            self._keep_record()
        with _without_harm(self._folder):
            self._run.finish()

    def _keep_record(self) -> None:
        record = Path(self._run.dir) / PREFIX
        for name in RECORD:
            source = self._folder / name
            if source.is_dir():
                shutil.copytree(
                    source, record / name, ignore=shutil.ignore_patterns("wandb", STATE), dirs_exist_ok=True
                )
            elif source.is_file():
                record.mkdir(exist_ok=True)
                shutil.copy(source, record / name)
        for file in sorted(path for path in record.rglob("*") if path.is_file()):
            self._run.save(str(file), base_path=self._run.dir, policy="now")


def open_mirror(folder: Path, config: Config, job: str, group: str, rows: Sequence[dict[str, Any]]) -> Mirror | None:
    """The W&B run of a run folder, new or gone on with, with all of its rows; None when tracking is disabled.

    A server that does not answer makes it an offline run.
    """
    os.environ.setdefault("WANDB_SILENT", "true")  # the warnings below say what people need to know
    mode = _mode(config.tracking)
    if mode == "disabled":
        return None
    import wandb  # slow to import, and not needed by runs that leave it out

    state = _read_state(folder)
    common: dict[str, Any] = {
        "project": config.tracking.project,
        "entity": config.tracking.entity,
        "id": state["id"],
        "name": folder.name,
        "group": config.tracking.group or group,
        "job_type": job,
        "tags": [config.model.name, *config.tracking.tags],
        "dir": folder,
        "config": config.model_dump(mode="json"),
        "settings": wandb.Settings(silent=True, console="off", init_timeout=config.tracking.timeout),
    }
    try:
        run = wandb.init(**common, mode=mode, resume="allow" if mode == "online" else None)
    except wandb.Error as error:
        reason = first_line(error)
        log.warning("W&B cannot be reached (%s); the run is tracked offline: `wandb sync` uploads it later", reason)
        wandb.teardown()  # it still holds the id
        run = wandb.init(**common, mode="offline")
    write_json(folder / STATE, {"id": run.id, "mode": "offline"} if run.offline else {"id": run.id, "url": run.url})
    _drop_superseded(folder, run)
    mirror = Mirror(run, folder)
    for number, row in enumerate(rows):
        mirror.log(number, row)
    return mirror


def _mode(config: TrackingConfig) -> Any:
    """By `tracking.mode`; "auto" follows `WANDB_MODE`, or else goes online if an API key is configured."""
    mode = os.environ.get("WANDB_MODE", "auto") if config.mode == "auto" else config.mode
    if mode != "auto":
        return mode
    import wandb

    with contextlib.suppress(wandb.Error):  # a key that cannot be one
        return "online" if wandb.login(prompt=False) else "offline"
    return "offline"


def _read_state(folder: Path) -> dict[str, Any]:
    with contextlib.suppress(OSError, ValueError, KeyError):
        return {"id": json.loads((folder / STATE).read_text())["id"]}
    return {"id": secrets.token_hex(4)}


def _drop_superseded(folder: Path, run: Any) -> None:
    """Earlier offline copies of this run: the new one gets all of their rows, from `metrics.jsonl`."""
    kept = Path(run.dir).parent.resolve()
    for copy in (folder / "wandb").glob(f"offline-run-*-{run.id}"):
        if copy.resolve() != kept:
            shutil.rmtree(copy, ignore_errors=True)


def flat(summary: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Figures and words by name, those of sections as `section/name`; lists are left to the run's own files."""
    found = dict[str, Any]()
    for name, value in summary.items():
        if isinstance(value, Mapping):
            found |= flat(value, f"{prefix}{name}/")
        elif not isinstance(value, list | tuple):
            found[prefix + name] = value
    return found


def _shown(name: str, value: Any) -> Any:
    if not name.endswith("_histogram"):
        return value
    import wandb

    edges = [number / len(value) for number in range(len(value) + 1)]
    return wandb.Histogram(np_histogram=(value, edges))


def _artifact(product: Artifact) -> Any:
    import wandb

    artifact = wandb.Artifact(product.name, product.kind, metadata=dict(product.facts))
    with TemporaryDirectory() as name:
        for stored, content in product.files.items():
            file = content
            if isinstance(content, str):
                file = Path(name) / stored
                write_text(file, content)
            artifact.add_file(str(file), stored, policy="mutable")
    return artifact


@contextlib.contextmanager
def _without_harm(folder: Path) -> Iterator[None]:
    """A mirror's trouble, of whatever kind, must not cost a run that is done."""
    try:
        yield
    except Exception as error:
        reason = first_line(error)
        log.warning("%s: not all of it is in W&B (%s); the folder itself is complete", folder, reason)
