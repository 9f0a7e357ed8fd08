"""All masks of each photo of a folder, its edges, or what words say, as files."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np

from wesam_packshot.arrays import Mask, Rgb
from wesam_packshot.batch.folder import OutputOptions, Tally, make_job, process
from wesam_packshot.batch.loading import identity, load_segmenter
from wesam_packshot.batch.segmentation import nothing
from wesam_packshot.config import Config
from wesam_packshot.devices import autocast
from wesam_packshot.io.coco import decode_mask
from wesam_packshot.io.outcome import Instance, Outcome
from wesam_packshot.io.records import Record, read_records
from wesam_packshot.progress import track
from wesam_packshot.segment.edges import find_edges
from wesam_packshot.segment.everything import Found, Thresholds, find_everything
from wesam_packshot.segment.segmenter import Segmenter
from wesam_packshot.segment.text import Clip, load_clip, rank

Mode = Literal["everything", "edges", "text"]


@dataclass(frozen=True)
class MaskSearch:
    """What is looked for in every photo.

    Attributes:
        mode: all masks; edges; or the mask that fits `text` best.
        thresholds: of everything mode.
        text: in words.
        clip, clip_weights: see `load_clip`.
    """

    mode: Mode = "everything"
    thresholds: Thresholds = field(default_factory=Thresholds)
    text: str = ""
    clip: str = "ViT-B-32"
    clip_weights: str = "laion2b_s34b_b79k"


def search_folder(config: Config, adapter: Path | None, options: OutputOptions, search: MaskSearch) -> dict[str, Any]:
    """MaskSearch every photo of `data.path`; returns the summary.

    Raises:
        UserError: for a missing input, adapter, weights or CLIP; a broken photo only gets a row that says so.
    """
    assert config.data.path and config.output
    records = read_records(config.data.path, config.data.limit)
    job = make_job(config, options, identity(config, adapter) | {"survey": repr(search)}, records)
    clip = load_clip(search.clip, search.clip_weights) if search.mode == "text" else None
    segmenter = load_segmenter(config, adapter)

    def look(_: Record, image: Rgb) -> Callable[[], Outcome]:
        with autocast(segmenter.device, config.train.precision):
            outcome = search_photo(segmenter, image, search, clip)
        return lambda: outcome

    tally = Tally()
    for row in track(process(records, job, look), search.mode, len(job.shard.of(records))):
        tally.count(row["status"])
    return {"output": str(config.output)} | tally.as_dict()


def search_photo(segmenter: Segmenter, image: Rgb, search: MaskSearch, clip: Clip | None) -> Outcome:
    """What is found in one photo; with words, the one mask that fits them best, and its share as confidence."""
    if search.mode == "edges":
        edges = find_edges(segmenter, image)
        return _outcome(edges > 0, 1.0, "edges", picture=edges)
    found = find_everything(segmenter, image, search.thresholds)
    if not found:
        return nothing(image, "no mask is good and stable enough; lower the thresholds of everything mode")
    masks = [decode_mask(one.code, image.shape[0], image.shape[1]) for one in found]
    if clip:
        shares = rank(clip, image, masks, search.text)
        best = int(shares.argmax())
        scored = [_instance(one, float(share)) for one, share in zip(found, shares, strict=True)]
        ordered = tuple(scored[number] for number in np.argsort(-shares))
        return _outcome(masks[best], float(shares[best]), "text", ordered)
    instances = tuple(_instance(one, one.predicted_iou) for one in found)
    return _outcome(np.any(masks, axis=0), min(one.stability for one in found), "everything", instances)


def _instance(one: Found, score: float) -> Instance:
    return Instance(one.code, score, facts=one.as_dict())


def _outcome(
    mask: Mask, confidence: float, prompt: str, instances: tuple[Instance, ...] | None = None, picture: Any = None
) -> Outcome:
    confidence = min(1.0, max(0.0, confidence))
    return Outcome(mask, "ok", "", confidence, False, 0.0, 0.0, prompt, instances=instances, picture=picture)
