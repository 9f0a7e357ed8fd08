"""Cut-outs of a folder of photos, as files."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from wesam_packshot.arrays import Rgb
from wesam_packshot.batch.folder import OutputOptions, Tally, make_job, process
from wesam_packshot.batch.loading import identity, load_segmenter
from wesam_packshot.config import Config
from wesam_packshot.devices import autocast
from wesam_packshot.errors import UsageError
from wesam_packshot.io.coco import encode_mask
from wesam_packshot.io.detections import detected, read_detections
from wesam_packshot.io.outcome import VISIBLE, Instance, Outcome
from wesam_packshot.io.prompt_file import PromptSpec
from wesam_packshot.io.records import Record, read_records
from wesam_packshot.masks.matting import Boundary
from wesam_packshot.progress import track
from wesam_packshot.pseudolabel.candidates import is_inverted
from wesam_packshot.pseudolabel.encoded_views import EncodedViews
from wesam_packshot.sam.frame import Frame
from wesam_packshot.segment.beside import find_layers
from wesam_packshot.segment.refinement import Refine, refine_logits
from wesam_packshot.segment.segmenter import Segmenter

log = logging.getLogger(__name__)

INVERTED = "the background was taken for the product; give an adapter, or a box"


@dataclass(frozen=True)
class Request:
    """The request for every photo.

    Attributes:
        prompts: for all photos, in their pixels; without any, each photo's own, or the whole image.
        detections: COCO file of a detector's boxes, which take the prompts' place.
        instances: each prompt is a thing of its own; otherwise all of them are one product.
        multimask: choose the best of SAM's three masks by its own predicted IoU, instead of its single mask.
        refine: see `wesam_packshot.segment.refinement`.
        layers: find the shadow beside the product as well.
    """

    prompts: tuple[PromptSpec, ...] = ()
    detections: Path | None = None
    instances: bool = False
    multimask: bool = False
    refine: Refine = "fast"
    layers: bool = False


def segment_folder(config: Config, adapter: Path | None, options: OutputOptions, request: Request) -> dict[str, Any]:
    """Segment every photo of `data.path` into `output`; returns the summary.

    Without an adapter it counts, under "backgrounds", the photos in which SAM took the background for the product.

    Raises:
        UserError: for a missing input, adapter or weights; a broken photo only gets a row that says so.
    """
    assert config.data.path and config.output
    records = asked_of(read_records(config.data.path, config.data.limit), request, config.pseudolabel.use_prompts)
    if request.instances and not any(record.prompts for record in records):
        raise UsageError(f"{config.data.path}: no prompt, so no instance; give --detections, --box or a prompts.jsonl")
    settings = identity(config, adapter) | {"request": repr(request)}
    job = make_job(config, options, settings, records)
    segmenter = load_segmenter(config, adapter)

    def segment(record: Record, image: Rgb) -> Callable[[], Outcome]:
        try:
            outcome = find_product(segmenter, image, record.prompts, request, config)
        except UsageError as error:
            raise UsageError(f"{record.file}: {error}") from error
        kept = options.style.shadow == "keep"
        return lambda: replace(outcome, shadow_removed=0.0) if kept else outcome

    tally, inverted = Tally(), 0
    for row in track(process(records, job, segment), "segmenting", len(job.shard.of(records))):
        tally.count(row["status"])
        inverted += bool(row["inverted"])
    summary = {"output": str(config.output)} | tally.as_dict()
    if inverted and not adapter:
        log.warning(
            "%d of %d masks are of the background, which SAM as published returns for a whole packshot: adapt it to "
            "your photos (scripts/adapt.py) and give --adapter, or give boxes",
            inverted,
            summary["images"],
        )
        summary["backgrounds"] = inverted
    return summary


def asked_of(records: Sequence[Record], request: Request, use_prompts: bool) -> list[Record]:
    """The records, each with the prompts that it is to be segmented under.

    Raises:
        UserError: see `read_detections`.
    """
    if request.detections:
        prompts = detected(read_detections(request.detections), records)
        return [replace(record, prompts=own) for record, own in zip(records, prompts, strict=True)]
    if request.prompts:
        return [replace(record, prompts=request.prompts) for record in records]
    if not use_prompts:
        return [replace(record, prompts=()) for record in records]
    return list(records)


def find_product(
    segmenter: Segmenter,
    image: Rgb,
    specs: Sequence[PromptSpec],
    request: Request,
    config: Config,
    views: EncodedViews | None = None,
) -> Outcome:
    """What became of one photo, in the configuration's precision; doubted below its least confidence.

    Args:
        specs: the photo's own prompts, which take the place of the request's.
        views: what the segmenter has encoded of the photo, and what it encodes more.

    Raises:
        UsageError: when a prompt lies outside the photo.
    """
    with autocast(segmenter.device, config.train.precision):
        return cut(segmenter, image, specs, request, config.pseudolabel.min_confidence, views)


def cut(
    segmenter: Segmenter,
    image: Rgb,
    specs: Sequence[PromptSpec],
    request: Request,
    min_confidence: float = 0.0,
    views: EncodedViews | None = None,
) -> Outcome:
    """The union of the masks under each prompt; without prompts, the mask under the whole-image box.

    The confidence is the least of the masks', see `Segmentation.confidence`. An empty mask abstains, and so does one
    that nobody has prompted for if it covers most of the photo's border, as the background does, or is trusted less
    than `min_confidence`; these two are kept for people to judge.

    Raises:
        UsageError: when a prompt lies outside the photo.
    """
    frame = Frame(*image.shape[:2])
    if request.instances and not specs:
        return nothing(image, "no prompt, so no instance")
    prompts = [spec.prompt(frame) for spec in specs]
    views = views or EncodedViews(segmenter.embed, image)
    found = segmenter.decode(views.whole, prompts, frame, request.multimask)
    logits = [found.finest_logits(number, token) for number, token in enumerate(found.best)]
    trusted = [float(found.confidence[number, token]) for number, token in enumerate(found.best)]
    things: list[Boundary] = []
    if request.instances:
        pairs = zip(logits, prompts, strict=True)
        things = [refine_logits(segmenter, image, own, [prompt], request.refine, views) for own, prompt in pairs]
    product = join(things)
    if product is None:
        product = refine_logits(segmenter, image, np.max(logits, axis=0), prompts, request.refine, views)
    mask, confidence = product.mask, min(trusted)
    layers = find_layers(image, found) if request.layers else None
    reason = "" if mask.any() else "no product found"
    inverted = not specs and is_inverted(logits[0])
    if inverted and not reason:
        reason = INVERTED
    if not specs and not reason and confidence < min_confidence:
        reason = f"confidence {confidence:.2f} is below {min_confidence:.2f}"
    return Outcome(
        mask=mask,
        status="abstained" if reason else "ok",
        error=reason,
        confidence=confidence,
        inverted=inverted,
        shadow_removed=float((layers.shadow > VISIBLE).mean()) if layers else 0.0,
        reflection_removed=0.0,
        prompt=specs[0].kind if specs else "whole",
        layers=layers,
        alpha=product.alpha,
        colour=product.colour,
        prompts=tuple(specs),
        sam_inverted=inverted,
        instances=tuple(map(_instance, specs, things, trusted)) if request.instances else None,
    )


def nothing(image: Rgb, reason: str) -> Outcome:
    """The outcome of a photo in which nothing was looked for."""
    return Outcome(np.zeros(image.shape[:2], bool), "abstained", reason, 0.0, False, 0.0, 0.0, "whole", instances=())


def join(things: Sequence[Boundary]) -> Boundary | None:
    """Several things as one, each with its own colours; None when there are none."""
    if not things:
        return None
    alpha, colour = things[0].alpha.copy(), things[0].colour.copy()
    for thing in things[1:]:
        more = thing.alpha > alpha
        alpha[more], colour[more] = thing.alpha[more], thing.colour[more]
    return Boundary(alpha, colour)


def _instance(spec: PromptSpec, thing: Boundary, confidence: float) -> Instance:
    return Instance(encode_mask(thing.mask), confidence if spec.score is None else spec.score, spec.category)
