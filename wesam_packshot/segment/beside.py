"""What lies beside a product: its soft shadow, as dense as the photo shows it against a fitted backdrop."""

import numpy as np
from scipy import ndimage

from wesam_packshot.arrays import Rgb
from wesam_packshot.io.outcome import Layers
from wesam_packshot.masks.window import resample, shrink
from wesam_packshot.priors import fit_backdrop, seen_through, shadow_alpha
from wesam_packshot.segment.segmenter import Segmentation

# As in SAM's generator, whose stability compares the cuts at logits of 1 and -1: between them a pixel is unsure.
UNSURE_LOGIT = 1.0
# Low-res pixels beside the mask's edge are mixed.
MIXED = 2
# Longer side of the layers, in pixels; that of the finest logits.
SIDE = 512


def find_layers(image: Rgb, found: Segmentation) -> Layers:
    """Layers of a photo, (height, width, 3), uint8, 512 pixels on the longer side; mirror images are not told."""
    logits = np.max([found.finest_logits(number, token) for number, token in enumerate(found.best)], axis=0)
    small, size = found.frame.low_res_size, found.frame.scaled_size(SIDE)
    bare = ~ndimage.binary_dilation(resample(logits, small) > 0, iterations=MIXED)
    backdrop = seen_through(fit_backdrop(shrink(image, small), bare), shrink(image, size))
    shadow = shadow_alpha(backdrop, resample(logits, size) > 0)
    return Layers(shadow, np.zeros(size, bool), np.abs(logits) < UNSURE_LOGIT)
