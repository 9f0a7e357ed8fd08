"""The first stage: labels once, cached for later runs, broken photos told."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import tiny_sam
from wesam_packshot.adaptation import labelling
from wesam_packshot.adaptation.anchor import label_photo
from wesam_packshot.adaptation.store import LabelStore
from wesam_packshot.config import load_config
from wesam_packshot.files.hashing import file_sha256
from wesam_packshot.io.records import read_records
from wesam_packshot.pseudolabel.labeler import PseudoLabeler
from wesam_packshot.sam.lora import adapters, inject_loras
from wesam_packshot.sam.weights import Base

BASE = Base("mobile_sam", "a" * 64, official=True)
CONFIG = load_config(None, ["train.precision=fp32", "pseudolabel.min_confidence=0"])


def test_a_photo_is_looked_at_once(
    packshot_folder: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WESAM_PACKSHOT_CACHE", str(tmp_path / "cache"))
    folder = packshot_folder(2)
    (folder / "images" / "broken.png").write_text("no photo")
    records = read_records(folder)
    looked: list[str] = []
    look = label_photo

    def counting(*arguments: object) -> object:
        looked.append(arguments[1].id)  # type: ignore[attr-defined]
        return look(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(labelling, "label_photo", counting)
    stores = [LabelStore(tmp_path / name) for name in ("first", "second")]
    kept = [
        labelling.label_photos(tiny_sam(), records, store, CONFIG, BASE, {"ball_0"}) for store in (stores[0], *stores)
    ]
    assert looked == ["ball_0", "ball_1", "broken", "broken"]  # the first store is asked twice, the second is cached
    assert [set(embeddings) for embeddings in kept] == [{"ball_0"}, set(), {"ball_0"}]
    assert np.array_equal(kept[0]["ball_0"], kept[2]["ball_0"])
    for kind in ("maps/ball_1.png", "prototypes/ball_1.npy"):
        assert (stores[0].folder / kind).read_bytes() == (stores[1].folder / kind).read_bytes()
    rows = stores[1].rows()
    assert rows == stores[0].rows()
    assert "broken.png: not an image" in rows["broken"]["error"]


def test_the_anchor_labels_with_its_adapter_and_no_other(
    packshot_folder: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WESAM_PACKSHOT_CACHE", str(tmp_path / "cache"))
    sam = tiny_sam()
    inject_loras(sam, {"decoder.mlp": 2}, ["anchor", "student", "teacher"], seed=0)
    seen: list[dict[str, float]] = []

    def looking(labeler: PseudoLabeler, *arguments: object) -> object:
        seen.extend(each.scales for each in adapters(labeler.sam))
        return label_photo(labeler, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(labelling, "label_photo", looking)
    labelling.label_photos(sam, read_records(packshot_folder(1)), LabelStore(tmp_path / "store"), CONFIG, BASE, set())
    assert seen and all(scales == {"anchor": 1, "student": 0, "teacher": 0} for scales in seen)
    assert not any(any(each.scales.values()) for each in adapters(sam))


def test_a_photo_replaced_while_it_is_labelled_fails(
    packshot_folder: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise its label would be remembered as the other photo's."""
    monkeypatch.setenv("WESAM_PACKSHOT_CACHE", str(tmp_path / "cache"))
    records = read_records(packshot_folder(2))

    def slow(*arguments: object) -> object:
        if arguments[1] is records[0]:
            records[0].file.write_bytes(records[1].file.read_bytes())
        return label_photo(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(labelling, "label_photo", slow)
    store = LabelStore(tmp_path / "store")
    labelling.label_photos(tiny_sam(), records, store, CONFIG, BASE, set())
    rows = store.rows()
    assert "ball_0.png: was replaced while it was being labelled" in rows["ball_0"]["error"]
    assert rows["ball_1"]["sha256"] == file_sha256(records[1].file)
    assert len(list((tmp_path / "cache" / "labels").iterdir())) == 1


def test_whatever_goes_wrong_with_a_photo_the_others_are_labelled(
    packshot_folder: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WESAM_PACKSHOT_CACHE", str(tmp_path / "cache"))
    records = read_records(packshot_folder(2))

    def odd(*arguments: object) -> object:
        if arguments[1] is records[0]:
            raise RuntimeError("out of memory")
        return label_photo(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(labelling, "label_photo", odd)
    store = LabelStore(tmp_path / "run")
    labelling.label_photos(tiny_sam(), records, store, CONFIG, BASE, set())
    rows = store.rows()
    assert rows["ball_0"]["status"] == "failed"
    assert "ball_0.png: left out (RuntimeError: out of memory)" in rows["ball_0"]["error"]
    assert rows["ball_1"]["status"] in ("ok", "abstained")
    with store.index.open("a") as file:  # of a damaged row nothing is believed
        file.write('{"id": "ball_0", "status": "ok"}\n{"status": "ok"}\n')
    assert store.rows() == rows
