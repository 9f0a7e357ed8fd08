"""What the frozen anchor has to say of one photo, from which all training starts."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Float16
from scipy.special import expit
from torch import Tensor

from wesam_packshot.adaptation.losses import pool
from wesam_packshot.arrays import Rgb
from wesam_packshot.config import Config
from wesam_packshot.devices import autocast
from wesam_packshot.errors import UserError
from wesam_packshot.io.photos import read_image
from wesam_packshot.io.prompt_file import IGNORE, MaskLevels
from wesam_packshot.io.records import Record
from wesam_packshot.masks.binary import bounding_box
from wesam_packshot.masks.window import resample
from wesam_packshot.pseudolabel.candidates import encode_image, is_inverted, whole_image_logits
from wesam_packshot.pseudolabel.label import WORKING_SIDE, Map, PseudoLabel
from wesam_packshot.pseudolabel.labeler import PseudoLabeler
from wesam_packshot.sam.adapter_file import named_adapter
from wesam_packshot.sam.features import ImageFeatures
from wesam_packshot.sam.frame import Frame
from wesam_packshot.sam.lora import active
from wesam_packshot.sam.model import LOW_RES, SegmentAnything
from wesam_packshot.sam.weights import Base

# The LoRA that is on while the anchor works; where there is none of this name, the anchor is SAM as published.
ANCHOR = "anchor"

# Half precision keeps 64 embeddings within 128 MB; the decoder does not mind.
Embedding = Float[Tensor, "1 256 64 64"]


@dataclass(frozen=True)
class Opinion:
    """What the anchor has to say of one photo, or its true mask.

    Attributes:
        row: facts, as `LabelStore` keeps them, without the photo's id.
        maps, layers, prototypes: see `LabelStore.add`.
        embedding: of the photo, when the warm-up needed it.
    """

    row: dict[str, Any]
    maps: Float[np.ndarray, "height width 4"]
    layers: Float[np.ndarray, "height width 2"]
    prototypes: Float[np.ndarray, "3 dim"]
    embedding: Float16[np.ndarray, "1 256 64 64"] | None = None


def anchor_adapter(config: Config, base: Base) -> Path | None:
    """The adapter that the anchor carries, by `pseudolabel.anchor` and `adapter.start`; None for SAM as published.

    Raises:
        UserError: when the adapter that is named is not there.
    """
    if config.pseudolabel.anchor == "published":
        return None
    return named_adapter(config.adapter.start, base.name, base.official)


def as_anchor(sam: SegmentAnything) -> AbstractContextManager[SegmentAnything]:
    """The tree is the frozen anchor for the length of a block."""
    return active(sam, **{ANCHOR: 1.0})


def embed(sam: SegmentAnything, image: Rgb, precision: str) -> Embedding:
    """A photo's embedding by whichever LoRA is active, in the run's precision, float32.

    Labelling, warm-up and checks all ask here, since a run that stopped must find the same embedding to the bit.
    """
    with autocast(next(sam.parameters()).device, precision):
        return encode_image(sam, image).embedding.float()


def label_photo(labeler: PseudoLabeler, record: Record, config: Config, with_embedding: bool) -> Opinion:
    """All that there is to know of one photo: the anchor's opinion, or by `pseudolabel.source` its true mask.

    Raises:
        UserError: when the photo or a mask cannot be read, or there is no true mask where one is wanted.
    """
    image = read_image(record.file, config.data.max_megapixels)
    frame = Frame(*image.shape[:2])
    prompts = record.ready_prompts(frame) if config.pseudolabel.use_prompts else []
    with autocast(next(labeler.sam.parameters()).device, config.train.precision):
        features = labeler.embed(image)
        embedding = features.embedding.float()
        kept = embedding.half().cpu().numpy() if with_embedding else None
        if config.pseudolabel.source == "masks":
            whole = whole_image_logits(labeler.sam, ImageFeatures(embedding), frame)[0]
            row, maps = true_label(record, record.read_mask(frame.height, frame.width), whole)
            layers = np.zeros_like(maps[..., :2])
            return Opinion(row, maps, layers, _prototypes(embedding, maps[..., 0], layers[..., 0], frame), kept)
        label = labeler.label_all(image, prompts, features)
    removed = ((label.shadow > 0) | label.reflection).astype(np.float32)
    maps = np.stack([label.probability, label.weight, label.anchor, label.colour], -1)
    layers = np.stack([label.shadow, label.reflection.astype(np.float32)], -1)
    return Opinion(_facts(label), maps, layers, _prototypes(embedding, label.probability, removed, frame), kept)


def true_label(
    record: Record, truth: MaskLevels, whole: Float[np.ndarray, "rows columns"]
) -> tuple[dict[str, Any], Float[np.ndarray, "working_rows working_columns 4"]]:
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
    maps = np.stack([product, weight, expit(resample(whole, size)), np.zeros(size, np.float32)], -1)
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
