"""Adapters on disk: a folder that alone is enough to use the adapter on the base that it was made for.

The layout is PEFT's: `adapter_model.safetensors` and `adapter_config.json`.
"""

import json
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load_file, save

from wesam_packshot import __version__
from wesam_packshot.errors import UserError
from wesam_packshot.io.atomic import write_bytes, write_json
from wesam_packshot.sam.lora import adapters, inject_loras, load_lora_state, lora_state
from wesam_packshot.sam.model import SegmentAnything
from wesam_packshot.sam.weights import Base

WEIGHTS = "adapter_model.safetensors"
CONFIG = "adapter_config.json"


def save_adapter(
    sam: SegmentAnything, name: str, ranks: dict[str, int], scales: dict[str, float], base: Base, folder: Path
) -> None:
    """Write the LoRA called `name`, with the base and the layers that it belongs to."""
    config = {
        "format": "wesam-packshot LoRA",
        "version": __version__,
        "base": base.name,
        "base_sha256": base.sha256,
        "base_official": base.official,
        "ranks": ranks,
        "scales": scales,
        "targets": [adapter.name for adapter in adapters(sam) if name in adapter.names],
    }
    write_json(folder / CONFIG, config)
    # One entry only: safetensors orders several at random, and the same run shall give the same bytes.
    write_bytes(folder / WEIGHTS, save(lora_state(sam, name), {"base_sha256": base.sha256}))


def find_adapter(path: Path) -> Path:
    """The adapter's folder, given itself or a run folder.

    Raises:
        UserError: when there is no adapter.
    """
    for folder in (path, path / "adapter"):
        if (folder / CONFIG).is_file() and (folder / WEIGHTS).is_file():
            return folder
    raise UserError(f"{path}: holds no adapter ({CONFIG} and {WEIGHTS}); give a finished run or its adapter folder")


def read_adapter_config(path: Path) -> dict[str, Any]:
    """The configuration of an adapter, given its folder or run.

    Raises:
        UserError: when it is missing or damaged.
    """
    file = find_adapter(path) / CONFIG
    try:
        config: dict[str, Any] = json.loads(file.read_text())
        known = {key: config[key] for key in ("base", "base_sha256", "base_official", "ranks")}
        return known | {"scales": config.get("scales", {})}
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(f"{file}: not an adapter's configuration; copy the adapter folder again") from error


def load_adapter(sam: SegmentAnything, path: Path, base: Base, name: str = "student") -> None:
    """Inject the adapter as a LoRA called `name`, off, beside those that are there.

    Weights of one model from different official files (folded or not, from hub or npm) count as one base.

    Raises:
        UserError: when the adapter belongs to another base, or is damaged.
    """
    folder, config = find_adapter(path), read_adapter_config(path)
    if config["base"] != base.name:
        raise UserError(
            f"{folder}: made for {config['base']}, not {base.name}; use it with model.name={config['base']}"
        )
    if config["base_sha256"] != base.sha256 and not (config["base_official"] and base.official):
        raise UserError(
            f"{folder}: made for {base.name} weights of SHA-256 {config['base_sha256'][:12]}…, not "
            f"{base.sha256[:12]}…; set model.weights to those it was made for"
        )
    try:
        inject_loras(sam, config["ranks"], [name], 0, config["scales"])
        load_lora_state(sam, name, load_file(folder / WEIGHTS))
    except (SafetensorError, KeyError, RuntimeError, OSError) as error:
        raise UserError(
            f"{folder / WEIGHTS}: damaged, or not for these layers; copy the adapter folder again"
        ) from error
