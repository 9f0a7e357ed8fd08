"""What became of one photo."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, UInt8

from wesam_packshot.arrays import Mask, Rgb
from wesam_packshot.io.prompt_file import PromptSpec

PRODUCT = PromptSpec.category
# Pixels that miss more than this share of the backdrop's light count as shadow.
VISIBLE = 0.04


@dataclass(frozen=True)
class Layers:
    """What lies beside the product, as maps of the whole photo, each at any resolution.

    Attributes:
        shadow: alpha of the shadow, 0 to 1.
        reflection: the mirror image that was cut off.
        unsure: where the mask is not to be trusted.
    """

    shadow: Float[np.ndarray, "_ _"]
    reflection: Bool[np.ndarray, "_ _"]
    unsure: Bool[np.ndarray, "_ _"]


@dataclass(frozen=True)
class Instance:
    """One of several things in a photo.

    Attributes:
        code: its mask as a COCO run-length code of the whole photo, which is small where masks are large.
        score: how far it is to be trusted, 0 to 1.
        label: what it is.
        facts: whatever else is known of it, as everything mode writes it.
    """

    code: Mapping[str, Any]
    score: float
    label: str = PRODUCT
    facts: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Outcome:
    """What became of one photo, as the manifest and the files tell it.

    Attributes:
        mask: in image pixels; empty when the label abstains.
        status: "ok" or "abstained".
        error: why it abstained.
        confidence: 0 to 1.
        inverted: whether the mask is of the background.
        shadow_removed: share of the picture's pixels that are shadow, and left out.
        reflection_removed: the same of reflections.
        prompt: "whole", "box", "points", "mask", or several with "+".
        layers: what else was seen beside the product, where that is known.
        alpha: share of product in each pixel, where it is known better than the mask tells.
        colour: the product's own colours, freed from what shines through at its edges; the photo's where None.
        prompts: those that SAM got, for the overlay.
        instances: the things that the mask is made of, where they count one by one.
        picture: strength of edges, where these were asked for.
        sam_inverted: whether SAM returned the background under the whole-image box.
    """

    mask: Mask
    status: str
    error: str
    confidence: float
    inverted: bool
    shadow_removed: float
    reflection_removed: float
    prompt: str
    layers: Layers | None = None
    alpha: UInt8[np.ndarray, "height width"] | None = None
    colour: Rgb | None = None
    prompts: tuple[PromptSpec, ...] = ()
    instances: tuple[Instance, ...] | None = None
    picture: UInt8[np.ndarray, "height width"] | None = None
    sam_inverted: bool = False
