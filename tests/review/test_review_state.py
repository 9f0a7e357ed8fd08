"""The state of a review: order, leases, decisions in place, undo, and what survives a kill or a full disk."""

import errno
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from pycocotools.coco import COCO

from tests.review.conftest import cut_outs, rows
from wesam_packshot.errors import OutputError, UsageError, UserError
from wesam_packshot.files import atomic
from wesam_packshot.io.prompt_file import read_prompts
from wesam_packshot.review import journal as journal_module
from wesam_packshot.review.journal import Journal
from wesam_packshot.review.leases import LENGTH, Leases, TakenError
from wesam_packshot.review.queue import Filter
from wesam_packshot.review.state import Review

Bytes = dict[str, bytes]


def contents(folder: Path) -> Bytes:
    """What programs read of a folder; hidden files, and what the review keeps for itself, are left out."""
    own = ("former", "corrections", "review.jsonl", "corrections.jsonl")
    files = {path.relative_to(folder): path for path in folder.rglob("*") if path.is_file()}
    return {
        str(name): path.read_bytes()
        for name, path in files.items()
        if name.parts[0] not in own and not name.name.startswith(".")
    }


def new_mask(height: int, width: int = 240) -> np.ndarray[Any, np.dtype[np.bool_]]:
    mask = np.zeros((height, width), bool)
    mask[30:120, 50:170] = True
    return mask


def correct(review: Review, identity: str, height: int, who: str = "ann", **prompts: Any) -> None:
    review.open(identity, who)
    review.correct(identity, who, who, review.version(identity), new_mask(height), prompts)


def accept(review: Review, identity: str, who: str = "ann") -> None:
    review.open(identity, who)
    review.accept(identity, who, who, review.version(identity))


def ids(review: Review, **chosen: Any) -> list[str]:
    return [row["id"] for row in review.queue(Filter(**chosen))]


def test_those_that_need_a_person_come_first(folder: Path) -> None:
    review = Review(folder)
    assert ids(review) == ["bear", "egg", "cup", "dish", "apple"]
    accept(review, "cup")
    assert ids(review) == ["bear", "egg", "dish", "apple", "cup"]
    assert ids(review, statuses=("ok",)) == ["dish", "apple"]
    assert ids(review, confidence=(0.5, 0.8)) == ["dish", "cup"]
    assert ids(review, search="EA") == ["bear"]
    assert ids(review, shadow=(0.2, 1.0)) == []
    with pytest.raises(UsageError, match="status fine: unknown"):
        Filter(statuses=("fine",))


def test_what_was_passed_over_comes_again_behind_the_last(folder: Path) -> None:
    review = Review(folder)

    def following(identity: str) -> str:
        row = review.next("ann", after=identity)
        assert row
        return str(row["id"])

    assert (following(""), following("bear")) == ("bear", "egg")
    accept(review, "cup")
    assert following("cup") == "dish"
    accept(review, "dish")
    assert following("dish") == "apple"
    accept(review, "apple")
    assert following("apple") == "bear"


def test_two_reviewers_never_get_the_same_photo(folder: Path) -> None:
    now = [0.0]
    review = Review(folder, leases=Leases(lambda: now[0]))
    first, second = review.next("one"), review.next("two")
    assert first and second
    assert (first["id"], second["id"]) == ("bear", "egg")
    with pytest.raises(TakenError, match="another reviewer has this photo"):
        review.accept("bear", "two", "bob", 0)
    now[0] = LENGTH + 1  # the first page is gone
    review.accept("bear", "two", "bob", 0)
    with pytest.raises(TakenError, match="decided on meanwhile"):
        review.reject("bear", "one", "ann", 0)
    assert rows(folder)["bear"]["reviewer"] == "bob"


