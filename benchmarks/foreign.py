"""The paper's own kind of test: foreign photos with a weak prompt each, adapted against zero-shot and supervised.

    python benchmarks/foreign.py --adapt DATA --val DATA [--kinds box point] [--output OUT] [--set key=value ...]

Prompts are drawn from the true masks of both folders; those of `--adapt` train the supervised baseline and nothing
else. The table tells which share of the gap between zero-shot and supervised the adaptation closes.
"""

import argparse
from pathlib import Path
from typing import Any

from trials import COLUMNS, cells, line, score, train

from wesam_packshot.allocator import keep_freed_memory
from wesam_packshot.config import PROMPT_KINDS, PromptKind
from wesam_packshot.io.records import read_records

# Nothing here stands on a studio floor.
COMMON = ("composites.share=0", "train.epochs=3", "train.log_every=10")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--adapt", type=Path, required=True)
    parser.add_argument("--val", type=Path, required=True)
    parser.add_argument("--kinds", nargs="+", default=["box", "point"], choices=["box", "point", "coarse"])
    parser.add_argument("--output", type=Path, default=Path("runs/foreign"))
    parser.add_argument("--set", nargs="*", default=[], metavar="key=value", dest="overrides", help="configuration")
    arguments = parser.parse_args()
    keep_freed_memory()
    photos = read_records(arguments.adapt)
    truth = [record for record in read_records(arguments.val) if record.has_mask]
    print(line(["prompt", "method", *COLUMNS.values()]))
    print(line(["---"] * (2 + len(COLUMNS))))
    for kind in arguments.kinds:
        found = compare(kind, photos, truth, arguments.output, [*COMMON, *arguments.overrides])
        for name, scores in found.items():
            print(line([kind, name, *cells(scores)]), flush=True)
        low, middle, high = (scores["iou"] for scores in found.values())
        print(f"\n{kind}: {(middle - low) / (high - low):.0%} of the gap closed\n", flush=True)


def compare(kind: PromptKind, photos: Any, truth: Any, output: Path, overrides: list[str]) -> dict[str, dict[str, Any]]:
    told = [*overrides, f"data.prompts_from_masks={kind}"]
    own = [f"prompts.{other}={float(other == kind)}" for other in PROMPT_KINDS]
    adapted = train(f"weak-{kind}", f"weak-{kind}.yaml", told, photos, output)
    supervised = train(f"supervised-{kind}", "supervised.yaml", [*told, *own], photos, output)
    runs = {"zero-shot": None, "adapted": adapted, "supervised": supervised}
    return {name: score(run, truth, [kind], run or output / name)[kind] for name, run in runs.items()}


if __name__ == "__main__":
    main()
