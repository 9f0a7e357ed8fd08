"""Time and peak memory of cutting out one photo of 24 megapixels, for each refinement.

    python benchmarks/large_photo.py PHOTO [--adapter RUN] [--megapixels 24]
    python benchmarks/large_photo.py PHOTO --reading [--megapixels 100]

Each refinement runs as a command of its own, so that its memory is its own. Seconds are those of the whole command,
loading included; ratios are to the same command on the photo as it is. `--reading` measures instead what reading the
photo alone takes, in each kind of file: seconds of `read_image`, and the process's peak with all of its libraries.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import tifffile
from PIL import Image

from wesam_packshot.io.photos import read_image
from wesam_packshot.segment.refinement import REFINEMENTS

ROOT = Path(__file__).parents[1]
# Pixels a side that a WebP can have.
WEBP_SIDE = 16383
# The peak that `getrusage` tells of begins with that of the process that started this one.
READ = """
import sys, time
from pathlib import Path
from wesam_packshot.io.photos import read_image
start = time.perf_counter()
read_image(Path(sys.argv[1]))
(peak,) = [line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")]
print(time.perf_counter() - start, peak)
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photo", type=Path)
    parser.add_argument("--adapter", type=Path)
    parser.add_argument("--megapixels", type=float)
    parser.add_argument("--reading", action="store_true")
    arguments = parser.parse_args()
    image = Image.fromarray(read_image(arguments.photo))
    megapixels = arguments.megapixels or (100 if arguments.reading else 24)
    scale = (megapixels * 1e6 / (image.width * image.height)) ** 0.5
    if arguments.reading:
        measure_reading(image.resize((int(image.width * scale), int(image.height * scale))))
        return
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


def measure_reading(image: Image.Image) -> None:
    deep = np.asarray(image).astype(np.uint16) * 257
    turned = Image.Exif()
    turned[0x0112] = 6
    writers: dict[str, Callable[[Path], None]] = {
        "photo.jpg": lambda file: image.save(file, quality=95),
        "progressive and turned.jpg": lambda file: image.save(file, quality=95, progressive=True, exif=turned),
        "transparent and turned.png": lambda file: image.convert("RGBA").save(file, compress_level=1, exif=turned),
        "photo.webp": lambda file: image.resize(fitted(image.size)).save(file, method=0),
        "16 bits.tif": lambda file: tifffile.imwrite(file, deep),
        "16 bits, deflated in one strip.tif": lambda file: tifffile.imwrite(
            file, deep, compression="zlib", rowsperstrip=len(deep)
        ),
        "16 bits, planes.tif": lambda file: tifffile.imwrite(file, deep.transpose(2, 0, 1), planarconfig="separate"),
        "16 bits, grey and transparent.tif": lambda file: tifffile.imwrite(
            file, deep[..., :2], photometric="minisblack", extrasamples=["unassalpha"], planarconfig="contig"
        ),
        "16 bits, grey.png": lambda file: Image.fromarray(deep[..., 0]).save(file, compress_level=1),
    }
    print("| file | s | MB at most |")
    print("| --- | --- | --- |")
    for name, write in writers.items():
        with tempfile.TemporaryDirectory() as folder:
            write(Path(folder) / name)
            command = [sys.executable, "-c", READ, str(Path(folder) / name)]
            seconds, peak = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
        print(f"| {name} | {float(seconds):.1f} | {int(peak) / 1000:.0f} |", flush=True)


def fitted(size: tuple[int, int]) -> tuple[int, int]:
    """A size within WebP's limit."""
    return min(size[0], WEBP_SIDE), min(size[1], WEBP_SIDE)


def run(photo: Path, how: str, adapter: Path | None, output: Path) -> float:
    """Seconds of one command."""
    command = [sys.executable, ROOT / "scripts" / "segment.py", "--input", photo, "--output", output, "--refine", how]
    command += ["--format", "mask,alpha,rgba", *(["--adapter", adapter] if adapter else [])]
    start = time.perf_counter()
    subprocess.run([str(part) for part in command], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
