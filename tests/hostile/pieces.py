"""Long work in pieces: what is done is kept with its figures, and is not done again after a stop."""

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from wesam_packshot.files.hashing import ROOT
from wesam_packshot.files.json_lines import append_row, read_rows

Figures = dict[str, Any]


class Pieces:
    """Figures of pieces of work in a file of JSON lines.

    Args:
        code: that the pieces tried; those of other code do not count.
    """

    def __init__(self, file: Path, code: str) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        self.file = file
        self.code = code

    def do(self, key: Mapping[str, Any], work: Callable[[], Figures]) -> Figures:
        """The figures of a piece, which is done unless it has been."""
        known = {"code": self.code} | dict(key)
        for row in read_rows(self.file):
            if row["key"] == known:
                done: Figures = row["figures"]
                return done
        figures = work()
        append_row(self.file, {"key": known, "figures": figures})
        return figures


def product_sha256() -> str:
    """Hash of all the product's sources, shortened."""
    digest = hashlib.sha256()
    for file in sorted(ROOT.rglob("*.py")):
        digest.update(f"{file.relative_to(ROOT)} {hashlib.sha256(file.read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()[:12]
