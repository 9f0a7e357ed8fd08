"""Samples as a W&B table: a photo each, with its masks as layers that can be switched on and off."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from wesam_packshot.samples import LAYERS, Sample

FACTS = ("id", "status", "confidence", "iou_before", "iou_pseudo", "iou_after")


@dataclass(frozen=True)
class Table:
    """Samples as a table.

    Attributes:
        columns: facts of the samples that it shows beside the photo.
    """

    samples: Sequence[Sample]
    columns: Sequence[str] = FACTS


def samples_table(shown: Table) -> Any:
    """A `wandb.Table` with a row per sample."""
    import wandb

    table = wandb.Table(columns=[*shown.columns, "photo"])
    for sample in shown.samples:
        masks = {
            name: {
                "mask_data": sample.mask(name).astype(np.uint8) * (number + 1),
                "class_labels": {number + 1: name},
            }
            for number, name in enumerate(LAYERS)
            if name in sample.layers
        }
        photo = wandb.Image(sample.photo, masks=masks, caption=sample.facts["id"])
        table.add_data(*(sample.facts.get(name) for name in shown.columns), photo)
    return table
