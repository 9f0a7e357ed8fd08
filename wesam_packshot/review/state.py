"""A review of a folder of outputs: the queue, who has what, and decisions that survive whatever ends the process."""

from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import takewhile
from pathlib import Path
from threading import RLock
from typing import Any

import numpy as np

from wesam_packshot.arrays import Mask, Rgb
from wesam_packshot.batch.outputs import describe
from wesam_packshot.errors import UsageError, UserError
from wesam_packshot.files.hashing import file_sha256
from wesam_packshot.files.json_lines import Row, read_rows, write_rows
from wesam_packshot.io.photos import read_image
from wesam_packshot.io.prompt_file import read_levels, write_levels
from wesam_packshot.review.coco_results import CocoResults
from wesam_packshot.review.decided import CORRECTIONS
from wesam_packshot.review.journal import Decision, Journal
from wesam_packshot.review.leases import Leases, TakenError
from wesam_packshot.review.manifest_lines import ManifestLines
from wesam_packshot.review.outputs import Outputs
from wesam_packshot.review.queue import Filter, ordered, rank


class Review:
    """All that is known of a folder's review; every method may be called from any thread.

    A decision is in the journal, and a corrected mask in a file of its own, before anything else changes; then the
    photo's files are replaced, and the manifest's row last. What a kill or a full disk leaves undone is made up for at
    the next decision or start.

    Args:
        folder: of `segment.py` or `pseudolabel.py`.
        max_megapixels: larger photos are refused.
        leases: who has which photo.

    Attributes:
        waiting: ids whose files are not yet up to date with the decision, with the reason.

    Raises:
        UserError: when the folder is not one of these.
    """

    def __init__(self, folder: Path, max_megapixels: float = 100, leases: Leases | None = None) -> None:
        file = self.check(folder)
        self.folder = folder
        self.max_megapixels = max_megapixels
        self.leases = leases or Leases()
        self.manifest = ManifestLines(file)
        self.outputs = Outputs(folder)
        self.coco = CocoResults(file)
        self.journal = Journal(folder)
        self.waiting: dict[str, str] = {}
        self._lock = RLock()
        self._resume()

    @staticmethod
    def check(folder: Path) -> Path:
        """The manifest of a folder of outputs.

        Raises:
            UserError: when it has none.
        """
        file = folder / "manifest.jsonl"
        if not file.is_file():
            raise UsageError(
                f"{folder}: holds no manifest.jsonl; give an output folder of segment.py or pseudolabel.py"
            )
        return file

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
            self._image(row, mask.shape)
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
            self._make_up()
            self.journal.undo(latest, reviewer)
            self._apply(latest.id)
            return self.manifest.rows[latest.id]

    def settle(self) -> None:
        """Bring the COCO file up to date, which takes seconds where there are many photos.

        Raises:
            UserError: when it cannot be written.
        """
        if self.coco.exists:
            self.coco.write(list(self.manifest.rows))

    def _held(self, identity: str, holder: str, version: int) -> Row:
        """The row of a photo that the holder may decide on."""
        row = self.row(identity)
        if self.version(identity) != version:
            raise TakenError(f"{identity}: has been decided on meanwhile; look at it again")
        self.leases.take(identity, holder)
        self._make_up()
        if identity in self.waiting:
            raise UserError(self.waiting[identity])
        return row

    def _decide(
        self, row: Row, reviewer: str, facts: Row, mask: str = "", prompts: Mapping[str, Any] | None = None
    ) -> Row:
        now = datetime.now(UTC).isoformat(timespec="seconds")
        new = row | facts | {"reviewer": reviewer, "reviewed_at": now}
        self.journal.add(Decision(self.journal.count + 1, row["id"], reviewer, new, row, mask, dict(prompts or {})))
        self._apply(row["id"])
        return new

    def _make_up(self) -> None:
        for identity in list(self.waiting):
            self._apply(identity)

    def _apply(self, identity: str) -> None:
        """Bring a photo's files up to date with the latest decision on it; what cannot be done yet has to wait."""
        try:
            undone = self.journal.undone.get(identity)
            if undone:
                self._take_back(undone)
            else:
                self._carry_out(self.journal.standing[identity][-1])
            self._write_corrections()
        except UserError as error:
            self.waiting[identity] = f"{identity}: the decision is saved, but not yet in the folder: {error}"
            return
        self.waiting.pop(identity, None)

    def _carry_out(self, decision: Decision) -> None:
        row = decision.row
        if decision.mask:
            self.outputs.keep(decision.number, decision.id)
            mask = read_levels(self.folder / decision.mask, (row["height"], row["width"])) > 127
            result = self.outputs.write(row, self._image(row, mask.shape), mask)
            if self.coco.exists:
                self._note_place(decision)
                self.coco.put(decision.id, result)
        elif decision.id in self.coco.places:
            self._note_place(decision)
            self.coco.put(decision.id, self._result(decision))
        self.manifest.put(row)

    def _result(self, decision: Decision) -> Row:
        """The COCO result of a photo whose mask stays: without it while the photo is rejected."""
        if decision.row["status"] == "rejected":
            return self.coco.at(self.coco.places[decision.id]) | {"annotations": []}
        earlier = [found for found in self.journal.standing[decision.id] if found.number < decision.number]
        rejections = list(takewhile(lambda found: found.row["status"] == "rejected", reversed(earlier)))
        if not rejections:
            return self.coco.at(self.coco.places[decision.id])
        (result,) = read_rows(self._noted(rejections[-1]))
        return result

    def _take_back(self, decision: Decision) -> None:
        if decision.mask:
            self.outputs.restore(decision.number, decision.id)
        for result in read_rows(self._noted(decision)):
            self.coco.put(decision.id, result)
        self.manifest.put(decision.before)

    def _note_place(self, decision: Decision) -> None:
        """Keep the COCO result that a decision replaces."""
        file = self._noted(decision)
        place = self.coco.places.get(decision.id)
        if not file.exists():
            empty: Row = {"image": {}, "annotations": []}
            write_rows(file, [empty if place is None else self.coco.at(place)])

    def _noted(self, decision: Decision) -> Path:
        """The file of the COCO result that a decision has replaced."""
        return self.outputs.former(decision.number) / "coco.jsonl"

    def _write_corrections(self) -> None:
        """Prompts and masks of all corrections, as a data folder's `prompts.jsonl` has them.

        A photo that was cut out anew since is as its correction says all the same.
        """
        present = {identity: found[-1] for identity, found in self.journal.standing.items() if found}
        latest = list((self.journal.former | present).values())
        rows = ({"id": found.id} | found.prompts | {"coarse": found.mask} for found in latest if found.mask)
        file = self.folder / CORRECTIONS
        if any(found.mask for found in latest) or file.exists():
            write_rows(file, rows)

    def _image(self, row: Row, size: tuple[int, ...]) -> Rgb:
        """The photo.

        Raises:
            UserError: when it is gone, broken or of another size.
        """
        file = Path(row["file"])
        if not file.is_file():
            raise UserError(f"{file}: the photo is gone; bring it back, or reject it")
        image = read_image(file, self.max_megapixels)
        if image.shape[:2] != size:
            raise UserError(f"{file}: is of another size than when it was cut out; cut it out again")
        return image

    def _resume(self) -> None:
        """Make up for what a killed process has left undone; forget decisions on what was cut out anew since."""
        for identity in {*self.journal.standing, *self.journal.undone}:
            row = self.manifest.rows.get(identity)
            own, undone = self.journal.standing[identity], self.journal.undone.get(identity)
            past = undone.row if undone else own[-1].before if own else None
            present = undone.before if undone else own[-1].row if own else row
            if row == present:
                continue
            if row is not None and row == past:
                self._apply(identity)
            else:
                self.journal.forget(identity)
