"""Files of one photo: formats, shadow policies, and the overlay's four colours."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from wesam_packshot.batch.outputs import ShadowPolicy, Style, Writer, describe, output_files, parse_formats
from wesam_packshot.errors import UsageError
from wesam_packshot.io.outcome import Layers, Outcome
from wesam_packshot.io.overlays import COLOURS, DIMMED

SIZE = (40, 60)
PRODUCT = np.s_[10:30, 10:30]
SHADOW = np.s_[10:30, 30:50]


@pytest.fixture
def mask() -> NDArray[np.bool_]:
    found = np.zeros(SIZE, bool)
    found[PRODUCT] = True
    return found


def layers() -> Layers:
    """At half the photo's size: a shadow of 40 % right of the product, a reflection below, an unsure corner."""
    shadow, reflection, unsure = np.zeros((20, 30), np.float32), np.zeros((20, 30), bool), np.zeros((20, 30), bool)
    shadow[5:15, 5:25] = 0.4  # reaches under the product
    reflection[15:, 5:15] = True
    unsure[:3, 25:] = True
    return Layers(shadow, reflection, unsure)


def write(folder: Path, mask: NDArray[np.bool_], policy: ShadowPolicy) -> dict[str, NDArray[np.uint8]]:
    image = np.full((*SIZE, 3), 200, np.uint8)
    formats = ("mask", "rgba", "overlay")
    outcome = Outcome(mask, "ok", "", 0.9, False, 0.0, 0.0, "whole", layers())
    Writer(folder, folder / "photo.png", image, outcome, Style(policy)).write("a", formats)
    files = output_files(folder, "a", formats, Style(policy))
    assert sorted(folder.rglob("a.*")) == sorted(files.values())
    return {kind: np.asarray(Image.open(path)) for kind, path in files.items()}


def test_a_dropped_shadow_is_in_no_file(tmp_path: Path, mask: NDArray[np.bool_]) -> None:
    found = write(tmp_path, mask, "drop")
    assert set(found) == {"mask", "rgba", "overlay"}
    assert np.array_equal(found["rgba"][..., 3], mask * 255)


def test_a_separate_shadow_is_a_layer_of_its_own(tmp_path: Path, mask: NDArray[np.bool_]) -> None:
    found = write(tmp_path, mask, "separate")
    assert found["shadow"].shape == SIZE
    assert (found["shadow"][12:28, 34:48] == 102).all()  # 40 % of 255
    assert (found["shadow"][PRODUCT] == 0).all()
    assert np.array_equal(found["rgba"][..., 3], mask * 255)


def test_a_kept_shadow_is_black_in_the_cut_out_and_a_layer(tmp_path: Path, mask: NDArray[np.bool_]) -> None:
    found = write(tmp_path, mask, "keep")
    assert found["rgba"][20, 40].tolist() == [0, 0, 0, 102]
    assert found["rgba"][20, 20].tolist() == [200, 200, 200, 255]
    assert found["rgba"][2, 2, 3] == 0
    # laid on the backdrop, the cut-out gives the shadow that the photo shows
    assert 200 * (1 - found["shadow"][20, 40] / 255) == pytest.approx(120, abs=1)


def test_the_overlay_has_a_colour_for_each_layer(tmp_path: Path, mask: NDArray[np.bool_]) -> None:
    shown = write(tmp_path, mask, "drop")["overlay"].astype(float)
    dimmed = 0.35 * 200 + 0.65 * np.asarray(DIMMED)
    for name, place in {"shadow": (20, 42), "reflection": (36, 20), "unsure": (2, 55)}.items():
        tint = shown[place] - dimmed
        others = [np.asarray(COLOURS[other]) - dimmed for other in COLOURS if other not in (name, "product")]
        own = np.asarray(COLOURS[name]) - dimmed
        cosine = [float(tint @ colour) / np.linalg.norm(tint) / np.linalg.norm(colour) for colour in (own, *others)]
        assert cosine[0] > 0.95, name
        assert cosine[0] == max(cosine), name
    assert np.abs(shown[36, 50] - dimmed).max() < 6  # nothing there
    assert np.abs(shown[20, 20] - 200).max() < 6  # the product itself


def test_formats() -> None:
    assert parse_formats("mask, rgba") == ("mask", "rgba")
    assert parse_formats("everything,mask", "text") == ("everything", "mask")
    with pytest.raises(UsageError, match=r"--format edges: is written by .* --mode edges only"):
        parse_formats("mask,edges", "everything")
    with pytest.raises(UsageError, match="--format gif: unknown; choose among mask, alpha, rgba, crop, flat, overlay"):
        parse_formats("mask,gif")


def test_a_mask_is_described_by_box_and_area(mask: NDArray[np.bool_]) -> None:
    assert describe(mask) == {"box": [10, 10, 30, 30], "area": pytest.approx(400 / 2400)}
    assert describe(~mask & mask) == {"box": None, "area": 0}
