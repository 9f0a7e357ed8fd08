"""One picture with its truth: drawn, rendered, developed."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_fill_holes

from wesam_packshot.studio import lights
from wesam_packshot.studio.camera import LONGEST, develop, draw_development
from wesam_packshot.studio.denoise import denoised
from wesam_packshot.studio.drawing import draw_family, draw_setup
from wesam_packshot.studio.passes import Setup, empty_guides, lit, mirrored, surfaces
from wesam_packshot.studio.truth import Truth, derive

# Paths per pixel of a photo. Four leave, after denoising, less noise than a camera; the test split's pictures are
# few, and cleaner.
SAMPLES = {"train": 3, "test": 16}
# The empty studio is smooth, and mirror images are needed as regions only: they are rendered at a fraction.
EMPTY_SHRINK, EMPTY_SAMPLES = 5, 16
MIRROR_SHRINK, MIRROR_SAMPLES = 3, 16


# Share of a product's pixels from which the backdrop that it encloses counts as holes: a convention of our own, so
# that the tag says what is seen, not what the family has.
OPENINGS = 0.05


@dataclass(frozen=True)
class Picture:
    """A packshot.

    Attributes:
        image: (height, width, 3), uint8, sRGB, before JPEG.
        quality: of the JPEG.
        facts: family, tags and parameters, for the manifest.
    """

    image: NDArray[np.uint8]
    quality: int
    truth: Truth
    facts: dict[str, Any]


def render_picture(seed: int, index: int, split: str, longest: int = LONGEST) -> Picture:
    """Picture `index` of a seed, which nothing else decides over.

    Raises:
        UserError: when the renderer is missing.
        Exception: whatever a family throws.
    """
    draw = draw_family(seed, index, split)
    setup = draw_setup(draw, split, longest)
    photo, empty, truth = render_passes(setup, SAMPLES[split])
    backdrop = float(np.percentile(empty.mean(-1), 85))
    product = float(np.percentile(photo.mean(-1)[truth.mask], 70)) if truth.mask.any() else 0.0
    how = draw_development(draw.rng, backdrop, product, setup.stage.level, setup.lighting.burnt_out)
    image = develop(photo, how, draw.rng)
    facts: dict[str, Any] = {"family": draw.family, "tags": sorted(tags(setup, truth)), "pose": setup.product.pose}
    facts |= {"stage": setup.stage.kind, "finish": setup.stage.finish, "ground": setup.stage.ground}
    facts |= {"light": setup.lighting.kind, "fov": round(setup.view.fov, 2), "seed": seed, "index": index}
    return Picture(image, how.quality, truth, facts)


def render_passes(setup: Setup, samples: int) -> tuple[NDArray[np.float32], NDArray[np.float32], Truth]:
    """Radiance of the photo (denoised) and of the empty studio, and the truth."""
    primary, through = surfaces(setup)
    photo = denoised(lit(setup, samples), primary.guides)
    empty = denoised(lit(setup, EMPTY_SAMPLES, EMPTY_SHRINK, empty=True), empty_guides(setup, EMPTY_SHRINK))
    mirror = None if setup.stage.finish == "matte" else mirrored(setup, MIRROR_SAMPLES, MIRROR_SHRINK)
    return photo, empty, derive(photo, empty, mirror, primary, through)


def tags(setup: Setup, truth: Truth) -> set[str]:
    """Tags of a picture, as packbench has them: of the product, of its light, of what is on the backdrop."""
    found = set(setup.product.tags) - {"white"}
    if openings(truth.mask) < OPENINGS:
        found.discard("holes")
    found.add("glass" if "glass" in found else "opaque")
    if "white" in setup.product.tags and setup.stage.level > 0.6:
        found.add("white-on-white")
    if truth.shadow.mean() > 0.002:
        found.add("hard-shadow" if setup.lighting.kind in lights.HARD else "soft-shadow")
    if setup.stage.finish == "mirror":
        found.add("mirror-floor")
    if truth.reflection.mean() > 0.002:
        found.add("reflection")
    if setup.lighting.burnt_out:
        found.add("blown-out")
    if setup.stage.level < 0.05:
        found.add("dark")
    return found


def openings(mask: NDArray[np.bool_]) -> float:
    """Pixels of the backdrop that a product encloses, as a share of its own; the mask is (height, width)."""
    enclosed = binary_fill_holes(mask) & ~mask
    return float(enclosed.sum() / max(1, mask.sum()))
