"""Runs of odd names and with odd contents: the page is written all the same, and only what is broken is left out."""

import json
import os
import shutil
from pathlib import Path

import pytest

from tests.run_folders import write_run
from wesam_packshot.cli.compare import main
from wesam_packshot.pages.charts import interval_chart, line_chart

HUGE = "9" * 400
ODD_ROWS = (
    "[1]",
    '"loss"',
    "7",
    "null",
    '{"stage": {"a": 1}, "step": 1, "loss": 1e308}',
    '{"stage": "train", "step": 2, "loss": -1e308}',
    '{"stage": "train", "step": "x", "loss": [1]}',
    f'{{"stage": "train", "step": {HUGE}, "loss": 1, "images_per_second": {HUGE}}}',
    '{"stage": "$\\\\frac{", "step": 3, "$\\\\frac{": 2}',
)
ODD_SAMPLES = ("[1]", '{"id": [1]}', '{"id": "a", "folder": {"x": 1}, "iou_after": "x", "confidence": [1]}')


def test_names_are_no_formulas_and_steer_no_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = write_run(tmp_path / "$\\frac{")
    second = tmp_path / os.fsdecode(b"\xff\x1b[31m")
    shutil.copytree(first, second)
    assert (
        main([str(first), str(second), "--html", str(tmp_path / "all.html"), "--csv", str(tmp_path / "all.csv")]) == 0
    )
    captured = capsys.readouterr()
    summary = json.loads(captured.out.splitlines()[-1])
    assert list(summary["runs"]) == ["$\\frac{", "\\udcff\\x1b[31m"]
    assert "\x1b" not in captured.out + captured.err + (tmp_path / "all.html").read_text()
    assert "$\\frac{" in (tmp_path / "all.html").read_text()


def test_charts_write_names_as_they_are() -> None:
    assert "$\\frac{" in interval_chart({"$\\frac{": (0.5, 0.4, 0.6)}, "$x^", "$y_")
    assert "$\\frac{" in line_chart({"$\\frac{": ([1], [2]), "b": ([1], [2])}, "$x^", "$y_", "$z{")


def test_a_chart_has_gaps_where_axes_do_not_reach() -> None:
    chart = line_chart({"a": ([1, 2, 3, 1e300], [1.0, 1e308, -1e308, 2.0])}, "loss", "step")
    assert "1e308" not in chart


def test_odd_rows_are_passed_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    odd, plain = write_run(tmp_path / "odd"), write_run(tmp_path / "plain")
    (odd / "metrics.jsonl").write_text("\n".join(ODD_ROWS))
    (odd / "summary.json").write_text(
        f'{{"photos": {HUGE}, "steps": "x", "seconds": NaN, "failed": true, "labelled": 5}}'
    )
    (odd / "samples").mkdir()
    (odd / "samples" / "samples.jsonl").write_text("\n".join(ODD_SAMPLES))
    assert main([str(odd), str(plain), "--html", str(tmp_path / "all.html")]) == 0
    costs = json.loads(capsys.readouterr().out.splitlines()[-1])["costs"]
    assert {key: values["odd"] for key, values in costs.items() if values["odd"] is not None} == {"labelled": 5}


def test_a_broken_run_is_named_and_the_others_are_compared(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    runs = [write_run(tmp_path / name) for name in ("one", "recursive", "two")]
    (runs[1] / "config.yaml").write_text("train: &a\n  seed: *a")
    assert main([*map(str, runs)]) == 1
    captured = capsys.readouterr()
    summary = json.loads(captured.out.splitlines()[-1])
    assert (list(summary["runs"]), summary["failed"]) == (["one", "two"], 1)
    (told,) = caplog.messages[:1]
    assert told.startswith(f"{runs[1] / 'config.yaml'}: not readable as YAML (line 2: *a repeats a list")
    assert told.endswith("; the run is left out")
    assert "1 run failed; each is named above" in captured.err