def test_a_correction_changes_all_files_and_keeps_the_former(folder: Path) -> None:
    before = contents(folder)
    review = Review(folder)
    correct(review, "cup", 220, points=[[100.0, 60.0]], labels=[1])
    review.files.settle()
    row = rows(folder)["cup"]
    assert (row["status"], row["reviewer"], row["box"]) == ("corrected", "ann", [50, 30, 170, 120])
    assert row["reviewed_at"].endswith("+00:00")
    mask = np.asarray(Image.open(folder / "masks" / "cup.png")) > 127
    assert np.array_equal(mask, new_mask(220))
    for name in ("rgba", "alpha"):
        alpha = np.asarray(Image.open(folder / name / "cup.png"))
        assert np.array_equal((alpha[..., 3] if name == "rgba" else alpha) > 127, mask)
    coco = COCO(str(folder / "coco.json"))
    (image,) = (found["id"] for found in coco.dataset["images"] if found["file_name"] == "cup.png")
    (annotation,) = coco.imgToAnns[image]
    assert np.array_equal(coco.annToMask(annotation) > 0, mask)
    assert len(coco.imgs) == 4
    assert (folder / "former" / "1" / "masks" / "cup.png").read_bytes() == before["masks/cup.png"]
    changed = {name for name, content in contents(folder).items() if before.get(name) != content}
    own = {"masks/cup.png", "rgba/cup.png", "alpha/cup.png", "overlay/cup.jpg", "labelme/cup.json"}
    assert changed == own | {"manifest.jsonl", "coco.json"}


def test_corrections_are_read_as_prompts(folder: Path) -> None:
    review = Review(folder)
    correct(review, "cup", 220, box=[50, 30, 170, 120], points=[[100.0, 60.0]], labels=[0])
    correct(review, "dish", 240)
    prompts = read_prompts(folder / "corrections.jsonl")
    (of_cup,), (of_dish,) = prompts["cup"], prompts["dish"]
    assert (of_cup.box, of_cup.points, of_cup.labels) == ((50, 30, 170, 120), ((100, 60),), (0,))
    assert (of_dish.kind, of_cup.kind) == ("mask", "box+points+mask")
    assert of_dish.coarse
    assert np.array_equal(np.asarray(Image.open(of_dish.coarse)) > 127, new_mask(240))


def test_undo_brings_every_byte_back(folder: Path) -> None:
    before = contents(folder)
    review = Review(folder)
    accept(review, "apple")
    correct(review, "cup", 220)
    correct(review, "cup", 220, points=[[1.0, 1.0]], labels=[0])
    review.open("dish", "ann")
    review.reject("dish", "ann", "ann", 0)
    review.files.settle()
    assert len(json.loads((folder / "coco.json").read_text())["annotations"]) == 3
    review = Review(folder)  # also after a restart
    assert [review.undo("ann", "ann")["id"] for _ in range(4)] == ["dish", "cup", "cup", "apple"]
    review.files.settle()
    assert contents(folder) == before
    assert read_prompts(folder / "corrections.jsonl") == {}
    with pytest.raises(UserError, match="no decision of yours"):
        review.undo("ann", "ann")


def test_undo_leaves_what_another_has_decided_since(folder: Path) -> None:
    review = Review(folder)
    accept(review, "apple")
    accept(review, "cup")
    review.leases.release("ann")
    correct(review, "cup", 220, "bob")
    with pytest.raises(TakenError, match="another reviewer has decided on it since"):
        review.undo("ann", "ann")


def test_a_rejected_photo_that_is_accepted_after_all_is_in_the_coco_file_again(folder: Path) -> None:
    before = (folder / "coco.json").read_bytes()
    review = Review(folder)
    review.open("dish", "ann")
    review.reject("dish", "ann", "ann", 0)
    accept(review, "dish")
    review.files.settle()
    assert (folder / "coco.json").read_bytes() == before


def test_without_a_mask_there_is_nothing_to_accept(folder: Path) -> None:
    review = Review(folder)
    review.open("egg", "ann")
    with pytest.raises(UserError, match="egg: has no mask"):
        review.accept("egg", "ann", "ann", 0)
    assert review.reject("egg", "ann", "ann", 0)["status"] == "rejected"


