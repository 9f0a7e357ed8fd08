"""The segmenter that a command asks for, and what tells it from others."""

from pathlib import Path
from typing import Any

from wesam_packshot import __version__
from wesam_packshot.config import Config
from wesam_packshot.files.hashing import file_sha256
from wesam_packshot.sam.adapter_file import WEIGHTS, find_adapter
from wesam_packshot.segment.segmenter import Segmenter


def load_segmenter(config: Config, adapter: Path | None) -> Segmenter:
    """The segmenter that a command asks for: the adapter's own model, unless the configuration names one.

    Raises:
        UserError: see `Segmenter.load`.
    """
    model = config.model
    named = model.name if not adapter or "name" in model.model_fields_set else None
    return Segmenter.load(adapter, named, model.weights, model.weights_sha256, config.train.device)


def identity(config: Config, adapter: Path | None) -> dict[str, Any]:
    """What decides over masks besides photo and prompt, for telling whether earlier outputs still hold.

    Raises:
        UserError: when there is no adapter.
    """
    trained = file_sha256(find_adapter(adapter) / WEIGHTS) if adapter else None
    sections = config.model_dump(mode="json", include={"model", "pseudolabel"})
    return {"version": __version__, "adapter": trained} | sections
