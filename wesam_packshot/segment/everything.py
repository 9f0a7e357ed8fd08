"""Everything mode: all masks of a photo, as SAM's automatic mask generator finds them (arXiv 2304.02643, section 5).

A grid of points, each with three masks; those that SAM predicts to be good, and that are stable, stay, of which
duplicates go; optionally the same on overlapping crops. Steps, thresholds and output are those of the original
`SamAutomaticMaskGenerator`, so that the results can take the place of its.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from wesam_packshot.arrays import Mask, Rgb
from wesam_packshot.io.coco import decode_mask, encode_mask
from wesam_packshot.masks.binary import bounding_box, without_small_regions
from wesam_packshot.sam.frame import Frame
from wesam_packshot.sam.prompts import Box, Point, Prompt
from wesam_packshot.segment.segmenter import Segmenter, stability

# A mask that ends this near to the edge of a crop, but not of the photo, is cut by it.
EDGE = 20


@dataclass(frozen=True)
class Thresholds:
    """Settings of the generator, under the original's names and with its values.

    Attributes:
        points_per_side: of the grid over the whole photo.
        pred_iou_thresh: least IoU that the model predicts; 0 asks for none.
        stability_score_thresh: least stability; 0 asks for none.
        stability_score_offset: of the logits, in the stability.
        box_nms_thresh: of two masks whose boxes overlap by a higher IoU, the better stays.
        crop_n_layers: layers of crops; layer i has 2**i x 2**i of them.
        crop_nms_thresh: as `box_nms_thresh`, among crops, of which the smaller one's mask stays.
        crop_overlap_ratio: overlap of crops in the first layer, as a share of the photo's shorter side.
        crop_n_points_downscale_factor: the grid gets so many times coarser with each layer.
        min_mask_region_area: smaller parts and holes are removed, in pixels; 0 removes none.
    """

    points_per_side: int = 32
    pred_iou_thresh: float = 0.88
    stability_score_thresh: float = 0.95
    stability_score_offset: float = 1.0
    box_nms_thresh: float = 0.7
    crop_n_layers: int = 0
    crop_nms_thresh: float = 0.7
    crop_overlap_ratio: float = 512 / 1500
    crop_n_points_downscale_factor: int = 1
    min_mask_region_area: int = 0


@dataclass(frozen=True)
class Found:
    """A mask of everything mode.

    Attributes:
        code: COCO run-length code in the whole photo.
        box: first and last pixels (x0, y0, x1, y1), all inclusive, as the original has them.
        point: that it was asked with.
        crop: the rectangle that it was found in, x1 and y1 exclusive.
    """

    code: dict[str, Any]
    area: int
    box: Box
    predicted_iou: float
    stability: float
    point: Point
    crop: tuple[int, int, int, int]

    def as_dict(self) -> dict[str, Any]:
        """As the original's `--convert-to-rle` writes it; boxes are x, y, width, height."""
        return {
            "segmentation": self.code,
            "area": self.area,
            "bbox": _sized(self.box),
            "predicted_iou": self.predicted_iou,
            "point_coords": [list(self.point)],
            "stability_score": self.stability,
            "crop_box": _sized(self.crop),
        }


def find_everything(segmenter: Segmenter, image: Rgb, thresholds: Thresholds | None = None) -> list[Found]:
    """All masks of a photo, (height, width, 3), uint8."""
    settings = thresholds or Thresholds()
    height, width = image.shape[:2]
    found: list[Found] = []
    for crop, layer in crop_boxes(height, width, settings.crop_n_layers, settings.crop_overlap_ratio):
        side = settings.points_per_side // settings.crop_n_points_downscale_factor**layer
        inside = list(_in_crop(segmenter, image, crop, max(1, side), settings))
        found += _distinct(inside, [one.predicted_iou for one in inside], settings.box_nms_thresh)
    if settings.crop_n_layers:
        found = _distinct(found, [1 / _area(one.crop) for one in found], settings.crop_nms_thresh)
    if settings.min_mask_region_area:
        found = _tidy(found, (height, width), settings)
    return found


def point_grid(side: int) -> Float[np.ndarray, "points 2"]:
    """Centres of `side` x `side` equal cells, (x, y) from 0 to 1, row by row."""
    places = (np.arange(side) + 0.5) / side
    x, y = np.meshgrid(places, places)
    return np.stack([x.ravel(), y.ravel()], -1)


