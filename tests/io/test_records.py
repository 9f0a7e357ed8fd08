"""Data folders, plain folders, files and COCO, as records."""

import json
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from wesam_packshot.errors import UsageError, UserError
from wesam_packshot.io.prompt_file import PromptSpec
from wesam_packshot.io.records import give_ids, read_records
from wesam_packshot.sam.frame import Frame


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "images").mkdir()
    (tmp_path / "masks").mkdir()
    (tmp_path / "shadows").mkdir()
    for name in ("b", "a", "c"):
        Image.new("RGB", (40, 30)).save(tmp_path / "images" / f"{name}.jpg")
    Image.new("L", (40, 30), 255).save(tmp_path / "masks" / "a.png")
    Image.new("L", (40, 30), 200).save(tmp_path / "shadows" / "a.png")
    Image.new("L", (4, 3), 255).save(tmp_path / "masks" / "b.png")
    Image.new("L", (40, 30), 255).save(tmp_path / "rough.png")
    rows = [
        {"id": "a", "box": [1, 2, 30, 20], "points": [[5, 6]], "labels": [0]},
        {"id": "b", "points": [[5, 6]]},
        {"id": "c", "coarse": "rough.png"},
        {"id": "c", "box": [1, 2, 3, 4]},
    ]
    (tmp_path / "prompts.jsonl").write_text("\n".join(map(json.dumps, rows)) + "\n\n")
    return tmp_path


def test_a_data_folder_brings_masks_layers_and_prompts(folder: Path) -> None:
    first, second, third = read_records(folder)
    assert [record.id for record in (first, second, third)] == ["a", "b", "c"]
    assert first.prompts == (PromptSpec((1, 2, 30, 20), ((5, 6),), (0,)),)
    assert first.prompts[0].kind == "box+points"
    assert first.read_mask(30, 40).min() == 255
    layer = first.read_layer("shadows", 30, 40)
    assert layer is not None
    assert layer.max() == 200
    assert first.read_layer("reflections", 30, 40) is None
    assert second.prompts[0].labels == (1,)
    assert not third.has_mask
    assert [spec.kind for spec in third.prompts] == ["mask", "box"]
    prompt = third.prompts[0].prompt(Frame(30, 40))
    assert prompt.mask is not None
    assert prompt.mask.max() == 8
    with pytest.raises(UserError, match=r"b\.png: the mask is 4x3, but its photo 40x30"):
        second.read_mask(30, 40)


def test_the_limit_keeps_the_first(folder: Path) -> None:
    assert [record.id for record in read_records(folder, limit=2)] == ["a", "b"]


def test_a_plain_folder_and_a_single_photo(folder: Path) -> None:
    photos = folder / "images"
    (photos / ".hidden.jpg").touch()
    (photos / "Thumbs.db").touch()
    (photos / "a.png").touch()  # shares its stem with a.jpg
    (photos / "notes.txt").touch()  # no photo: it is reported when it is read
    assert [record.id for record in read_records(photos)] == ["a.jpg", "a.png", "b", "c", "notes"]
    assert [record.file.name for record in read_records(photos / "b.jpg")] == ["b.jpg"]


