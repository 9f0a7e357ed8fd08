"""Results of benchmarks as files: what was run, on what, and every image's figures; docs are made from these."""

import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

import torch

from wesam_packshot.files.atomic import write_json

ROOT = Path(__file__).parents[1]


def write_results(path: Path, rows: list[dict[str, Any]], **facts: Any) -> None:
    """Write rows of figures below what tells how they were made; paths of folders stay out."""
    command = " ".join(Path(word).name if Path(word).is_absolute() else word for word in sys.argv)
    machine = f"{platform.machine()}, {torch.get_num_threads()} threads, torch {torch.__version__}"
    made = {"commit": commit(), "command": command, "machine": machine}
    write_json(path, made | facts | {"rows": rows})


def commit() -> str:
    """The commit that is checked out, with a + where the working tree differs from it."""
    described = ["git", "describe", "--always", "--dirty=+", "--abbrev=10", "--exclude=*"]
    return subprocess.run(described, capture_output=True, text=True, cwd=ROOT, check=True).stdout.strip()
