"""What a review is worth, by a simulated reviewer: order of the queue, clicks to a good mask, IoU of the whole set.

    python benchmarks/reviewing.py DATA [--adapter packshot] [--clicks 5] [--part 0/2]

The cut-outs are those of `segment.py`, and the clicks go the page's own way (`review.correction`). As in SAM's
evaluation (arXiv 2304.02643, section 7.1), each click goes to the innermost pixel of the largest wrong region; the
reviewer accepts at an IoU of 0.97 or after the last click. `--part` takes every second photo, so that what is chosen on
one half can be measured on the other. SAM as published begins without a mask, as a click in its own demo does.
"""

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy import ndimage

from wesam_packshot.allocator import keep_freed_memory
from wesam_packshot.arrays import Mask
from wesam_packshot.batch.segmentation import Request, find_product
from wesam_packshot.config import Config
from wesam_packshot.devices import autocast
from wesam_packshot.interactive.correction import Correction
from wesam_packshot.interactive.photo import Photo
from wesam_packshot.io.prompt_file import IGNORE, PromptSpec
from wesam_packshot.io.records import Record, read_records
from wesam_packshot.masks.binary import mask_iou
from wesam_packshot.masks.simulated_prompts import innermost_point
from wesam_packshot.sam.adapter_file import named_adapter
from wesam_packshot.segment.segmenter import Segmenter

# A mask that is accepted; one that counts as good in NoC@95; one that needs a person; share of the queue.
ACCEPTED, GOOD, BAD, FIRST = 0.97, 0.95, 0.9, 0.2


@dataclass(frozen=True)
class Reviewed:
    """A photo under review.

    Attributes:
        ious: of the cut-out, and after each click.
        published: the same of SAM as published, which begins with nothing.
    """

    confidence: float
    abstained: bool
    ious: list[float]
    published: list[float]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--adapter", default="packshot")
    parser.add_argument("--clicks", type=int, default=5)
    parser.add_argument("--part", default="0/1", help="i/n: every n-th photo, from the i-th on")
    arguments = parser.parse_args()
    keep_freed_memory()
    first, step = map(int, arguments.part.split("/"))
    records = [record for record in read_records(arguments.data) if record.has_mask][first::step]
    adapted = Segmenter.load(named_adapter(arguments.adapter, "mobile_sam"))
    published = Segmenter(adapted.sam, scale=0.0)
    report([review(record, adapted, published, arguments.clicks) for record in records])


def review(record: Record, adapted: Segmenter, published: Segmenter, clicks: int) -> Reviewed:
    photo = Photo.read(record.file, 100)
    levels = record.read_mask(*photo.image.shape[:2])
    known, truth = levels != IGNORE, levels > IGNORE
    outcome = find_product(adapted, photo.image, (), Request(), Config())
    seen = click(Correction(photo, outcome.mask, adapted), outcome.mask, truth, known, clicks)
    bare = click(Correction(photo, None, published), np.zeros_like(truth), truth, known, clicks)
    return Reviewed(outcome.confidence, outcome.status == "abstained", seen, bare)


def click(correction: Correction, mask: Mask, truth: Mask, known: Mask, clicks: int) -> list[float]:
    ious = [mask_iou(mask[known], truth[known])]
    while ious[-1] < ACCEPTED and len(ious) <= clicks:
        regions, _ = ndimage.label((mask != truth) & known)
        sizes = np.bincount(regions.ravel())[1:]
        x, y = innermost_point(regions == 1 + sizes.argmax())
        with autocast(correction.segmenter.device, "auto"):
            correction.add(PromptSpec(points=((x + 0.5, y + 0.5),), labels=(int(truth[int(y), int(x)]),)))
        mask = correction.mask()
        ious.append(mask_iou(mask[known], truth[known]))
    return ious


def report(found: list[Reviewed]) -> None:
    queue = sorted(found, key=lambda one: (not one.abstained, one.confidence))
    first = round(FIRST * len(queue))
    bad = [place for place, one in enumerate(queue) if one.ious[0] < BAD]
    before = float(np.mean([one.ious[0] for one in queue]))
    after = float(np.mean([max(one.ious) if place < first else one.ious[0] for place, one in enumerate(queue)]))
    low = [one for one in queue if one.ious[0] < GOOD]
    needed = [clicks_to(one.ious[1:]) for one in low]
    without = [clicks_to(one.published[1:]) for one in low]
    worse = [one.ious[0] - min(one.ious[1:]) for one in queue if len(one.ious) > 1]
    last = [float(np.mean([one.ious[min(number, len(one.ious) - 1)] for one in low])) for number in range(6)]
    rows = {
        "photos; IoU below 0.9; below 0.95": f"{len(queue)}; {len(bad)}; {len(low)}",
        "of those below 0.9, in the first fifth": f"{np.mean([place < first for place in bad]):.0%}" if bad else "-",
        "IoU before; after the first fifth": f"{before:.3f}; {after:.3f}",
        "of the way to 1": f"{(after - before) / (1 - before):.0%}",
        "NoC@95 of those below; SAM as published": f"{np.mean(needed):.2f}; {np.mean(without):.2f}" if low else "-",
        "their IoU after 0, 1, ... clicks": ", ".join(f"{value:.3f}" for value in last),
        "largest loss by clicks": f"{max(worse, default=0):.3f}",
    }
    print("| | |\n| --- | --- |")
    for name, value in rows.items():
        print(f"| {name} | {value} |")


def clicks_to(ious: list[float]) -> int:
    """Clicks until a mask is good; where it never is, as many as there were and one more, but five at most."""
    return next((number for number, iou in enumerate(ious, 1) if iou >= GOOD), min(len(ious) + 1, 5))


if __name__ == "__main__":
    main()
