"""What a run learns from a review, and what it tells of it."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.conftest import draw_packshot
from wesam_packshot.adaptation.corrections import counted, maker_of, take_decisions
from wesam_packshot.adaptation.data import CORRECTED, TrainingDataset
from wesam_packshot.adaptation.store import LabelStore
from wesam_packshot.cli.adapt import main as adapt
from wesam_packshot.cli.segment import main as segment
from wesam_packshot.config import load_config
from wesam_packshot.errors import UsageError, UserError
from wesam_packshot.files.hashing import file_sha256
from wesam_packshot.io.records import read_records
from wesam_packshot.resources import adapter_folder
from wesam_packshot.review.state import Review

COLOURS = {"apple": (200, 60, 40), "bear": (40, 90, 180), "cup": (60, 140, 70), "dish": (230, 180, 40)}
SHORT = (
    "train.min_steps=1",
    "train.max_steps=1",
    "train.batch_size=1",
    "pseudolabel.disabled_stages=[view,zoom]",
    "selection.every=0",
    "data.cache_mb=0",
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Photos, and cut-outs of them by the adapter that ships."""
    folder = tmp_path_factory.mktemp("shop")
    (folder / "photos").mkdir()
    for name, colour in COLOURS.items():
        Image.fromarray(draw_packshot(240, 320, colour)[0]).save(folder / "photos" / f"{name}.png")
    options = ["--refine", "none", "--format", "mask,rgba"]
    assert segment(["--input", str(folder / "photos"), "--output", str(folder / "cutouts"), *options]) == 0
    return folder


@pytest.fixture
def shop(made: Path, tmp_path: Path) -> Iterator[Path]:
    """A copy of the cut-outs; the photos stay where they are."""
    shutil.copytree(made / "cutouts", tmp_path / "cutouts")
    yield tmp_path


def own_mask() -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
    """What the reviewer of these tests takes for the product."""
    mask = np.zeros((240, 320), bool)
    mask[60:180, 100:220] = True
    return mask


def decide(cutouts: Path) -> None:
    """Correct the apple, accept the bear, reject the cup."""
    review = Review(cutouts)
    for name in ("apple", "bear", "cup"):
        review.open(name, "page")
        version = review.version(name)
        if name == "apple":
            drawn = {"points": [[160.0, 120.0]], "labels": [1]}
            review.correct(name, "page", "ann", version, own_mask(), drawn)
        elif name == "bear":
            review.accept(name, "page", "ann", version)
        else:
            review.reject(name, "page", "ann", version)


def test_decisions_go_to_their_photos(made: Path, shop: Path) -> None:
    decide(shop / "cutouts")
    records = take_decisions(shop / "cutouts", shop / "run").apply(read_records(made / "photos"))
    assert [record.id for record in records] == ["apple", "bear", "dish"]
    apple, bear, dish = records
    assert apple.settled
    assert bear.settled
    assert np.array_equal(np.asarray(Image.open(apple.settled)) > 127, own_mask())
    assert bear.settled.read_bytes() == (shop / "cutouts" / "masks" / "bear.png").read_bytes()
    assert (apple.corrected, bear.corrected, dish.corrected) == (True, False, False)
    (spec,) = apple.prompts
    assert (spec.points, spec.labels, spec.coarse) == (((160, 120),), (1,), apple.settled)
    assert (dish.settled, dish.prompts) == (None, ())
    assert apple.mask_file is None  # it is scored with true masks only
    assert counted(shop / "run") == {"accepted": 1, "corrected": 1, "rejected": 1}


def test_a_run_keeps_the_decisions_that_it_began_with(made: Path, shop: Path) -> None:
    decide(shop / "cutouts")
    photos = read_records(made / "photos")
    first = take_decisions(shop / "cutouts", shop / "run").apply(photos)
    review = Review(shop / "cutouts")
    for name in ("dish", "apple"):
        review.open(name, "page")
        review.reject(name, "page", "ann", review.version(name))
    assert take_decisions(shop / "cutouts", shop / "run").apply(photos) == first
    shutil.rmtree(shop / "cutouts")
    assert take_decisions(shop / "cutouts", shop / "run").apply(photos) == first