def test_nothing_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="absent: no such file or folder"):
        read_records(tmp_path / "absent")
    with pytest.raises(UsageError, match="holds no photos"):
        read_records(tmp_path)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('{"id": "a", "box": [1, 2, 3]}', r"malformed prompt \(4 numbers expected, not 3\)"),
        ("{not json", "no JSON; each line is a prompt such as"),
        ('{"box": [1, 2, 3, 4]}', r"malformed prompt \(it needs an id\)"),
        ('{"id": "a", "points": [[1]]}', r"malformed prompt \(2 numbers expected, not 1\)"),
        ('{"id": "a", "boxx": [1, 2, 3, 4]}', r"unknown key boxx, known are id, box, points, labels, coarse"),
        ('{"id": "a"}', "neither box nor points nor coarse mask"),
        ('{"id": "a", "box": [30, 2, 3, 40]}', "a box is left, top, right, bottom"),
        ("[]", "a line holds one object"),
        ("7", "a line holds one object"),
        ("[" * 100_000, "nested too deeply"),
        ('{"id": ["a"], "box": [1, 2, 3, 4]}', "it needs an id"),
        ('{"id": "a", "box": [1, 2, 1' + "0" * 400 + ", 4]}", "no number that can be used"),
        ('{"id": "a", "box": [1, 2, 1' + "0" * 5000 + ", 4]}", r"malformed prompt \("),
        ('{"id": "a", "box": [1, 2, 1e999, 4]}', "inf is no number that can be used"),
        ('{"id": "a", "box": [1, 2, NaN, 4]}', "nan is no number that can be used"),
        ('{"id": "a", "box": [1, 2, "3", 4]}', "'3' is no number that can be used"),
        ('{"id": "a", "box": {"x": 1}}', "4 numbers expected, not {'x': 1}"),
        ('{"id": "a", "points": 5}', "malformed prompt"),
        ('{"id": "a", "points": [5]}', "2 numbers expected, not 5"),
        ('{"id": "a", "points": [[1, 2]], "labels": [1e999]}', "labels are 1 on the product and 0 off it"),
        ('{"id": "a", "points": [[1, 2]], "labels": 1}', "malformed prompt"),
        ('{"id": "a", "coarse": 5}', "malformed prompt"),
    ],
)
def test_malformed_prompts_are_named_by_line(folder: Path, line: str, told: str) -> None:
    (folder / "prompts.jsonl").write_text('{"id": "a", "box": [1, 2, 3, 4]}\n' + line + "\n")
    with pytest.raises(UserError, match=r"prompts\.jsonl, line 2: .*" + told) as raised:
        read_records(folder)
    assert "\n" not in str(raised.value)
    assert len(str(raised.value)) < 500 + len(str(folder))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_prompts_with_and_without_a_byte_order_mark(folder: Path, encoding: str, end: str) -> None:
    Image.new("RGB", (40, 30)).save(folder / "images" / "größe\u2028.jpg")
    lines = ['{"id": "a", "box": [1, 2, 3, 4]}', '{"id": "größe\u2028", "box": [5, 6, 7, 8]}', ""]
    (folder / "prompts.jsonl").write_bytes(end.join(lines).encode(encoding))
    found = {record.id: record.prompts for record in read_records(folder)}
    assert [spec.box for spec in (*found["a"], *found["größe\u2028"])] == [(1, 2, 3, 4), (5, 6, 7, 8)]


@pytest.mark.parametrize(
    ("encoding", "line", "told"),
    [("utf-16", 1, "looks like UTF-16"), ("utf-16-le", 1, "looks like UTF-16"), ("latin-1", 2, "is not UTF-8")],
)
def test_prompts_in_another_encoding_are_named_by_line(folder: Path, encoding: str, line: int, told: str) -> None:
    text = '{"id": "a", "box": [1, 2, 3, 4]}\n{"id": "größe", "box": [1, 2, 3, 4]}\n'
    (folder / "prompts.jsonl").write_bytes(text.encode(encoding))
    with pytest.raises(UserError, match=rf"prompts\.jsonl, line {line}: .*{told}; save it as UTF-8"):
        read_records(folder)


