"""The cache of pseudo-labels: found again by what decides over them, and within its size."""

import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from wesam_packshot.adaptation.anchor import Opinion
from wesam_packshot.adaptation.cache import LabelCache
from wesam_packshot.config import load_config
from wesam_packshot.files.hashing import code_sha256, module_sources
from wesam_packshot.io.prompt_file import PromptSpec
from wesam_packshot.io.records import Record, read_records
from wesam_packshot.sam.weights import Base

ROOT = Path(__file__).parents[2]
BASE = Base("mobile_sam", "a" * 64, official=True)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WESAM_PACKSHOT_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "labels"


@pytest.fixture
def record(packshot_folder: Callable[..., Path]) -> Record:
    return read_records(packshot_folder(1))[0]


def cache(*overrides: str, base: Base = BASE, device: str = "cpu") -> LabelCache:
    return LabelCache(base, load_config(None, overrides), torch.device(device))


def entry(seed: int = 0, embedding: bool = False, side: int = 30) -> Opinion:
    generator = np.random.default_rng(seed)
    maps = generator.random((side, side, 4)).astype(np.float32)
    kept = generator.random((1, 256, 64, 64)).astype(np.float16) if embedding else None
    prototypes = generator.random((3, 256)).astype(np.float32)
    return Opinion({"status": "ok", "box": [1, 2, 3, 4]}, maps, maps[..., 1:3], prototypes, kept)


def test_an_entry_comes_back() -> None:
    stored = entry(embedding=True)
    cache().put("k", stored)
    found = cache().get("k")
    assert found is not None
    assert found.row == stored.row
    assert np.abs(found.maps - stored.maps).max() <= 1 / 254 + 1e-6  # colour has twice the range
    assert np.abs(found.layers - stored.layers).max() <= 0.5 / 254 + 1e-6
    assert np.array_equal(found.prototypes, stored.prototypes)
    assert found.embedding is not None and stored.embedding is not None
    assert np.array_equal(found.embedding, stored.embedding)
    assert cache().get("other") is None


def test_a_second_trip_changes_nothing() -> None:
    """Labels are rounded once: a run from the cache trains on what the first one trained on."""
    cache().put("k", entry())
    once = cache().get("k")
    assert once is not None
    cache().put("k", once)
    twice = cache().get("k")
    assert twice is not None
    assert np.array_equal(once.maps, twice.maps)


def test_the_key_tells_what_decides(record: Record) -> None:
    told = replace(record, prompts=(PromptSpec(box=(1, 2, 3, 4)),))
    keys = [
        cache().key(record, "a"),
        cache().key(record, "b"),
        cache().key(told, "a"),
        cache("pseudolabel.min_confidence=0.7").key(record, "a"),
        cache("pseudolabel.disabled_stages=[zoom]").key(record, "a"),
        cache("pseudolabel.source=masks").key(record, "a"),
        cache("pseudolabel.anchor=published").key(record, "a"),
        cache(base=replace(BASE, sha256="b" * 64)).key(record, "a"),
        cache(device="cuda").key(record, "a"),
    ]
    assert len(set(keys)) == len(keys)
    others = ("train.seed=7", "loss.dice=2", "pseudolabel.shadow=keep", "data.limit=1")  # decide over outputs, or later
    assert cache(*others).key(replace(record, id="other name"), "a") == keys[0]
    assert cache("adapter.start=packshot").key(record, "a") == keys[0]
    assert cache("adapter.start=none").key(record, "a") == keys[6]  # nothing to carry
    assert cache("pseudolabel.anchor=published", "adapter.start=packshot").key(record, "a") == keys[6]
    # what is not looked at does not count
    assert cache("pseudolabel.use_prompts=false").key(told, "a") == cache("pseudolabel.use_prompts=false").key(
        record, "a"
    )
    assert cache("pseudolabel.source=masks", "pseudolabel.min_confidence=0.7").key(told, "a") == keys[5]


