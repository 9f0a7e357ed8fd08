"""A review of a folder of outputs: the queue, who has what, and what is decided."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from threading import RLock
from typing import Any

import numpy as np

from wesam_packshot.arrays import Mask
from wesam_packshot.batch.outputs import describe
from wesam_packshot.errors import UserError
from wesam_packshot.files.hashing import file_sha256
from wesam_packshot.files.json_lines import Row
from wesam_packshot.io.photos import read_image
from wesam_packshot.io.prompt_file import write_levels
from wesam_packshot.review.journal import Decision
from wesam_packshot.review.leases import Leases, TakenError
from wesam_packshot.review.queue import Filter, ordered, rank
from wesam_packshot.review.reviewed_folder import ReviewedFolder


class Review:
    """All that is known of a folder's review; every method may be called from any thread.

    A decision is in the journal, and a corrected mask in a file of its own, before anything else changes; then the
    files follow, see `ReviewedFolder`.

    Args:
        folder: of `segment.py` or `pseudolabel.py`.
        max_megapixels: larger photos are refused.
        leases: who has which photo.

    Attributes:
        files: what is reviewed.
        manifest, outputs, journal: its parts.

    Raises:
        UserError: when the folder is not one of these.
    """

    def __init__(self, folder: Path, max_megapixels: float = 100, leases: Leases | None = None) -> None:
        self.folder = folder
        self.max_megapixels = max_megapixels
        self.leases = leases or Leases()
        self.files = ReviewedFolder(folder, max_megapixels)
        self.manifest, self.outputs, self.journal = self.files.manifest, self.files.outputs, self.files.journal
        self._lock = RLock()

    def queue(self, chosen: Filter = Filter()) -> list[Row]:  # noqa: B008 - it is frozen
        """Rows in the order in which they are to be looked at."""
        with self._lock:
            return ordered(self.manifest.rows.values(), chosen)

    def row(self, identity: str) -> Row:
        """A photo's row.

        Raises:
            UserError: when there is no such photo.
        """
        with self._lock:
            if identity not in self.manifest.rows:
                raise UserError(f"{identity}: no photo of this folder; reload the page")
            return self.manifest.rows[identity]

    def present(self, row: Row) -> Mask:
        """The photo's mask as it stands, (height, width); nothing where it has none.

        Raises:
            UserError: when it, or a photo whose size the row does not tell, cannot be read.
        """
        height, width = row["height"], row["width"]
        if not height or not width:
            height, width = read_image(Path(row["file"]), self.max_megapixels).shape[:2]
        mask = self.outputs.mask(row["id"], (height, width))
        return np.zeros((height, width), bool) if mask is None else mask

    def version(self, identity: str) -> int:
        """Changes with every decision on a photo, and with every one that is taken back."""
        with self._lock:
            own = self.journal.standing.get(identity, [])
            undone = self.journal.undone.get(identity)
            return max(
                [0, *(found.number for found in own), *([-undone.number] if undone and not own else [])], key=abs
            )

    def next(self, holder: str, chosen: Filter = Filter(), after: str = "") -> Row | None:  # noqa: B008
        """Take the next photo that nobody has decided on and nobody else has; None when there is none left.

        Args:
            after: the photo that is passed over; behind the last one, it begins with the first again.
        """
        with self._lock:
            row = self.coming(holder, chosen, after)
            self.leases.release(holder)
            if row:
                self.leases.take(row["id"], holder)
            return row

    def coming(self, holder: str, chosen: Filter = Filter(), after: str = "") -> Row | None:  # noqa: B008
        """The photo that `next` would take."""
        with self._lock:
            free = [row for row in self.queue(chosen) if "reviewer" not in row]
            free = [row for row in free if self.leases.is_free(row["id"], holder)]
            own = self.journal.standing.get(after)
            passed = own[0].before if own else self.manifest.rows.get(after)  # the place that it had in the queue
            behind = (row for row in free if passed and rank(row) > rank(passed))
            return next(behind, free[0] if free else None)

    def open(self, identity: str, holder: str) -> Row:
        """Take a certain photo.

        Raises:
            TakenError: when another reviewer has it.
        """
        with self._lock:
            row = self.row(identity)
            self.leases.take(identity, holder)
            return row

    def accept(self, identity: str, holder: str, reviewer: str, version: int) -> Row:
        """Decide that the mask is right.

        Raises:
            TakenError: when the photo is, or was meanwhile, another's.
            UserError: when it has no mask, or nothing can be written.
        """
        with self._lock:
            row = self._held(identity, holder, version)
            if not any(file.is_file() for file in self.outputs.files(identity)):
                raise UserError(f"{identity}: has no mask that could be accepted; correct or reject it")
            return self._decide(row, reviewer, {"status": "accepted"})

    def reject(self, identity: str, holder: str, reviewer: str, version: int) -> Row:
        """Decide that the photo is not to be used; its files stay, but the COCO file tells no mask of it.

        Raises:
            TakenError, UserError: see `accept`.
        """
        with self._lock:
            return self._decide(self._held(identity, holder, version), reviewer, {"status": "rejected"})

    def correct(
        self, identity: str, holder: str, reviewer: str, version: int, mask: Mask, prompts: Mapping[str, Any]
    ) -> Row:
        """Replace the mask.

        Args:
            version: that the photo had when it was opened.
            mask: (height, width), of the photo's size.
            prompts: box, points and labels that led to it, as in `prompts.jsonl`.

        Raises:
            TakenError, UserError: see `accept`; also when the photo cannot be read.
        """
        with self._lock:
            row = self._held(identity, holder, version)
            if not mask.any():
                raise UserError(f"{identity}: an empty mask is no correction; reject the photo instead")
            self.files.image(row, mask.shape)
            number = self.journal.count + 1
            name = f"corrections/{number}/{identity}.png"
            write_levels(self.folder / name, mask)
            facts = describe(mask) | {"status": "corrected", "error": "", "height": mask.shape[0]}
            facts |= {"width": mask.shape[1], "sha256": file_sha256(Path(row["file"])), "area": round(mask.mean(), 6)}
            facts["prompt"] = "+".join(kind for kind in ("box", "points") if prompts.get(kind)) or "mask"
            return self._decide(row, reviewer, facts, name, prompts)

    def undo(self, holder: str, reviewer: str) -> Row:
        """Take back what a reviewer has decided last, and take that photo.

        Raises:
            TakenError: when another has the photo, or has decided on it since.
            UserError: when there is nothing to take back, or nothing can be written.
        """
        with self._lock:
            latest = self.journal.latest(reviewer)
            if latest is None:
                raise UserError("there is no decision of yours to take back")
            if self.journal.standing[latest.id][-1] is not latest:
                raise TakenError(f"{latest.id}: another reviewer has decided on it since; open it to change that")
            self.leases.take(latest.id, holder)
            self.files.make_up()
            self.journal.undo(latest, reviewer)
            self.files.apply(latest.id)
            return self.manifest.rows[latest.id]

    def _held(self, identity: str, holder: str, version: int) -> Row:
        """The row of a photo that the holder may decide on."""
        row = self.row(identity)
        if self.version(identity) != version:
            raise TakenError(f"{identity}: has been decided on meanwhile; look at it again")
        self.leases.take(identity, holder)
        self.files.make_up()
        if identity in self.files.waiting:
            raise UserError(self.files.waiting[identity])
        return row

    def _decide(
        self, row: Row, reviewer: str, facts: Row, mask: str = "", prompts: Mapping[str, Any] | None = None
    ) -> Row:
        now = datetime.now(UTC).isoformat(timespec="seconds")
        new = row | facts | {"reviewer": reviewer, "reviewed_at": now}
        self.journal.add(Decision(self.journal.count + 1, row["id"], reviewer, new, row, mask, dict(prompts or {})))
        self.files.apply(row["id"])
        return new
