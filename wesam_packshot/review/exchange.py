"""A review in other tools: its masks for COCO, LabelMe and Label Studio, and what was drawn there taken back."""

import json
import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from wesam_packshot import __version__
from wesam_packshot.arrays import Mask
from wesam_packshot.batch.outputs import FILES
from wesam_packshot.errors import UsageError, UserError, first_line
from wesam_packshot.files.atomic import replacing, write_json
from wesam_packshot.files.json_lines import Row, describe
from wesam_packshot.io import label_studio, labelme
from wesam_packshot.io.annotations import Annotation, read_annotations
from wesam_packshot.io.coco import describe_result, write_results
from wesam_packshot.io.outcome import Instance
from wesam_packshot.review.state import Review

# The page that a decision made elsewhere is taken by, for as long as it takes.
HOLDER = "exchange"
# Label Studio puts so many characters and a dash before the name of an uploaded file.
UPLOAD = 8


def export(review: Review, folder: Path) -> dict[str, Any]:
    """Write `coco.json`, `labelstudio.json` and `labelme/<id>.json` of all photos that are not rejected.

    A photo without a mask has an empty annotation there. Which masks are whose stands in the manifest.

    Raises:
        UserError: when the folder cannot be written to.
        UsageError: when it is the review's own, whose COCO file tells other things.
    """
    if folder.resolve() == review.folder.resolve():
        raise UsageError(f"{folder}: is the folder of the review; export to another")
    failed: dict[str, str] = {}
    rows = [row for row in review.queue() if row["status"] != "rejected"]
    results: list[Row] = []
    tasks = folder / "labelstudio.json"
    with replacing(tasks) as temporary, temporary.open("w") as file:
        separator = "[\n"
        for row in rows:
            try:
                mask = review.present(row)
            except UserError as error:
                failed[row["id"]] = first_line(error)
                continue
            size, masks = (mask.shape[0], mask.shape[1]), _instances(row, mask)
            name = _name(row)
            results.append(describe_result(name, size, masks))
            file.write(separator + json.dumps(label_studio.task(name, masks, size, f"wesam-packshot {__version__}")))
            separator = ",\n"
            target = folder / FILES["labelme"].format(row["id"])
            write_json(target, labelme.document(os.path.relpath(row["file"], target.parent), masks, size))
        file.write("]\n" if results else "[]\n")
    write_results(folder / "coco.json", lambda: iter(results))
    return {"images": len(rows), "ok": len(results), "failed": len(failed), "errors": failed, "output": str(folder)}


def take(review: Review, path: Path, reviewer: str) -> dict[str, Any]:
    """Decide as the annotations of a file or folder say: what differs from the present mask is a correction of it.

    What is as it was is accepted where a person has submitted it, and left undecided otherwise. One that cannot be
    taken is told, and the others are.

    Raises:
        UserError: when nothing there can be read.
    """
    counts = dict.fromkeys(("corrected", "accepted", "unchanged"), 0)
    failed: dict[str, str] = {}
    photos = 0
    for photos, annotation in enumerate(read_annotations(path), start=1):  # noqa: B007
        try:
            counts[_taken(review, annotation, reviewer)] += 1
        except UserError as error:
            failed[annotation.name] = first_line(error)
    review.leases.release(HOLDER)
    review.files.settle()
    return {"images": photos} | counts | {"failed": len(failed), "errors": failed, "output": str(review.folder)}


def _taken(review: Review, annotation: Annotation, reviewer: str) -> str:
    row = _row(review, annotation.name)
    present = review.present(row)
    try:
        drawn = annotation.draw((present.shape[0], present.shape[1]))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UserError(describe(error)) from error
    decision = (row["id"], HOLDER, reviewer, review.version(row["id"]))
    if (drawn != present).any():
        review.correct(*decision, drawn, {})
        return "corrected"
    if annotation.submitted and drawn.any():
        review.accept(*decision)
        return "accepted"
    return "unchanged"


def _row(review: Review, name: str) -> Row:
    """The row of the photo that another tool has under that name: the longest id that the name ends with.

    Raises:
        UserError: when there is none.
    """
    for place in _places(name):
        for start in range(len(place.parts)):
            end = PurePosixPath(*place.parts[start:])
            for identity in (end.with_suffix("").as_posix(), end.as_posix()):  # p.jpg beside p.png keep their suffix
                if identity in review.manifest.rows:
                    return review.row(identity)
    raise UserError(f"{name}: no photo of {review.folder}")


def _places(name: str) -> Iterator[PurePosixPath]:
    """The paths that the name of an image may mean: as it is, of a local file, or of an uploaded one."""
    address = urlsplit(name)
    local = parse_qs(address.query).get("d")
    text = local[0] if local else unquote(address.path) if address.netloc else name
    path = PurePosixPath(text.replace("\\", "/"))
    yield path
    if len(path.name) > UPLOAD and path.name[UPLOAD] == "-":
        yield path.with_name(path.name[UPLOAD + 1 :])


def _name(row: Row) -> str:
    folders, slash, _ = row["id"].rpartition("/")
    return f"{folders}{slash}{Path(row['file']).name}"


def _instances(row: Row, mask: Mask) -> list[tuple[Instance, Mask]]:
    return [(Instance({}, row["confidence"] or 0.0), mask)] if mask.any() else []
