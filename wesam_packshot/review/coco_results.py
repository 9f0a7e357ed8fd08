"""The COCO file of a folder of outputs, with photos replaced in it."""

from collections.abc import Sequence
from pathlib import Path
from threading import Lock

from wesam_packshot.batch.manifest import is_result, results_file
from wesam_packshot.errors import UserError
from wesam_packshot.files.json_lines import Row, append_row, placed_rows, read_row_at
from wesam_packshot.io.coco import write_results


class CocoResults:
    """What the COCO file is made of: a file of results that grows, of each photo the latest.

    Args:
        manifest: beside which the COCO file lies.

    Raises:
        UserError: when the COCO file has no results beside it.
    """

    def __init__(self, manifest: Path) -> None:
        self.file = manifest.with_name("coco.json")
        self._results = results_file(manifest)
        self._changed = False
        self._writing = Lock()
        self.places = {row["id"]: place for place, row in placed_rows(self._results) if is_result(row)}
        if self.file.is_file() and not self._results.is_file():
            raise UserError(
                f"{self.file}: {self._results.name}, which it is made of, is missing; copy the folder's hidden files "
                "as well, or delete the COCO file"
            )
        if self.file.is_file():  # a process that was killed may have left it behind its results
            self._changed = self._results.stat().st_mtime_ns > self.file.stat().st_mtime_ns

    @property
    def exists(self) -> bool:
        return self.file.is_file()

    def put(self, identity: str, result: Row) -> None:
        """Replace a photo's result; `write` brings it into the COCO file."""
        self.places[identity] = append_row(self._results, {"id": identity} | result)
        self._changed = True

    def at(self, place: int) -> Row:
        """An earlier result, by its place."""
        return read_row_at(self._results, place)

    def write(self, identities: Sequence[str]) -> None:
        """Write the COCO file anew, if a result has changed, in that order of photos.

        Raises:
            UserError: when it cannot be written; the next time tries it again.
        """
        with self._writing:
            if not self._changed:
                return
            self._changed = False
            known = [self.places[identity] for identity in identities if identity in self.places]
            try:
                write_results(self.file, lambda: map(self.at, known))
            except BaseException:
                self._changed = True
                raise
