"""Masks to COCO, LabelMe and Label Studio and back; read and drawn by the code of those tools."""

import base64
import io
import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from pycocotools import mask as codec
from scipy import ndimage

from tests.files.holders import holder
from tests.oracles.wheels import module_of_wheel
from tests.review.conftest import cut_outs, rows
from wesam_packshot.cli.review import main

NAMES = ("apple", "bear", "cup", "dish")
SIZES = {"apple": (180, 240), "bear": (200, 240), "cup": (220, 240), "dish": (240, 240)}


@pytest.fixture(scope="module")
def brush(tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    folder = tmp_path_factory.mktemp("label_studio")
    return module_of_wheel("label-studio-sdk==2.1.2", "label_studio_sdk/converter/brush.py", folder)


@pytest.fixture
def labelme_reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    types = ModuleType("labelme._label_file")
    types.__dict__["ShapeDict"] = dict
    monkeypatch.setitem(sys.modules, "labelme._label_file", types)  # which would import Qt
    return module_of_wheel("labelme==6.3.1", "labelme/utils/shape.py", tmp_path)


def present(folder: Path, name: str) -> NDArray[np.bool_]:
    return np.asarray(Image.open(folder / "masks" / f"{name}.png")) > 127


def saved(file: Path, content: Any) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(content))
    return file


def take(folder: Path, path: Path, capsys: pytest.CaptureFixture[str], code: int = 0) -> dict[str, Any]:
    capsys.readouterr()
    assert main([str(folder), "--take", str(path), "--reviewer", "ann"]) == code
    summary: dict[str, Any] = json.loads(capsys.readouterr().out)
    return summary


def region(kind: str, size: tuple[int, int], **value: Any) -> dict[str, Any]:
    own = {"original_height": size[0], "original_width": size[1], "image_rotation": 0}
    return own | {"type": kind, "from_name": "tag", "to_name": "image", "value": value | {kind: ["product"]}}


