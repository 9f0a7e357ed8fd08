"""COCO masks that are none of their photo: told in a line, and never to the codec, which they would crash."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from PIL import Image
from pycocotools import mask as codec

from wesam_packshot.adaptation.supervision import prepare_records
from wesam_packshot.config import load_config
from wesam_packshot.errors import UserError
from wesam_packshot.io.coco import decode_mask, draw_instances
from wesam_packshot.io.records import Record, read_records
from wesam_packshot.io.segmentations import check
from wesam_packshot.sam.frame import Frame

HEIGHT, WIDTH = 30, 40
MASKS = arrays(np.uint8, st.tuples(st.integers(1, 70), st.integers(1, 70)), elements=st.integers(0, 1))


@given(MASKS)
def test_every_code_of_pycocotools_is_accepted(mask: NDArray[np.uint8]) -> None:
    code = codec.encode(np.asfortranarray(mask))
    text = {"size": [*mask.shape], "counts": code["counts"].decode()}
    check(text, *mask.shape)
    assert np.array_equal(decode_mask(text, *mask.shape), mask)
    columns = mask.T.reshape(-1)
    edges = np.flatnonzero(np.diff(np.r_[0, columns]))
    numbers = {"size": [*mask.shape], "counts": np.diff(np.r_[0, edges, columns.size]).tolist()}
    check(numbers, *mask.shape)
    assert np.array_equal(decode_mask(numbers, *mask.shape), mask)


def test_long_runs_are_accepted() -> None:
    mask = np.zeros((9000, 11000), np.uint8)
    mask[100:8000, 50:10900] = 1
    code = codec.encode(np.asfortranarray(mask))
    check({"size": [9000, 11000], "counts": code["counts"].decode()}, 9000, 11000)


def code(counts: Any, size: Any = None) -> dict[str, Any]:
    return {"size": size or [HEIGHT, WIDTH], "counts": counts}


@pytest.mark.parametrize(
    ("segmentation", "told"),
    [
        (code([100_000 * 100_000], [100_000, 100_000]), r"its size \[100000, 100000\] is not the photo's \[30, 40\]"),
        (code("0", [2**40, 1]), "is not the photo's"),
        (code([0, 1], "30x40"), "'30x40' are no whole numbers"),
        (code([0, 1], [30.0, 40.0]), "no whole numbers"),
        (code([0, 2**40]), "do not add up to 30 x 40 pixels"),
        (code([1300, -100]), "do not add up"),
        (code([600, 599]), "do not add up"),
        (code([True] * 1200), "no whole numbers"),
        (code(["1200"]), "no whole numbers"),
        (code(None), "no whole numbers"),
        (code("oooooooooooooooooo0"), "no run-length code"),
        (code("ooo"), "end within a number"),
        (code("\0\x01"), "no run-length code"),
        (code("ж"), "no run-length code"),
        (code(""), "do not add up"),
        ({"counts": [1200]}, "None are no whole numbers"),
        ([[1e9, 0, 1e9, 5, 0, 5]], r"corner \(1000000000.0, 0\) lies far off the photo"),
        ([[0, 0, 0, -31, 5, 5]], "lies far off"),
        ([[float("nan"), 0, 0, 5, 5, 5]], "lies far off"),
        ([[0, 0, 10**400, 5, 5, 5]], "lies far off"),
        ([[0, 0, 5, 5]], "at least 3 corners, not 4 numbers"),
        ([[0, 0, 5, 5, 0, 5, 7]], "not 7 numbers"),
        ([0, 0, 5, 5, 0, 5], "0 is no polygon"),
        ([["0", 0, 5, 5, 0, 5]], "is no polygon"),
        ([[0, 0, 40, 30] * 50_000], "outline of .* pixels exceeds 1000000"),
        ([], "it is empty"),
        ("polygon", "'polygon' is neither polygons nor a run-length code"),
        (7, "7 is neither"),
    ],
)
def test_what_is_no_mask_of_the_photo_is_told(segmentation: Any, told: str) -> None:
    with pytest.raises(ValueError, match=told) as raised:
        check(segmentation, HEIGHT, WIDTH)
    assert len(str(raised.value)) < 200
    assert "\n" not in str(raised.value)
    with pytest.raises(UserError, match=r"annotation 9: .*; mend or remove it"):
        draw_instances(({"id": 9, "segmentation": segmentation},), HEIGHT, WIDTH)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**64), 2**64) | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=8) | st.fixed_dictionaries({"size": inner, "counts": inner}),
    max_leaves=20,
)
NEARLY = st.fixed_dictionaries(
    {
        "size": st.just([HEIGHT, WIDTH]),
        "counts": st.lists(st.integers(-5, 1300), max_size=6) | st.text("0123456789:?@PQo", max_size=12),
    }
)
POLYGONS = st.lists(st.lists(st.floats(-100, 100) | st.integers(-50, 90), max_size=12), max_size=3)


@settings(max_examples=300)
@given(VALUES | NEARLY | POLYGONS)
def test_the_codec_survives_what_has_been_checked(segmentation: Any) -> None:
    try:
        check(segmentation, HEIGHT, WIDTH)
    except ValueError as error:
        assert "\n" not in str(error)
    else:
        assert decode_mask(segmentation, HEIGHT, WIDTH).shape == (HEIGHT, WIDTH)


def coco_file(folder: Path, *annotations: dict[str, Any]) -> Path:
    for name in ("a", "b"):
        Image.new("RGB", (WIDTH, HEIGHT)).save(folder / f"{name}.png")
    images = [{"id": number, "file_name": f"{name}.png"} for number, name in enumerate("ab", start=1)]
    (folder / "coco.json").write_text(json.dumps({"images": images, "annotations": annotations}))
    return folder / "coco.json"


def test_one_bad_annotation_is_one_bad_photo(tmp_path: Path) -> None:
    square = [[5, 5, 15, 5, 15, 15, 5, 15]]
    first, second = read_records(
        coco_file(
            tmp_path,
            {"id": 3, "image_id": 1, "bbox": [5, 5, 10, 10], "segmentation": code([5])},
            {"id": 4, "image_id": 2, "bbox": [5, 5, 10, 10], "segmentation": square},
        )
    )
    assert second.read_mask(HEIGHT, WIDTH).sum() == 100 * 255
    with pytest.raises(UserError, match=r"a\.png: annotation 3: its run lengths do not add up"):
        first.read_mask(HEIGHT, WIDTH)


@pytest.mark.parametrize(
    "box", [[1, 2, 3], [1, 2, "3", 4], [1, 2, 10**400, 4], [1, 2, 3, float("nan")], [1, 2, 0, 4], "x"]
)
def test_one_bad_box_is_one_bad_photo(box: Any, tmp_path: Path) -> None:
    good = {"id": 4, "image_id": 2, "bbox": [5, 5, 10, 10]}
    first, second = read_records(coco_file(tmp_path, {"id": 3, "image_id": 1, "bbox": box}, good))
    assert [prompt.box for prompt in second.ready_prompts(Frame(HEIGHT, WIDTH))] == [(5, 5, 15, 15)]
    with pytest.raises(UserError, match=r"a\.png: annotation 3: .*; mend or remove it"):
        first.ready_prompts(Frame(HEIGHT, WIDTH))


def test_a_box_far_off_its_photo_is_told(tmp_path: Path) -> None:
    rounded = {"id": 3, "image_id": 1, "bbox": [-0.4, 0, 40.8, 30]}
    beyond = {"id": 4, "image_id": 2, "bbox": [0, 0, 1e300, 1e300]}
    first, second = read_records(coco_file(tmp_path, rounded, beyond))
    assert len(first.ready_prompts(Frame(HEIGHT, WIDTH))) == 1
    with pytest.raises(UserError, match=r"b\.png: prompt at 1e\+300,1e\+300 lies outside its 40x30 pixels"):
        second.ready_prompts(Frame(HEIGHT, WIDTH))


@pytest.mark.parametrize(
    "content",
    [
        b"[" * 100_000,
        b'{"images": [{"id": 1, "file_name": 7}]}',
        b'{"images": [{"id": 1, "file_name": "' + b"x" * 5000 + b'"}]}',
        b'{"images": [{"id": [], "file_name": "a.png"}]}',
        b'{"images": [{"id": 1, "file_name": "a.png"}], "annotations": [[]]}',
        b'{"images": [{"id": 1, "file_name": "a.png"}], "annotations": 5}',
        b'{"images": [{"id": 1, "file_name": "\xe9.png"}]}',
        '{"images": []}'.encode("utf-16"),
        b"7",
    ],
)
def test_a_file_that_is_no_coco_is_told_in_a_line(content: bytes, tmp_path: Path) -> None:
    path = coco_file(tmp_path)
    path.write_bytes(content)
    with pytest.raises(UserError, match=r"coco\.json: not a COCO instances file \(.*; export it again") as raised:
        read_records(path)
    assert len(str(raised.value)) < 500 + len(str(path))


def test_drawing_prompts_survives_a_bad_annotation(tmp_path: Path) -> None:
    square = [[5, 5, 15, 5, 15, 15, 5, 15]]
    records = read_records(
        coco_file(
            tmp_path,
            {"id": 3, "image_id": 1, "segmentation": [[1e9] * 6]},
            {"id": 4, "image_id": 2, "segmentation": square},
        )
    )
    first, second = prepare_records(records, load_config(None, ["data.prompts_from_masks=box"]).data, tmp_path)
    assert second.prompts[0].box == (5, 5, 15, 15)
    with pytest.raises(UserError, match=r"^[^:]*a\.png: annotation 3: .*lies far off the photo"):
        first.ready_prompts(Frame(HEIGHT, WIDTH))


def test_no_prompt_is_drawn_from_no_photo(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_text("no photo")
    Image.new("L", (WIDTH, HEIGHT), 255).save(tmp_path / "mask.png")
    record = Record("a", tmp_path / "a.jpg", tmp_path / "mask.png")
    (prepared,) = prepare_records([record], load_config(None, ["data.prompts_from_masks=box"]).data, tmp_path)
    with pytest.raises(UserError, match=r"^[^:]*a\.jpg: not an image in a known format"):
        prepared.ready_prompts(Frame(HEIGHT, WIDTH))
