"""The same images in all runs, side by side."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from wesam_packshot.arrays import Mask, ResizedRgb, Rgb
from wesam_packshot.comparison.choice import agreement, worst_and_disputed
from wesam_packshot.comparison.sources import Run, is_number
from wesam_packshot.errors import ImageError, UserError
from wesam_packshot.io.decoding import load
from wesam_packshot.io.overlays import COLOURS, outline
from wesam_packshot.io.photos import read_image
from wesam_packshot.io.prompt_file import IGNORE, MaskLevels
from wesam_packshot.io.records import Record, read_records
from wesam_packshot.samples import SAMPLES

log = logging.getLogger(__name__)

# Longest side, and how many there may be, so that a page stays below 6 MB.
SIDE = 480
PICTURES = 96
IMAGES = 24
FEWEST = 4
EXTRA, MISSED, OUTLINE = COLOURS["reflection"], COLOURS["shadow"], COLOURS["product"]


@dataclass(frozen=True)
class Cell:
    """One run's mask of an image; no picture where it was not kept."""

    run: str
    picture: Image.Image | None
    words: str


@dataclass(frozen=True)
class Case:
    """One image in all runs."""

    id: str
    note: str
    cells: list[Cell]


@dataclass(frozen=True)
class Gallery:
    """Cases of one set under a heading, with what a reader must know of them."""

    heading: str
    note: str
    cases: list[Case]


