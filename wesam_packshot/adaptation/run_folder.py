"""Run folders: where a run goes, and whether it may."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any

import yaml

from wesam_packshot.config import AdapterConfig, Config, dump_config, flattened, load_config
from wesam_packshot.errors import UsageError
from wesam_packshot.files.atomic import make_folder, write_text
from wesam_packshot.files.holding import LOCK, holding
from wesam_packshot.resources import example_folder
from wesam_packshot.sam.adapter_file import named_adapter

RUNS = Path("runs")
# The name of the run that was begun last: clocks are set back, and names are chosen.
LAST = ".last"
# What may differ when a run is resumed: where things lie and how fast they go, not what comes out.
MOVABLE = ("output", "data.path", "data.corrections", "data.workers", "train.log_every", "train.checkpoint_every")


@contextmanager
def open_run(config: Config, resume: bool) -> Iterator[tuple[Path, Config]]:
    """The run's folder, made if need be and kept from other commands, and the configuration that holds for it.

    A resumed run keeps the configuration that it was started with.

    Raises:
        UsageError: when the folder holds something else, or the run was started with other settings.
        UserError: when another command is writing there.
    """
    folder = config.output or (_last() if resume else None) or _fresh()
    with holding(folder):
        yield folder, _begun(folder, config, resume)


def settled(config: Config) -> Config:
    """The configuration with all paths absolute, and with the adapter to start from in place of `auto`.

    Other ranks than the defaults ask for an adapter of their own.

    Raises:
        UserError: when an adapter that is named is not there.
    """
    model, adapter = config.model, config.adapter
    own = (adapter.encoder, adapter.decoder) != (AdapterConfig().encoder, AdapterConfig().decoder)
    start = "none" if adapter.start == "auto" and own else adapter.start
    found = named_adapter(start, model.name, published=model.weights is None)
    if start == "auto":
        start = "packshot" if found else "none"
    elif isinstance(start, Path):
        start = start.resolve()
    labelled = config.labelled.path and config.labelled.path.resolve()
    corrections = config.data.corrections and config.data.corrections.resolve()
    photos = (config.data.path or example_folder()).resolve()
    changed = {
        "data": config.data.model_copy(update={"path": photos, "corrections": corrections}),
        "labelled": config.labelled.model_copy(update={"path": labelled}),
        "adapter": adapter.model_copy(update={"start": start}),
    }
    return config.model_copy(update=changed)


def _begun(folder: Path, config: Config, resume: bool) -> Config:
    stored = folder / "config.yaml"
    if resume and stored.is_file():
        check_settings(folder, config)
        return config
    if any(file.name != LOCK.format("") for file in folder.iterdir()):
        way = "add --resume to go on with its run, or take" if stored.is_file() else "take"
        raise UsageError(f"{folder}: the folder is not empty; {way} another --output")
    write_text(stored, dump_config(config))
    if folder.parent == RUNS:
        write_text(RUNS / LAST, folder.name)
    return config


def check_settings(folder: Path, config: Config) -> None:
    """Refuse a configuration by which another run would come of it than the one in the folder.

    Raises:
        UsageError: naming what differs.
    """
    started = load_config(folder / "config.yaml")
    changes = [change for change in _changes(settled(started), settled(config)) if change[0] not in MOVABLE]
    if changes:
        differences = ", ".join(f"{key} was {old!r}, now {new!r}" for key, old, new in changes)
        raise UsageError(
            f"{folder}: started with other settings ({differences}); resume without them, or take a new --output"
        )


def _last() -> Path | None:
    """The run of `RUNS` that was begun last; without a note of that, the one whose name says so."""
    noted = RUNS / LAST
    folder = RUNS / noted.read_text() if noted.is_file() else None
    if folder and (folder / "config.yaml").is_file():
        return folder
    return max((path.parent for path in RUNS.glob("*/config.yaml")), default=None)


def _fresh() -> Path:
    """A new folder, named by the time; runs of one second, as of a clock that was set back, get one each."""
    make_folder(RUNS)
    name = datetime.now().strftime("adapt-%Y%m%d-%H%M%S")
    for number in count(1):
        folder = RUNS / (name if number == 1 else f"{name}-{number}")
        try:
            folder.mkdir()
        except FileExistsError:
            continue
        return folder
    raise AssertionError


def _changes(before: Config, after: Config) -> Iterator[tuple[str, Any, Any]]:
    old, new = (dict(flattened(yaml.safe_load(dump_config(config)))) for config in (before, after))
    for key in old:
        if old[key] != new[key]:
            yield key, old[key], new[key]
