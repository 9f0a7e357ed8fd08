"""What a click means that the model does not understand: the thing, or the patch of one colour, that it points at.

An adapted model that takes a shadow for product often goes on doing so, whatever a click says. SAM as published, asked
by that one point, knows of no product, and returns things and their parts; a shadow is one. Where it finds nothing
either, the connected pixels of the click's own colour are taken, as the gaps between wires are, and wires.
"""

import numpy as np
from scipy import ndimage
from skimage.color import rgb2lab

from wesam_packshot.arrays import Mask, Rgb
from wesam_packshot.masks.snapping import SURE_LOGIT
from wesam_packshot.masks.window import resample
from wesam_packshot.pseudolabel.candidates import is_inverted
from wesam_packshot.sam.features import ImageFeatures
from wesam_packshot.sam.frame import Frame
from wesam_packshot.sam.prompts import Point, Prompt
from wesam_packshot.segment.clicks import changed_at, place_of
from wesam_packshot.segment.refinement import Logits
from wesam_packshot.segment.segmenter import Segmenter

Click = tuple[Point, int]

# A click off the product takes at most this share of it away: whoever clicks there does not mean all of it. This and
# the two values below were chosen on 9 of 17 renders whose cut-outs were below 0.95 (benchmarks/reviewing.py).
MOST = 0.3
# What SAM is to expect of a thing's IoU.
SURE = 0.8
# Distance in CIELAB of colours that are one; 2.3 is just noticeable (Mahy et al. 1994), light and noise add to that.
ALIKE = 10.0


def thing_at(published: Segmenter, features: ImageFeatures, frame: Frame, earlier: Logits, click: Click) -> Logits:
    """The answer with the smallest thing at the click added or taken out; `earlier` itself where there is none.

    Args:
        published: SAM without its adapter.
        features: of the photo, by the same segmenter.
        earlier: logits that the click was made on, without padding.
        click: a place in the photo's pixels, and 1 on the product or 0 off it.
    """
    (x, y), label = click
    place, product = place_of(click, frame, earlier.shape), earlier > 0
    found = published.decode(features, [Prompt(None, ((x, y),), (1,))], frame, multimask=True)
    answers = [
        resample(found.finest_logits(0, number), (earlier.shape[0], earlier.shape[1]))
        for number in range(3)
        if found.predicted_iou[0, number] >= SURE
    ]
    for logits in sorted(answers, key=lambda each: int((each > 0).sum())):
        fits = logits[place] > 0 and not is_inverted(logits)
        if fits and (label or _is_part(logits > 0, product)):
            return changed_at(earlier, logits if label else -logits, place, label)
    return earlier


def patch_at(image: Rgb, frame: Frame, earlier: Logits, click: Click) -> Logits:
    """The answer with the connected pixels of the click's colour added or taken out; `earlier` where they are too many.

    Args:
        image: the photo, of the size of `earlier`.
        click: see `thing_at`.
    """
    label = click[1]
    place = place_of(click, frame, earlier.shape)
    colours = rgb2lab(image)
    colours = np.dstack([ndimage.uniform_filter(colours[..., channel], 3) for channel in range(3)])
    alike = np.linalg.norm(colours - colours[place], axis=2) < ALIKE
    wrong = (earlier <= 0) if label else (earlier > 0)
    regions, _ = ndimage.label(alike & wrong)
    if not regions[place]:
        return earlier
    patch = ndimage.binary_dilation(regions == regions[place]) & wrong
    sure = SURE_LOGIT if label else -SURE_LOGIT
    changed: Logits = np.where(patch, sure, earlier).astype(np.float32)
    return changed if (not is_inverted(changed) if label else _is_part(patch, earlier > 0)) else earlier


def _is_part(region: Mask, product: Mask) -> bool:
    return bool((region & product).sum() < MOST * product.sum())