def test_without_decisions_there_is_nothing_to_learn(shop: Path) -> None:
    with pytest.raises(UsageError, match="nothing was decided there"):
        take_decisions(shop / "cutouts", shop / "run")


def test_the_adapter_that_made_the_cut_outs_is_found(shop: Path) -> None:
    cutouts, runs = shop / "cutouts", shop / "runs"
    assert maker_of(cutouts, runs) == "packshot"
    settings = cutouts / ".manifest.settings.json"
    noted = json.loads(settings.read_text())
    mine = shutil.copytree(adapter_folder() / "mobile_sam", runs / "mine" / "adapter")
    with (mine / "adapter_model.safetensors").open("ab") as file:
        file.write(b"other")
    for adapter, expected in ((file_sha256(mine / "adapter_model.safetensors"), mine), (None, "none")):
        noted["settings"]["adapter"] = adapter
        settings.write_text(json.dumps(noted))
        assert maker_of(cutouts, runs) == expected
    noted["settings"]["adapter"] = "0" * 64
    settings.write_text(json.dumps(noted))
    with pytest.raises(UserError, match=r"name it: adapter\.start=RUN"):
        maker_of(cutouts, runs)
    settings.unlink()
    with pytest.raises(UserError, match="does not tell its adapter"):
        maker_of(cutouts, runs)


def test_a_run_learns_from_it_and_reports(made: Path, shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    decide(shop / "cutouts")
    given = ["--data", str(made / "photos"), "--corrections", str(shop / "cutouts"), "--output", str(shop / "run")]
    assert adapt([*given, *SHORT]) == 0
    capsys.readouterr()
    config = load_config(shop / "run" / "config.yaml")
    assert config.adapter.start == "packshot"

    store = LabelStore(shop / "run" / "pseudolabels")
    records = take_decisions(shop / "cutouts", shop / "run").apply(read_records(made / "photos"))
    assert set(store.rows()) == {"apple", "bear", "dish"}
    labels = store.labels(records)
    plain = load_config(None, ["views.flip=0", "views.crop=0", "views.strong=0", "composites.share=0"])
    dataset = TrainingDataset(labels, store, plain)
    assert [label.record.id for label in dataset.visited].count("apple") == CORRECTED
    (apple,) = (label for label in labels if label.record.id == "apple")
    sample = dataset.sample(apple, "whole", np.random.default_rng(0))
    assert sample.exact.item() == sample.confidence.item() == 1
    target = sample.target[0, :192].numpy() > 0.5  # 320 by 240 is 256 by 192 there
    assert target[50:142, 82:174].all()
    assert target.sum() == pytest.approx(96 * 96, rel=0.03)
    (dish,) = (label for label in labels if label.record.id == "dish")
    assert dataset.sample(dish, "whole", np.random.default_rng(0)).exact.item() == 0

    told = json.loads((shop / "run" / "summary.json").read_text())["review"]
    assert (told["corrected"], told["accepted"], told["rejected"], told["others"]) == (1, 1, 1, 1)
    assert 0 < told["iou_before"] < 0.95  # of the reviewer's square and the ball
    assert 0 < told["iou_after"] < 1
    assert "What the review changed" in (shop / "run" / "report.html").read_text()

    assert adapt([*given, *SHORT, "--resume"]) == 0


def test_a_folder_that_was_not_reviewed_is_one_line(made: Path, shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = ["--data", str(made / "photos"), "--output", str(shop / "run"), *SHORT]
    for folder, words in ((shop / "cutouts", "nothing was decided"), (shop, "does not tell its adapter")):
        assert adapt([*given, "--corrections", str(folder)]) != 0
        assert words in capsys.readouterr().err.splitlines()[-1]
        shutil.rmtree(shop / "run", ignore_errors=True)
