"""From a photo's file to an answer, in three steps: read and write need no model."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import UInt8
from PIL import Image

from wesam_packshot.arrays import Rgb
from wesam_packshot.batch.outputs import describe, shadow_levels
from wesam_packshot.batch.segmentation import Request, find_product
from wesam_packshot.config import Config
from wesam_packshot.errors import UsageError
from wesam_packshot.io.coco import encode_mask
from wesam_packshot.io.encoding import WHOLE, encode
from wesam_packshot.io.outcome import Outcome
from wesam_packshot.io.overlays import cut_out
from wesam_packshot.io.photos import read_image
from wesam_packshot.io.picture_file import InMemory
from wesam_packshot.sam.frame import Frame
from wesam_packshot.segment.segmenter import Segmenter
from wesam_packshot.serving.options import Wanted

# WebP's own limit, in pixels (RFC 9649, section 2.7: 14 bits).
WEBP_SIDE = 16383


@dataclass(frozen=True)
class Answer:
    """What a request is answered with.

    Attributes:
        status: "ok" or "abstained", as in the manifest.
    """

    body: bytes
    media_type: str
    headers: Mapping[str, str]
    status: str


@dataclass(frozen=True)
class Cutter:
    """Cuts photos out as `segment.py` does.

    Attributes:
        segmenter: its model; one photo at a time may be in `cut`.
        config: limits, precision and least confidence.
    """

    segmenter: Segmenter
    config: Config

    def read(self, photo: InMemory, wanted: Wanted) -> Rgb:
        """The photo's pixels.

        Raises:
            ImageError: see `read_image`.
            UsageError: when a prompt lies outside the photo, or it is too large for the format.
        """
        image = read_image(photo, self.config.data.max_megapixels)
        try:
            for spec in wanted.specs:
                spec.check_inside(Frame(*image.shape[:2]))
        except UsageError as error:
            raise UsageError(f"{photo}: {error}") from error
        if wanted.format == "webp" and max(image.shape) > WEBP_SIDE:
            raise UsageError(f"{photo}: WebP holds at most {WEBP_SIDE} pixels a side; ask for format png")
        return image

    def cut(self, image: Rgb, wanted: Wanted) -> Outcome:
        """The product in a photo."""
        request = Request(refine=wanted.refine, layers=wanted.shadow == "keep")
        return find_product(self.segmenter, image, wanted.specs, request, self.config)

    def write(self, outcome: Outcome, wanted: Wanted) -> Answer:
        """The answer, in the wanted format."""
        body, media_type = self._body(outcome, wanted)
        headers = {"Packshot-Confidence": f"{outcome.confidence:.4f}", "Packshot-Status": outcome.status}
        if outcome.error:
            headers["Packshot-Doubt"] = outcome.error
        return Answer(body, media_type, headers, outcome.status)

    def _body(self, outcome: Outcome, wanted: Wanted) -> tuple[bytes, str]:
        if wanted.format == "json":
            return json.dumps(_facts(outcome)).encode(), "application/json"
        if wanted.format == "webp":
            return encode(_picture(outcome, wanted), "WEBP", **WHOLE["WEBP"]), "image/webp"
        return encode(_picture(outcome, wanted), "PNG", **WHOLE["PNG"]), "image/png"


def _picture(outcome: Outcome, wanted: Wanted) -> UInt8[np.ndarray, "height width ..."]:
    """The cut-out, RGBA; on a background that covers everything RGB; or its alpha alone."""
    assert outcome.alpha is not None and outcome.colour is not None
    if wanted.format == "mask":
        return outcome.alpha
    shadow = shadow_levels(outcome) if wanted.shadow == "keep" else None
    rgba = cut_out(outcome.colour, outcome.alpha, shadow)
    if wanted.background is None:
        return rgba
    canvas = Image.new("RGBA", rgba.shape[1::-1], wanted.background)
    flat = Image.alpha_composite(canvas, Image.fromarray(rgba))
    return np.asarray(flat.convert("RGB") if wanted.background[3] == 255 else flat)


def _facts(outcome: Outcome) -> dict[str, Any]:
    height, width = outcome.mask.shape
    facts = {"width": width, "height": height, "status": outcome.status, "doubt": outcome.error}
    facts |= {"confidence": round(outcome.confidence, 4), "inverted": outcome.inverted, "prompt": outcome.prompt}
    return facts | describe(outcome.mask) | {"mask": encode_mask(outcome.mask)}
