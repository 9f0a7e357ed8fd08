"""What a command tells a person at a terminal once it is done: a few lines of words, beside the JSON for programs."""

from collections.abc import Mapping
from typing import Any


def closing_words(command: str, summary: Mapping[str, Any]) -> list[str]:
    """Lines on what was done, where it is, and what to run next.

    Args:
        command: name of the script, such as "adapt".
        summary: what the command prints as JSON.
    """
    if summary.get("dry_run"):
        return [
            f"Rehearsed; a run would take {summary['steps']} steps on {summary['photos']} photos. Nothing is written."
        ]
    if command == "adapt":
        return _adapted(summary)
    lines = [_counted(summary)] if "ok" in summary and "images" in summary else []
    if "output" in summary:
        lines.append(f"Written to {summary['output']}.")
    if command == "pseudolabel":
        lines.append("Next: look at the overlays, or adapt to the same photos with scripts/adapt.py.")
    return lines


def _adapted(summary: Mapping[str, Any]) -> list[str]:
    lost = _lost(summary)
    lines = [f"Adapted to {summary['labelled']} of {summary['photos']} photos{lost} in {_time(summary['seconds'])}."]
    if summary.get("iou_after") is not None:
        lines.append(f"IoU with the true masks: {summary['iou_before']:.3f} before, {summary['iou_after']:.3f} after.")
        if summary["iou_after"] < summary["iou_before"]:
            lines.append("Adapting did not pay here: what the run started from scored better; go on using that.")
    run = summary["run"]
    lines.append(f"Report: {run}/report.html")
    lines.append(f"Next: python scripts/segment.py --input PHOTOS --output cutouts --adapter {run}")
    return lines


def _counted(summary: Mapping[str, Any]) -> str:
    why = f"; {summary['output']}/manifest.jsonl tells why" if _lost(summary) and "output" in summary else ""
    return f"{summary['ok']} of {summary['images']} photos have a mask{_lost(summary)}{why}."


def _lost(summary: Mapping[str, Any]) -> str:
    parts = [f"{summary[kind]} {kind}" for kind in ("abstained", "failed") if summary.get(kind)]
    return f" ({', '.join(parts)})" if parts else ""


def _time(seconds: float) -> str:
    return f"{seconds:.0f} seconds" if seconds < 120 else f"{seconds / 60:.0f} minutes"
