"""Typed configuration: its settings (`schema`), and how it is read (`loading`)."""

from wesam_packshot.config.loading import dump_config, find_config, flattened, load_config, read_yaml
from wesam_packshot.config.schema import (
    PROMPT_KINDS,
    AdapterConfig,
    Config,
    PromptKind,
    TrainConfig,
    ViewsConfig,
)

__all__ = [
    "PROMPT_KINDS",
    "AdapterConfig",
    "Config",
    "PromptKind",
    "TrainConfig",
    "ViewsConfig",
    "dump_config",
    "find_config",
    "flattened",
    "load_config",
    "read_yaml",
]
