"""The manifest, of which single rows are replaced: each row is kept as the line that it is written as."""

import json
import logging
from pathlib import Path

from wesam_packshot.batch.manifest import is_row
from wesam_packshot.errors import UserError
from wesam_packshot.files.atomic import write_text
from wesam_packshot.files.json_lines import Row, read_rows

log = logging.getLogger(__name__)


class ManifestLines:
    """Rows by id, in the manifest's order.

    Raises:
        UserError: when the manifest has none that can be used.
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        found = list(read_rows(file))
        self.rows = {row["id"]: row for row in found if is_row(row)}
        damaged = sum(not is_row(row) for row in found)
        if damaged:
            log.warning("%s: %d damaged rows, whose photos are not shown; cut them out again", file, damaged)
        if not self.rows:
            raise UserError(f"{file}: has no row that can be used; cut the photos out again")
        # turning all rows into text again would take longer than the decision itself
        self._lines = {name: json.dumps(row) + "\n" for name, row in self.rows.items()}

    def put(self, row: Row) -> None:
        """Replace a photo's row.

        Raises:
            UserError: when it cannot be written; then nothing has changed.
        """
        lines = self._lines | {row["id"]: json.dumps(row) + "\n"}
        write_text(self.file, "".join(lines.values()))
        self._lines, self.rows = lines, self.rows | {row["id"]: row}
