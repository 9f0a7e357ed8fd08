"""The cache of pseudo-labels: found again by what decides over them, and within its size."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from wesam_packshot.adaptation.cache import Entry, LabelCache
from wesam_packshot.config import load_config
from wesam_packshot.io.prompt_file import PromptSpec
from wesam_packshot.io.records import Record, read_records
from wesam_packshot.sam.weights import Base

BASE = Base("mobile_sam", "a" * 64, official=True)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WESAM_PACKSHOT_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "labels"


@pytest.fixture
def record(packshot_folder: Callable[..., Path]) -> Record:
    return read_records(packshot_folder(1))[0]


def cache(*overrides: str, base: Base = BASE) -> LabelCache:
    return LabelCache(base, load_config(None, overrides))


def entry(seed: int = 0, embedding: bool = False, side: int = 30) -> Entry:
    generator = np.random.default_rng(seed)
    maps = generator.random((side, side, 4)).astype(np.float32)
    kept = generator.random((1, 256, 64, 64)).astype(np.float16) if embedding else None
    prototypes = generator.random((3, 256)).astype(np.float32)
    return Entry({"status": "ok", "box": [1, 2, 3, 4]}, maps, maps[..., 1:3], prototypes, kept)


def test_an_entry_comes_back() -> None:
    stored = entry(embedding=True)
    cache().put("k", stored)
    found = cache().get("k")
    assert found is not None
    assert found.row == stored.row
    assert np.abs(found.maps - stored.maps).max() <= 0.5 / 255 + 1e-6
    assert np.abs(found.layers - stored.layers).max() <= 0.5 / 255 + 1e-6
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
    key = cache().key(record)
    assert key == cache("train.seed=7", "loss.dice=2").key(replace(record, id="other name"))
    told = replace(record, prompts=(PromptSpec(box=(1, 2, 3, 4)),))
    different = [
        cache().key(told),
        cache("pseudolabel.min_confidence=0.7").key(record),
        cache("train.precision=fp32").key(record),
        cache("pseudolabel.source=masks").key(record),
        cache(base=replace(BASE, sha256="b" * 64)).key(record),
    ]
    record.file.write_bytes(record.file.read_bytes() + b" ")
    assert len({key, cache().key(record), *different}) == 7


def test_the_least_recently_used_go_first(folder: Path) -> None:
    one = entry(side=200)
    cache().put("a", one)
    size = (folder / "a.npz").stat().st_size
    limited = cache("data.cache_mb=1")
    limited.limit = int(3.5 * size)
    for age, key in enumerate("bc"):
        limited.put(key, one)
        os.utime(folder / f"{key}.npz", (1000 + age, 1000 + age))
    os.utime(folder / "a.npz", (999, 999))
    assert limited.get("a") is not None  # used just now, so b is the oldest
    limited.put("d", one)
    assert sorted(path.stem for path in folder.glob("*.npz")) == ["a", "c", "d"]


def test_a_damaged_entry_is_none(folder: Path) -> None:
    cache().put("k", entry())
    content = (folder / "k.npz").read_bytes()
    (folder / "k.npz").write_bytes(content[: len(content) // 2])
    assert cache().get("k") is None


def test_no_size_no_cache(folder: Path) -> None:
    off = cache("data.cache_mb=0")
    off.put("k", entry())
    assert not folder.exists()
    assert off.get("k") is None
