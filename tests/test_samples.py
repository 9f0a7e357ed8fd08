"""Samples come back as they were written, and damage does not spread."""

from pathlib import Path

import numpy as np
from PIL import Image

from wesam_packshot.samples import SIDE, Sample, read_samples, reduced, write_samples


def sample(name: str, folder: str, level: int = 255) -> Sample:
    photo = Image.new("RGB", (60, 40), (200, 10, 10))
    shadow = np.zeros((40, 60), np.uint8)
    shadow[:, :30] = level
    return Sample({"id": name, "folder": folder}, photo, {"shadow": Image.fromarray(shadow)})


def test_samples_come_back(tmp_path: Path) -> None:
    write_samples(tmp_path, [sample("chair/red", "000"), sample("table", "001", 20)])
    chair, table = read_samples(tmp_path)
    assert (chair.facts["id"], table.facts["id"]) == ("chair/red", "table")
    assert np.asarray(table.layers["shadow"])[0, 0] == 20
    assert abs(int(np.asarray(chair.photo)[0, 0, 0]) - 200) < 5


def test_a_faint_shadow_is_one_and_a_missing_layer_is_none(tmp_path: Path) -> None:
    write_samples(tmp_path, [sample("chair", "000", 20)])
    (chair,) = read_samples(tmp_path)
    assert chair.mask("shadow").sum() == 30 * 40
    assert chair.mask("anchor").shape == (40, 60)
    assert not chair.mask("anchor").any()


def test_later_samples_take_the_place_of_earlier_ones(tmp_path: Path) -> None:
    write_samples(tmp_path, [sample("a", "000"), sample("b", "001")])
    write_samples(tmp_path, [sample("c", "000")])
    assert [found.facts["id"] for found in read_samples(tmp_path)] == ["c"]
    assert not (tmp_path / "samples" / "001").exists()


def test_a_sample_without_its_photo_is_passed_over(tmp_path: Path) -> None:
    write_samples(tmp_path, [sample("a", "000"), sample("b", "001")])
    (tmp_path / "samples" / "000" / "photo.jpg").unlink()
    assert [found.facts["id"] for found in read_samples(tmp_path)] == ["b"]
    assert read_samples(tmp_path / "elsewhere") == []


def test_photos_are_reduced_and_never_enlarged() -> None:
    assert reduced(Image.new("RGB", (2000, 1000))).size == (SIDE, SIDE // 2)
    assert reduced(Image.new("RGB", (60, 40))).size == (60, 40)
