"""Last stage of a run with corrections: what they changed, on the corrected photos and on the others."""

import logging
from collections.abc import Sequence
from typing import Any

import numpy as np

from wesam_packshot.adaptation.figures import spread
from wesam_packshot.arrays import Mask, Rgb
from wesam_packshot.config import Config
from wesam_packshot.devices import autocast
from wesam_packshot.errors import UserError
from wesam_packshot.io.photos import read_image
from wesam_packshot.io.prompt_file import IGNORE, read_levels
from wesam_packshot.io.records import Record
from wesam_packshot.masks.binary import mask_iou
from wesam_packshot.sam.adapter_file import named_adapter
from wesam_packshot.segment.segmenter import Segmenter

log = logging.getLogger(__name__)

# At most so many photos of a kind are looked at, evenly spread: a report, not a benchmark.
LOOKED_AT = 50
# Masks that agree less have changed: what is left of an IoU of 0.95 shows at a glance.
CHANGED = 0.95


def review_figures(records: Sequence[Record], segmenter: Segmenter, config: Config) -> dict[str, Any]:
    """IoU with the corrected masks, before and after, and how many of the other photos' masks have changed.

    Before is what the run began with, after is `segmenter`; both under the whole-image box.
    """
    model, precision = config.model, config.train.precision
    start = named_adapter(config.adapter.start, model.name, published=model.weights is None)
    before = Segmenter.load(start, model.name, model.weights, model.weights_sha256, config.train.device)
    corrected = spread([record for record in records if record.corrected], LOOKED_AT)
    others = spread([record for record in records if record.settled is None], LOOKED_AT)
    found: dict[str, Any] = {"changed_below": CHANGED}
    truths, answers = list[Mask](), list[tuple[Mask, Mask]]()
    for record in corrected:
        assert record.settled
        image = read_image(record.file, config.data.max_megapixels)
        truths.append(read_levels(record.settled, (image.shape[0], image.shape[1])) > IGNORE)
        answers.append((_mask(before, image, precision), _mask(segmenter, image, precision)))
    if truths:
        for place, name in enumerate(("iou_before", "iou_after")):
            ious = [mask_iou(pair[place], truth) for pair, truth in zip(answers, truths, strict=True)]
            found[name] = round(float(np.mean(ious)), 6)
    agreement = dict[str, float]()
    for record in others:
        try:
            image = read_image(record.file, config.data.max_megapixels)
        except UserError as error:
            log.warning("%s", error)
            continue
        agreement[record.id] = mask_iou(_mask(before, image, precision), _mask(segmenter, image, precision))
    changed = sorted((name for name, iou in agreement.items() if iou < CHANGED), key=lambda name: agreement[name])
    return found | ({"others": len(agreement), "changed": changed} if agreement else {})


def _mask(segmenter: Segmenter, image: Rgb, precision: str) -> Mask:
    with autocast(segmenter.device, precision):
        return segmenter.segment(image).mask
