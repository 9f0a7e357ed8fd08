"""Cut-outs beside those of background removers that were trained on masks, in one run.

    python benchmarks/peers.py SET=FOLDER... [--part 0/1] [--methods none,fast,u2netp] [--output peers.json]

Each method gets a process of its own, which goes through all folders. Prints a table: IoU, its 10th percentile,
Boundary IoU, shadow and reflection kept, alpha error; median seconds from photo to alpha, relative to the first
method's; and the peak memory of the process. `--output` keeps every image's figures.
"""

import argparse
import multiprocessing
import resource
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from removers import isnet, u2netp
from results import write_results
from tables import peers

from wesam_packshot.allocator import keep_freed_memory
from wesam_packshot.arrays import Mask, Rgb
from wesam_packshot.batch.loading import load_segmenter
from wesam_packshot.config import load_config
from wesam_packshot.evaluation.evaluate import Predict, evaluate, model_masks
from wesam_packshot.evaluation.metrics import Levels
from wesam_packshot.io.records import Record, read_records
from wesam_packshot.sam.adapter_file import named_adapter
from wesam_packshot.segment.refinement import Refine

MEGAPIXELS = 100.0


def ours(refine: Refine) -> Predict:
    """MobileSAM with the adapter that ships, prompted with the whole-image box."""
    config = load_config(None)
    return model_masks(load_segmenter(config, named_adapter("packshot", config.model.name)), "whole", {}, refine)


METHODS: dict[str, Callable[[], Predict]] = {
    "none": partial(ours, "none"),
    "fast": partial(ours, "fast"),
    "best": partial(ours, "best"),
    "u2netp": u2netp,
    "isnet": isnet,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="+", help="name=folder of photos with masks")
    parser.add_argument("--methods", default=",".join(METHODS))
    parser.add_argument("--part", default="0/1", help="i/n: every n-th photo, from the i-th on")
    parser.add_argument("--output", type=Path)
    arguments = parser.parse_args()
    sets = {name: Path(folder) for name, _, folder in (given.partition("=") for given in arguments.sets)}
    rows: list[dict[str, Any]] = []
    for method in arguments.methods.split(","):
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as own:
            rows += own.submit(measure, method, sets, arguments.part).result()
        print(f"{method} done", file=sys.stderr)
    print(peers(rows))
    if arguments.output:
        write_results(arguments.output, rows, part=arguments.part)


def measure(method: str, sets: dict[str, Path], part: str) -> list[dict[str, Any]]:
    """Figures of every photo, with the seconds that it took and the process's peak memory so far, in MB."""
    keep_freed_memory()
    predict = METHODS[method]()
    first, step = map(int, part.split("/"))
    rows = []
    for name, folder in sets.items():
        for record in [record for record in read_records(folder) if record.has_mask][first::step]:
            seconds: list[float] = []
            (scored,) = evaluate([record], partial(timed, predict, seconds), MEGAPIXELS)
            assert scored.scores, scored.error
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
            facts = {"method": method, "set": name, "id": record.id, "seconds": seconds[0], "peak_mb": peak}
            rows.append(facts | asdict(scored.scores))
    return rows


def timed(predict: Predict, seconds: list[float], record: Record, image: Rgb, truth: Levels) -> Mask | Levels:
    begun = time.perf_counter()
    found = predict(record, image, truth)
    seconds.append(time.perf_counter() - begun)
    return found


if __name__ == "__main__":
    main()