@pytest.mark.parametrize("bf16", [False, True])
def test_the_key_tells_the_precision_that_was_used(record: Record, bf16: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """`auto` is not the same on every machine that shares the cache."""
    monkeypatch.setattr("wesam_packshot.devices._cpu_multiplies_bf16", lambda: bf16)
    keys = {name: cache(f"train.precision={name}").key(record, "a") for name in ("auto", "fp32", "bf16")}
    assert keys["fp32"] != keys["bf16"]
    assert keys["auto"] == keys["bf16" if bf16 else "fp32"]


def test_the_code_that_makes_labels_counts(tmp_path: Path) -> None:
    """By its sources: the same in another process, another one when the farthest of them changes."""
    sources = module_sources("wesam_packshot.adaptation.cache")
    makers = ("pseudolabel.finishing", "priors.shadow", "sam.tiny_vit", "sam.frame", "io.photos", "adaptation.store")
    assert {f"wesam_packshot.{name}" for name in makers} <= set(sources)
    assert not any(name.startswith(("wesam_packshot.demo", "wesam_packshot.cli")) for name in sources)

    copy = shutil.copytree(ROOT / "wesam_packshot", tmp_path / "wesam_packshot")
    expected = code_sha256("wesam_packshot.adaptation.cache")
    assert hash_in(tmp_path) == expected
    shadow = copy / "priors" / "shadow.py"
    shadow.write_text(shadow.read_text().replace("MIXED = 2", "MIXED = 3"))
    assert hash_in(tmp_path) != expected


def hash_in(folder: Path) -> str:
    """The hash by a copy of the package."""
    code = "from wesam_packshot.files.hashing import code_sha256; print(code_sha256('wesam_packshot.adaptation.cache'))"
    environment = os.environ | {"PYTHONPATH": str(folder)}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, env=environment, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def limited(entries: float, size: int) -> LabelCache:
    """A cache with room for so many entries of a size."""
    found = cache("data.cache_mb=1")
    found.limit = int(entries * size)
    return found


def test_the_least_recently_used_go_first(folder: Path) -> None:
    one = entry(side=200)
    cache().put("a", one)
    few = limited(3.5, (folder / "a.npz").stat().st_size)
    for age, key in enumerate("bc"):
        few.put(key, one)
        os.utime(folder / f"{key}.npz", (1000 + age, 1000 + age))
    os.utime(folder / "a.npz", (999, 999))
    assert few.get("a") is not None  # used just now, so b is the oldest
    few.put("d", one)
    assert sorted(path.stem for path in folder.glob("*.npz")) == ["a", "c", "d"]


def test_entries_of_a_time_to_come_go_first(folder: Path) -> None:
    """A clock that was ahead, and is set back, must not keep the oldest entries for ever."""
    one = entry(side=200)
    cache().put("future", one)
    ahead = time.time() + 1e6
    os.utime(folder / "future.npz", (ahead, ahead))
    few = limited(2.5, (folder / "future.npz").stat().st_size)
    for key in "ab":
        few.put(key, one)
    assert sorted(path.stem for path in folder.glob("*.npz")) == ["a", "b"]


def test_two_runs_share_the_cache(folder: Path) -> None:
    """Each makes room while the other reads and writes: nothing fails, and the limit holds for both together."""
    one = entry(side=60)
    cache().put("a", one)
    size = (folder / "a.npz").stat().st_size
    failures: list[BaseException] = []

    def work(name: str) -> None:
        mine = limited(12, size)
        try:
            for number in range(60):
                mine.put(f"{name}{number}", one)
                for key in (f"x{number}", f"y{number}", f"{name}{number // 2}"):
                    found = mine.get(key)
                    assert found is None or np.array_equal(found.prototypes, one.prototypes)
            assert mine.limit
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(name,)) for name in "xy"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    files = list(folder.glob("*.npz"))
    assert sum(file.stat().st_size for file in files) <= (12 + 2 * 2.2) * size  # either adds a tenth, and one, unseen
    assert all(cache().get(file.stem) for file in files)


def test_an_entry_that_goes_while_room_is_made_is_passed_over(folder: Path) -> None:
    one = entry(side=60)
    cache().put("a", one)
    few = limited(1.5, (folder / "a.npz").stat().st_size)
    (folder / "gone.npz").symlink_to("nowhere")  # listed, but without facts
    few.put("b", one)
    assert few.get("b") is not None


def test_an_entry_dropped_by_another_run_is_none(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache().put("k", entry())
    read = Path.read_bytes

    def dropped(self: Path) -> bytes:
        content = read(self)
        self.unlink()
        return content

    monkeypatch.setattr(Path, "read_bytes", dropped)
    cache().get("k")
    assert not list(folder.iterdir())  # nothing empty takes its place


def test_a_cache_that_cannot_be_written_stops_nothing(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    folder.parent.mkdir(parents=True)
    folder.write_text("a file is in the way")
    blocked = cache()
    blocked.put("k", entry())
    blocked.put("l", entry())
    assert blocked.get("k") is None
    assert [record.message.count("goes on without the cache") for record in caplog.records] == [1]


def test_a_damaged_entry_is_none(folder: Path) -> None:
    """Wherever the damage is: zip, zlib, header or JSON, each of which fails in its own way."""
    cache().put("k", entry())
    file = folder / "k.npz"
    content = file.read_bytes()
    damaged = [content[: len(content) // 2], b"", content + b"x"]
    for place in range(0, len(content), 7):
        changed = bytearray(content)
        changed[place] ^= 0x55
        damaged.append(bytes(changed))
    reader = cache()
    for spoilt in damaged:
        file.write_bytes(spoilt)
        assert reader.get("k") is None
    file.write_bytes(content)
    assert reader.get("k") is not None


def test_no_size_no_cache(folder: Path) -> None:
    off = cache("data.cache_mb=0")
    off.put("k", entry())
    assert not folder.exists()
    assert off.get("k") is None
