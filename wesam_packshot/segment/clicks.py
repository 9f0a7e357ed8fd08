"""Clicks that refine an answer: each changes the region that it points at, and leaves the rest as it was.

SAM takes its earlier logits as a mask prompt beside the points (arXiv 2304.02643, section 3), and its next answer may
differ from the earlier one anywhere. What differs is therefore taken over only where it is connected with the click: a
right click cannot spoil what was right elsewhere.
"""

from collections.abc import Sequence

import numpy as np
from scipy import ndimage

from wesam_packshot.masks.window import resample
from wesam_packshot.pseudolabel.candidates import padded
from wesam_packshot.sam.features import ImageFeatures
from wesam_packshot.sam.frame import Frame
from wesam_packshot.sam.prompts import Point, Prompt
from wesam_packshot.segment.refinement import Logits
from wesam_packshot.segment.segmenter import Segmenter

# Pixels of the finest logits by which a changed region is widened, so that no seam of the earlier boundary is left in
# the product: its slope from sure to sure is about so wide.
SEAM = 4
# A changed region ends where the new answer is as sure as this share of what it is at the click: at 0 it may run on
# into what the click did not mean. Chosen on 12 studio renders, with 12 others as the check, see docs/demo.md.
SURENESS = 0.5


def refine_by_click(
    segmenter: Segmenter,
    features: ImageFeatures,
    frame: Frame,
    earlier: Logits,
    clicks: Sequence[tuple[Point, int]],
) -> Logits:
    """The answer after one more click.

    Without a box, even where the earlier answer had one: asked with mask, points and box, SAM repeats the mask
    (measured, see docs/demo.md).

    Args:
        features: of the photo, by the same segmenter.
        earlier: logits that the click was made on, without padding, in any resolution.
        clicks: places in the photo's pixels with their labels, 1 on the product and 0 off it; the last is new.

    Returns:
        logits of the size of `earlier`.
    """
    points, labels = zip(*clicks, strict=True)
    prompt = Prompt(None, points, labels, padded(resample(earlier, frame.low_res_size)))
    rows, columns = earlier.shape
    found = resample(segmenter.decode(features, [prompt], frame).finest_logits(0, 0), (rows, columns))
    return changed_at(earlier, found, place_of(clicks[-1], frame, earlier.shape), clicks[-1][1])


def place_of(click: tuple[Point, int], frame: Frame, size: tuple[int, ...]) -> tuple[int, int]:
    """Row and column of a click, in the photo's pixels, on a map of all of it."""
    (x, y), _ = click
    return min(int(y * size[0] / frame.height), size[0] - 1), min(int(x * size[1] / frame.width), size[1] - 1)


def changed_at(earlier: Logits, found: Logits, place: tuple[int, int], label: int) -> Logits:
    """The earlier logits, and the found ones in that changed region which holds a place.

    Args:
        place: row and column of the click.
        label: 1 takes over what is product only in `found`, 0 what is product only in `earlier`.
    """
    found = (found - SURENESS * found[place]) / (1 - SURENESS)  # as sure as before at the click itself
    changed = (found > 0) & (earlier <= 0) if label else (found <= 0) & (earlier > 0)
    regions, _ = ndimage.label(changed)
    if not regions[place]:
        return earlier
    region = ndimage.binary_dilation(regions == regions[place], iterations=SEAM)
    chosen = np.maximum(earlier, found) if label else np.minimum(earlier, found)
    return np.where(region, chosen, earlier)
