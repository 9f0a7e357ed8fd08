"""Cut-outs of a folder of photos, as files."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from wesam_packshot.config import Config
from wesam_packshot.errors import UsageError
from wesam_packshot.images import Frame, Rgb
from wesam_packshot.io.batch import Outcome, Tally, make_job, process
from wesam_packshot.io.prompt_file import PromptSpec
from wesam_packshot.io.records import Record, read_records
from wesam_packshot.progress import track
from wesam_packshot.pseudolabel.candidates import is_inverted
from wesam_packshot.segment.segmenter import Segmenter, identity, load_segmenter


def segment_folder(
    config: Config, adapter: Path | None, formats: str, shard: str, prompt: PromptSpec | None, multimask: bool
) -> dict[str, Any]:
    """Segment every photo of `data.path` into `output`; returns the summary.

    Args:
        shard: "i/n": which part of the photos.
        prompt: one prompt for all photos, in their pixels; None takes each photo's own, or the whole image.
        multimask: choose the best of SAM's three masks by its own predicted IoU, instead of its single mask.

    Raises:
        UserError: for a missing input, adapter or weights; a broken photo only gets a row that says so.
    """
    assert config.data.path and config.output
    records = read_records(config.data.path, config.data.limit)
    settings = identity(config, adapter) | {"prompt": repr(prompt), "multimask": multimask}
    job = make_job(config, formats, shard, settings, records)
    segmenter = load_segmenter(config, adapter)

    def segment(record: Record, image: Rgb) -> Callable[[], Outcome]:
        own = record.prompts if config.pseudolabel.use_prompts else ()
        try:
            outcome = cut(segmenter, image, (prompt,) if prompt else own, multimask, config.pseudolabel.min_confidence)
        except UsageError as error:
            raise UsageError(f"{record.file}: {error}") from error
        return lambda: outcome

    tally = Tally()
    for row in track(process(records, job, segment), "segmenting", len(job.shard.of(records))):
        tally.count(row["status"])
    return {"output": str(config.output)} | tally.as_dict()


def cut(
    segmenter: Segmenter, image: Rgb, specs: Sequence[PromptSpec], multimask: bool, min_confidence: float = 0.0
) -> Outcome:
    """The union of the masks under each prompt; without prompts, the mask under the whole-image box.

    The confidence is the least stability of the masks. An empty mask abstains, and so does one that nobody has
    prompted for and that is trusted less than `min_confidence`; the latter is kept for people to judge.

    Raises:
        UsageError: when a prompt lies outside the photo.
    """
    frame, embedding = Frame(*image.shape[:2]), segmenter.embed(image)
    mask, confidence, inverted = np.zeros(image.shape[:2], bool), 1.0, False
    for spec in specs or (None,):
        if spec:
            spec.check_inside(frame)
        found = segmenter.segment(image, spec.prompt(frame) if spec else None, embedding, multimask)
        best = int(found.predicted_iou.argmax())
        mask |= found.masks[best]
        confidence = min(confidence, float(found.stability[best]))
        height, width = frame.low_res_size
        inverted = inverted or (spec is None and is_inverted(found.logits[best, :height, :width].numpy()))
    reason = "" if mask.any() else "no product found"
    if not specs and not reason and confidence < min_confidence:
        reason = f"confidence {confidence:.2f} is below {min_confidence:.2f}"
    return Outcome(
        mask=mask,
        status="abstained" if reason else "ok",
        error=reason,
        confidence=confidence,
        inverted=inverted,
        shadow_removed=0.0,
        reflection_removed=0.0,
        prompt=specs[0].kind if specs else "whole",
    )
