"""A long attack: hostile input, kills, faults of the surroundings, and a soak; what it finds goes into a page.

    python -m benchmarks.hostile [--only images,kills] [--count 10000] [--kills 200] [--photos 5000] \\
        [--keep FOLDER] [--write docs/reliability.md]

Inputs follow from fuzzer, seed and number: `--only images --first 123 --count 1 --keep FOLDER` makes number 123 again,
tries it, and keeps it if it does harm. Hours on two cores; the disk faults need the right to mount.
"""

import argparse
import os
import platform
import re
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.hostile.attacks import FUZZERS
from tests.hostile.commands import write_studio
from tests.hostile.faults import FAULTS
from tests.hostile.hunting import hunt
from tests.hostile.kills import COMMANDS, kill_at_random
from tests.hostile.meddling import MEDDLING
from tests.hostile.soak import soak
from tests.hostile.verdicts import Hunt

PARTS = ("kills", "faults", "soak")
SOAKED = ("segment", "pseudolabel")
# A page takes a second, and the same inputs go through `runs` without one.
PAGES = 20


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default=",".join((*FUZZERS, *PARTS)), help="fuzzers and parts, with commas between")
    parser.add_argument("--count", type=int, default=10_000, help="inputs of each fuzzer")
    parser.add_argument("--first", type=int, default=0, help="number of the first input")
    parser.add_argument("--kills", type=int, default=200, help="over all commands")
    parser.add_argument("--photos", type=int, default=5000, help="of the soak")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, help="folder that receives inputs and outputs that went wrong")
    parser.add_argument("--write", type=Path, metavar="PAGE.md", help="page whose tables of what was done are replaced")
    arguments = parser.parse_args()
    chosen = arguments.only.split(",")
    if unknown := set(chosen) - set(FUZZERS) - set(PARTS):
        parser.error(
            f"{', '.join(sorted(unknown))}: neither a fuzzer nor a part; there are {parser.get_default('only')}"
        )
    wrong = 0
    with tempfile.TemporaryDirectory(prefix="hostile-") as name:
        for part, (lines, found) in attacked(chosen, arguments, Path(name)):
            print("\n".join(lines), flush=True)
            wrong += found
            if arguments.write:
                replace_table(arguments.write, part, [*lines, "", told(arguments)])
    return 1 if wrong else 0


def attacked(
    chosen: list[str], arguments: argparse.Namespace, folder: Path
) -> Iterator[tuple[str, tuple[list[str], int]]]:
    """Each part that was chosen, with its table and the number of things that went wrong."""
    if fuzzers := [name for name in FUZZERS if name in chosen]:
        yield "inputs", fuzzed(fuzzers, arguments)
    if "kills" in chosen:
        yield "kills", killed(arguments, folder)
    if "faults" in chosen:
        yield "faults", faulted(folder)
    if "soak" in chosen:
        yield "soak", soaked(arguments, folder)


def fuzzed(fuzzers: list[str], arguments: argparse.Namespace) -> tuple[list[str], int]:
    lines = ["| inputs | tried | a result | refused in a line | harm | s at most | MB at most |"]
    lines += ["| --- | --- | --- | --- | --- | --- | --- |"]
    harms, first = list[str](), arguments.first
    for fuzzer in fuzzers:
        count = max(1, arguments.count // PAGES) if fuzzer == "pages" else arguments.count
        found = hunt(fuzzer, arguments.seed, range(first, first + count), 2, arguments.keep)
        lines.append(row_of(found))
        harms += [f"- {fuzzer} {kind}: {len(numbers)}, such as {numbers[0]}" for kind, numbers in found.kinds.items()]
        print(lines[-1], *harms[-len(found.kinds) :] if found.kinds else (), sep="\n", file=sys.stderr, flush=True)
    return [*lines, "", *(harms or ["No input did harm."])], len(harms)


def row_of(found: Hunt) -> str:
    result, refused = found.verdicts["result"], found.verdicts["refused"]
    figures = [
        found.verdicts.total(),
        result,
        refused,
        len(found.harm),
        f"{found.seconds:.1f}",
        f"{found.megabytes:.0f}",
    ]
    return f"| {found.fuzzer} | {' | '.join(map(str, figures))} |"


def killed(arguments: argparse.Namespace, folder: Path) -> tuple[list[str], int]:
    studio = write_studio(folder / "studio")
    lines, wrong = ["| command | kills | of these after its end | s undisturbed | went wrong |"], list[str]()
    lines += ["| --- | --- | --- | --- | --- |"]
    for place, command in enumerate(COMMANDS):
        kills = len(range(place, arguments.kills, len(COMMANDS)))
        found = kill_at_random(studio, command, kills, folder / command, arguments.seed, keep=arguments.keep)
        lines.append(f"| {command} | {found.kills} | {found.late} | {found.seconds:.1f} | {len(found.wrong)} |")
        wrong += found.wrong
        print(lines[-1], *found.wrong, sep="\n", file=sys.stderr, flush=True)
    same = ["Every command, run again, gave the bytes of an undisturbed run, and no file was torn or left over."]
    return [*lines, "", *([f"- {one}" for one in wrong] or same)], len(wrong)


def faulted(folder: Path) -> tuple[list[str], int]:
    studio = write_studio(folder / "faults" / "studio", photos=6)
    lines, count = ["| fault | what was wrong |", "| --- | --- |"], 0
    for number, (name, fault) in enumerate((FAULTS | MEDDLING).items()):
        place = studio.folder / str(number)
        place.mkdir()
        wrong = fault(studio, place)
        count += len(wrong)
        lines.append(f"| {name} | {'; '.join(wrong[:3]) or 'nothing'} |".replace(str(folder), ""))
        print(lines[-1], file=sys.stderr, flush=True)
    return lines, count


def soaked(arguments: argparse.Namespace, folder: Path) -> tuple[list[str], int]:
    studio = write_studio(folder / "soak" / "studio", photos=arguments.photos)
    lines = ["| command | photos | exit code | s a photo | MB after 500 | drift since | MB at most |"]
    lines += ["| --- | --- | --- | --- | --- | --- | --- |"]
    wrong = 0
    for command in SOAKED:
        found = soak(studio, command, folder / "soak" / command)
        wrong += found.code != 0 or found.drift > 0.03
        figures = f"{found.seconds / found.photos:.2f} | {found.settled:.0f} | {found.drift:.1%} | {found.peak:.0f}"
        lines.append(f"| {command} | {found.photos} | {found.code} | {figures} |")
        print(lines[-1], file=sys.stderr, flush=True)
    return lines, wrong


def told(arguments: argparse.Namespace) -> str:
    """Where and when the table was made, and how to make it again."""
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    return f"{time.strftime('%Y-%m-%d')}, seed {arguments.seed}, {machine}."


def replace_table(page: Path, part: str, lines: list[str]) -> None:
    """Put the lines between the page's marks of the part."""
    text = page.read_text()
    begin, end = f"<!-- {part} -->\n", f"<!-- end of {part} -->"
    if begin not in text or end not in text:
        raise SystemExit(f"{page}: has no place for {part}, which is between {begin.strip()} and {end}")
    content = "\n".join(lines)
    page.write_text(
        re.sub(re.escape(begin) + ".*?" + re.escape(end), lambda _: f"{begin}{content}\n{end}", text, flags=re.S)
    )


if __name__ == "__main__":
    raise SystemExit(main())
