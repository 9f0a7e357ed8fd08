"""First stage: the frozen anchor's pseudo-labels of all photos, into the run's store."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from wesam_packshot.adaptation.cache import Entry, LabelCache
from wesam_packshot.adaptation.losses import pool
from wesam_packshot.adaptation.store import LabelStore
from wesam_packshot.config import Config
from wesam_packshot.devices import autocast
from wesam_packshot.errors import UserError
from wesam_packshot.images import Frame, read_image
from wesam_packshot.io.prompt_file import IGNORE, MaskLevels
from wesam_packshot.io.records import Record
from wesam_packshot.masks import bounding_box
from wesam_packshot.progress import track
from wesam_packshot.pseudolabel.labeler import PseudoLabel, PseudoLabeler
from wesam_packshot.pseudolabel.trust import Signs
from wesam_packshot.pseudolabel.window import Window, resample
from wesam_packshot.sam.model import LOW_RES, SegmentAnything
from wesam_packshot.sam.weights import Base

log = logging.getLogger(__name__)

# Half precision keeps 64 embeddings within 128 MB; the decoder does not mind.
Embedding = Float[Tensor, "1 256 64 64"]


def label_photos(
    sam: SegmentAnything, records: Sequence[Record], store: LabelStore, config: Config, base: Base, keep: set[str]
) -> dict[str, Embedding]:
    """Label every photo that the store does not hold yet; broken photos get a row that says so.

    Args:
        base: the anchor's weights, by which earlier labels are found in the cache.

    Returns:
        the anchor's embeddings, in half precision, of those photos among `keep` that have one now.
    """
    labeler = PseudoLabeler(sam, config.pseudolabel.min_confidence, config.pseudolabel.without)
    cache = LabelCache(base, config)
    done = store.rows()
    embeddings: dict[str, Embedding] = {}
    missing = [record for record in records if record.id not in done]
    for record in track(missing, "pseudo-labels", len(records), len(records) - len(missing)):
        try:
            key = cache.key(record)
            entry = cache.get(key)
            if entry is None or (record.id in keep and entry.embedding is None):
                entry = label_photo(labeler, record, config, record.id in keep)
                cache.put(key, entry)
        except (UserError, OSError) as error:
            log.warning("%s", error)
            store.add_row({"id": record.id, "status": "failed", "error": str(error)})
            continue
        store.add({"id": record.id} | entry.row, entry.maps, entry.prototypes)
        if record.id in keep and entry.embedding is not None:
            embeddings[record.id] = torch.from_numpy(entry.embedding)
    return embeddings


def label_photo(labeler: PseudoLabeler, record: Record, config: Config, with_embedding: bool) -> Entry:
    """All that the anchor has to say of one photo.

    Raises:
        UserError: when the photo or a coarse mask cannot be read.
    """
    image = read_image(record.file, config.data.max_megapixels)
    frame = Frame(*image.shape[:2])
    prompts = [spec.prompt(frame) for spec in record.prompts if config.pseudolabel.use_prompts]
    with autocast(next(labeler.sam.parameters()).device, config.train.precision):
        embedding = labeler.embed(image).float()
        label = labeler.label_all(image, prompts, embedding)
    if config.pseudolabel.source == "masks":
        label = corrected(label, record, record.read_mask(frame.height, frame.width))
    maps = np.stack([label.probability, label.weight, label.anchor, label.colour], -1)
    kept = embedding.half().cpu().numpy() if with_embedding else None
    return Entry(_facts(label), maps, _prototypes(embedding, label, frame), kept)


def corrected(label: PseudoLabel, record: Record, truth: MaskLevels) -> PseudoLabel:
    """The label with the true mask in place of the anchor's, for a supervised baseline: sure of all but levels of 128.

    Raises:
        UserError: when there is no true mask, or an empty one.
    """
    size = (label.probability.shape[0], label.probability.shape[1])
    product = truth > IGNORE
    corners = bounding_box(product)
    if corners is None:
        raise UserError(f"{record.file}: has no true mask, or an empty one; leave it out, or label it by the anchor")
    window = Window.whole(Frame(truth.shape[0], truth.shape[1]))
    probability = resample(product.astype(np.float32), size)
    return replace(
        label,
        window=window,
        detail=probability,
        probability=probability,
        weight=1 - resample((truth == IGNORE).astype(np.float32), size),
        colour=np.full(size, 0.5, np.float32),
        signs=Signs(stability=1, agreement=1, kept=1, bare=0, shaded=0),
        box=(float(corners[0]), float(corners[1]), float(corners[2]), float(corners[3])),
        reason="",
    )


def _facts(label: PseudoLabel) -> dict[str, Any]:
    return {
        "status": "abstained" if label.reason else "ok",
        "error": label.reason,
        "confidence": label.confidence,
        "inverted": label.inverted,
        "box": label.box,
    }


def _prototypes(embedding: Embedding, label: PseudoLabel, frame: Frame) -> Float[np.ndarray, "3 dim"]:
    """Mean anchor features of product, background, and shadow or reflection (0 where there is none)."""
    product, removed = label.probability, (label.shadow > 0) | label.reflection
    regions = [product, 1 - product, removed.astype(np.float32) * (1 - product)]
    framed = torch.stack([frame.from_image(torch.from_numpy(region), LOW_RES) for region in regions])
    return pool(embedding.cpu().expand(3, -1, -1, -1), framed).numpy()
