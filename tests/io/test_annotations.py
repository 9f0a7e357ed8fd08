"""LabelMe and Label Studio files, read back by the readers of those programs."""

import base64
import io
import json
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from tests.oracles.wheels import module_of_wheel
from wesam_packshot.batch.outputs import Style, Writer
from wesam_packshot.io import coco, label_studio
from wesam_packshot.io.outcome import Instance, Outcome

SIZE = (60, 90)


@pytest.fixture
def ring() -> NDArray[np.bool_]:
    """A ring, whose hole polygons would lose, and a small component."""
    y, x = np.mgrid[: SIZE[0], : SIZE[1]]
    distance = np.hypot(y - 30, x - 40)
    mask: NDArray[np.bool_] = (distance < 25) & (distance > 12)
    mask[5, 80] = True
    return mask


def written(folder: Path, mask: NDArray[np.bool_], kind: str, instances: tuple[Instance, ...] | None = None) -> object:
    photo = folder / "photos" / "ring.png"
    image = np.zeros((*SIZE, 3), np.uint8)
    outcome = Outcome(mask, "ok", "", 0.875, False, 0.0, 0.0, "whole", instances=instances)
    Writer(folder / "out", photo, image, outcome, Style()).write("ring", (kind,))
    return json.loads((folder / "out" / kind / "ring.json").read_text())


def test_label_studio_reads_its_brush_labels(tmp_path: Path, ring: NDArray[np.bool_]) -> None:
    task = written(tmp_path, ring, "labelstudio")
    assert isinstance(task, dict)
    assert task["data"]["image"].endswith("?d=ring.png")
    (prediction,) = task["predictions"]
    (region,) = prediction["result"]
    assert (prediction["score"], region["value"]["brushlabels"]) == (0.875, ["product"])
    reader = module_of_wheel("label-studio-sdk==2.1.2", "label_studio_sdk/converter/brush.py", tmp_path)
    flat = reader.decode_rle(region["value"]["rle"])
    assert np.array_equal(flat.reshape(*SIZE, 4)[..., 3] == 255, ring)
    blank = reader.decode_rle(label_studio.encode(np.zeros((300, 300), bool)))  # a run longer than a code can say
    assert len(blank) == 4 * 300 * 300
    assert not blank.any()


def test_labelme_reads_its_shapes(tmp_path: Path, ring: NDArray[np.bool_], monkeypatch: pytest.MonkeyPatch) -> None:
    cup = np.zeros(SIZE, bool)
    cup[0:7, 0:9] = True
    instances = (Instance(coco.encode_mask(ring), 0.9), Instance(coco.encode_mask(cup), 0.4, "cup"))
    document = written(tmp_path, ring | cup, "labelme", instances)
    assert isinstance(document, dict)
    photo = (tmp_path / "out" / "labelme" / document["imagePath"]).resolve()
    assert photo == (tmp_path / "photos" / "ring.png").resolve()
    assert (document["imageHeight"], document["imageWidth"]) == SIZE
    types = ModuleType("labelme._label_file")
    types.__dict__["ShapeDict"] = dict
    monkeypatch.setitem(sys.modules, "labelme._label_file", types)  # which would import Qt
    reader = module_of_wheel("labelme==6.3.1", "labelme/utils/shape.py", tmp_path)
    for shape, mask in zip(document["shapes"], (ring, cup), strict=True):
        with Image.open(io.BytesIO(base64.b64decode(shape["mask"]))) as picture:
            shape["mask"] = np.asarray(picture).astype(bool)
        names = {"_background_": 0, "product": 1, "cup": 2}
        classes, _ = reader.shapes_to_label((*SIZE, 3), [shape], names)
        assert np.array_equal(classes > 0, mask)
        assert classes.max() == names[shape["label"]]


def test_an_empty_mask_has_no_regions(tmp_path: Path) -> None:
    nothing = np.zeros(SIZE, bool)
    task, document = (written(tmp_path, nothing, kind) for kind in ("labelstudio", "labelme"))
    assert isinstance(task, dict)
    assert isinstance(document, dict)
    assert task["predictions"][0]["result"] == []
    assert document["shapes"] == []
