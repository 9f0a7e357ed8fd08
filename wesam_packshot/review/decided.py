"""What a folder under review says at this moment: the photos that were decided on, with their masks and prompts."""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from wesam_packshot.batch.manifest import REVIEWED, is_row
from wesam_packshot.batch.outputs import FILES
from wesam_packshot.files.json_lines import Row, read_rows
from wesam_packshot.io.prompt_file import read_prompts

log = logging.getLogger(__name__)

CORRECTIONS = "corrections.jsonl"


def decided(folder: Path) -> Iterator[Row]:
    """A row for each photo that a person has decided on.

    Args:
        folder: outputs of `segment.py` or `pseudolabel.py`.

    Yields:
        id; file of the photo; status; mask, the file of the mask that stands, empty where there is none and where the
        photo was rejected; prompt, box, points and labels of a correction, empty otherwise.
    """
    prompts = read_prompts(folder / CORRECTIONS)
    for row in read_rows(folder / "manifest.jsonl"):
        if not is_row(row) or row["status"] not in REVIEWED:
            continue
        masks = [folder / FILES[kind].format(row["id"]) for kind in ("mask", "alpha")]
        prompt = dict[str, Any]()
        if row["status"] == "corrected" and row["id"] in prompts:
            drawn = prompts[row["id"]][-1]
            masks = [drawn.coarse] if drawn.coarse else masks
            prompt = {"box": drawn.box, "points": drawn.points, "labels": drawn.labels}
        rejected = row["status"] == "rejected"
        mask = "" if rejected else next((str(file) for file in masks if file.is_file()), "")
        if not rejected and not mask:
            log.warning("%s: was %s, but has neither masks/ nor alpha/; left out", row["id"], row["status"])
        file = str(Path(row["file"]).resolve())
        yield {"id": row["id"], "file": file, "status": row["status"], "mask": mask, "prompt": prompt}
