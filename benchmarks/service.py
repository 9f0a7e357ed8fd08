"""A load test of the service: memory, times, throughput against the folder command, and every answer compared.

    python -m benchmarks.service PHOTOS [--minutes 30] [--clients 4] [--refine none] [--photos 24] [--adapter RUN]

The folder command cuts the photos out first, and again afterwards; what it wrote is what each answer has to be, pixel
for pixel. Its pace is that of the photos beyond the first, whose time is that of starting. Clients ask for the photos
in an order of their own, each for the next one as soon as it has been answered. Memory is compared with that after the
first tenth of the time.
"""

import argparse
import itertools
import random
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

import httpx
import numpy as np
from PIL import Image

from tests.hostile.verdicts import megabytes
from wesam_packshot.io.records import read_records
from wesam_packshot.segment.refinement import REFINEMENTS

SCRIPTS = Path(__file__).parents[1] / "scripts"
# Seconds between looks at the service's memory, and that an answer may take.
LOOK, PATIENCE = 5.0, 120.0


@dataclass
class Load:
    """What the clients found.

    Attributes:
        seconds: of each answer.
        wrong: photos whose answer was another than the folder command's.
        refused: answers with another status than 200.
        memory: of the service in MB, in turn.
    """

    seconds: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--refine", choices=REFINEMENTS, default="none")
    parser.add_argument("--photos", type=int, default=24)
    parser.add_argument("--adapter", default="packshot")
    arguments = parser.parse_args()
    records = list(itertools.islice(read_records(arguments.data), arguments.photos))
    with tempfile.TemporaryDirectory() as name:
        photos = Path(name) / "photos"
        photos.mkdir()
        for record in records:
            (photos / record.file.name).write_bytes(record.file.read_bytes())
        options = ["--adapter", arguments.adapter]
        before = folder_pace(photos, Path(name) / "first", [*options, "--refine", arguments.refine])
        with service(options, Path(name)) as (address, process):
            load = ask(address, process, photos, Path(name) / "first" / "rgba", arguments)
        after = folder_pace(photos, Path(name) / "second", [*options, "--refine", arguments.refine])
    report(load, (before + after) / 2, arguments)


def folder_pace(photos: Path, output: Path, options: list[str]) -> float:
    """Photos a second of the folder command, its start not counted."""
    files = sorted(photos.iterdir())
    one = cut(files[0], output.with_name(f"{output.name}-one"), options)
    return (len(files) - 1) / (cut(photos, output, options) - one)


def cut(source: Path, output: Path, options: list[str]) -> float:
    command = [sys.executable, SCRIPTS / "segment.py", "--input", source, "--output", output, "--format", "rgba"]
    start = time.perf_counter()
    subprocess.run([str(part) for part in [*command, *options]], check=False, capture_output=True)
    return time.perf_counter() - start


@contextmanager
def service(options: list[str], folder: Path) -> Iterator[tuple[str, int]]:
    """The address and the process of a running service."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    command = [sys.executable, str(SCRIPTS / "serve.py"), "--port", str(port), *options]
    with (folder / "service.log").open("w+") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
        address = f"http://127.0.0.1:{port}"
        try:
            while True:
                try:
                    if httpx.get(f"{address}/health").status_code == httpx.codes.OK:
                        break
                except httpx.TransportError as error:
                    if process.poll() is not None:
                        raise SystemExit((folder / "service.log").read_text()) from error
                time.sleep(0.2)
            yield address, process.pid
        finally:
            process.terminate()
            process.wait()


def ask(address: str, process: int, photos: Path, expected: Path, arguments: argparse.Namespace) -> Load:
    load, ends = Load(), time.monotonic() + 60 * arguments.minutes
    contents = {file: file.read_bytes() for file in sorted(photos.iterdir())}

    def client(seed: int) -> None:
        order = random.Random(seed)  # noqa: S311, nothing is kept secret by it
        with httpx.Client(base_url=address, timeout=PATIENCE) as visitor:
            while time.monotonic() < ends:
                file = order.choice(list(contents))
                start = time.perf_counter()
                answer = visitor.post("/cutout", params={"refine": arguments.refine}, content=contents[file])
                load.seconds.append(time.perf_counter() - start)
                if answer.status_code != httpx.codes.OK:
                    load.refused.append(f"{answer.status_code} {answer.text.strip()}")
                elif not same(answer.content, expected / f"{file.stem}.png"):
                    load.wrong.append(file.name)

    clients = [threading.Thread(target=client, args=(seed,)) for seed in range(arguments.clients)]
    for thread in clients:
        thread.start()
    while any(thread.is_alive() for thread in clients):
        load.memory.append(megabytes(process))
        time.sleep(LOOK)
    return load


def same(content: bytes, file: Path) -> bool:
    return np.array_equal(np.asarray(Image.open(BytesIO(content))), np.asarray(Image.open(file)))


def report(load: Load, pace: float, arguments: argparse.Namespace) -> None:
    warm = load.memory[len(load.memory) // 10 :]
    drift = max(abs(one / warm[0] - 1) for one in warm)
    middle, late = (np.percentile(load.seconds, share) for share in (50, 99))
    asked = len(load.seconds)
    rows = {
        "minutes, refine": f"{arguments.minutes:g}, {arguments.refine}",
        "clients, different photos": f"{arguments.clients}, {arguments.photos}",
        "answers": f"{asked}",
        "of them other pixels than the folder command's": f"{len(load.wrong)}",
        "refused": f"{len(load.refused)} {' '.join(sorted(set(load.refused))[:3])}".strip(),
        "seconds, median and 99th percentile": f"{middle:.2f}, {late:.2f}",
        "throughput, the folder command's = 1": f"{asked / (60 * arguments.minutes) / pace:.2f}",
        "MB after the first tenth, largest deviation from it": f"{warm[0]:.0f}, {drift:.1%}",
    }
    print("| | |\n| --- | --- |")
    for name, value in rows.items():
        print(f"| {name} | {value} |")


if __name__ == "__main__":
    main()
