"""Boxes of detectors, in both of COCO's forms."""

import json
from pathlib import Path

import pytest

from wesam_packshot.errors import UserError
from wesam_packshot.io.detections import detected, read_detections
from wesam_packshot.io.prompt_file import PromptSpec
from wesam_packshot.io.records import Record


def test_a_list_of_results(tmp_path: Path) -> None:
    rows = [
        {"image_id": "shelf.jpg", "bbox": [10, 20, 30, 40], "score": 0.75, "category_id": 3},
        {"image_id": "shelf.jpg", "bbox": [0, 0, 5, 5]},
    ]
    (tmp_path / "found.json").write_text(json.dumps(rows))
    assert read_detections(tmp_path / "found.json") == {
        "shelf.jpg": (
            PromptSpec((10, 20, 40, 60), category="category 3", score=0.75),
            PromptSpec((0, 0, 5, 5)),
        )
    }


def test_an_instances_file(tmp_path: Path) -> None:
    content = {
        "images": [{"id": 7, "file_name": "images/shelf.jpg"}],
        "categories": [{"id": 3, "name": "cup"}],
        "annotations": [{"image_id": 7, "bbox": [10, 20, 30, 40], "category_id": 3}],
    }
    (tmp_path / "coco.json").write_text(json.dumps(content))
    assert read_detections(tmp_path / "coco.json") == {
        "images/shelf.jpg": (PromptSpec((10, 20, 40, 60), category="cup"),)
    }


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[", "no detections"),
        ('[{"image_id": 7, "bbox": [1, 2, 3, 4]}]', "image_id 7 names no photo"),
        ('[{"image_id": "a", "bbox": [1, 2, 0, 4]}]', "is empty"),
        ('[{"bbox": [1, 2, 3, 4]}]', "image_id"),
        ("[" * 100_000, "nested too deeply"),
        ("[[]]", "no detections"),
        ('[{"image_id": ["a"], "bbox": [1, 2, 3, 4]}]', "names no photo"),
        ('[{"image_id": "a", "bbox": [1, 2, 1e999, 4]}]', "inf is no number"),
        ('[{"image_id": "a", "bbox": [1, 2, 1' + "0" * 400 + ", 4]}]", "is no number"),
        ('[{"image_id": "a", "bbox": [1, 2, 3, 4], "score": "high"}]', "'high' is no number"),
        ('[{"image_id": "' + "\0" + '", "bbox": [1, 2, 3, 4]}]', "looks like UTF-16"),
    ],
)
def test_what_is_no_detections_is_told(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "found.json").write_text(text)
    with pytest.raises(UserError, match=rf"found.json: .*{told}.*give a COCO file"):
        read_detections(tmp_path / "found.json")
    with pytest.raises(UserError, match=r"none.json: cannot be read"):
        read_detections(tmp_path / "none.json")


def test_boxes_go_to_the_photo_that_is_meant() -> None:
    specs = {name: (PromptSpec((0, 0, 1, number + 1)),) for number, name in enumerate("abcdef")}
    photos = [
        Record("cam1/1", Path("/photos/cam1/1.jpg")),
        Record("cam2/1", Path("/photos/cam2/1.jpg")),
        Record("2", Path("/photos/2.jpg")),
    ]
    found = {"cam2/1.jpg": specs["a"], "cam1/1": specs["b"], "elsewhere/2.jpg": specs["c"]}
    assert detected(found, photos) == [specs["b"], specs["a"], specs["c"]]
    # which of two is meant by a name that both have cannot be told, nor which of two names means the one
    assert detected({"1.jpg": specs["d"], "x/2.jpg": specs["e"], "y/2.jpg": specs["f"]}, photos) == [(), (), ()]
    assert detected({"2.jpg": specs["d"], "y/2.jpg": specs["e"]}, photos) == [(), (), specs["d"]]
