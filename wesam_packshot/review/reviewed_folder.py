"""A folder of outputs whose files follow the decisions on its photos, whatever ends the process."""

from itertools import takewhile
from pathlib import Path

from wesam_packshot.arrays import Rgb
from wesam_packshot.errors import UsageError, UserError
from wesam_packshot.files.json_lines import Row, read_rows, write_rows
from wesam_packshot.io.photos import read_image
from wesam_packshot.io.prompt_file import read_levels
from wesam_packshot.review.coco_results import CocoResults
from wesam_packshot.review.decided import CORRECTIONS
from wesam_packshot.review.journal import Decision, Journal
from wesam_packshot.review.manifest_lines import ManifestLines
from wesam_packshot.review.outputs import Outputs


class ReviewedFolder:
    """The files of a review.

    Once a decision is in the journal, the photo's files are replaced, and the manifest's row last. What a kill or a
    full disk leaves undone is made up for at the next decision or start.

    Args:
        folder: of `segment.py` or `pseudolabel.py`.
        max_megapixels: larger photos are refused.

    Attributes:
        manifest, outputs, coco, journal: its parts.
        waiting: ids whose files are not yet up to date with the decision, with the reason.

    Raises:
        UserError: when the folder is not one of these.
    """

    def __init__(self, folder: Path, max_megapixels: float) -> None:
        file = self.check(folder)
        self.folder = folder
        self.max_megapixels = max_megapixels
        self.manifest = ManifestLines(file)
        self.outputs = Outputs(folder)
        self.coco = CocoResults(file)
        self.journal = Journal(folder)
        self.waiting: dict[str, str] = {}
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

    def make_up(self) -> None:
        """Try again what had to wait."""
        for identity in list(self.waiting):
            self.apply(identity)

    def apply(self, identity: str) -> None:
        """Bring a photo's files up to date with the latest decision on it; what cannot be done yet waits."""
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

    def settle(self) -> None:
        """Bring the COCO file up to date, which takes seconds where there are many photos.

        Raises:
            UserError: when it cannot be written.
        """
        if self.coco.exists:
            self.coco.write(list(self.manifest.rows))

    def _carry_out(self, decision: Decision) -> None:
        row = decision.row
        if decision.mask:
            self.outputs.keep(decision.number, decision.id)
            mask = read_levels(self.folder / decision.mask, (row["height"], row["width"])) > 127
            result = self.outputs.write(row, self.image(row, mask.shape), mask)
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

    def image(self, row: Row, size: tuple[int, ...]) -> Rgb:
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
                self.apply(identity)
            else:
                self.journal.forget(identity)
