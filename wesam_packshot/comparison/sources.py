"""What runs have left behind: configuration, figures, scores of single images and samples, as far as they are there."""

import csv
import logging
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from wesam_packshot.config import flattened
from wesam_packshot.config.plain_yaml import parse_yaml
from wesam_packshot.errors import UsageError, UserError, printable
from wesam_packshot.files.json_lines import Row, finite_number, parse_json, read_rows
from wesam_packshot.samples import ROWS, SAMPLES

log = logging.getLogger(__name__)

# Scores of an image as `evaluate.py` names them, with words for them; of the first two, more is better.
SCORES = {
    "iou": "IoU",
    "boundary_iou": "Boundary IoU",
    "inverted": "inverted",
    "shadow_kept": "shadow kept",
    "reflection_kept": "reflection kept",
    "alpha_error": "alpha error",
}
RESTORE = "restore it, or take it away to compare without"
HIGHER_IS_BETTER = ("iou", "boundary_iou")


@dataclass(frozen=True)
class ScoredSet:
    """One evaluation, as `evaluate.py` writes it.

    Attributes:
        name: of the data and the prompt, such as `packshots-whole`, with the refinement where there was one.
        folder: holds `per_image.csv`, and what was scored in `masks/`.
        facts: of `scores.json`: data, source, prompt, refine and means.
        images: scores of each image by their names; none of one that failed.
        errors: why an image failed.
    """

    name: str
    folder: Path
    facts: Mapping[str, Any]
    images: Mapping[str, Mapping[str, float]]
    errors: Mapping[str, str]

    @property
    def data(self) -> Path | None:
        """The data folder or COCO file that was scored; None where it is not given."""
        return Path(self.facts["data"]) if self.facts.get("data") else None

    def mask(self, identity: str) -> Path:
        return self.folder / "masks" / f"{identity}.png"


@dataclass(frozen=True)
class Run:
    """One run.

    Attributes:
        name: tells it from the others of a comparison.
        origin: where it was found, as it was given: a folder, or a W&B path.
        settings: its configuration by dotted keys, None where there is no `config.yaml`.
        rows: of `metrics.jsonl`.
        summary: of `summary.json`.
        sets: its evaluations by name.
        samples: rows of `samples/samples.jsonl` by the photo's id.
    """

    name: str
    folder: Path
    origin: str
    settings: Mapping[str, Any] | None = None
    rows: Sequence[Row] = ()
    summary: Mapping[str, Any] = field(default_factory=dict)
    sets: Mapping[str, ScoredSet] = field(default_factory=dict)
    samples: Mapping[str, Row] = field(default_factory=dict)


def read_runs(folders: Mapping[str, Path]) -> list[Run]:
    """The runs of these folders, by what they were given as, under names that tell them apart.

    A run that holds a broken file is named and left out, as long as there is another.

    Raises:
        UserError: for a folder that is missing, given twice, or no run; when all runs are broken, for the first.
    """
    places = [folder.resolve() for folder in folders.values()]
    for place, count in Counter(places).items():
        if count > 1:
            raise UsageError(f"{place}: given {count} times; name each run once")
    runs, broken = list[Run](), list[UserError]()
    for (given, folder), name in zip(folders.items(), told_apart(places), strict=True):
        try:
            runs.append(read_run(folder, printable(name), printable(given)))
        except UsageError:
            raise
        except UserError as error:
            broken.append(error)
    if not runs:
        raise broken[0]
    for one in broken:
        log.warning("%s; the run is left out", one)
    return runs


def told_apart(paths: Sequence[Path]) -> list[str]:
    """Of each path the shortest ending that no other has; the paths differ."""
    depths = [1] * len(paths)
    while True:
        names = ["/".join(path.parts[-depth:]) for path, depth in zip(paths, depths, strict=True)]
        counts = Counter(names)
        if len(counts) == len(names):
            return names
        depths = [depth + (counts[name] > 1) for name, depth in zip(names, depths, strict=True)]


def read_run(folder: Path, name: str, origin: str) -> Run:
    """A run folder, or a folder of scores.

    Raises:
        UserError: see `read_runs`.
    """
    if not folder.is_dir():
        raise UsageError(f"{folder}: no such folder; give a run of adapt.py, or scores of evaluate.py")
    sets = {found.name: found for found in _scored_sets(folder)}
    run = Run(
        name,
        folder,
        origin,
        _settings(folder / "config.yaml"),
        list(read_rows(folder / "metrics.jsonl")),
        _json(folder / "summary.json"),
        sets,
        {row["id"]: row for row in read_rows(folder / SAMPLES / ROWS) if isinstance(row.get("id"), str)},
    )
    if not (run.settings or run.rows or run.summary or sets or run.samples):
        raise UsageError(f"{folder}: neither a run nor scores; give a folder that adapt.py or evaluate.py has written")
    return run


def _settings(file: Path) -> dict[str, Any] | None:
    if not file.is_file():
        return None
    try:
        values = parse_yaml(file.read_text("utf-8"))
    except (ValueError, OSError) as error:
        raise UserError(f"{file}: not readable as YAML ({error}); {RESTORE}") from error
    # older runs may lack keys, or have others: they are shown as they are, not validated
    if not isinstance(values, dict):
        raise UserError(f"{file}: no configuration; {RESTORE}")
    return dict(flattened(values))


def _json(file: Path) -> dict[str, Any]:
    if not file.is_file():
        return {}
    try:
        values = parse_json(file.read_bytes())
    except (ValueError, OSError) as error:
        raise UserError(f"{file}: broken; run the command again that wrote it, or take it away") from error
    if not isinstance(values, dict):
        raise UserError(f"{file}: not a summary of a run; run the command again that wrote it, or take it away")
    return values


def _scored_sets(folder: Path) -> Iterator[ScoredSet]:
    """Of the folder itself, of each prompt below it, and of `evaluation/` in a run or beside its adapter."""
    for pattern in ("adapter/evaluation/**", "evaluation/**", "*", "."):
        for table in sorted(folder.glob(f"{pattern}/per_image.csv")):
            yield _scored_set(table)


def _scored_set(table: Path) -> ScoredSet:
    facts = _json(table.parent / "scores.json")
    wrong = [key for key in ("data", "prompt", "refine") if not isinstance(facts.get(key, ""), str)]
    if wrong:
        raise UserError(
            f"{table.parent / 'scores.json'}: {wrong[0]} is no text; run evaluate.py again, or take it away"
        )
    name = table.parent.name
    if facts.get("data") and facts.get("prompt"):
        refine = facts.get("refine", "none")
        name = f"{Path(facts['data']).stem}-{facts['prompt']}" + (f"-{refine}" if refine != "none" else "")
    images, errors = dict[str, dict[str, float]](), dict[str, str]()
    try:
        with table.open(newline="") as lines:
            for row in csv.DictReader(lines):
                identity = row["id"]
                images[identity] = {key: _number(row[key]) for key in SCORES if row.get(key)}
                if row.get("error"):
                    errors[identity] = row["error"]
    except (KeyError, TypeError, ValueError, OSError, csv.Error) as error:
        raise UserError(f"{table}: not a table of scores; run evaluate.py again, or take it away") from error
    return ScoredSet(printable(name), table.parent, facts, images, errors)


def _number(text: str) -> float:
    return finite_number({"True": 1.0, "False": 0.0}.get(text) if text in ("True", "False") else float(text))


def is_number(value: object) -> bool:
    """Whether a value of JSON is a number that can be reckoned with."""
    try:
        finite_number(value)
    except ValueError:
        return False
    return True
