"""What a folder of thousands of photos costs: time against the encoder alone, and memory.

    python benchmarks/streaming.py PHOTOS [--time 48] [--memory 10000]

Time: the photos go through the encoder alone and through the whole of pseudo-labelling (decode, encode three views,
prompt, finish, write), in turns, in one run. Memory: copies of the photos go through reading, writing and the
manifest with a stand-in for the model, whose own memory does not grow with the number of photos.
"""

import argparse
import itertools
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from wesam_packshot.allocator import keep_freed_memory
from wesam_packshot.arrays import Rgb
from wesam_packshot.batch.folder import Job, process
from wesam_packshot.batch.pseudolabels import describe_label
from wesam_packshot.devices import autocast, choose_device
from wesam_packshot.io.outcome import Outcome
from wesam_packshot.io.photos import read_image
from wesam_packshot.io.records import Record, read_records
from wesam_packshot.pseudolabel.labeler import PseudoLabeler
from wesam_packshot.sam.frame import Frame, model_input
from wesam_packshot.sam.model import SegmentAnything
from wesam_packshot.sam.weights import load_model

ROUNDS = 4
# Whole photo, whole photo with stretched highlights, window around the product.
ENCODES = 3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", type=Path)
    parser.add_argument("--time", type=int, default=48, help="photos to time; 0 leaves it out")
    parser.add_argument("--memory", type=int, default=10_000, help="copies to stream; 0 leaves it out")
    arguments = parser.parse_args()
    keep_freed_memory()
    records = read_records(arguments.photos)
    if arguments.time:
        measure_time(records, arguments.time)
    if arguments.memory:
        measure_memory(records, arguments.memory)


def measure_time(records: list[Record], count: int) -> None:
    sam, _ = load_model("mobile_sam")
    device = choose_device("auto")
    sam.to(device=device)
    chosen = list(itertools.islice(itertools.cycle(records), count))
    label_all(sam, device, chosen[:2])  # warms up
    encoder, whole = 0.0, 0.0
    for turn in range(ROUNDS):
        part = chosen[turn::ROUNDS]
        images = [read_image(record.file) for record in part]
        start = time.perf_counter()
        with torch.no_grad(), autocast(device, "auto"):
            for image in images:
                for _ in range(ENCODES):
                    sam.encode(model_input(image).to(device)).embedding.sum().item()
        encoder += time.perf_counter() - start
        whole += label_all(sam, device, part)
    print(f"encoder alone, {ENCODES} views: {encoder / count:.3f} s a photo")
    print(f"pseudo-labelling, file to file: {whole / count:.3f} s a photo, {whole / encoder:.2f} times the encoder")


def label_all(sam: SegmentAnything, device: torch.device, records: list[Record]) -> float:
    """Seconds that it takes to label photos from their files to the masks' files."""
    labeler = PseudoLabeler(sam)

    def label(_: Record, image: Rgb) -> Callable[[], Outcome]:
        with autocast(device, "auto"):
            drafts = labeler.draft_all(image, [])
        return lambda: describe_label(labeler.complete_all(drafts), Frame(*image.shape[:2]), "drop", "whole")

    with tempfile.TemporaryDirectory() as folder:
        job = Job(Path(folder), ("mask", "coco"), {})
        start = time.perf_counter()
        for _ in process(records, job, label):
            pass
        return time.perf_counter() - start


def measure_memory(records: list[Record], count: int) -> None:
    def middle(_: Record, image: Rgb) -> Callable[[], Outcome]:
        mask = np.zeros(image.shape[:2], bool)
        mask[100:300, 100:300] = True
        return lambda: Outcome(mask, "ok", "", 1.0, True, 0.0, 0.0, "whole")

    with tempfile.TemporaryDirectory() as folder:
        copies = [
            Record(f"{record.id}-{number}", record.file)
            for number, record in zip(range(count), itertools.cycle(records), strict=False)
        ]
        job = Job(Path(folder), ("mask", "coco"), {})
        for number, _ in enumerate(process(copies, job, middle), start=1):
            if number in (count // 10, count // 2, count):
                print(f"after {number} photos: at most {_peak():.0f} MB so far", flush=True)
        print(f"after the manifest and COCO file: {_peak():.0f} MB")


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
