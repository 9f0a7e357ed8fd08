"""A long attack: hostile input, kills, faults of the surroundings, many photos, and visitors at the demo.

    python -m benchmarks.hostile [--only images,kills] [--count 10000] [--kills 200] [--photos 5000] \\
        [--output runs/hostile] [--write docs/reliability.md]

Hours on two cores. It is done in pieces, kept in OUTPUT/pieces.jsonl: stopped and started again it goes on, with the
pieces that the same code has not been through. Figures are in OUTPUT/figures.json, what went wrong in OUTPUT/kept.

An input follows from fuzzer, seed and number: `--only images --first 123 --count 1` makes number 123 again, tries it,
and keeps it if it does harm. The disk faults need the right to mount.
"""

import argparse
import itertools
import json
import os
import platform
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from tests.hostile.attacks import FUZZERS
from tests.hostile.commands import Studio, write_studio
from tests.hostile.demo_soak import visit
from tests.hostile.faults import FAULTS
from tests.hostile.hunting import hunt
from tests.hostile.kills import COMMANDS, kill_at_random
from tests.hostile.meddling import MEDDLING
from tests.hostile.pieces import Figures, Pieces, product_sha256
from tests.hostile.soak import FLAT, soak
from tests.hostile.tables import replace_table, summed, table

DISTURBANCES = FAULTS | MEDDLING
PARTS = ("kills", "faults", "soak", "demo")
SOAKED = ("segment", "pseudolabel")
# A page takes a second, and the same inputs go through `runs` without one.
PAGES = 20
# Inputs and kills of a piece, so that a stop costs minutes.
INPUTS, KILLS = 500, 6
VISITS = (300, 1000)


