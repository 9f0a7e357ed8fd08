"""First stage: the frozen anchor's pseudo-labels of all photos, into the run's store."""

import logging
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from wesam_packshot.adaptation.losses import pool
from wesam_packshot.adaptation.store import LabelStore
from wesam_packshot.config import Config
from wesam_packshot.errors import UserError
from wesam_packshot.images import Frame, read_image
from wesam_packshot.io.records import Record
from wesam_packshot.progress import track
from wesam_packshot.pseudolabel.labeler import PseudoLabel, PseudoLabeler
from wesam_packshot.sam.model import LOW_RES, SegmentAnything

log = logging.getLogger(__name__)

# Half precision keeps 64 embeddings within 128 MB; the decoder does not mind.
Embedding = Float[Tensor, "1 256 64 64"]


def label_photos(
    sam: SegmentAnything, records: Sequence[Record], store: LabelStore, config: Config, keep: set[str]
) -> dict[str, Embedding]:
    """Label every photo that the store does not hold yet; broken photos get a row that says so.

    Returns:
        the anchor's embeddings, in half precision, of those photos among `keep` that were labelled now.
    """
    labeler = PseudoLabeler(sam, config.pseudolabel.min_confidence, config.pseudolabel.without)
    done = store.rows()
    embeddings: dict[str, Embedding] = {}
    missing = [record for record in records if record.id not in done]
    for record in track(missing, "pseudo-labels", len(records), len(records) - len(missing)):
        try:
            image = read_image(record.file, config.data.max_megapixels)
            frame, embedding = Frame(*image.shape[:2]), labeler.embed(image)
            prompts = [spec.prompt(frame) for spec in record.prompts if config.pseudolabel.use_prompts]
            label = labeler.label_all(image, prompts, embedding)
        except UserError as error:
            log.warning("%s", error)
            store.add_row({"id": record.id, "status": "failed", "error": str(error)})
            continue
        maps = np.stack([label.probability, label.weight, label.anchor], -1)
        store.add(_row(record, label), maps, _prototypes(embedding, label, frame))
        if record.id in keep:
            embeddings[record.id] = embedding.half().cpu()
    return embeddings


def _row(record: Record, label: PseudoLabel) -> dict[str, Any]:
    return {
        "id": record.id,
        "status": "abstained" if label.reason else "ok",
        "error": label.reason,
        "confidence": label.confidence,
        "inverted": label.inverted,
        "box": label.box,
    }


def _prototypes(embedding: Embedding, label: PseudoLabel, frame: Frame) -> Float[np.ndarray, "2 dim"]:
    """Mean anchor features of the product and of the background, without the padding."""
    product = frame.from_image(torch.from_numpy(label.probability), LOW_RES)
    background = frame.from_image(torch.from_numpy(1 - label.probability), LOW_RES)
    pooled = pool(embedding.cpu().expand(2, -1, -1, -1), torch.stack([product, background]))
    return pooled.numpy()
