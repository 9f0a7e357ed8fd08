"""What lies beside a product: its shadow, its mirror image, and the backdrop that shines through its glass.

The second output of the high-resolution branch says where they are; how dense a shadow is, the photo itself tells
against a backdrop that is fitted to what is none of them.
"""

import numpy as np
from scipy import ndimage

from wesam_packshot.arrays import Rgb
from wesam_packshot.io.outcome import Layers
from wesam_packshot.masks.window import resample, shrink
from wesam_packshot.priors import fit_backdrop, missing_light, seen_through
from wesam_packshot.sam.high_resolution import LAYERS
from wesam_packshot.segment.segmenter import Segmentation

# As in SAM's generator, whose stability compares the cuts at logits of 1 and -1: between them a pixel is unsure.
UNSURE_LOGIT = 1.0
# The backdrop is fitted to pixels of which product and layers together have less than this share.
BARE = 0.25
# Pixels of low-res next to anything else are mixed.
MIXED = 2


def find_layers(image: Rgb, found: Segmentation) -> Layers | None:
    """Layers of a photo, (height, width, 3), uint8, 512 pixels on the longer side; None if its model tells none."""
    shares = found.layer_shares()
    if shares is None:
        return None
    shadow, reflection, transparency = (shares[LAYERS.index(name)] for name in ("shadow", "reflection", "transparency"))
    logits = np.max([found.finest_logits(number, token) for number, token in enumerate(found.best)], axis=0)
    product = 1 / (1 + np.exp(-np.clip(logits, -30, 30)))
    small = found.frame.low_res_size
    bare = ndimage.binary_erosion(resample(product + shadow + reflection, small) < BARE, iterations=MIXED)
    backdrop = fit_backdrop(shrink(image, small), bare)
    light = missing_light(seen_through(backdrop, shrink(image, (shadow.shape[0], shadow.shape[1]))))
    return Layers(
        shadow=(shadow * light * (1 - product)).astype(np.float32),
        reflection=(reflection > 0.5) & (product < 0.5),
        unsure=np.abs(logits) < UNSURE_LOGIT,
        transparency=(transparency * product).astype(np.float32),
    )