class Attack:
    """The parts, each a list of figures.

    Args:
        folder: for what lives as long as the process.
    """

    def __init__(self, arguments: argparse.Namespace, folder: Path) -> None:
        self.arguments = arguments
        self.folder = folder
        self.kept: Path = arguments.output / "kept"
        self.number = itertools.count()
        self.pieces = Pieces(arguments.output / "pieces.jsonl", product_sha256())

    def inputs(self) -> Iterator[Figures]:
        first, count = self.arguments.first, self.arguments.count
        for fuzzer in (name for name in FUZZERS if name in self.arguments.only):
            numbers = range(first, first + (max(1, count // PAGES) if fuzzer == "pages" else count))
            parts = (numbers[start : start + INPUTS] for start in range(0, len(numbers), INPUTS))
            yield summed([self._hunted(fuzzer, part) for part in parts])

    def _hunted(self, fuzzer: str, numbers: range) -> Figures:
        seed = self.arguments.seed

        def work() -> Figures:
            found = hunt(fuzzer, seed, numbers, keep=self.kept)
            told = [f"{fuzzer} {kind}: {len(each)}, such as {each[0]}" for kind, each in found.kinds.items()]
            counts = {verdict: found.verdicts[verdict] for verdict in ("result", "refused")}
            costs = {"seconds": found.seconds, "megabytes": found.megabytes}
            return {"fuzzer": fuzzer, "tried": len(numbers), **counts, "harm": len(found.harm), **costs, "told": told}

        key = {"fuzzer": fuzzer, "seed": seed, "first": numbers.start, "count": len(numbers)}
        return self.pieces.do(key, work)

    def kills(self) -> Iterator[Figures]:
        studio = write_studio(self.folder / "killed")
        for place, command in enumerate(COMMANDS):
            kills = len(range(place, self.arguments.kills, len(COMMANDS)))
            sizes = [min(KILLS, kills - start) for start in range(0, kills, KILLS)]
            found = [
                self._killed(studio, command, self.arguments.seed + place, size) for place, size in enumerate(sizes)
            ]
            if found:
                yield summed(found)

    def _killed(self, studio: Studio, command: str, seed: int, kills: int) -> Figures:
        def work() -> Figures:
            return asdict(kill_at_random(studio, command, kills, self._place(), seed, keep=self.kept))

        return self.pieces.do({"command": command, "seed": seed, "kills": kills}, work)

    def faults(self) -> Iterator[Figures]:
        studio = write_studio(self.folder / "faults", photos=6)
        return (self.pieces.do({"fault": fault}, partial(self._disturbed, studio, fault)) for fault in DISTURBANCES)

    def _disturbed(self, studio: Studio, fault: str) -> Figures:
        place = studio.folder / str(next(self.number))  # as deep as the undisturbed output, since paths are relative
        place.mkdir()
        try:
            return {"fault": fault, "wrong": [f"{fault}: {one}" for one in DISTURBANCES[fault](studio, place)]}
        except PermissionError as error:
            return {"fault": f"{fault}: not tried ({error})", "wrong": []}

    def soak(self) -> Iterator[Figures]:
        photos = self.arguments.photos
        studio = write_studio(self.folder / "soaked", photos=photos)
        for command in SOAKED:
            yield self.pieces.do({"soaked": command, "photos": photos}, partial(self._soaked, studio, command))

    def _soaked(self, studio: Studio, command: str) -> Figures:
        found = soak(studio, command, self._place())
        told = [f"{command}: {found.failed} photos failed"] if found.failed else []
        told += [f"{command}: memory drifted by {found.drift:.1%}"] if found.drift > FLAT else []
        return asdict(found) | {"pace": found.seconds / found.photos, "told": told}

    def demo(self) -> Iterator[Figures]:
        photos, clicks = (max(1, number * self.arguments.photos // 5000) for number in VISITS)
        studio = write_studio(self.folder / "shown")
        yield self.pieces.do({"visits": photos, "clicks": clicks}, partial(self._visited, studio, photos, clicks))

    def _visited(self, studio: Studio, photos: int, clicks: int) -> Figures:
        found = visit(studio, self._place(), photos, clicks)
        drifted = [f"memory drifted by {found.drift:.1%}"] if found.drift > FLAT else []
        return asdict(found) | {"wrong": found.mixed + drifted}

    def _place(self) -> Path:
        """A folder that is not there yet."""
        return self.folder / str(next(self.number))


def main() -> int:
    arguments = _parsed()
    chosen = [part for part in PARTS if part in arguments.only]
    if set(arguments.only) & set(FUZZERS):
        chosen.insert(0, "inputs")
    figures: dict[str, Any] = {"seed": arguments.seed, "machine": _machine(), "date": time.strftime("%Y-%m-%d")}
    with tempfile.TemporaryDirectory(prefix="hostile-") as name:
        attack = Attack(arguments, Path(name))
        for part in chosen:
            figures[part] = list(getattr(attack, part)())
            lines = [
                *table(part, figures[part]),
                "",
                f"{figures['date']}, seed {arguments.seed}, {figures['machine']}.",
            ]
            print("\n".join(lines), flush=True)
            (arguments.output / "figures.json").write_text(json.dumps(figures, indent=2) + "\n")
            if arguments.write:
                replace_table(arguments.write, part, lines)
    rows = (row for part in chosen for row in figures[part])
    return 1 if any(row.get("told", row.get("wrong")) for row in rows) else 0


def _parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default=",".join((*FUZZERS, *PARTS)), help="fuzzers and parts, with commas between")
    parser.add_argument("--count", type=int, default=10_000, help="inputs of each fuzzer")
    parser.add_argument("--first", type=int, default=0, help="number of the first input")
    parser.add_argument("--kills", type=int, default=200, help="over all commands")
    parser.add_argument(
        "--photos", type=int, default=5000, help="of the soak; for 100 of them the demo gets 6, and 20 clicks"
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--output", type=Path, default=Path("runs/hostile"), help="folder of figures and findings")
    parser.add_argument("--write", type=Path, metavar="PAGE.md", help="page whose tables of what was done are replaced")
    arguments = parser.parse_args()
    arguments.only = arguments.only.split(",")
    if unknown := set(arguments.only) - set(FUZZERS) - set(PARTS):
        parser.error(f"{', '.join(sorted(unknown))}: none of {parser.get_default('only')}")
    return arguments


def _machine() -> str:
    return f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"


if __name__ == "__main__":
    raise SystemExit(main())
