"""How well a mask keeps to the edges of a photo: along them, and with all of them inside.

A product ends at an edge. A mask that has leaked into a soft shadow or stops halfway ends where there is none, and a
mask that misses a part of the product leaves edges outside.
"""

import numpy as np
from jaxtyping import Bool, Float
from scipy import ndimage

from wesam_packshot.priors.backdrop import Backdrop

Mask = Bool[np.ndarray, "height width"]
Edges = Float[np.ndarray, "height width"]

# Log steps per pixel: an edge counts from the first on, more the steeper it is, and fully from the second on.
FAINT = 0.02
STEEP = 0.15
# Pixels that a mask may be beside the edge.
REACH = 2


def sharp_edges(backdrop: Backdrop) -> Edges:
    """Strength of the edges in the backdrop's residual, 0 to 1, in pictures of about 256 pixels a side."""
    channels = np.moveaxis(backdrop.residual, -1, 0)
    slope = np.sqrt(np.mean([ndimage.gaussian_gradient_magnitude(channel, 1.0) ** 2 for channel in channels], axis=0))
    return np.where(slope > max(FAINT, 3 * backdrop.noise), np.minimum(slope, STEEP) / STEEP, 0.0)


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