def images_to_show(runs: int, sets: int = 1) -> int:
    """How many images of each set a page can hold."""
    return max(FEWEST, min(IMAGES, PICTURES // runs) // sets)


def scored_galleries(runs: Sequence[Run], name: str, count: int) -> Iterator[Gallery]:
    """Images of one set, the worst and the disputed, from the masks that `evaluate.py` has kept."""
    having = [run for run in runs if name in run.sets]
    ious = [{key: one["iou"] for key, one in run.sets[name].images.items() if "iou" in one} for run in having]
    worst, disputed = worst_and_disputed(ious, count)
    if not any(run.sets[name].mask(identity).is_file() for run in having for identity in (*worst, *disputed)):
        return
    records, note = _records(having, name)
    for heading, chosen in (("the worst", worst), ("where the runs differ most", disputed)):
        if chosen:
            yield Gallery(f"{name}: {heading}", note, [_case(having, name, key, records.get(key)) for key in chosen])


def _records(runs: Sequence[Run], name: str) -> tuple[dict[str, Record], str]:
    """The photos of a set by their ids, and what to say where they are gone."""
    folders = list(dict.fromkeys(run.sets[name].data for run in runs if run.sets[name].data))
    for folder in folders:
        if folder and folder.exists():
            try:
                return {record.id: record for record in read_records(folder)}, ""
            except UserError as error:
                log.warning("%s", error)
    gone = ", ".join(str(folder) for folder in folders) or "not named in scores.json"
    return {}, f"The photos are gone (data folder: {gone}), so masks are shown alone."


def _case(runs: Sequence[Run], name: str, identity: str, record: Record | None) -> Case:
    photo, truth, note = None, None, ""
    if record:
        try:
            image = read_image(record.file)
            truth = _small_levels(record.read_mask(*image.shape[:2])) if record.has_mask else None
            photo = _small_photo(image)
        except UserError as error:
            note = str(error)
    cells = []
    for run in runs:
        file, iou = run.sets[name].mask(identity), run.sets[name].images[identity]["iou"]
        mask = _read_small(file)
        picture = None if mask is None else drawn(photo, mask, truth)
        cells.append(Cell(run.name, picture, f"IoU {iou:.3f}" + ("" if picture else ", mask not kept")))
    return Case(identity, note, cells)


def sample_galleries(runs: Sequence[Run], count: int) -> Iterator[Gallery]:
    """Photos that all runs have kept as samples, those first on which the adapted models agree least."""
    having = [run for run in runs if run.samples]
    if not having:
        return
    common = [identity for identity in having[0].samples if all(identity in run.samples for run in having)]
    found = {identity: [_read_small(_sample(run, identity, "adapted.png")) for run in having] for identity in common}
    agreed = {
        identity: agreement(_one_size([mask for mask in masks if mask is not None]))
        for identity, masks in found.items()
        if any(mask is not None for mask in masks)
    }
    cases = []
    for identity in sorted(agreed, key=lambda identity: (agreed[identity], identity))[:count]:
        photo = _read_photo(_sample(having[0], identity, "photo.jpg"))
        cells = [
            Cell(run.name, None if mask is None else drawn(photo, mask, None), _words(run, identity))
            for run, mask in zip(having, found[identity], strict=True)
        ]
        note = f"agreement {agreed[identity]:.3f}" if len(having) > 1 else ""
        cases.append(Case(identity, note, cells))
    if cases:
        note = "No true masks are needed for these: agreement is the mean IoU over all pairs of runs."
        yield Gallery("Samples" + (", least agreement first" if len(having) > 1 else ""), note, cases)


def _sample(run: Run, identity: str, file: str) -> Path:
    return run.folder / SAMPLES / Path(str(run.samples[identity].get("folder", identity))).name / file


def _words(run: Run, identity: str) -> str:
    row = run.samples[identity]
    iou, confidence = row.get("iou_after"), row.get("confidence")
    parts = [
        f"IoU {iou:.3f}" if is_number(iou) else "",
        f"confidence {confidence:.2f}" if confidence and is_number(confidence) else "",
    ]
    return ", ".join(part for part in parts if part) or str(row.get("status", ""))


def drawn(photo: Rgb | None, mask: Mask, truth: MaskLevels | None) -> Image.Image:
    """A mask's outline on its photo, with what it has too much and too little of the truth tinted.

    Without a photo the mask itself, white on black. All are brought to the photo's size, or stay in the mask's.
    """
    if photo is None:
        return Image.fromarray(mask.astype(np.uint8) * 255)
    mask = _fitted(mask, photo)
    shown = photo.astype(np.float32)
    if truth is not None:
        levels = np.asarray(Image.fromarray(truth).resize(photo.shape[1::-1], Image.Resampling.NEAREST))
        for wrong, colour in ((mask & (levels < IGNORE), EXTRA), (~mask & (levels > IGNORE), MISSED)):
            shown[wrong] = 0.4 * shown[wrong] + 0.6 * np.asarray(colour)
    shown[outline(mask, 2)] = OUTLINE
    return Image.fromarray(shown.astype(np.uint8))


def _fitted(mask: Mask, photo: Rgb) -> Mask:
    if mask.shape == photo.shape[:2]:
        return mask
    resized = Image.fromarray(mask.astype(np.uint8) * 255).resize(photo.shape[1::-1], Image.Resampling.BILINEAR)
    return np.asarray(resized) >= IGNORE


def _one_size(masks: Sequence[Mask]) -> list[Mask]:
    return [_fitted(mask, np.empty((*masks[0].shape, 3), np.uint8)) for mask in masks]


def _read_small(file: Path) -> Mask | None:
    """A mask from its file, at most `SIDE` pixels wide and high; None where it is absent or broken."""
    try:
        levels = load(file).convert("L")
    except ImageError:
        return None
    levels.thumbnail((SIDE, SIDE), Image.Resampling.BILINEAR, reducing_gap=None)
    return np.asarray(levels) >= IGNORE


def _read_photo(file: Path) -> Rgb | None:
    try:
        return _small_photo(read_image(file))
    except UserError:
        return None


def _small_photo(image: Rgb) -> ResizedRgb:
    picture = Image.fromarray(image)
    picture.thumbnail((SIDE, SIDE))
    return np.asarray(picture)


def _small_levels(levels: MaskLevels) -> MaskLevels:
    picture = Image.fromarray(levels)
    picture.thumbnail((SIDE, SIDE), Image.Resampling.NEAREST)
    return np.asarray(picture)
