"""Sweeps: the grid, W&B's own reading of the same file, and what becomes of the runs."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from PIL import Image
from wandb.sdk.launch.sweeps.utils import create_sweep_command, create_sweep_command_args

from tests.conftest import draw_packshot
from wesam_packshot.adaptation.run_folder import check_settings
from wesam_packshot.cli import adapt as adapt_command
from wesam_packshot.cli.sweep import main
from wesam_packshot.comparison.sources import Run
from wesam_packshot.config import load_config
from wesam_packshot.errors import UsageError
from wesam_packshot.resources import config_folder
from wesam_packshot.sweep.grid import MACRO, overrides, read_sweep
from wesam_packshot.sweep.run import metric_of, run_sweep

GRID = {"loss.anchor": {"values": [0.0, 0.5]}, "train.seed": {"values": [0, 1]}, "teacher.trust": {"value": 0.25}}
# Stands in for the adapt command: keeps its arguments, writes a run of one figure, and fails for one seed.
FAKE = """
import json, sys
from pathlib import Path
from wesam_packshot.cli.adapt import _configure
from wesam_packshot.cli.common import make_parser
from wesam_packshot.config import dump_config
parser = make_parser("adapt", "")
for option in ("--data", "--output", "--corrections"):
    parser.add_argument(option, type=Path)
parser.add_argument("--resume", action="store_true")
parsed = parser.parse_intermixed_args()
config = _configure(parsed)
config.output.mkdir(parents=True, exist_ok=True)
with (config.output / "calls").open("a") as calls:
    calls.write(json.dumps(sys.argv[1:]) + "\\n")
(config.output / "config.yaml").write_text(dump_config(config))
if config.train.seed == 1 and not (config.output / "mended").exists():
    sys.exit("error: seed 1 is unlucky")