def test_a_failed_photo_that_was_mended_gets_its_first_files_and_loses_them_by_undo(folder: Path) -> None:
    before = contents(folder)
    Image.fromarray(np.full((200, 240, 3), 230, np.uint8)).save(folder.parent / "photos" / "egg.png")
    review = Review(folder)
    correct(review, "egg", 200)
    assert (folder / "rgba" / "egg.png").is_file()
    review.undo("ann", "ann")
    review.files.settle()
    after = contents(folder)
    assert {name: after[name] for name in after if name != "coco.json"} == {
        name: before[name] for name in before if name != "coco.json"
    }


@pytest.mark.parametrize("kind", ["rgba", "manifest"])
def test_what_a_kill_interrupts_is_made_up_for(folder: Path, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed while the files were replaced: the next start finds the journal and goes on."""

    class KilledError(BaseException):
        pass

    original = Path.replace

    def replace(self: Path, target: Path) -> Path:
        if kind in str(target):
            raise KilledError
        return original(self, target)

    review = Review(folder)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", replace)
        with pytest.raises(KilledError):
            correct(review, "cup", 220)
    assert rows(folder)["cup"]["status"] == "ok"
    reopened = Review(folder)
    assert rows(folder)["cup"]["status"] == "corrected"
    assert np.array_equal(np.asarray(Image.open(folder / "rgba" / "cup.png"))[..., 3] > 127, new_mask(220))
    former = np.asarray(Image.open(folder / "former" / "1" / "rgba" / "cup.png"))[..., 3]
    assert (former > 127).sum() == 60 * 100
    assert reopened.journal.count == 1


def test_a_full_disk_loses_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    review, before = Review(folder), contents(folder)

    def full(path: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(atomic, "flush", full)
        patch.setattr(journal_module, "flush", full)
        with pytest.raises(OutputError, match=r"No space left on device\); make room there"):
            correct(review, "cup", 220)
        with pytest.raises(OutputError, match="make room there"):
            accept(review, "apple")
    assert contents(folder) == before
    assert Journal(folder).count == 0
    with monkeypatch.context() as patch:  # only the journal still fits
        patch.setattr(atomic, "flush", full)
        accept(review, "apple")
        assert "saved, but not yet in the folder" in review.files.waiting["apple"]
    assert contents(folder) == before
    correct(review, "cup", 220)
    assert (rows(folder)["apple"]["status"], rows(folder)["cup"]["status"]) == ("accepted", "corrected")
    assert review.files.waiting == {}


def test_a_photo_that_is_gone_can_be_rejected_but_not_corrected(folder: Path) -> None:
    (folder.parent / "photos" / "cup.png").unlink()
    review = Review(folder)
    with pytest.raises(UserError, match=r"cup\.png: the photo is gone"):
        correct(review, "cup", 220)
    assert review.reject("cup", "ann", "ann", 0)["status"] == "rejected"


def test_cutting_out_again_keeps_what_was_decided(folder: Path) -> None:
    """The same command goes on where it was; with other settings it makes all anew, and corrections still stand."""
    review = Review(folder)
    correct(review, "cup", 220)
    review.files.settle()
    before = (folder / "masks" / "cup.png").read_bytes()
    cut_outs(folder.parent)
    assert (folder / "masks" / "cup.png").read_bytes() == before
    assert rows(folder)["cup"]["status"] == "corrected"
    (folder / ".manifest.settings.json").unlink()
    cut_outs(folder.parent)
    assert rows(folder)["cup"]["status"] == "ok"
    review = Review(folder)
    with pytest.raises(UserError, match="no decision of yours"):
        review.undo("ann", "ann")
    accept(review, "apple")
    assert list(read_prompts(folder / "corrections.jsonl")) == ["cup"]


def test_shadows_stay_beside_a_corrected_product(tmp_path: Path) -> None:
    folder = cut_outs(tmp_path, ("mask",), shadow=True)
    correct(Review(folder), "cup", 220)
    shadow = np.asarray(Image.open(folder / "shadows" / "cup.png"))
    assert (shadow[new_mask(220)] == 0).all()
    assert (shadow[150:] == 51).all()


def test_a_folder_of_another_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"holds no manifest\.jsonl; give an output"):
        Review(tmp_path)
