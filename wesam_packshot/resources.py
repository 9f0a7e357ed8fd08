"""Configurations and example photos, which ship beside the package and inside the wheel."""

from pathlib import Path

PACKAGE = Path(__file__).parent


def config_folder() -> Path:
    return _shipped("configs")


def example_folder() -> Path:
    return _shipped("examples") / "packshots"


def adapter_folder() -> Path:
    """Adapters that ship inside the package, in a folder for each model."""
    return PACKAGE / "adapters"


def _shipped(name: str) -> Path:
    """In the wheel inside the package, in a checkout beside it."""
    inside = PACKAGE / name
    return inside if inside.is_dir() else PACKAGE.parent / name
