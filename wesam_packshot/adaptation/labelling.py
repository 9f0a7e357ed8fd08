"""First stage: the frozen anchor's pseudo-labels of all photos, into the run's store."""

import logging
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from scipy.special import expit
from torch import Tensor

from wesam_packshot.adaptation.cache import Entry, LabelCache
from wesam_packshot.adaptation.losses import pool
from wesam_packshot.adaptation.store import LabelStore
from wesam_packshot.config import Config
from wesam_packshot.devices import autocast
from wesam_packshot.errors import UserError
from wesam_packshot.images import Frame, Rgb, read_image
from wesam_packshot.io.hashing import file_sha256
from wesam_packshot.io.prompt_file import IGNORE, MaskLevels
from wesam_packshot.io.records import Record
from wesam_packshot.masks import bounding_box
from wesam_packshot.progress import track
from wesam_packshot.pseudolabel.candidates import encode, is_inverted, whole_image_logits
from wesam_packshot.pseudolabel.labeler import WORKING_SIDE, Map, PseudoLabel, PseudoLabeler
from wesam_packshot.pseudolabel.window import resample
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
        store.add(
            {"id": record.id, "sha256": file_sha256(record.file)} | entry.row,
            entry.maps,
            entry.layers,
            entry.prototypes,
        )
        if record.id in keep and entry.embedding is not None:
            embeddings[record.id] = torch.from_numpy(entry.embedding)
    return embeddings


def embed(sam: SegmentAnything, image: Rgb, config: Config) -> Embedding:
    """A photo's embedding by whichever LoRA is active, in the run's precision, float32.

    Labelling, warm-up and checks all ask here, since a run that stopped must find the same embedding to the bit.
    """
    with autocast(next(sam.parameters()).device, config.train.precision):
        return encode(sam, image).float()


def label_photo(labeler: PseudoLabeler, record: Record, config: Config, with_embedding: bool) -> Entry:
    """All that there is to know of one photo: the anchor's opinion, or by `pseudolabel.source` its true mask.

    Raises:
        UserError: when the photo or a mask cannot be read, or there is no true mask where one is wanted.
    """
    image = read_image(record.file, config.data.max_megapixels)
    frame = Frame(*image.shape[:2])
    prompts = record.ready_prompts(frame) if config.pseudolabel.use_prompts else []
    embedding = embed(labeler.sam, image, config)
    kept = embedding.half().cpu().numpy() if with_embedding else None
    with autocast(embedding.device, config.train.precision):
        if config.pseudolabel.source == "masks":
            whole = whole_image_logits(labeler.sam, embedding, frame)[0]
            row, maps = true_label(record, record.read_mask(frame.height, frame.width), whole)
            layers = np.zeros_like(maps[..., :2])
            return Entry(row, maps, layers, _prototypes(embedding, maps[..., 0], layers[..., 0], frame), kept)
        label = labeler.label_all(image, prompts, embedding)
    removed = ((label.shadow > 0) | label.reflection).astype(np.float32)
    maps = np.stack([label.probability, label.weight, label.anchor, label.colour], -1)
    layers = np.stack([label.shadow, label.reflection.astype(np.float32)], -1)
    return Entry(_facts(label), maps, layers, _prototypes(embedding, label.probability, removed, frame), kept)


def true_label(
    record: Record, truth: MaskLevels, whole: Float[np.ndarray, "rows columns"]
) -> tuple[dict[str, Any], Float[np.ndarray, "height width 4"]]:
    """Facts and maps of a true mask, for a supervised baseline: sure of all but levels of 128.

    Args:
        whole: the anchor's low-res logits under the whole-image box, to compare with.

    Raises:
        UserError: when there is no true mask, or an empty one.
    """
    box = bounding_box(truth > IGNORE)
    if box is None:
        raise UserError(f"{record.file}: has no true mask, or an empty one; leave it out, or label it by the anchor")
    size = Frame(truth.shape[0], truth.shape[1]).scaled_size(WORKING_SIDE)
    product = resample((truth > IGNORE).astype(np.float32), size)
    weight = 1 - resample((truth == IGNORE).astype(np.float32), size)
    maps = np.stack([product, weight, expit(resample(whole, size)), np.full(size, 0.5, np.float32)], -1)
    facts = {"status": "ok", "error": "", "confidence": 1.0, "inverted": is_inverted(whole)}
    return facts | {"box": [float(edge) for edge in box]}, maps


def _facts(label: PseudoLabel) -> dict[str, Any]:
    return {
        "status": "abstained" if label.reason else "ok",
        "error": label.reason,
        "confidence": label.confidence,
        "inverted": label.inverted,
        "box": label.box,
    }


def _prototypes(embedding: Embedding, product: Map, removed: Map, frame: Frame) -> Float[np.ndarray, "3 dim"]:
    """Mean anchor features of product, background, and shadow or reflection (0 where there is none)."""
    regions = [product, 1 - product, removed * (1 - product)]
    framed = torch.stack([frame.from_image(torch.from_numpy(region), LOW_RES) for region in regions])
    return pool(embedding.cpu().expand(3, -1, -1, -1), framed).numpy()
