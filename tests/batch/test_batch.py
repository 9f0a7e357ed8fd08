"""A folder through one function: outputs, manifest, and on past broken photos."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from wesam_packshot.arrays import Rgb
from wesam_packshot.batch.folder import Job, Tally, process
from wesam_packshot.batch.manifest import KEYS, Shard
from wesam_packshot.batch.outputs import FORMATS
from wesam_packshot.errors import UsageError, UserError
from wesam_packshot.files.hashing import file_sha256
from wesam_packshot.io.outcome import Outcome
from wesam_packshot.io.records import Record, read_records


def left_half(_: Record, image: Rgb) -> Callable[[], Outcome]:
    mask = np.zeros(image.shape[:2], bool)
    mask[:, : image.shape[1] // 2] = True
    return lambda: Outcome(mask, "ok", "", 0.9, True, 0.25, 0.0, "whole", sam_inverted=True)


def test_broken_photos_are_told_and_passed_over(packshot_folder: Callable[..., Path], tmp_path: Path) -> None:
    folder, output = packshot_folder(3), tmp_path / "out"
    (folder / "images" / "ball_1.png").write_text("not a photo")
    rows = list(process(read_records(folder), Job(output, FORMATS, {}), left_half))
    assert [row["status"] for row in rows] == ["ok", "failed", "ok"]
    assert [json.loads(line) for line in (output / "manifest.jsonl").read_text().splitlines()] == rows
    assert all(tuple(row) == KEYS for row in rows)
    assert "ball_1.png: not an image" in rows[1]["error"]
    first = rows[0]
    assert (first["width"], first["height"], first["box"], first["area"]) == (300, 200, [0, 0, 150, 200], 0.5)
    assert (first["confidence"], first["shadow_removed"]) == (0.9, 0.25)
    assert (first["inverted"], first["sam_inverted"]) == (True, True)
    assert first["sha256"] == file_sha256(folder / "images" / "ball_0.png")
    for name in ("masks/ball_0.png", "rgba/ball_2.png", "overlay/ball_2.jpg"):
        assert (output / name).is_file()
    with Image.open(output / "masks" / "ball_0.png") as picture:
        mask = np.asarray(picture)
    assert set(np.unique(mask)) == {0, 255}
    assert (mask[:, :150] == 255).all()
    images = json.loads((output / "coco.json").read_text())["images"]
    assert [image["file_name"] for image in images] == ["ball_0.png", "ball_2.png"]


def test_rows_are_written_as_they_come(packshot_folder: Callable[..., Path], tmp_path: Path) -> None:
    rows = process(read_records(packshot_folder(5)), Job(tmp_path / "out", ("mask",), {}), left_half)
    next(rows)
    assert 1 <= len((tmp_path / "out" / "manifest.jsonl").read_text().splitlines()) < 5


class Counter:
    """`left_half`, with the ids that it was asked for."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def __call__(self, record: Record, image: Rgb) -> Callable[[], Outcome]:
        self.seen.append(record.id)
        return left_half(record, image)


def run(folder: Path, output: Path, shard: str = "1/1", **settings: int) -> list[str]:
    """Ids of the photos that were segmented; COCO and masks are written."""
    counter = Counter()
    list(process(read_records(folder), Job(output, ("mask", "coco"), settings, Shard.parse(shard)), counter))
    return counter.seen


def manifest(output: Path, name: str = "manifest.jsonl") -> list[str]:
    return [json.loads(line)["id"] for line in (output / name).read_text().splitlines()]


def test_an_interrupted_run_goes_on(packshot_folder: Callable[..., Path], tmp_path: Path) -> None:
    folder, output = packshot_folder(5), tmp_path / "out"
    rows = process(read_records(folder), Job(output, ("mask", "coco"), {}), left_half)
    next(rows)
    del rows
    for name in ("manifest.jsonl", ".manifest.coco.jsonl"):  # as a kill in the middle of a line leaves them
        with (output / name).open("a") as file:
            file.write('{"id": "ba')
    again = run(folder, output)
    assert set(again) < {f"ball_{number}" for number in range(5)}
    assert "ball_4" in again
    assert manifest(output) == [f"ball_{number}" for number in range(5)]
    content = json.loads((output / "coco.json").read_text())
    assert [image["file_name"] for image in content["images"]] == [f"ball_{number}.png" for number in range(5)]
    assert [annotation["image_id"] for annotation in content["annotations"]] == [1, 2, 3, 4, 5]
    assert run(folder, output) == []


def test_what_has_changed_is_done_again(packshot_folder: Callable[..., Path], tmp_path: Path) -> None:
    folder, output = packshot_folder(3), tmp_path / "out"
    run(folder, output)
    Image.new("RGB", (64, 48), "white").save(folder / "images" / "ball_1.png")
    assert run(folder, output) == ["ball_1"]
    (output / "masks" / "ball_2.png").unlink()
    assert run(folder, output) == ["ball_2"]
    assert len(run(folder, output, other=1)) == 3


def test_a_failed_photo_is_tried_again(packshot_folder: Callable[..., Path], tmp_path: Path) -> None:
    folder, output = packshot_folder(2), tmp_path / "out"
    whole = (folder / "images" / "ball_1.png").read_bytes()
    (folder / "images" / "ball_1.png").write_bytes(whole[:200])
    assert run(folder, output) == ["ball_0"]
    (folder / "images" / "ball_1.png").write_bytes(whole)
    assert run(folder, output) == ["ball_1"]