row = {"stage": "selection", "step": 0, "score": 0.9 + config.loss.anchor / 10}
(config.output / "metrics.jsonl").write_text(json.dumps(row))
(config.output / "summary.json").write_text(json.dumps({"steps": 3, "seconds": 1.5}))
print("of no interest")
"""
FAKE_COMMAND = (sys.executable, "-c", FAKE)


def write(folder: Path, parameters: Any = GRID, **more: Any) -> Path:
    path = folder / "my_sweep.yaml"
    metric = {"name": "selection/score", "goal": "maximize"}
    path.write_text(
        yaml.safe_dump({"method": "grid", "metric": metric, "parameters": parameters} | more, sort_keys=False)
    )
    return path


def calls(folder: Path) -> list[list[str]]:
    return [json.loads(line) for line in (folder / "calls").read_text().splitlines()]


def test_the_grid_is_every_combination_in_order(tmp_path: Path) -> None:
    sweep = read_sweep(write(tmp_path))
    combinations = sweep.combinations(0)
    assert [tuple(one.values()) for one in combinations] == [
        (0.0, 0, 0.25),
        (0.0, 1, 0.25),
        (0.5, 0, 0.25),
        (0.5, 1, 0.25),
    ]
    assert [sweep.folder_name(one) for one in combinations] == [
        "loss.anchor=0.0,train.seed=0",
        "loss.anchor=0.0,train.seed=1",
        "loss.anchor=0.5,train.seed=0",
        "loss.anchor=0.5,train.seed=1",
    ]
    assert len(read_sweep(write(tmp_path, run_cap=3)).combinations(0)) == 3


def test_random_combinations_follow_the_seed_and_do_not_repeat(tmp_path: Path) -> None:
    wide = {"train.seed": {"values": list(range(1000))}, "loss.dice": {"values": [0.5, 1.0, 2.0]}}
    sweep = read_sweep(write(tmp_path, wide, method="random", run_cap=40))
    drawn = [tuple(one.values()) for one in sweep.combinations(1)]
    assert len(set(drawn)) == 40
    assert drawn == [tuple(one.values()) for one in sweep.combinations(1)]
    assert drawn != [tuple(one.values()) for one in sweep.combinations(2)]
    assert len({dice for _, dice in drawn}) == 3
    assert len(read_sweep(write(tmp_path, method="random", run_cap=99)).combinations(0)) == 4


def test_folders_of_awkward_values_are_told_apart(tmp_path: Path) -> None:
    paths = {"model.weights": {"values": ["a/b.pt", "a-b.pt", None, "x" * 300]}}
    sweep = read_sweep(write(tmp_path, paths))
    names = [sweep.folder_name(one) for one in sweep.combinations(0)]
    assert len(set(names)) == 4
    assert not any("/" in name or len(name) > 200 for name in names)
    assert names[1:3] == ["model.weights=a-b.pt", "model.weights=null"]
    (only,) = read_sweep(write(tmp_path, {"train.seed": {"value": 3}})).combinations(0)
    assert sweep.folder_name({}) == "only"
    assert only == {"train.seed": 3}


def test_wandb_reads_the_shipped_sweep_as_it_is_run_here() -> None:
    """W&B's own code writes the parameters as `key=value`, which the adapt command takes."""
    file = config_folder() / "sweep.yaml"
    values = yaml.safe_load(file.read_text())
    sweep = read_sweep("sweep.yaml")
    assert set(values) == {"program", "method", "metric", "command", "parameters"}
    assert (config_folder().parent / values["program"]).is_file()
    for combination in sweep.combinations(0):
        arguments = create_sweep_command_args({"args": {key: {"value": value} for key, value in combination.items()}})
        macros = {MACRO: arguments["args_no_hyphens"], "${env}": [], "${interpreter}": [], "${program}": []}
        words = [part for word in create_sweep_command(values["command"]) for part in macros.get(word, [word])]
        assert words[:2] == ["--config", sweep.base]
        here = load_config(sweep.base, [*sweep.fixed, *overrides(combination)])
        assert load_config(words[1], words[2:]) == here
    assert len(sweep.combinations(0)) == 8
    assert (sweep.metric, sweep.maximize) == ("selection/score", True)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"method": "bayes"}, "method bayes needs W&B's server; take grid or random, or `wandb sweep`"),
        ({"method": "random"}, "method random needs run_cap"),
        ({"run_cap": 0}, "run_cap is 0; it is a number of runs"),
        ({"program": "train.py"}, "program train.py is not run here"),
        ({"parameters": {}}, "no sweep; it needs parameters"),
        ({"parameters": {"train.seed": {"min": 0, "max": 9}}}, "train.seed is not a list of values; only value and"),
        ({"parameters": {"loss": {"parameters": {"dice": {"value": 1}}}}}, "loss is not a list of values"),
        ({"parameters": {"train.seed": {"values": []}}}, "train.seed has no values"),
        ({"command": ["${program}", "--resume"]}, "command: --resume is not understood here"),
        ({"command": 3.5}, "command is 3.5; it is a list of words"),
        ({"metric": 4}, "metric is 4; it is a mapping with name and goal"),
    ],
)
def test_what_needs_the_server_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], changes: dict[str, Any], told: str
) -> None:
    parameters = changes.pop("parameters", GRID)
    assert main(["--config", str(write(tmp_path, parameters, **changes)), "--output", str(tmp_path / "out")]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"error: {tmp_path / 'my_sweep.yaml'}: {told}")
    assert not (tmp_path / "out").exists()


def test_mistakes_in_any_combination_are_told_before_anything_runs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path, {"train.seed": {"values": [0, "many"]}})
    assert main(["--config", str(path), "--output", str(tmp_path / "out")]) == 2
    assert "train.seed" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_sweep_is_no_configuration(capsys: pytest.CaptureFixture[str]) -> None:
    assert adapt_command.main(["--config", "sweep.yaml"]) == 2
    assert "sweep.yaml: a sweep, which is many configurations; give it to scripts/sweep.py" in capsys.readouterr().err
    with pytest.raises(UsageError) as raised:
        load_config("absent.yaml")
    assert "weak.yaml" in str(raised.value)
    assert "sweep.yaml" not in str(raised.value)


