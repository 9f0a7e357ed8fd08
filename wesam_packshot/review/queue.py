"""The order in which photos are shown, and which of them: those that need a person first."""

from collections.abc import Iterable
from dataclasses import dataclass

from wesam_packshot.batch.manifest import REVIEWED, STATUSES
from wesam_packshot.errors import UsageError
from wesam_packshot.files.json_lines import Row

# What abstained may still have a mask that will do; what failed has none; of the others some are right.
ORDER = {"abstained": 0, "failed": 1, "ok": 2, "corrected": 3, "accepted": 3, "rejected": 3}


@dataclass(frozen=True)
class Filter:
    """Which photos are asked for.

    Attributes:
        statuses: of the manifest; empty for all.
        confidence: lowest and highest, 0 to 1; a photo without any counts as 0.
        shadow: lowest and highest share of the picture that was removed as shadow, 0 to 1; without any, 0.
        search: part of the id, in small or capital letters.
    """

    statuses: tuple[str, ...] = ()
    confidence: tuple[float, float] = (0.0, 1.0)
    shadow: tuple[float, float] = (0.0, 1.0)
    search: str = ""

    def __post_init__(self) -> None:
        for status in self.statuses:
            if status not in (*STATUSES, *REVIEWED):
                raise UsageError(f"status {status}: unknown; choose among {', '.join((*STATUSES, *REVIEWED))}")

    def matches(self, row: Row) -> bool:
        """Whether a row of the manifest is asked for."""
        return (
            (not self.statuses or row["status"] in self.statuses)
            and self.confidence[0] <= (row["confidence"] or 0.0) <= self.confidence[1]
            and self.shadow[0] <= (row["shadow_removed"] or 0.0) <= self.shadow[1]
            and self.search.casefold() in row["id"].casefold()
        )


def rank(row: Row) -> tuple[int, float, str]:
    """Where a row belongs in the order; smaller is earlier."""
    return ORDER[row["status"]], row["confidence"] or 0.0, row["id"]


def ordered(rows: Iterable[Row], chosen: Filter = Filter()) -> list[Row]:
    """The rows asked for: abstained, failed, then least confident first; those that are decided on come last."""
    return sorted(filter(chosen.matches, rows), key=rank)
