"""First stage: the frozen anchor's pseudo-labels of all photos, into the run's store."""

import logging
from collections.abc import Sequence

import torch

from wesam_packshot.adaptation.anchor import Embedding, Opinion, as_anchor, label_photo
from wesam_packshot.adaptation.cache import LabelCache
from wesam_packshot.adaptation.store import LabelStore
from wesam_packshot.config import Config
from wesam_packshot.errors import UserError, failure
from wesam_packshot.files.hashing import file_sha256
from wesam_packshot.io.records import Record
from wesam_packshot.progress import track
from wesam_packshot.pseudolabel.labeler import PseudoLabeler
from wesam_packshot.sam.model import SegmentAnything
from wesam_packshot.sam.weights import Base

log = logging.getLogger(__name__)


def label_photos(
    sam: SegmentAnything, records: Sequence[Record], store: LabelStore, config: Config, base: Base, keep: set[str]
) -> dict[str, Embedding]:
    """Label every photo that the store does not hold yet; broken photos get a row that says so.

    Args:
        base: the anchor's weights, by which earlier labels are found in the cache.

    Returns:
        the anchor's embeddings, in half precision, of those photos among `keep` that have one now.
    """
    labeler = PseudoLabeler(sam, config.pseudolabel.min_confidence, config.pseudolabel.disabled_stages)
    cache = LabelCache(base, config, next(sam.parameters()).device)
    done = store.rows()
    embeddings: dict[str, Embedding] = {}
    missing = [record for record in records if record.id not in done]
    for record in track(missing, "stage 1 of 3, pseudo-labels", len(records), len(records) - len(missing)):
        try:
            sha256 = file_sha256(record.file)
            opinion = form_opinion(labeler, cache, record, sha256, config, record.id in keep)
            row = {"id": record.id, "sha256": sha256} | opinion.row
            store.add(row, opinion.maps, opinion.layers, opinion.prototypes)
        except Exception as error:
            message = failure(error, record.file)
            log.warning("%s", message)
            store.add_row({"id": record.id, "status": "failed", "error": str(message)})
            continue
        if record.id in keep and opinion.embedding is not None:
            embeddings[record.id] = torch.from_numpy(opinion.embedding)
    return embeddings


def form_opinion(
    labeler: PseudoLabeler, cache: LabelCache, record: Record, sha256: str, config: Config, with_embedding: bool
) -> Opinion:
    """What the cache remembers of a photo, or else what the anchor says, which is then remembered.

    Args:
        sha256: of the photo.

    Raises:
        UserError: see `label_photo`; and when the photo has been replaced meanwhile.
        OSError: when a file cannot be read.
    """
    key = cache.key(record, sha256)
    opinion = cache.get(key)
    if opinion is not None and (opinion.embedding is not None or not with_embedding):
        return opinion
    with as_anchor(labeler.sam):
        opinion = label_photo(labeler, record, config, with_embedding)
    if file_sha256(record.file) != sha256:
        raise UserError(
            f"{record.file}: was replaced while it was being labelled; adapt again, once all photos are in place"
        )
    cache.put(key, opinion)
    return opinion
