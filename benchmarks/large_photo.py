"""Time and peak memory of cutting out one photo of 24 megapixels, for each refinement.

    python benchmarks/large_photo.py PHOTO [--adapter RUN] [--megapixels 24]

Each refinement runs as a command of its own, so that its memory is its own. Seconds are those of the whole command,
loading included; ratios are to the same command on the photo as it is.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from PIL import Image

from wesam_packshot.images import read_image
from wesam_packshot.segment.refinement import REFINEMENTS

ROOT = Path(__file__).parents[1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photo", type=Path)
    parser.add_argument("--adapter", type=Path)
    parser.add_argument("--megapixels", type=float, default=24)
    arguments = parser.parse_args()
    image = Image.fromarray(read_image(arguments.photo))
    scale = (arguments.megapixels * 1e6 / (image.width * image.height)) ** 0.5
    with tempfile.TemporaryDirectory() as folder:
        files = {"small": Path(folder) / "small.png", "large": Path(folder) / "large.jpg"}
        image.save(files["small"])
        large = image.resize((round(image.width * scale), round(image.height * scale)), Image.Resampling.LANCZOS)
        large.save(files["large"], quality=95)
        print("| refinement | s, small photo | s, large photo | ratio | MB at most, so far |")
        print("| --- | --- | --- | --- | --- |")
        for how in REFINEMENTS:
            seconds = {name: run(file, how, arguments.adapter, Path(folder) / how) for name, file in files.items()}
            peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1000
            ratio = seconds["large"] / seconds["small"]
            print(f"| {how} | {seconds['small']:.1f} | {seconds['large']:.1f} | {ratio:.1f} | {peak:.0f} |", flush=True)


def run(photo: Path, how: str, adapter: Path | None, output: Path) -> float:
    """Seconds of one command."""
    command = [sys.executable, ROOT / "scripts" / "segment.py", "--input", photo, "--output", output, "--refine", how]
    command += ["--format", "mask,alpha,rgba", *(["--adapter", adapter] if adapter else [])]
    start = time.perf_counter()
    subprocess.run([str(part) for part in command], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
