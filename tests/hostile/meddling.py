"""What changes around an adaptation while it runs, and must not matter: photos, clocks, networks, other adaptations."""

import itertools
import shutil
import time
from collections.abc import Callable
from pathlib import Path

from PIL import Image

from tests.hostile.commands import Studio
from tests.hostile.faults import begin, offline, told_wrongly, undisturbed, when
from tests.hostile.kills import differences, finish


def photo_lost(studio: Studio, folder: Path) -> list[str]:
    return _meddled(studio, folder, lambda photo: photo.unlink())


def photo_replaced(studio: Studio, folder: Path) -> list[str]:
    return _meddled(studio, folder, lambda photo: Image.new("RGB", (31, 200)).save(photo))


def _meddled(studio: Studio, folder: Path, meddle: Callable[[Path], None]) -> list[str]:
    """Something happens to the only photo between labelling and training."""
    other = Studio(folder / "studio")
    for name in ("data", "cache"):
        shutil.copytree(studio.folder / name, other.folder / name)
    process = begin(other, "adapt", folder / "out", folder / "log")
    when(lambda: (folder / "out" / "pseudolabels" / "labels.jsonl").is_file(), process)
    meddle(sorted((other.data / "images").iterdir())[0])
    code = finish(process)  # it may have been read for the last time already
    return told_wrongly(folder / "log", code, code if code in (0, 1) else 1)


def two_on_one_cache(studio: Studio, folder: Path) -> list[str]:
    whole = undisturbed(studio, "adapt")
    shutil.rmtree(studio.folder / "cache" / "labels", ignore_errors=True)
    both = [(folder / name, folder / f"{name}.log") for name in ("first", "second")]
    running = [begin(studio, "adapt", output, log) for output, log in both]
    found = [told_wrongly(log, finish(process), 0) for process, (_, log) in zip(running, both, strict=True)]
    return [*itertools.chain(*found), *(one for output, _ in both for one in differences(whole, output))]


def _backwards() -> None:
    """The clock goes back an hour each time that it is looked at."""
    told = itertools.count(2e9, -3600)
    vars(time)["time"] = lambda: next(told)


def clock_backwards(studio: Studio, folder: Path) -> list[str]:
    return _prepared(studio, folder, _backwards)


def no_network(studio: Studio, folder: Path) -> list[str]:
    return _prepared(studio, folder, offline)


def _prepared(studio: Studio, folder: Path, before: Callable[[], None]) -> list[str]:
    code = finish(begin(studio, "adapt", folder / "out", folder / "log", before))
    return told_wrongly(folder / "log", code, 0) + list(differences(undisturbed(studio, "adapt"), folder / "out"))


MEDDLING: dict[str, Callable[[Studio, Path], list[str]]] = {
    "photo deleted between labelling and training": photo_lost,
    "photo replaced between labelling and training": photo_replaced,
    "two adaptations at once on one cache": two_on_one_cache,
    "clock going backwards": clock_backwards,
    "no network": no_network,
}
