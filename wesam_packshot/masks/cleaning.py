"""Cleaning of binary masks: small components go, parts of a product stay, pinholes close."""

import numpy as np
from scipy import ndimage
from skimage.morphology import remove_small_holes

from wesam_packshot.arrays import Mask

EIGHT = np.ones((3, 3), bool)
# Components smaller than this share of the largest are no part of the product.
PART_SHARE = 0.05
# Border pixels over the root of the area: a component flatter than this against the border is a strip of it.
STRIP = 1.5
# A hole smaller than this share of the mask is a flaw of the mask.
PINHOLE_SHARE = 0.001


def remove_small_components(mask: Mask) -> Mask:
    """Keep the largest component and those of comparable size; strips along the border count as small components."""
    labels, count = ndimage.label(mask, EIGHT)
    if count < 2:
        return mask
    areas = np.bincount(labels.ravel())[1:].astype(float)
    border = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
    touching = np.bincount(border, minlength=count + 1)[1:]
    areas[touching > STRIP * np.sqrt(areas)] *= 0.01
    kept = np.flatnonzero(areas > PART_SHARE * areas.max()) + 1
    return np.isin(labels, kept)


def close_pinholes(mask: Mask) -> Mask:
    """The mask without holes of at most `PINHOLE_SHARE` of its area."""
    closed: Mask = remove_small_holes(mask, max_size=max(1, round(PINHOLE_SHARE * mask.sum())))
    return closed


def border_share(mask: Mask) -> float:
    """Share of the border's pixels that the mask covers."""
    return float(np.concatenate([mask[0], mask[-1], mask[:, 0], mask[:, -1]]).mean())