def test_a_prompt_for_no_photo_is_told(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    (folder / "prompts.jsonl").write_text('{"id": "nobody", "box": [1, 2, 3, 4]}\n')
    read_records(folder)
    assert "there is no photo called nobody" in caplog.text


def test_labels_must_be_as_many_as_points(folder: Path) -> None:
    (folder / "prompts.jsonl").write_text('{"id": "a", "points": [[1, 2]], "labels": [1, 0]}')
    with pytest.raises(UserError, match="1 points but 2 labels"):
        read_records(folder)


def test_coco_brings_boxes_and_masks(folder: Path) -> None:
    square = [5, 5, 15, 5, 15, 15, 5, 15]
    content = {
        "images": [{"id": 7, "file_name": "b.jpg"}, {"id": 3, "file_name": "a.jpg"}],
        "annotations": [
            {"id": 1, "image_id": 7, "bbox": [5, 5, 10, 10], "segmentation": [square]},
            {
                "id": 2,
                "image_id": 7,
                "bbox": [20, 5, 10, 10],
                "segmentation": {"size": [30, 40], "counts": [0, 3, 1197]},
            },
            {"id": 3, "image_id": 7, "iscrowd": 1, "segmentation": {"size": [30, 40], "counts": [30, 2, 1168]}},
        ],
    }
    (folder / "instances.json").write_text(json.dumps(content))
    first, second = read_records(folder / "instances.json")
    assert first.id == "a"
    assert not first.has_mask
    assert [spec.box for spec in second.prompts] == [(5, 5, 15, 15), (20, 5, 30, 15)]
    levels = second.read_mask(30, 40)
    expected = np.zeros((30, 40), np.uint8)
    expected[:2, 1] = 128  # crowd: run lengths go down the columns
    expected[5:15, 5:15] = 255
    expected[:3, 0] = 255
    assert np.array_equal(levels, expected)


def test_broken_coco_is_named(folder: Path) -> None:
    path = folder / "instances.json"
    path.write_text('{"images": [{"id": 1, "file_name": "gone.jpg"}]}')
    with pytest.raises(UserError, match=r"image gone\.jpg is neither in"):
        read_records(path)
    path.write_text('{"pictures": []}')
    with pytest.raises(UserError, match="not a COCO instances file"):
        read_records(path)


@pytest.mark.parametrize(
    ("names", "ids"),
    [
        (("a.jpg", "b.png"), ("a", "b")),
        (("p.jpg", "p.png"), ("p.jpg", "p.png")),
        (("p.jpg", "p.png", "p.jpg.png"), ("p.jpg", "p.png", "p.jpg.png")),
        (("cam1/1.jpg", "cam2/1.jpg", "2.jpg"), ("cam1/1", "cam2/1", "2")),
        (("cam1/1.jpg", "cam1/1.png", "cam2/1.jpg"), ("cam1/1", "1.png", "cam2/1")),
        (("a/x/1.jpg", "b/x/1.jpg", "x/1.jpg"), ("a/x/1", "b/x/1", "photos/x/1")),
        (("x/p.jpg", "p.jpg.png"), ("p", "p.jpg")),
    ],
)
def test_no_two_photos_have_one_id_in_whatever_order(names: tuple[str, ...], ids: tuple[str, ...]) -> None:
    expected = dict(zip(names, ids, strict=True))
    for order in permutations(names):
        found = give_ids([Path("/photos") / name for name in order])
        assert dict(zip(order, found, strict=True)) == expected


def test_coco_photos_of_one_name_in_several_folders(tmp_path: Path) -> None:
    for camera in ("cam1", "cam2"):
        (tmp_path / "images" / camera).mkdir(parents=True)
        Image.new("RGB", (40, 30)).save(tmp_path / "images" / camera / "0001.jpg")
    path = tmp_path / "instances.json"
    names = ["cam2/../cam1/0001.jpg", "cam2/0001.jpg"]
    path.write_text(json.dumps({"images": [{"id": key, "file_name": name} for key, name in enumerate(names)]}))
    assert [record.id for record in read_records(path)] == ["cam1/0001", "cam2/0001"]
    assert [record.name for record in read_records(path)] == ["cam1/0001.jpg", "cam2/0001.jpg"]
    path.write_text(json.dumps({"images": [{"id": key, "file_name": "cam1/0001.jpg"} for key in (1, 2)]}))
    with pytest.raises(UserError, match=r"names the image .*cam1/0001\.jpg 2 times; put all of its annotations"):
        read_records(path)
