"""How well a mask fits what a photo's colours show: its edges, its sure product and its bare backdrop.

A product ends at an edge. A mask that has leaked into a soft shadow or stops halfway ends where there is none, and a
mask that misses a part of the product leaves edges outside.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy import ndimage

from wesam_packshot.arrays import Mask
from wesam_packshot.priors.backdrop import Backdrop
from wesam_packshot.priors.evidence import colour_evidence

Edges = Float[np.ndarray, "height width"]

# Log steps per pixel: an edge counts from the first on, more the steeper it is, and fully from the second on.
FAINT = 0.02
STEEP = 0.15
# Pixels that a mask may be beside the edge.
REACH = 2
# A boundary with this mean strength of edge is as good as any: glass has faint ones.
ENOUGH = 0.5
# Log steps per pixel: flatter pixels of the backdrop's colour are bare backdrop.
FLAT = 0.01
# Beside a coloured product of more than this share of the picture, an edge between neutral tones may be a hard
# shadow's: leaving it out counts so much.
COLOURED_SHARE = 0.1
NEUTRAL_EDGE = 0.5
# Sure product of less than this share of the picture says little.
EVIDENCE_SHARE = 0.01


@dataclass(frozen=True)
class Cues:
    """What colour shows of a picture of about 256 pixels a side.

    Attributes:
        edges: their strength, 0 to 1.
        telling: the same, less of those that may be a hard shadow's.
        product: cannot be backdrop or shadow.
        bare: flat, and exactly the backdrop's colour, wherever it is.
    """

    edges: Edges
    telling: Edges
    product: Mask
    bare: Mask


def find_cues(backdrop: Backdrop) -> Cues:
    """Cues of a picture under its backdrop; without a plain one only the edges are known."""
    slope = _slope(backdrop)
    edges = _strength(slope, backdrop.noise)
    if not backdrop.plain:
        return Cues(edges, edges, *(np.zeros(edges.shape, bool) for _ in range(2)))
    bare = (np.abs(backdrop.residual).max(-1) < 3 * backdrop.noise) & (slope < FLAT)
    product = colour_evidence(backdrop).product
    telling = edges
    if product.mean() > COLOURED_SHARE:
        telling = np.where(ndimage.binary_dilation(product, iterations=REACH + 1), edges, NEUTRAL_EDGE * edges)
    return Cues(edges, telling, product, bare)


def fit_to_cues(mask: Mask, cues: Cues) -> float:
    """Higher is better, 3 at most; only comparable within one picture.

    A share of each: of the boundary that lies on edges, of the edges held, of the sure product held; less the share
    of the mask that is bare backdrop.
    """
    area, sure = int(mask.sum()), int(cues.product.sum())
    held = float((cues.product & mask).sum() / sure) if sure else 0.0
    return (
        min(edge_support(mask, cues.edges), ENOUGH) / ENOUGH
        + edge_recall(mask, cues.telling)
        + held * min(1.0, float(cues.product.mean()) / EVIDENCE_SHARE)
        - float((cues.bare & mask).sum()) / max(area, 1)
    )


def sharp_edges(backdrop: Backdrop) -> Edges:
    """Strength of the edges in the backdrop's residual, 0 to 1, in pictures of about 256 pixels a side."""
    return _strength(_slope(backdrop), backdrop.noise)


def edge_support(mask: Mask, edges: Edges) -> float:
    """Mean strength of the nearest edge along the mask's boundary; 0 for an empty mask."""
    boundary = mask & ~ndimage.binary_erosion(mask)
    near = ndimage.maximum_filter(edges, 2 * REACH + 1)
    return float(near[boundary].mean()) if boundary.any() else 0.0


def edge_recall(mask: Mask, edges: Edges) -> float:
    """Share of all edges that lie in the mask or beside it; 1 where there are none."""
    held = ndimage.binary_dilation(mask, iterations=REACH) if mask.any() else mask
    total = float(edges.sum())
    return float(edges[held].sum()) / total if total else 1.0


def _strength(slope: Edges, noise: float) -> Edges:
    return np.where(slope > max(FAINT, 3 * noise), np.minimum(slope, STEEP) / STEEP, 0.0)


def _slope(backdrop: Backdrop) -> Edges:
    """Root of the mean squared slope of the residual's channels, log steps per pixel."""
    channels = np.moveaxis(backdrop.residual, -1, 0)
    slopes = [ndimage.gaussian_gradient_magnitude(channel, 1.0) ** 2 for channel in channels]
    slope: Edges = np.sqrt(np.mean(slopes, axis=0))
    return slope
