"""Runs that lie at Weights & Biases."""

import logging
import re
from pathlib import Path
from typing import Any

from wesam_packshot.errors import UserError, first_line
from wesam_packshot.tracking.mirror import PREFIX

log = logging.getLogger(__name__)

_PATH = re.compile(r"[\w.-]+/[\w.-]+/[\w.-]+")


def is_wandb_path(text: str) -> bool:
    """Whether this is `entity/project/run_id`, and not a folder."""
    return bool(_PATH.fullmatch(text)) and not Path(text).exists()


def fetch_run(path: str, folder: Path, api: Any = None) -> Path:
    """Download what a W&B run has uploaded of its folder, to `folder/path`; returns that.

    Args:
        path: `entity/project/run_id`.
        api: stands in for `wandb.Api()`.

    Raises:
        UserError: when W&B cannot be asked, has no such run, or the run uploaded nothing.
    """
    place, staging = folder / path, folder / ".staging" / path
    if place.is_dir():
        return place
    log.info("%s: no such folder here; asking Weights & Biases", path)
    try:
        _download(path, staging, api)
    except Exception as error:  # of many kinds, according to what fails
        reason = first_line(error)
        raise UserError(
            f"{path}: no such folder, and not to be had from W&B ({reason}); check the path, or `wandb login`"
        ) from error
    if not (staging / PREFIX).is_dir():
        raise UserError(f"{path}: the W&B run holds no files under {PREFIX}; compare the folder that it was made in")
    place.parent.mkdir(parents=True, exist_ok=True)
    return (staging / PREFIX).rename(place)


def _download(path: str, folder: Path, api: Any) -> None:
    if api is None:
        import wandb  # slow to import, and not needed for folders

        api = wandb.Api()
    for file in api.run(path).files():
        if file.name.startswith(PREFIX):
            file.download(root=str(folder), replace=True).close()  # it is answered opened
