"""How good an adapter is, estimated without labels, to keep the best one and to use the teacher once it is good.

Users have no masks. What can be measured without any, on a few of their own photos:

- *flip*: a mirrored photo has the mirrored mask;
- *crop*: a zoom-in pass at the product finds the same product;
- *colour*: sure product is in the mask, sure backdrop, shadow and reflection are not;
- *labels*: the mask is the pseudo-mask, where an adapted anchor's two passes have made it;
- *anchor*: asked with the box around the mask, the frozen anchor returns that mask.

*labels* is the score where it is known, since of four adapters it alone had the order of the true IoU (docs/method.md).
Otherwise the first three make the score. *anchor* does not, since it favours adapters that repeat the anchor's mistakes
(it fell while the true IoU rose), but a mask that the anchor knows nothing of is none: it tells a collapse, which can
agree with itself perfectly. The pseudo-masks can be measured too, since the anchor can label other views of the same
photos: the teacher is the better one when it is no worse in any of flip, crop and colour.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np
from jaxtyping import Bool, Float
from torch import Tensor

from wesam_packshot.adaptation.anchor import as_anchor, embed
from wesam_packshot.adaptation.photos import still_there
from wesam_packshot.adaptation.store import LabelStore, StoredLabel
from wesam_packshot.arrays import Mask, Rgb
from wesam_packshot.config import Config, PromptKind
from wesam_packshot.devices import autocast
from wesam_packshot.masks.binary import bounding_box, mask_iou
from wesam_packshot.masks.simulated_prompts import prompt_from_mask
from wesam_packshot.masks.window import Window, resample, scaled
from wesam_packshot.pseudolabel.candidates import decode, encode_image
from wesam_packshot.pseudolabel.labeler import PseudoLabeler
from wesam_packshot.pseudolabel.second_pass import finest_logits
from wesam_packshot.sam.features import ImageFeatures
from wesam_packshot.sam.frame import Frame
from wesam_packshot.sam.lora import active, is_adapted
from wesam_packshot.sam.model import SegmentAnything
from wesam_packshot.sam.prompts import Prompt

# Room that a zoom-in pass leaves around the product, as a share of its longer side.
ROOM = 0.15
# Masks of which the anchor finds less than this (IoU) under their own box are no objects.
COLLAPSED = 0.5
# Where colour says more than this, of 1, it is sure.
SURE = 0.8

Plane = Float[np.ndarray, "height width"]
# A mask beside a photo, in a resolution of its own; SAM's answer to both has another one again.
Label = Bool[np.ndarray, "rows columns"]
Answered = Bool[np.ndarray, "answer_rows answer_columns"]
Ask = Callable[[Rgb, Label], Answered]


@dataclass(frozen=True)
class ValidationPhoto:
    """A photo on which adapters are measured.

    Attributes:
        image: the photo.
        label: its pseudo-mask.
        colour: what colour alone is sure of (see `PseudoLabel`), in the size of `label`.
        embedding: the anchor's, in half precision, (1, 256, 64, 64).
    """

    image: Rgb
    label: Label
    colour: Float[np.ndarray, "rows columns"]
    embedding: Tensor


@dataclass(frozen=True)
class Agreement:
    """Means over the validation, each from 0 to 1; None for what is unknown.

    `colour` is unknown of photos without a plain backdrop. `labels`, IoU with the pseudo-masks, counts only where an
    anchor with an adapter has made them, by two passes that are better than the one that the student learns.
    """

    anchor: float
    colour: float | None = None
    flip: float | None = None
    crop: float | None = None
    labels: float | None = None

    @property
    def score(self) -> float:
        """`labels`, or else the mean of what is known of colour, flip and crop; 0 after a collapse."""
        known = [value for value in (self.colour, self.flip, self.crop) if value is not None]
        found = float(np.mean(known)) if known and self.labels is None else self.labels
        return found if found and self.anchor >= COLLAPSED else 0.0

    def beats(self, other: "Agreement") -> bool:
        """Whether these masks are no worse in anything that is known of both, and have not collapsed."""
        mine, theirs = (self.colour, self.flip, self.crop), (other.colour, other.flip, other.crop)
        pairs = [(a, b) for a, b in zip(mine, theirs, strict=True) if a is not None and b is not None]
        return self.score > 0 and all(a >= b for a, b in pairs)


def choose_validation_photos(
    sam: SegmentAnything, labels: Sequence[StoredLabel], store: LabelStore, config: Config
) -> list[ValidationPhoto]:
    """Validation photos: `selection.photos` of the labels, drawn by the seed."""
    order = np.random.default_rng([config.train.seed, 6]).permutation(len(labels))
    readable = still_there([labels[index] for index in order], config.data.max_megapixels)
    validation = []
    for label, image in islice(readable, config.selection.photos):
        maps = store.read_maps(label.record.id)
        with as_anchor(sam):
            embedding = embed(sam, image, config.train.precision).half()
        validation.append(ValidationPhoto(image, maps[..., 0] > 0.5, maps[..., 3], embedding))
    return validation


def label_agreement(sam: SegmentAnything, validation: Sequence[ValidationPhoto], config: Config) -> Agreement:
    """Of the pseudo-masks: the anchor labels the mirrored photo and the zoom-in pass as well."""
    labeler = PseudoLabeler(sam, 0.0, config.pseudolabel.disabled_stages)

    def relabel(image: Rgb, label: Label) -> Answered:
        frame, kind = Frame(*image.shape[:2]), config.prompts.main
        prompt = None if kind == "whole" else prompt_from_mask(kind, label, frame)
        with autocast(next(sam.parameters()).device, config.train.precision):
            found = labeler.label(image, prompt=prompt)
        return found.mask(*frame.low_res_size)

    with as_anchor(sam):
        return _agreement(sam, validation, [probe.label for probe in validation], relabel, config.train.precision)


def adapter_agreement(
    sam: SegmentAnything, name: str, validation: Sequence[ValidationPhoto], config: Config
) -> Agreement:
    """Of what the LoRA called `name` makes of the validation photos, prompted as the student mostly is."""

    def ask(image: Rgb, label: Label) -> Answered:
        with active(sam, **{name: 1.0}):
            return segment(sam, image, label, config.prompts.main, config.train.precision)

    masks = [ask(probe.image, probe.label) for probe in validation]
    found = _agreement(sam, validation, masks, ask, config.train.precision)
    with as_anchor(sam):
        if not is_adapted(sam):
            return found
    pairs = zip(masks, validation, strict=True)
    return replace(found, labels=_mean([_resized_iou(mask, probe.label) for mask, probe in pairs]))


def _agreement(
    sam: SegmentAnything,
    validation: Sequence[ValidationPhoto],
    masks: Sequence[Mask],
    ask: Ask,
    precision: str,
) -> Agreement:
    """Of masks of the probes with what `ask` returns for a picture and its pseudo-mask."""
    pairs = list(zip(validation, masks, strict=True))
    resized = [resample(mask.astype(np.float32), _size(probe.colour)) for probe, mask in pairs]
    colour = [colour_agreement(mask, probe.colour) for mask, probe in zip(resized, validation, strict=True)]
    return Agreement(
        anchor=_mean([anchor_agreement(sam, probe, mask, precision) for probe, mask in pairs]) or 0.0,
        colour=_mean(colour),
        flip=_mean([flip_agreement(probe, mask, ask) for probe, mask in pairs]),
        crop=_mean([crop_agreement(probe, mask, ask) for probe, mask in pairs]),
    )


def colour_agreement(product: Plane, colour: Plane) -> float | None:
    """Balanced accuracy where colour is sure: the mean of the shares of sure product and of sure rest that are right.

    None where colour is sure of nothing.
    """
    sides = ((product, colour > SURE), (1 - product, colour < -SURE))
    shares = [values[where].mean() for values, where in sides if where.any()]
    return float(np.mean(shares)) if shares else None


def flip_agreement(probe: ValidationPhoto, mask: Mask, ask: Ask) -> float:
    """IoU of a mask and of that of the mirrored photo, mirrored back."""
    mirrored = ask(np.ascontiguousarray(probe.image[:, ::-1]), probe.label[:, ::-1])[:, ::-1]
    return _resized_iou(mask, mirrored)


def crop_agreement(probe: ValidationPhoto, mask: Mask, ask: Ask) -> float:
    """IoU of a mask and of that of a zoom-in pass at it; 0 for an empty mask."""
    frame = Frame(*probe.image.shape[:2])
    box = bounding_box(mask)
    if box is None:
        return 0.0
    window = Window.around(scaled(box, mask.shape, frame), ROOM, frame)
    label = window.cut_map(probe.label.astype(np.float32), window.frame.low_res_size) > 0.5
    closer = ask(window.cut(probe.image), label)
    return mask_iou(window.cut_map(mask.astype(np.float32), _size(closer)) > 0.5, closer)


def anchor_agreement(sam: SegmentAnything, probe: ValidationPhoto, mask: Mask, precision: str) -> float:
    """IoU of a mask and of what the anchor makes of its tight box; 0 for an empty mask."""
    frame = Frame(*probe.image.shape[:2])
    box = bounding_box(mask)
    if box is None:
        return 0.0
    prompt = Prompt(box=scaled(box, mask.shape, frame))
    with as_anchor(sam):
        answered = answer(sam, probe.embedding.float(), prompt, frame, precision)
    return _resized_iou(mask, answered)


def segment(sam: SegmentAnything, image: Rgb, label: Label, kind: PromptKind, precision: str) -> Answered:
    """Mask of a picture without the padding, by the active LoRA and its branch; low-res where it has none.

    Args:
        label: the picture's pseudo-mask, from which a prompt of the kind is drawn.
    """
    frame = Frame(*image.shape[:2])
    prompt = prompt_from_mask(kind, label, frame)
    with autocast(next(sam.parameters()).device, precision):
        mask: Answered = finest_logits(sam, encode_image(sam, image, branch=True), frame, prompt) > 0
    return mask


def answer(sam: SegmentAnything, embedding: Tensor, prompt: Prompt, frame: Frame, precision: str) -> Mask:
    """Low-res mask under one prompt, without the padding."""
    with autocast(embedding.device, precision):
        ((logits, _),) = decode(sam, ImageFeatures(embedding), [prompt], frame)
    mask: Mask = logits[0] > 0
    return mask


def _resized_iou(mask: Mask, other: Label) -> float:
    """IoU of two masks of one picture, in the size of the other."""
    return mask_iou(resample(mask.astype(np.float32), _size(other)) > 0.5, other)


def _size(values: Plane | Mask) -> tuple[int, int]:
    return values.shape[0], values.shape[1]


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None
