"""Adapt Segment Anything to unlabelled packshots, and cut the products out."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wesam_packshot.cutting import CutOut, cut_out, cut_outs

__version__ = "0.1.0"
__all__ = ["CutOut", "__version__", "cut_out", "cut_outs"]


def __getattr__(name: str) -> Any:
    """What is imported when it is first asked for, since torch loads slowly."""
    if name not in ("CutOut", "cut_out", "cut_outs"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from wesam_packshot import cutting

    return getattr(cutting, name)
