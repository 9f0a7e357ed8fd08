"""Configurations and example photos, which ship beside the package and inside the wheel."""

from pathlib import Path

PACKAGE = Path(__file__).parent
# The shipped photo that servers cut out at their start.
EXAMPLE = "p_mug_1.jpg"


def config_folder() -> Path:
    """Where the shipped configurations are."""
    return _shipped("configs")


def example_folder() -> Path:
    """Where the shipped example photos are: a data folder."""
    return _shipped("examples") / "packshots"


def example_photos() -> list[Path]:
    """The shipped photos."""
    return list((example_folder() / "images").iterdir())


def example_photo(name: str) -> bytes | None:
    """A shipped photo's file; None when there is none of that name."""
    return next((path.read_bytes() for path in example_photos() if path.name == name), None)


def adapter_folder() -> Path:
    """Adapters that ship inside the package, in a folder for each model."""
    return PACKAGE / "adapters"


def _shipped(name: str) -> Path:
    """In the wheel inside the package, in a checkout beside it."""
    inside = PACKAGE / name
    return inside if inside.is_dir() else PACKAGE.parent / name
