"""The page's requests and their answers: plain dictionaries."""

from collections import OrderedDict
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Any

from wesam_packshot.batch.manifest import REVIEWED
from wesam_packshot.errors import UserError
from wesam_packshot.files.json_lines import Row, finite_numbers
from wesam_packshot.interactive.correction import Correction
from wesam_packshot.interactive.photo import Photo
from wesam_packshot.interactive.steps import Step, parse_step
from wesam_packshot.io.encoding import PREVIEW, data_url, encode
from wesam_packshot.io.prompt_file import PromptSpec
from wesam_packshot.review.queue import Filter
from wesam_packshot.review.state import Review
from wesam_packshot.segment.segmenter import Segmenter
from wesam_packshot.web.stale import stale_page

# Photos that are open at once, each with the next one of its page; a photo of 24 megapixels takes 100 MB.
OPEN = 8
# Characters of a reviewer's name and of a page's.
LONGEST = 60

Answer = dict[str, Any]


class Service:
    """Answers all pages of one review.

    Args:
        precision: of the model, as `train.precision`.
    """

    def __init__(self, review: Review, segmenter: Segmenter, precision: str = "auto") -> None:
        self.review = review
        self.segmenter = segmenter
        self.precision = precision
        self._open: OrderedDict[tuple[str, int], Correction] = OrderedDict()
        self._opening = Lock()

    def rows(self, asked: Mapping[str, Any]) -> Answer:
        """The queue: id, status, confidence, share of shadow removed, and version of each photo."""
        rows = self.review.queue(_filter(asked))
        told = [
            [row["id"], row["status"], row["confidence"], row["shadow_removed"], self.review.version(row["id"])]
            for row in rows
        ]
        return {"rows": told} | self._progress()

    def next(self, asked: Mapping[str, Any]) -> Answer:
        """The next photo, which is this page's from now on."""
        row = self.review.next(_name(asked, "holder"), _filter(asked), str(asked.get("after", "")))
        return self._photo(row)

    def ahead(self, asked: Mapping[str, Any]) -> Answer:
        """Make the photo ready that `next` is going to give."""
        row = self.review.coming(_name(asked, "holder"), _filter(asked), str(asked.get("after", "")))
        with suppress(UserError):  # which whoever opens it is told
            if row:
                self._correction(row).embed()
        return {}

    def open(self, asked: Mapping[str, Any]) -> Answer:
        """A certain photo, which is this page's from now on."""
        return self._photo(self.review.open(str(asked.get("id")), _name(asked, "holder")))

    def keep(self, asked: Mapping[str, Any]) -> Answer:
        """Keep the photo for longer."""
        self.review.open(str(asked.get("id")), _name(asked, "holder"))
        return self._progress()

    def release(self, asked: Mapping[str, Any]) -> Answer:
        """Give back what the page has."""
        self.review.leases.release(_name(asked, "holder"))
        return {}

    def draw(self, asked: Mapping[str, Any]) -> Answer:
        """A step of the correction, or one back; answers with the cut-out that this makes."""
        row = self.review.open(str(asked.get("id")), _name(asked, "holder"))
        correction = self._correction(row)
        match asked.get("step"):
            case {"kind": "undo"}:
                correction.undo()
            case {"kind": "clear"}:
                correction.clear()
            case {} as step:
                correction.add(parse_step(step))
            case _:
                raise stale_page()
        picture = encode(correction.preview(), "WEBP", **PREVIEW["WEBP"])
        return {"cut": data_url(picture, "WEBP"), "marks": _marks(correction.steps), "steps": len(correction.steps)}

    def accept(self, asked: Mapping[str, Any]) -> Answer:
        """The mask is right, as it was or as it was corrected."""
        row = self.review.row(str(asked.get("id")))
        correction = self._open.get((row["id"], self.review.version(row["id"])))
        if correction is None or not correction.steps:
            return self._decided(self.review.accept(*self._decision(asked)))
        return self._decided(self.review.correct(*self._decision(asked), correction.mask(), correction.prompts))

    def reject(self, asked: Mapping[str, Any]) -> Answer:
        """The photo is not to be used."""
        return self._decided(self.review.reject(*self._decision(asked)))

    def undo(self, asked: Mapping[str, Any]) -> Answer:
        """Take the reviewer's last decision back, and open that photo."""
        return self._photo(self.review.undo(_name(asked, "holder"), _name(asked, "reviewer")))

    def _decision(self, asked: Mapping[str, Any]) -> tuple[str, str, str, int]:
        version = asked.get("version")
        if not isinstance(version, int):
            raise stale_page()
        return str(asked.get("id")), _name(asked, "holder"), _name(asked, "reviewer"), version

    def _decided(self, row: Row) -> Answer:
        return {"id": row["id"], "status": row["status"]} | self._progress()

    def _photo(self, row: Row | None) -> Answer:
        if row is None:
            return {"photo": None} | self._progress()
        outputs, identity = self.review.outputs, row["id"]
        photo = {key: row[key] for key in ("id", "status", "error", "confidence", "width", "height", "shadow_removed")}
        photo |= {"version": self.review.version(identity), "reviewer": row.get("reviewer", "")}
        photo["layers"] = [kind for kind in ("shadows", "reflections") if outputs.layer(kind, identity)]
        photo["cut"] = any(file.is_file() for file in outputs.files(identity))
        photo["broken"] = self._broken(row)
        return {"photo": photo} | self._progress()

    def _broken(self, row: Row) -> str:
        """Why the photo cannot be shown; nothing where it can."""
        try:
            self._correction(row)
        except UserError as error:
            return str(error)
        return ""

    def _progress(self) -> Answer:
        rows = self.review.manifest.rows.values()
        done = sum(row["status"] in REVIEWED for row in rows)
        return {"all": len(rows), "done": done, "waiting": list(self.review.files.waiting.values())[:1]}

    def _correction(self, row: Row) -> Correction:
        """The photo as it is being mended, read when it is first asked for."""
        key = row["id"], self.review.version(row["id"])
        with self._opening:
            if key not in self._open:
                photo = Photo.read(Path(row["file"]), self.review.max_megapixels)
                size = photo.image.shape[0], photo.image.shape[1]
                mask = self.review.outputs.mask(row["id"], size)
                self._open[key] = Correction(photo, mask, self.segmenter, self.precision)
            self._open.move_to_end(key)
            while len(self._open) > OPEN:
                self._open.popitem(last=False)
            return self._open[key]


def _filter(asked: Mapping[str, Any]) -> Filter:
    given = asked.get("filter") or {}
    try:
        low, high = finite_numbers(given.get("confidence", [0, 1]), 2)
        least, most = finite_numbers(given.get("shadow", [0, 1]), 2)
        statuses = tuple(map(str, given.get("statuses", ())))
        return Filter(statuses, (low, high), (least, most), str(given.get("search", "")))
    except (ValueError, TypeError, AttributeError) as error:
        raise stale_page() from error


def _name(asked: Mapping[str, Any], key: str) -> str:
    found = str(asked.get(key, "")).strip()
    if not 0 < len(found) <= LONGEST:
        raise UserError(f"a {key} of 1 to {LONGEST} characters is needed; fill in your name and reload the page")
    return found


def _marks(steps: tuple[Step, ...]) -> list[Answer]:
    """Clicks and boxes as the page draws them, in the photo's pixels."""
    found = list[Answer]()
    for step in steps:
        if isinstance(step, PromptSpec):
            points = [[*place, label] for place, label in zip(step.points, step.labels, strict=True)]
            found.append({"box": list(step.box)} if step.box else {"point": points[0]})
    return found
