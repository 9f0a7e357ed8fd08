"""Last stage: what a run has achieved, in pictures."""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from wesam_packshot.adaptation.figures import ANCHOR, PSEUDO, Results, spread
from wesam_packshot.adaptation.store import LabelStore
from wesam_packshot.errors import UserError
from wesam_packshot.files.atomic import write_picture
from wesam_packshot.io.overlays import overlay, sheet
from wesam_packshot.io.photos import read_image
from wesam_packshot.io.records import Record
from wesam_packshot.masks.window import resample
from wesam_packshot.samples import SAMPLES, Sample, reduced, write_samples
from wesam_packshot.segment.segmenter import Segmenter

log = logging.getLogger(__name__)

# Evenly spread over the photos, so the same ones in every run on them.
PICTURES = 12
SHEET = "before_after.jpg"


def show(
    folder: Path,
    records: Sequence[Record],
    store: LabelStore,
    results: Results,
    segmenter: Segmenter,
    max_megapixels: float,
) -> list[Sample]:
    """The samples of a run, written into its folder, and a sheet of them."""
    rows, ious = store.rows(), results.ious()
    readable = [record for record in records if rows[record.id]["status"] != "failed"]
    samples = []
    for number, record in enumerate(spread(readable, PICTURES)):
        row = rows[record.id]
        facts: dict[str, Any] = {"id": record.id, "folder": f"{number:03}"}
        facts |= {name: row[name] for name in ("status", "error", "confidence", "inverted")}
        known = ious.get(record.id, {})
        facts |= {name: known.get(name) for name in ("iou_before", "iou_pseudo", "iou_after")}
        try:
            samples.append(take_sample(record, facts, store, segmenter, max_megapixels))
        except UserError as error:  # the photo is gone since: the adapter is there, and tells without it
            log.warning("%s", error)
    write_samples(folder, samples)
    write_picture(folder / SAMPLES / SHEET, contact_sheet(samples), quality=88)
    return samples


def take_sample(
    record: Record, facts: dict[str, Any], store: LabelStore, segmenter: Segmenter, max_megapixels: float
) -> Sample:
    """A photo with the anchor's mask, the pseudo-mask, the adapted model's mask, shadow and reflection."""
    image = read_image(record.file, max_megapixels)
    photo = reduced(Image.fromarray(image))
    size = (photo.height, photo.width)
    maps, layers = store.read_maps(record.id), store.read_layers(record.id)
    levels = {
        "anchor": resample(maps[..., ANCHOR], size) > 0.5,
        "pseudo": resample(maps[..., PSEUDO], size) > 0.5,
        "adapted": resample(segmenter.segment(image).mask, size) > 0.5,
        "shadow": resample(layers[..., 0], size),
        "reflection": resample(layers[..., 1], size) > 0.5,
    }
    pictures = {name: Image.fromarray((255 * plane).astype(np.uint8)) for name, plane in levels.items()}
    return Sample(facts, photo, pictures)


def contact_sheet(samples: Sequence[Sample]) -> Image.Image:
    """A row of four pictures for each sample."""
    rows = []
    for sample in samples:
        image = np.asarray(sample.photo)
        masks = [overlay(image, sample.mask(layer)) for layer in ("anchor", "pseudo", "adapted")]
        note = sample.facts["error"] or f"confidence {sample.facts['confidence']:.2f}"
        rows.append((f"{sample.facts['id']}   {note}", [image, *masks]))
    return sheet(rows, ["photo", "before, whole-image box", "pseudo-mask", "adapted, whole-image box"])
