"""What was decided, in the order of the decisions: a file that only grows, on the disk before anything else changes."""

import os
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from wesam_packshot.files.atomic import flush, unwritable
from wesam_packshot.files.json_lines import Row, append_row, read_rows

FILE = "review.jsonl"


@dataclass(frozen=True)
class Decision:
    """One decision on one photo.

    Attributes:
        number: from 1; those that are taken back keep theirs.
        id: of the photo.
        reviewer: name of the person.
        row: of the manifest from now on.
        before: the manifest's row until now.
        mask: file of the corrected mask, below the folder of the outputs; empty without a correction.
        prompts: box, points and labels of the correction, as in `prompts.jsonl`.
    """

    number: int
    id: str
    reviewer: str
    row: Row
    before: Row
    mask: str = ""
    prompts: dict[str, Any] = field(default_factory=dict)


class Journal:
    """The decisions of a folder, read at the start and kept in memory.

    Attributes:
        standing: of each photo the decisions that hold, the latest last.
        undone: of each photo the decision that was taken back last, where nothing was decided since.
        former: of photos that were cut out anew, the decision on their earlier cut-out.
        versions: of each photo the number of its latest decision, or of the latest that was taken back.
    """

    def __init__(self, folder: Path) -> None:
        self.file = folder / FILE
        self.count = 0
        self.standing: dict[str, list[Decision]] = {}
        self.undone: dict[str, Decision] = {}
        self.former: dict[str, Decision] = {}
        self.versions: dict[str, int] = {}
        for row in read_rows(self.file):
            self._note(row)

    def add(self, decision: Decision) -> None:
        """Note a decision.

        Raises:
            UserError: when it cannot be written; then it was not made.
        """
        self._append(asdict(decision))

    def undo(self, decision: Decision, reviewer: str) -> None:
        """Take the latest decision on a photo back.

        Raises:
            UserError: when that cannot be written; then it stands.
        """
        self._append({"number": self.count + 1, "undo": decision.number, "id": decision.id, "reviewer": reviewer})

    def latest(self, reviewer: str) -> Decision | None:
        """What a reviewer has decided last and not taken back."""
        own = (found for of_photo in self.standing.values() for found in of_photo if found.reviewer == reviewer)
        return max(own, key=lambda found: found.number, default=None)

    def forget(self, identity: str) -> None:
        """Leave out what was decided on an earlier cut-out of a photo, which was cut out anew."""
        if own := self.standing.pop(identity, []):
            self.former[identity] = own[-1]
        self.undone.pop(identity, None)

    def _append(self, row: Row) -> None:
        place = append_row(self.file, row)
        try:
            flush(self.file)
        except OSError as error:
            with suppress(OSError):
                os.truncate(self.file, place)
            raise unwritable(self.file, error) from error
        self._note(row)

    def _note(self, row: Row) -> None:
        self.count = self.versions[row["id"]] = row["number"]
        own = self.standing.setdefault(row["id"], [])
        if "undo" not in row:
            own.append(Decision(**row))
            self.undone.pop(row["id"], None)
        elif own and own[-1].number == row["undo"]:
            self.undone[row["id"]] = own.pop()
