"""Results of benchmarks as files: what was run, on what, and every image's figures; docs are made from these."""

import json
import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

import torch

from wesam_packshot.files.atomic import write_text

ROOT = Path(__file__).parents[1]
# Figures behind the point, which is finer than any difference that means something.
DIGITS = 5

Rows = list[dict[str, Any]]


def write_results(path: Path, rows: Rows, **facts: Any) -> None:
    """Write rows of figures, one a line, below what tells how they were made; paths of folders stay out."""
    command = " ".join(Path(word).name if word.startswith("/") else word for word in sys.argv)
    machine = f"{platform.machine()}, {torch.get_num_threads()} threads, torch {torch.__version__}"
    made = {"commit": commit(), "command": command, "machine": machine} | facts
    lines = ",\n".join(json.dumps({key: _rounded(value) for key, value in row.items()}) for row in rows)
    write_text(path, json.dumps(made, indent=2)[:-2] + f',\n  "rows": [\n{lines}\n]}}\n')


def read_rows(path: Path) -> Rows:
    """The rows of a file."""
    rows: Rows = json.loads(path.read_text("utf-8"))["rows"]
    return rows


def commit() -> str:
    """The commit that is checked out, with a + where the working tree differs from it."""
    described = ["git", "describe", "--always", "--dirty=+", "--abbrev=10", "--exclude=*"]
    return subprocess.run(described, capture_output=True, text=True, cwd=ROOT, check=True).stdout.strip()


def _rounded(value: Any) -> Any:
    return round(value, DIGITS) if isinstance(value, float) else value
