"""Edges of a photo without any training for them, as in the SAM paper (arXiv 2304.02643, appendix D.2).

A grid of points gives masks of all sizes; where the slope of a mask's probability is steep, there is an edge. Only
slopes at a mask's own outline count, the strongest of all masks stays, and what is not a ridge is thinned away.
"""

import numpy as np
import torch
from jaxtyping import Float, UInt8
from scipy import ndimage
from torch import Tensor
from torch.nn.functional import interpolate

from wesam_packshot.arrays import Rgb
from wesam_packshot.sam.frame import Frame
from wesam_packshot.segment.everything import grid_prompts
from wesam_packshot.segment.segmenter import Segmenter

# As in the paper: 16 x 16 points, three masks each, of which duplicates go.
POINTS_PER_SIDE = 16
NMS = 0.7
# Low-res pixels around a mask's outline within which its slope counts.
REACH = 2
# Pixels over which the direction of edges is smoothed before thinning.
SMOOTH = 1.5
# A ridge may be this much lower than its neighbours, for noise.
SLACK = 1.01

Map = Float[np.ndarray, "height width"]


def find_edges(segmenter: Segmenter, image: Rgb) -> UInt8[np.ndarray, "height width"]:
    """Strength of the edges of a photo, (height, width, 3), uint8: 0 none, 255 the strongest."""
    frame = Frame(*image.shape[:2])
    found = segmenter.decode(segmenter.embed(image), grid_prompts(POINTS_PER_SIDE, frame), frame, multimask=True)
    rows, columns = frame.low_res_size
    logits = found.logits.flatten(0, 1)[:, :rows, :columns]
    strength = edge_strength(_distinct(logits, torch.from_numpy(found.predicted_iou).flatten()))
    # thinned at the frame's size, where lines are fine but slopes still smooth
    fine = interpolate(strength[None, None], frame.size, mode="bicubic", align_corners=False)[0, 0]
    thin = thinned(fine.clamp(min=0).numpy())
    resized = interpolate(torch.from_numpy(thin)[None, None], image.shape[:2], mode="bilinear", antialias=True)[0, 0]
    return (resized / max(float(resized.max()), 1e-6) * 255).round().to(torch.uint8).numpy()


def edge_strength(logits: Float[Tensor, "masks height width"]) -> Float[Tensor, "height width"]:
    """Steepest slope (Sobel) of any mask's probability, in each pixel at that mask's outline; 0 to 1."""
    strongest = torch.zeros(logits.shape[1:])
    for one in logits:
        mask = (one > 0).numpy()
        outline = mask & ~ndimage.binary_erosion(mask, border_value=1)
        near = ndimage.binary_dilation(outline, iterations=REACH) if outline.any() else outline
        probability = one.sigmoid().numpy()
        slope = np.hypot(ndimage.sobel(probability, 0), ndimage.sobel(probability, 1))
        strongest = torch.maximum(strongest, torch.from_numpy(np.where(near, slope, 0).astype(np.float32)))
    inner = torch.zeros_like(strongest)  # masks end just before the picture does, where no edge is
    inner[REACH:-REACH, REACH:-REACH] = strongest[REACH:-REACH, REACH:-REACH]
    return inner / max(float(inner.max()), 1e-6)


def thinned(strength: Map) -> Map:
    """Ridges of an edge map: what is lower than a neighbour across the edge is taken away."""
    smooth = ndimage.gaussian_filter(strength, SMOOTH)
    along_y, along_x = np.gradient(smooth)
    yy, xx, xy = np.gradient(along_y, axis=0), np.gradient(along_x, axis=1), np.gradient(along_y, axis=1)
    # across a ridge the curvature is lowest: the Hessian's eigenvector of the smaller eigenvalue
    across = 0.5 * np.arctan2(2 * xy, xx - yy) + np.pi / 2
    y, x = np.mgrid[: strength.shape[0], : strength.shape[1]].astype(np.float32)
    kept = strength.copy()
    for side in (-1, 1):
        places = [y + side * np.sin(across), x + side * np.cos(across)]
        beside = ndimage.map_coordinates(smooth, places, order=1, mode="nearest")
        kept[smooth * SLACK < beside] = 0
    return kept


def _distinct(logits: Float[Tensor, "masks height width"], predicted: Float[Tensor, "masks"]) -> Tensor:
    """The masks that are there, without duplicates by their boxes."""
    from torchvision.ops import (  # here, since torchvision loads torch's compiler, which takes as long as all else
        masks_to_boxes,
        nms,
    )

    there = (logits > 0).flatten(1).any(1)
    logits, predicted = logits[there], predicted[there]
    boxes = masks_to_boxes(logits > 0) if len(logits) else torch.zeros(0, 4)
    return logits[nms(boxes, predicted, NMS)]