def task(name: str, regions: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    return {"data": {"image": name}, "annotations": [{"result": regions, "updated_at": "2026-01-02"} | more]}


def test_what_is_exported_is_read_by_the_other_tools(
    tmp_path: Path, brush: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, out = cut_outs(tmp_path, ("mask",)), tmp_path / "other"
    assert main([str(folder), "--export", str(out)]) == 1  # one photo cannot be read
    summary = json.loads(capsys.readouterr().out)
    assert (summary["ok"], list(summary["errors"])) == (4, ["egg"])
    coco = json.loads((out / "coco.json").read_text())
    by_name = {image["file_name"]: image["id"] for image in coco["images"]}
    tasks = {one["data"]["image"]: one for one in json.loads((out / "labelstudio.json").read_text())}
    for name in NAMES:
        mask = present(folder, name)
        (found,) = (one for one in coco["annotations"] if one["image_id"] == by_name[f"{name}.png"])
        assert np.array_equal(codec.decode(found["segmentation"]) > 0, mask)
        (drawn,) = tasks[f"/data/local-files/?d={name}.png"]["predictions"][0]["result"]
        flat = brush.decode_rle(drawn["value"]["rle"])
        assert np.array_equal(flat.reshape(*mask.shape, 4)[..., 3] > 127, mask)
        document = json.loads((out / "labelme" / f"{name}.json").read_text())
        assert (out / "labelme" / document["imagePath"]).resolve() == (tmp_path / "photos" / f"{name}.png").resolve()
        (shape,) = document["shapes"]
        (x0, y0), (x1, y1) = ((int(x), int(y)) for x, y in shape["points"])  # the first and the last pixel, in LabelMe
        placed = np.zeros_like(mask)
        placed[y0 : y1 + 1, x0 : x1 + 1] = np.asarray(Image.open(io.BytesIO(base64.b64decode(shape["mask"]))))
        assert np.array_equal(placed, mask)


def test_what_was_drawn_in_label_studio_is_taken_back(
    folder: Path, tmp_path: Path, brush: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    ring = np.zeros(SIZES["cup"], bool)
    ring[20:150, 30:200] = True
    ring[60:90, 80:140] = False
    levels = np.repeat(ring.ravel().astype(np.uint8) * 255, 4)
    same = np.repeat(present(folder, "dish").ravel().astype(np.uint8) * 255, 4)
    corner, rectangle = [[10, 10], [60, 10], [60, 50]], {"x": 70, "y": 60, "width": 20, "height": 30}
    file = saved(
        tmp_path / "export.json",
        [
            task(
                "/data/local-files/?d=shop/cup.png",
                [region("brushlabels", SIZES["cup"], format="rle", rle=brush.encode_rle(levels))],
            ),
            task(
                "/data/upload/3/0a1b2c3d-dish.png",
                [region("brushlabels", SIZES["dish"], format="rle", rle=brush.encode_rle(same))],
            ),
            task(
                "https://shop.example/photos/bear.png?size=l",
                [
                    region("polygonlabels", SIZES["bear"], points=corner),
                    region("rectanglelabels", SIZES["bear"], **rectangle),
                ],
            ),
            task("apple.png", [], was_cancelled=True),
            {"data": {"image": "apple.png"}, "predictions": [{"result": []}]},
            task("pear.png", []),
        ],
    )
    summary = take(folder, file, capsys, 1)
    assert {key: summary[key] for key in ("corrected", "accepted", "unchanged", "failed")} == {
        "corrected": 2,
        "accepted": 1,
        "unchanged": 0,
        "failed": 1,
    }
    assert "no photo of" in summary["errors"]["pear.png"]
    assert np.array_equal(present(folder, "cup"), ring)
    found = present(folder, "bear")
    grid = np.mgrid[: SIZES["bear"][0], : SIZES["bear"][1]]
    assert found[130:175, 170:214].all()
    inside = (grid[1] < 140) & (grid[0] > 22) & (grid[1] > 28 + (grid[0] - 20) * 1.5)
    assert found[inside].all()
    assert not found[(grid[1] < 20) | (grid[0] < 18) | (grid[1] > 220)].any()
    after = rows(folder)
    assert [after[name]["status"] for name in ("apple", "bear", "cup", "dish")] == [
        "ok",
        "corrected",
        "corrected",
        "accepted",
    ]
    assert after["cup"]["reviewer"] == "ann"
    lines = map(json.loads, (folder / "corrections.jsonl").read_text().splitlines())
    assert sorted(line["id"] for line in lines) == ["bear", "cup"]
    again = take(folder, file, capsys, 1)
    assert (again["corrected"], again["accepted"]) == (0, 3)


def test_what_was_drawn_in_labelme_is_taken_back(
    folder: Path, tmp_path: Path, labelme_reader: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    corners = [(30.5, 20.0), (200.0, 40.0), (150.0, 180.5)]
    shapes = {
        "cup": [{"shape_type": "polygon", "points": corners}],
        "bear": [{"shape_type": "rectangle", "points": [[20, 30], [90, 120]]}],
        "apple": [{"shape_type": "circle", "points": [[20, 30], [90, 120]]}],
    }
    for name, drawn in shapes.items():
        facts = {"imagePath": f"../../photos/{name}.png", "imageHeight": SIZES[name][0], "imageWidth": SIZES[name][1]}
        saved(folder / "labelme" / f"{name}.json", facts | {"shapes": drawn})
    summary = take(folder, folder / "labelme", capsys, 1)
    assert (summary["corrected"], summary["unchanged"], summary["failed"]) == (2, 1, 1)  # dish is as it was written
    assert "draw masks, polygons or rectangles" in summary["errors"]["../../photos/apple.png"]
    for name, points, kind in (("cup", corners, "polygon"), ("bear", [(20, 30), (90, 120)], "rectangle")):
        wanted = labelme_reader.shape_to_mask(SIZES[name], points, kind)
        found = present(folder, name)
        assert not (found & ~ndimage.binary_dilation(wanted)).any()  # which pixels an edge takes is the tool's own
        assert found[ndimage.binary_erosion(wanted, iterations=2)].all()


def test_coco_is_taken_back(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content = json.loads((folder / "coco.json").read_text())
    number = next(image["id"] for image in content["images"] if image["file_name"] == "cup.png")
    for found in content["annotations"]:
        if found["image_id"] == number:
            found["segmentation"] = [[20, 20, 200, 20, 200, 120, 20, 120]]
    summary = take(folder, saved(tmp_path / "coco.json", content), capsys)
    assert (summary["corrected"], summary["unchanged"]) == (1, 3)
    wanted = np.zeros(SIZES["cup"], bool)
    wanted[20:120, 20:200] = True
    assert np.array_equal(present(folder, "cup"), wanted)
    own = json.loads((folder / "coco.json").read_text())
    (area,) = (found["area"] for found in own["annotations"] if found["image_id"] == number)
    assert area == wanted.sum()


RUN = {"format": "rle"}
BROKEN: dict[str, list[Any]] = {
    "too short": [region("brushlabels", SIZES["cup"], rle=[0, 3, 56], **RUN)],
    "of another size": [region("brushlabels", SIZES["cup"], rle=[0, 0, 0, 4, 57, 27, 252, 0], **RUN)],
    "no numbers": [region("brushlabels", SIZES["cup"], rle="AAAA", **RUN)],
    "no byte": [region("brushlabels", SIZES["cup"], rle=[300] * 40, **RUN)],
    "turned": [region("rectanglelabels", SIZES["cup"], x=1, y=1, width=5, height=5, rotation=30)],
    "not finite": [region("rectanglelabels", SIZES["cup"], x=1, y=1, width=1e400, height=5)],
    "far off": [region("polygonlabels", SIZES["cup"], points=[[0, 0], [1e9, 0], [5, 5]])],
    "another photo's": [region("rectanglelabels", SIZES["dish"], x=1, y=1, width=5, height=5)],
    "an ellipse": [region("ellipselabels", SIZES["cup"], x=1, y=1, radiusX=5, radiusY=5)],
    "without a value": [{"type": "brushlabels", "original_height": 220, "original_width": 240}],
    "nothing at all": ["brush"],
    "empty": [],
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_annotation_is_told_and_changes_nothing(
    kind: str, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = present(folder, "cup")
    summary = take(folder, saved(tmp_path / "tasks.json", [task("cup.png", BROKEN[kind])]), capsys, 1)
    assert list(summary["errors"]) == ["cup.png"]
    assert np.array_equal(present(folder, "cup"), before)
    assert rows(folder)["cup"]["status"] == "ok"


@pytest.mark.parametrize("content", ["{}", "[1]", "nothing", '{"images": [{}]}', '[{"data": {}}]'])
def test_a_file_of_another_kind_is_refused_in_one_line(
    content: str, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "other.json"
    file.write_text(content)
    assert main([str(folder), "--take", str(file)]) == 1
    error = capsys.readouterr().err.strip().splitlines()[-1]
    assert "other.json: neither COCO nor LabelMe nor Label Studio" in error


def test_two_commands_never_change_one_folder(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = saved(tmp_path / "tasks.json", [])
    with holder(folder):
        assert main([str(folder), "--take", str(file)]) == 1
    assert "another command" in capsys.readouterr().err
    assert main([str(folder), "--take", str(file), "--export", str(tmp_path)]) == 2
    assert main([str(folder), "--export", str(folder / ".")]) == 2
    assert main([str(tmp_path / "none"), "--take", str(file)]) == 2
    assert not (tmp_path / "none").exists()