def test_runs_fail_alone_are_passed_over_and_resumed(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    command = ["${program}", "--config", "weak.yaml", "warmup.lr=0.5", MACRO]
    sweep = read_sweep(write(tmp_path, command=command))
    output = tmp_path / "out"
    text, summary = run_sweep(sweep, tmp_path, output, ["loss.dice=3"], adapt=FAKE_COMMAND)
    assert (summary["runs"], summary["passed_over"], summary["failed"]) == (4, 0, 2)
    assert summary["failed_runs"] == ["loss.anchor=0.0,train.seed=1", "loss.anchor=0.5,train.seed=1"]
    assert summary["best"] == "loss.anchor=0.5,train.seed=0"
    assert "of no interest" not in capfd.readouterr().out
    lucky = output / "loss.anchor=0.5,train.seed=0"
    config = load_config(lucky / "config.yaml")
    assert (config.loss.anchor, config.teacher.trust, config.loss.dice, config.warmup.lr) == (0.5, 0.25, 3, 0.5)
    assert config.data.path == tmp_path
    assert set(summary["compared"]["runs"]) == {"loss.anchor=0.0,train.seed=0", lucky.name}
    assert summary["compared"]["settings"] == {"loss.anchor": {"loss.anchor=0.0,train.seed=0": 0.0, lucky.name: 0.5}}
    assert "selection/score\n  0.9500  loss.anchor=0.5,train.seed=0\n  0.9000" in text
    assert (output / "compare.html").is_file()
    assert (output / "compare.csv").is_file()

    (output / "loss.anchor=0.0,train.seed=1" / "mended").touch()
    _, summary = run_sweep(sweep, tmp_path, output, ["loss.dice=3"], adapt=FAKE_COMMAND)
    assert (summary["passed_over"], summary["failed_runs"]) == (2, ["loss.anchor=0.5,train.seed=1"])
    assert len(calls(lucky)) == 1
    assert [call.count("--resume") for call in calls(output / "loss.anchor=0.0,train.seed=1")] == [1, 1]


def test_a_finished_run_of_other_settings_is_not_passed_over(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    sweep = read_sweep(write(tmp_path, {"train.seed": {"value": 0}}))
    run_sweep(sweep, None, tmp_path / "out", adapt=FAKE_COMMAND)
    text, summary = run_sweep(sweep, None, tmp_path / "out", ["loss.dice=3"], adapt=FAKE_COMMAND)
    assert summary["failed"] == 1
    assert "started with other settings (loss.dice was 1.0, now 3.0)" in caplog.text
    assert text == "no run is finished, so there is nothing to compare"


def test_the_metric_is_a_figure_or_a_fact_of_the_summary() -> None:
    rows = [{"stage": "selection", "step": step, "score": score} for step, score in ((0, 0.8), (5, 0.9), (9, 0.7))]
    run = Run("run", Path("run"), "run", rows=rows, summary={"iou_after": 0.95})
    assert metric_of(run, "selection/score", True) == 0.9
    assert metric_of(run, "selection/score", False) == 0.7
    assert metric_of(run, "iou_after", True) == 0.95
    assert metric_of(run, "train/loss", False) is None


def test_the_script_has_help() -> None:
    script = config_folder().parent / "scripts" / "sweep.py"
    done = subprocess.run([sys.executable, str(script), "--help"], capture_output=True, text=True)
    assert done.returncode == 0
    assert "--output" in done.stdout


def test_a_real_sweep_from_the_command_line(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    data, output = tmp_path / "data", tmp_path / "out"
    (data / "images").mkdir(parents=True)
    Image.fromarray(draw_packshot(120, 160)[0]).save(data / "images" / "ball.png")
    path = write(tmp_path, {"train.seed": {"value": 3}})
    short = ["warmup.epochs=1", "train.min_steps=1", "train.max_steps=1", "train.batch_size=1", "data.cache_mb=0"]
    short += ["pseudolabel.disabled_stages=[view, zoom]", "selection.every=0"]
    assert main(["--config", str(path), "--data", str(data), "--output", str(output), *short]) == 0
    captured = capfd.readouterr()
    summary = json.loads(captured.out.splitlines()[-1])
    assert (summary["runs"], summary["failed"], summary["best"]) == (1, 0, None)
    assert (output / "only" / "adapter" / "adapter_model.safetensors").is_file()
    check_settings(output / "only", load_config("weak.yaml", [*short, "train.seed=3"]))
    assert "Runs\n" in captured.out
    assert main(["--config", str(path), "--data", str(data), "--output", str(output), *short]) == 0
    assert json.loads(capfd.readouterr().out.splitlines()[-1])["passed_over"] == 1
