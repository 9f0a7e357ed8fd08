"""Typed configuration: its settings (`schema`), and how it is read (`loading`)."""

from wesam_packshot.config.loading import dump_config, find_config, flattened, load_config, read_yaml
from wesam_packshot.config.schema import (
    PROMPT_KINDS,
    AdapterConfig,
    Config,
    DataConfig,
    LabelledConfig,
    LossConfig,
    ModelConfig,
    PromptKind,
    PromptsConfig,
    PseudolabelConfig,
    TrackingConfig,
    TrainConfig,
    ViewsConfig,
)

__all__ = [
    "PROMPT_KINDS",
    "AdapterConfig",
    "Config",
    "DataConfig",
    "LabelledConfig",
    "LossConfig",
    "ModelConfig",
    "PromptKind",
    "PromptsConfig",
    "PseudolabelConfig",
    "TrackingConfig",
    "TrainConfig",
    "ViewsConfig",
    "dump_config",
    "find_config",
    "flattened",
    "load_config",
    "read_yaml",
]