def grid_prompts(side: int, frame: Frame) -> list[Prompt]:
    """A prompt of one point for each cell of the grid, in image pixels."""
    points = point_grid(side) * [frame.width, frame.height]
    return [Prompt(points=((float(x), float(y)),), labels=(1,)) for x, y in points]


def crop_boxes(
    height: int, width: int, layers: int, overlap_ratio: float
) -> Iterator[tuple[tuple[int, int, int, int], int]]:
    """The whole photo, then each layer's overlapping crops: (x0, y0, x1, y1) and the layer."""
    yield (0, 0, width, height), 0
    for layer in range(1, layers + 1):
        count = 2**layer
        overlap = int(overlap_ratio * min(height, width) * 2 / count)
        sides = [int(np.ceil((overlap * (count - 1) + length) / count)) for length in (width, height)]
        for left in [int((sides[0] - overlap) * i) for i in range(count)]:
            for top in [int((sides[1] - overlap) * i) for i in range(count)]:
                yield (left, top, min(left + sides[0], width), min(top + sides[1], height)), layer


def _in_crop(
    segmenter: Segmenter, image: Rgb, crop: tuple[int, int, int, int], side: int, settings: Thresholds
) -> Iterator[Found]:
    """Good and stable masks of one crop, in the photo's pixels."""
    height, width = image.shape[:2]
    x0, y0, x1, y1 = crop
    cut = np.ascontiguousarray(image[y0:y1, x0:x1])
    frame, features = Frame(*cut.shape[:2]), segmenter.embed(cut)
    prompts = grid_prompts(side, frame)
    answers = segmenter.decode(features, prompts, frame, multimask=True)
    good = answers.predicted_iou > (settings.pred_iou_thresh or -np.inf)
    for number, token in zip(*np.nonzero(good), strict=True):
        logits = frame.to_image(answers.logits[number, token])  # one at a time: a large photo's are large
        steady = float(stability(logits, settings.stability_score_offset))
        box = bounding_box((logits > 0).numpy())
        if steady < settings.stability_score_thresh:
            continue
        edges = (x0 + box[0], y0 + box[1], x0 + box[2] - 1, y0 + box[3] - 1) if box else (x0, y0, x0, y0)
        if _is_cut(edges, crop, (0, 0, width, height)):
            continue
        mask = np.zeros((height, width), bool)
        mask[y0:y1, x0:x1] = (logits > 0).numpy()
        ((x, y),) = prompts[number].points
        point = (x + x0, y + y0)
        predicted = float(answers.predicted_iou[number, token])
        yield Found(encode_mask(mask), int(mask.sum()), edges, predicted, steady, point, crop)


def _is_cut(box: Box, crop: Box, photo: Box) -> bool:
    """Whether any side lies at the crop's edge, and not at the photo's."""
    return any(
        abs(side - edge) <= EDGE and abs(side - end) > EDGE for side, edge, end in zip(box, crop, photo, strict=True)
    )


def _distinct(found: list[Found], scores: list[float], threshold: float) -> list[Found]:
    """The best of those whose boxes overlap by more than `threshold`, best first."""
    from torchvision.ops import nms  # here, since torchvision loads torch's compiler, which takes as long as all else

    boxes = torch.tensor([one.box for one in found], dtype=torch.float32).reshape(-1, 4)
    kept: Tensor = nms(boxes, torch.tensor(scores, dtype=torch.float32), threshold)
    return [found[number] for number in kept.tolist()]


def _tidy(found: list[Found], size: tuple[int, int], settings: Thresholds) -> list[Found]:
    """Masks without small parts and holes, and without those that have become duplicates; untouched ones first."""
    tidied, scores = [], []
    for one in found:
        mask = decode_mask(one.code, *size)
        clean = without_small_regions(mask, settings.min_mask_region_area)
        scores.append(float(np.array_equal(clean, mask)))
        tidied.append(_with_mask(one, clean))
    return _distinct(tidied, scores, max(settings.box_nms_thresh, settings.crop_nms_thresh))


def _with_mask(one: Found, mask: Mask) -> Found:
    box = bounding_box(mask)
    edges = (box[0], box[1], box[2] - 1, box[3] - 1) if box else (0, 0, 0, 0)
    facts = (one.predicted_iou, one.stability, one.point, one.crop)
    return Found(encode_mask(mask), int(mask.sum()), edges, *facts)


def _area(box: Box) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])


def _sized(box: Box) -> list[float]:
    return [box[0], box[1], box[2] - box[0], box[3] - box[1]]
