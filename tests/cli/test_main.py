"""`wesam-packshot`: verbs, places in their order, and what is told of mistakes."""

import importlib
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import wesam_packshot
from wesam_packshot.cli.main import VERBS, main
from wesam_packshot.cli.positional import as_options, given_places
from wesam_packshot.errors import UsageError, UserError


def test_help_names_every_verb(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    told = capsys.readouterr().out
    assert all(f"\n  {verb} " in told for verb in VERBS)
    assert main([]) == 0
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.endswith(f"wesam-packshot {wesam_packshot.__version__}\n")


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as raised:
        main([verb, "--help"])
    assert raised.value.code == 0
    assert capsys.readouterr().out.startswith("usage: ")


def test_a_misspelt_verb_is_corrected(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cutt", "photo.jpg"]) == 2
    assert capsys.readouterr().err == "error: wesam-packshot cutt: no such command; did you mean cut?\n"
    assert main(["xyz"]) == 2
    assert "there are cut, label, adapt" in capsys.readouterr().err


def test_places_become_options() -> None:
    names = ("--input", "--output")
    assert as_options(["a", "b", "--x", "c"], names) == ["--input", "a", "--output", "b", "--x", "c"]
    assert as_options(["a", "train.seed=1"], names) == ["--input", "a", "train.seed=1"]
    assert as_options(["--input", "a"], names) == ["--input", "a"]
    assert given_places(["a", "b", "c"], 2) == ["a", "b"]


@pytest.mark.parametrize(
    ("given", "module", "passed"),
    [
        (["adapt", "photos"], "adapt", ["photos"]),
        (["label", "photos", "labels"], "pseudolabel", ["photos", "labels"]),
        (["pseudolabel", "--input", "photos"], "pseudolabel", ["--input", "photos"]),
        (["compare", "one", "two"], "compare", ["one", "two"]),
        (["i", "a.jpg", "b.png"], "cut", ["a.jpg", "b.png"]),
        (["p", "in", "out"], "cut", ["in", "out"]),
    ],
)
def test_a_verb_is_the_command_of_its_script(
    given: list[str], module: str, passed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[list[str]] = []

    def spied(arguments: list[str]) -> int:
        seen.append(arguments)
        return 7

    monkeypatch.setattr(importlib.import_module(f"wesam_packshot.cli.{module}"), "main", spied)
    assert main(given) == 7
    assert seen == [passed]


@pytest.mark.parametrize(
    ("name", "given", "told"),
    [
        ("adapt", ["photos", "train.seed=3"], {"data": Path("photos"), "output": None, "overrides": ["train.seed=3"]}),
        ("pseudolabel", ["photos"], {"input": Path("photos"), "output": Path("labels")}),
        ("segment", ["photos", "out"], {"input": Path("photos"), "output": Path("out")}),
        ("evaluate", ["folder", "--zero-shot"], {"data": Path("folder"), "zero_shot": True}),
    ],
)
def test_files_named_first_need_no_option(name: str, given: list[str], told: dict[str, object]) -> None:
    parser = importlib.import_module(f"wesam_packshot.cli.{name}").build_parser()
    parsed = vars(parser.parse_intermixed_args(as_options(given, parser.places)))
    assert {key: parsed[key] for key in told} == told


def test_an_option_without_its_value_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", "--check"]) == 2
    line = "error: export: --check needs a value: compare the graphs with torch on a photo; see --help\n"
    assert capsys.readouterr().err == line


def test_a_folder_that_is_nearly_named_is_suggested(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "photos").mkdir()
    monkeypatch.chdir(tmp_path)
    assert main(["label", "phots"]) == 2
    assert "phots: no such file or folder; did you mean photos?" in capsys.readouterr().err
    assert main(["label", "elsewhere"]) == 2
    assert "elsewhere: no such file or folder; give a folder of photos" in capsys.readouterr().err


@pytest.fixture
def photo(packshot_folder: Callable[..., Path]) -> Path:
    return packshot_folder(1) / "images" / "ball_0.png"


def test_one_photo_one_call_and_a_folder_give_the_same_pixels(
    photo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["cut", str(photo), "cutout.png"]) == 0
    summary = json.loads(capsys.readouterr().out)
    assert (summary["output"], summary["status"]) == ("cutout.png", "ok")
    assert main(["cut", str(photo.parent), "cutouts"]) == 0
    found = wesam_packshot.cut_out(photo)
    with Image.open("cutout.png") as one, Image.open("cutouts/rgba/ball_0.png") as other:
        assert np.array_equal(np.asarray(one), found.rgba)
        assert np.array_equal(np.asarray(other), found.rgba)
    assert 0.5 < found.confidence <= 1
    assert found.doubt == ""
    assert main(["cut", str(photo), "shadow.png", "--shadow", "keep"]) == 0
    with Image.open("shadow.png") as kept:
        assert np.array_equal(np.asarray(kept), found.with_shadow().rgba)
    assert (found.with_shadow().alpha[found.alpha == 0] == found.shadow[found.alpha == 0]).all()
    assert main(["cut", str(photo.parent), "shadows", "--shadow", "separate"]) == 0
    with Image.open("shadows/shadows/ball_0.png") as layer, Image.open("shadows/rgba/ball_0.png") as other:
        assert np.array_equal(np.asarray(layer), found.shadow)
        assert np.array_equal(np.asarray(other), found.rgba)
    assert found.shadow.max() > 40  # drawn with 0.35 of the light missing
    with Image.open(photo.parents[1] / "masks" / "ball_0.png") as true:
        truth = np.asarray(true) > 0
    assert (found.mask & truth).sum() > 0.95 * (found.mask | truth).sum()
    with Image.open(photo) as picture:
        assert np.array_equal(wesam_packshot.cut_out(picture).rgba, found.rgba)
        assert np.array_equal(wesam_packshot.cut_out(np.asarray(picture)).rgba, found.rgba)


def test_many_photos_come_one_by_one(photo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[tuple[Path, str, wesam_packshot.CutOut]] = []

    def spied(given: Path, **options: str) -> wesam_packshot.CutOut:
        made.append(
            (
                given,
                options["refine"],
                wesam_packshot.CutOut(np.zeros((1, 1, 4), np.uint8), 0.5, np.zeros((1, 1), np.uint8)),
            )
        )
        return made[-1][2]

    monkeypatch.setattr("wesam_packshot.cutting.cut_out", spied)
    other = photo.with_name("other.png")
    found = wesam_packshot.cut_outs([photo, other], refine="none")
    assert made == []
    first = next(found)
    assert [one[0] for one in made] == [photo]
    assert [first, *found] == [one[2] for one in made]
    assert [one[:2] for one in made] == [(photo, "none"), (other, "none")]


def test_a_cut_out_on_a_colour_and_as_a_file(photo: Path, tmp_path: Path) -> None:
    found = wesam_packshot.cut_out(photo, box=(70.0, 30.0, 290.0, 190.0))
    flat = found.on("#ff0000")
    assert flat.shape == (*found.alpha.shape, 3)
    assert (flat[found.alpha == 0] == (255, 0, 0)).all()
    found.save(tmp_path / "flat.jpg", "black")
    with Image.open(tmp_path / "flat.jpg") as picture:
        assert picture.mode == "RGB"
        assert np.asarray(picture)[0, 0].max() < 10
    with pytest.raises(UsageError, match=r"cutout\.bmp: a cut-out is written as \.png, \.jpg"):
        found.save(tmp_path / "cutout.bmp")


def test_mistakes_are_told(photo: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"gone\.jpg: "):
        wesam_packshot.cut_out(tmp_path / "gone.jpg")
    with pytest.raises(UserError, match="gone: holds no adapter"):
        wesam_packshot.cut_out(photo, adapter=tmp_path / "gone")
    with pytest.raises(UsageError, match="1 points, but 2 labels"):
        wesam_packshot.cut_out(photo, points=[(1.0, 1.0)], labels=[1, 0])
    with pytest.raises(UsageError, match=r"pixels of shape \(4, 4\), float64"):
        wesam_packshot.cut_out(np.zeros((4, 4)))
    with pytest.raises(UsageError, match="lies outside"):
        wesam_packshot.cut_out(photo, points=[(5000.0, 1.0)])
    with pytest.raises(AttributeError, match="has no attribute 'cut_in'"):
        wesam_packshot.cut_in  # noqa: B018
