"""Reading of run folders, whole, partial and broken, and of runs at W&B."""

from collections.abc import Callable
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import pytest

from tests.run_folders import rectangle, write_evaluation, write_run, write_samples
from wesam_packshot.comparison.fetch import fetch_run, is_wandb_path
from wesam_packshot.comparison.sources import Run, read_runs, told_apart
from wesam_packshot.errors import UserError


def read(*folders: Path) -> list[Run]:
    return read_runs({str(folder): folder for folder in folders})


def test_names_tell_runs_apart() -> None:
    paths = [Path("/x/a/run"), Path("/x/b/run"), Path("/x/other"), Path("/y/b/run")]
    assert told_apart(paths) == ["a/run", "x/b/run", "other", "y/b/run"]


def test_a_run_is_read_as_far_as_it_is_there(tmp_path: Path) -> None:
    whole = write_run(tmp_path / "whole", "train.seed=4")
    write_samples(whole, {"cup": rectangle((60, 80), 10, 10, 40, 40)})
    bare = tmp_path / "bare"
    bare.mkdir()
    (bare / "metrics.jsonl").write_text('{"stage": "train", "step": 1, "loss": 2.0}\n')
    first, second = read(whole, bare)
    assert first.settings is not None
    assert first.settings["train.seed"] == 4
    assert len(first.rows) == 47  # half a line is none
    assert first.samples["cup"]["confidence"] == 0.75
    assert (second.settings, second.summary, second.sets, len(second.rows)) == (None, {}, {}, 1)


def test_scores_are_found_where_the_command_writes_them(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run")
    write_evaluation(run / "evaluation" / "shop-whole", Path("/data/shop"), {"a": 0.5})
    write_evaluation(run / "evaluation" / "studio-all" / "box", Path("/data/studio"), {"a": 0.5}, prompt="box")
    write_evaluation(run / "adapter" / "evaluation" / "set", Path("/data/coco.json"), {"a": 0.5})
    assert set(read(run)[0].sets) == {"shop-whole", "studio-box", "coco-whole"}
    (alone,) = read(run / "evaluation" / "shop-whole")
    assert alone.sets["shop-whole"].images == {
        "a": {"iou": 0.5, "boundary_iou": 0.25, "inverted": 0.0, "shadow_kept": 0.5}
    }
    assert set(read(run / "evaluation" / "studio-all")[0].sets) == {"studio-box"}
    (run / "evaluation" / "shop-whole" / "scores.json").unlink()
    assert read(run)[0].sets["shop-whole"].data is None


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda run: (run / "config.yaml").write_text("a: [1"), "config.yaml: not readable as YAML (line 1: "),
        (lambda run: (run / "config.yaml").write_text("train: &a {seed: *a}"), "*a repeats a list or a mapping"),
        (lambda run: (run / "config.yaml").write_text("a: !!timestamp x"), "could not determine a constructor"),
        (
            lambda run: (run / "scores.json").write_text('{"data": [1]}'),
            "scores.json: data is no text; run evaluate.py",
        ),
        (lambda run: (run / "per_image.csv").write_text("id,iou\na,nan\n"), "per_image.csv: not a table of scores"),
        (lambda run: (run / "config.yaml").write_text("- 1"), "config.yaml: no configuration; restore it"),
        (lambda run: (run / "summary.json").write_text("{"), "summary.json: broken; run the command again"),
        (lambda run: (run / "summary.json").write_text("[]"), "summary.json: not a summary"),
        (lambda run: (run / "per_image.csv").write_text("id,iou\na,much\n"), "per_image.csv: not a table of scores"),
        (lambda run: (run / "per_image.csv").write_text("name,iou\na,0.1\n"), "run evaluate.py again"),
    ],
)
def test_broken_files_are_named(tmp_path: Path, spoil: Callable[[Path], object], told: str) -> None:
    run = write_run(tmp_path / "run")
    (run / "per_image.csv").write_text("id,iou\na,0.5\n")
    spoil(run)
    with pytest.raises(UserError, match="run/") as raised:
        read(tmp_path / "run")
    assert told in str(raised.value)
    assert "\n" not in str(raised.value)


def test_what_is_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="absent: no such folder; give a run"):
        read(tmp_path / "absent")
    with pytest.raises(UserError, match="neither a run nor scores; give a folder that"):
        read(tmp_path)
    run = write_run(tmp_path / "run")
    with pytest.raises(UserError, match="run: given 2 times; name each run once"):
        read(run, tmp_path / "." / "x" / ".." / "run")


@dataclass
class RemoteFile:
    """Stands in for a file at W&B."""

    name: str
    content: str

    def download(self, root: str, replace: bool) -> StringIO:
        target = Path(root) / self.name
        target.parent.mkdir(parents=True, exist_ok=True)
        assert replace or not target.exists()
        target.write_text(self.content)
        return StringIO(self.content)


class RemoteApi:
    """Stands in for `wandb.Api()`, with one run."""

    def __init__(self, *files: RemoteFile) -> None:
        self._files = files

    def run(self, path: str) -> "RemoteApi":
        if path != "team/project/abc1":
            raise ValueError(f"Could not find run <Run {path} (not found)>\nmore lines")
        return self

    def files(self) -> tuple[RemoteFile, ...]:
        return self._files


def test_a_run_at_wandb_is_read_as_a_folder(tmp_path: Path) -> None:
    api = RemoteApi(
        RemoteFile("record/config.yaml", "train: {seed: 9}"),
        RemoteFile("record/evaluation/shop-whole/per_image.csv", "id,iou,error\na,0.5,\n"),
        RemoteFile("output.log", "of no use"),
    )
    folder = fetch_run("team/project/abc1", tmp_path, api)
    (run,) = read_runs({"team/project/abc1": folder})
    assert (run.name, run.origin) == ("abc1", "team/project/abc1")
    assert run.settings == {"train.seed": 9}
    assert run.sets["shop-whole"].images["a"] == {"iou": 0.5}
    assert not list(tmp_path.rglob("output.log"))
    assert fetch_run("team/project/abc1", tmp_path, None) == folder  # once is enough


def test_wandb_runs_that_are_not_to_be_had(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"team/project/x: .*Could not find run .*; check the path") as raised:
        fetch_run("team/project/x", tmp_path, RemoteApi())
    assert "\n" not in str(raised.value)
    with pytest.raises(UserError, match="abc1: the W&B run holds no files under record/; compare the folder"):
        fetch_run("team/project/abc1", tmp_path, RemoteApi(RemoteFile("output.log", "")))


def test_folders_win_over_wandb_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert is_wandb_path("runs/sweep/a")
    (tmp_path / "runs" / "sweep" / "a").mkdir(parents=True)
    assert not is_wandb_path("runs/sweep/a")
    assert not is_wandb_path("runs/absent")
    assert not is_wandb_path("/runs/sweep/b")