def test_shards_share_the_work_and_are_merged(packshot_folder: Callable[..., Path], tmp_path: Path) -> None:
    folder, output = packshot_folder(5), tmp_path / "out"
    assert run(folder, output, "1/2") == ["ball_0", "ball_2", "ball_4"]
    assert run(folder, output, "2/2") == ["ball_1", "ball_3"]
    assert manifest(output, "manifest-2-of-2.jsonl") == ["ball_1", "ball_3"]
    assert len(json.loads((output / "coco-1-of-2.json").read_text())["annotations"]) == 3
    assert run(folder, output) == []
    assert manifest(output) == [f"ball_{number}" for number in range(5)]
    assert len(json.loads((output / "coco.json").read_text())["annotations"]) == 5


@pytest.mark.parametrize("text", ["0/2", "3/2", "1", "a/b", "1/0"])
def test_a_wrong_shard_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match=f"--shard {text}: not a part; give its number and their count"):
        Shard.parse(text)


def test_one_odd_photo_never_stops_the_others(packshot_folder: Callable[..., Path], tmp_path: Path) -> None:
    folder, output = packshot_folder(5), tmp_path / "out"
    (folder / "images" / "ball_0.png").rename(folder / "images" / f"{'x' * 246}.png")
    (output / "masks" / "ball_3.png" / "in the way").mkdir(parents=True)

    def odd(record: Record, image: Rgb) -> Callable[[], Outcome]:
        def fail() -> Outcome:
            raise ZeroDivisionError

        if record.id == "ball_1":
            raise RuntimeError("CUDA error:\nan illegal memory access")
        return fail if record.id == "ball_2" else left_half(record, image)

    rows = {row["id"]: row for row in process(read_records(folder), Job(output, ("mask",), {}), odd)}
    assert [rows[name]["status"] for name in ("x" * 246, "ball_4")] == ["ok", "ok"]
    assert (output / "masks" / f"{'x' * 246}.png").is_file()
    told = {name: row["error"] for name, row in rows.items() if row["status"] == "failed"}
    assert set(told) == {"ball_1", "ball_2", "ball_3"}
    assert "ball_1.png: left out (RuntimeError: CUDA error:)" in told["ball_1"]
    assert "ball_2.png: left out (ZeroDivisionError: no more is known)" in told["ball_2"]
    assert "masks/ball_3.png: cannot be written" in told["ball_3"]
    assert {row["id"]: row for row in map(json.loads, (output / "manifest.jsonl").read_text().splitlines())} == rows


def test_photos_of_one_name_keep_their_own_outputs(tmp_path: Path) -> None:
    for camera, shade in (("cam1", 10), ("cam2", 200)):
        (tmp_path / camera).mkdir()
        Image.new("L", (40, 30), shade).save(tmp_path / camera / "0001.png")
    images = [{"id": camera, "file_name": f"{camera}/0001.png"} for camera in ("cam1", "cam2")]
    (tmp_path / "in.json").write_text(json.dumps({"images": images}))
    formats = ("rgba", "coco", "labelstudio")
    list(process(read_records(tmp_path / "in.json"), Job(tmp_path / "out", formats, {}), left_half))
    for camera, shade in (("cam1", 10), ("cam2", 200)):
        with Image.open(tmp_path / "out" / "rgba" / camera / "0001.png") as picture:
            assert picture.getpixel((0, 0)) == (shade, shade, shade, 255)
        task = json.loads((tmp_path / "out" / "labelstudio" / camera / "0001.json").read_text())
        assert task["data"]["image"].endswith(f"={camera}/0001.png")
    images = json.loads((tmp_path / "out" / "coco.json").read_text())["images"]
    assert [image["file_name"] for image in images] == ["cam1/0001.png", "cam2/0001.png"]


DAMAGE = ["[]", "7", "{}", '{"id": "ball_1"}', '{"id": ["ball_1"], "status": "ok"}', '{"status": "ok"}', "\0"]


@pytest.mark.parametrize("line", [*DAMAGE, "status", "confidence"])
@pytest.mark.parametrize("name", ["manifest.jsonl", ".manifest.coco.jsonl"])
def test_a_damaged_row_costs_its_own_photo_alone(
    name: str, line: str, packshot_folder: Callable[..., Path], tmp_path: Path
) -> None:
    folder, output = packshot_folder(3), tmp_path / "out"
    run(folder, output)
    rows = (output / name).read_text().splitlines()
    place = next(number for number, row in enumerate(rows) if json.loads(row)["id"] == "ball_1")
    kinds = {"status": "odd", "confidence": "high", "image": []}
    damaged = json.dumps(json.loads(rows[place]) | {"image" if "coco" in name else line: kinds.get(line, [])})
    rows[place] = damaged if line in kinds else line
    (output / name).write_text("\n".join(rows) + "\n")
    assert run(folder, output) == ["ball_1"]
    assert manifest(output) == ["ball_0", "ball_1", "ball_2"]
    assert len(json.loads((output / "coco.json").read_text())["annotations"]) == 3


@pytest.mark.parametrize("text", ["", "[]", "7", "null", "{}", '{"sha256": ', "\0", '"text"'])
def test_damaged_settings_are_told_and_everything_is_done_anew(
    text: str, packshot_folder: Callable[..., Path], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder, output = packshot_folder(2), tmp_path / "out"
    run(folder, output)
    (output / ".manifest.settings.json").write_text(text)
    assert len(run(folder, output)) == 2
    assert ".manifest.settings.json: damaged" in caplog.text
    assert run(folder, output) == []


def test_writing_failures_stop_the_run(packshot_folder: Callable[..., Path], tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "masks").write_text("in the way")
    with pytest.raises(UserError, match="masks: cannot be made a folder"):
        run(packshot_folder(2), tmp_path / "out")


def test_tally() -> None:
    tally = Tally()
    for status in ("ok", "failed", "ok", "abstained"):
        tally.count(status)
    assert tally.as_dict() == {"images": 4, "ok": 2, "abstained": 1, "failed": 1}
