"""Which images are shown side by side, and what is drawn on them."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.run_folders import Mask, rectangle, write_evaluation, write_run, write_samples
from wesam_packshot.comparison.choice import agreement, worst_and_disputed
from wesam_packshot.comparison.pictures import (
    EXTRA,
    MISSED,
    OUTLINE,
    SIDE,
    drawn,
    images_to_show,
    sample_galleries,
    scored_galleries,
)
from wesam_packshot.comparison.sources import Run, read_runs

SIZE = (60, 80)


def runs_of(*folders: Path) -> list[Run]:
    return read_runs({str(folder): folder for folder in folders})


def test_the_worst_come_first_and_then_the_disputed() -> None:
    first = {"a": 0.9, "b": 0.2, "c": 0.8, "d": 0.95, "e": 0.7, "f": 0.6, "only": 0.0}
    second = {"a": 0.9, "b": 0.9, "c": 0.1, "d": 0.75, "e": 0.702, "f": 0.6}
    # lowest IoU in any run: c 0.1, b 0.2, f 0.6, e 0.7, d 0.75, a 0.9; differing by 0.005 or more: c, b, d
    assert worst_and_disputed([first, second], 4) == (["c", "b"], ["d"])
    assert worst_and_disputed([first, second], 2) == (["c"], ["b"])
    assert worst_and_disputed([first, second], 100) == (["c", "b", "f", "e", "d", "a"], [])
    assert worst_and_disputed([first], 3) == (["only", "b", "f"], [])
    assert worst_and_disputed([{"a": 0.1}, {"b": 0.1}], 3) == ([], [])


def test_agreement_is_the_mean_over_pairs() -> None:
    one, two, three = rectangle(SIZE, 0, 0, 10, 10), rectangle(SIZE, 0, 0, 10, 20), rectangle(SIZE, 0, 0, 20, 20)
    assert agreement([one, two, three]) == pytest.approx((1 / 2 + 1 / 4 + 1 / 2) / 3)
    assert agreement([one]) == 1


def test_pages_of_many_runs_show_fewer_images() -> None:
    assert [images_to_show(runs) for runs in (1, 4, 8, 40)] == [24, 24, 12, 4]
    assert images_to_show(2, sets=3) == 8


def test_errors_are_tinted_and_the_edge_is_drawn() -> None:
    photo = np.full((*SIZE, 3), 200, np.uint8)
    truth = np.where(rectangle(SIZE, 30, 10, 60, 50), 255, 0).astype(np.uint8)
    truth[:, 65:] = 128
    picture = np.asarray(drawn(photo, rectangle(SIZE, 10, 10, 50, 50), truth))
    assert tuple(picture[30, 20]) == tuple(int(0.4 * 200 + 0.6 * channel) for channel in EXTRA)
    assert tuple(picture[30, 55]) == tuple(int(0.4 * 200 + 0.6 * channel) for channel in MISSED)
    assert tuple(picture[30, 40]) == (200, 200, 200)
    assert tuple(picture[30, 10]) == tuple(picture[30, 49]) == OUTLINE
    assert tuple(picture[5, 5]) == tuple(picture[30, 70]) == (200, 200, 200)
    alone = drawn(None, rectangle(SIZE, 10, 10, 50, 50), None)
    assert (alone.mode, np.asarray(alone).sum()) == ("L", 40 * 40 * 255)


def true_mask(data: Path, name: str) -> Mask:
    with Image.open(data / "masks" / f"{name}.png") as picture:
        return np.asarray(picture) > 128


@pytest.fixture
def scored(packshot_folder: Callable[..., Path], tmp_path: Path) -> tuple[Path, Path, Path]:
    """Data with three photos, a run with their true masks, and one with masks of which half is missing."""
    data = packshot_folder(3)
    good, poor = write_run(tmp_path / "good"), write_run(tmp_path / "poor")
    whole = {f"ball_{number}": true_mask(data, f"ball_{number}") for number in range(3)}
    half = {name: mask & (np.arange(300) < 165) for name, mask in whole.items()}
    write_evaluation(good / "evaluation" / "data-whole", data, dict.fromkeys(whole, 1.0), whole)
    write_evaluation(poor / "evaluation" / "data-whole", data, {"ball_0": 0.5, "ball_1": 0.4, "ball_2": 0.5}, half)
    return data, good, poor


def test_the_same_image_stands_side_by_side(scored: tuple[Path, Path, Path]) -> None:
    _, good, poor = scored
    (poor / "evaluation" / "data-whole" / "masks" / "ball_2.png").unlink()
    (gallery,) = scored_galleries(runs_of(good, poor), "data-whole", 24)
    assert gallery.heading == "data-whole: the worst"
    assert [case.id for case in gallery.cases] == ["ball_1", "ball_0", "ball_2"]
    first, second = gallery.cases[0].cells
    assert (first.run, first.words, second.words) == ("good", "IoU 1.000", "IoU 0.400")
    assert first.picture is not None
    assert second.picture is not None
    # right of the ball's middle, where the second mask is missing
    seen, tinted = (np.asarray(picture)[110, 185].astype(float) for picture in (first.picture, second.picture))
    assert tinted == pytest.approx(0.4 * seen + 0.6 * np.asarray(MISSED), abs=1)
    assert gallery.cases[2].cells[1].words == "IoU 0.500, mask not kept"
    assert gallery.cases[2].cells[1].picture is None


def test_without_the_photos_masks_are_shown_alone(scored: tuple[Path, Path, Path]) -> None:
    data, good, poor = scored
    shutil.rmtree(data)
    (gallery,) = scored_galleries(runs_of(good, poor), "data-whole", 24)
    assert gallery.note == f"The photos are gone (data folder: {data}), so masks are shown alone."
    pictures = [cell.picture for case in gallery.cases for cell in case.cells]
    assert [picture.mode for picture in pictures if picture] == ["L"] * 6


def test_a_broken_photo_costs_only_itself(scored: tuple[Path, Path, Path]) -> None:
    data, good, _ = scored
    (data / "images" / "ball_1.png").write_text("not a photo")
    (gallery,) = scored_galleries(runs_of(good), "data-whole", 24)
    notes = {case.id: case.note for case in gallery.cases}
    assert "not an image" in notes["ball_1"]
    assert notes["ball_0"] == ""


def test_scores_without_masks_make_no_gallery(tmp_path: Path) -> None:
    write_evaluation(tmp_path / "run", tmp_path / "shop", {"a": 0.5})
    assert list(scored_galleries(runs_of(tmp_path / "run"), "shop-whole", 24)) == []


def test_samples_are_ordered_by_disagreement(tmp_path: Path) -> None:
    first, second = write_run(tmp_path / "first"), write_run(tmp_path / "second")
    box = rectangle(SIZE, 10, 10, 50, 50)
    write_samples(first, {"same": box, "apart": box, "near": box, "own": box})
    write_samples(
        second, {"same": box, "apart": rectangle(SIZE, 10, 10, 20, 50), "near": rectangle(SIZE, 10, 10, 50, 48)}
    )
    (gallery,) = sample_galleries(runs_of(first, second), 24)
    assert [case.id for case in gallery.cases] == ["apart", "near", "same"]
    assert [case.note for case in gallery.cases] == ["agreement 0.250", "agreement 0.950", "agreement 1.000"]
    assert [cell.words for cell in gallery.cases[0].cells] == ["confidence 0.75"] * 2
    assert len(next(sample_galleries(runs_of(first), 2)).cases) == 2
    assert list(sample_galleries([], 24)) == []


def test_pictures_are_small(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    Image.new("RGB", (1500, 900), "white").save(tmp_path / "images" / "big.png")
    mask = rectangle((900, 1500), 100, 100, 700, 700)
    write_evaluation(tmp_path / "run", tmp_path, {"big": 0.5}, {"big": mask})
    (gallery,) = scored_galleries(runs_of(tmp_path / "run"), f"{tmp_path.stem}-whole", 24)
    picture = gallery.cases[0].cells[0].picture
    assert picture is not None
    assert picture.size == (SIDE, 288)
