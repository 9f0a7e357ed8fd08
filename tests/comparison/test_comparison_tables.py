"""Tables of a comparison against numbers worked out by hand."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from tests.run_folders import by_id, write_evaluation, write_run
from wesam_packshot.comparison.compare import compare
from wesam_packshot.comparison.curves import learning_curves, running_mean
from wesam_packshot.comparison.sources import Run, read_runs
from wesam_packshot.comparison.tables import costs, differing_settings, score_tables
from wesam_packshot.comparison.text import across, figure_text
from wesam_packshot.errors import UsageError

FIRST = {"a": 0.9, "b": 0.8, "c": 0.7, "d": None, "e": 0.5}
SECOND = {"b": 0.9, "c": 0.703, "d": 0.6, "e": 0.45, "f": 1.0}


def runs_of(*folders: Path) -> list[Run]:
    return read_runs({str(folder): folder for folder in folders})


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    """Two runs with scores on images of which three are common."""
    first = write_run(tmp_path / "first", "loss.anchor=0.5", summary={"iou_after": 0.9})
    second = write_run(tmp_path / "second", "loss.anchor=0", "train.seed=3", loss=2.0)
    write_evaluation(first / "evaluation" / "shop-whole", tmp_path / "shop", FIRST)
    write_evaluation(second / "evaluation" / "shop-whole", tmp_path / "shop", SECOND)
    return first, second


def test_differences_are_of_images_that_both_have(pair: tuple[Path, Path]) -> None:
    (table,) = score_tables(runs_of(*pair))
    first, second = table.rows
    assert table.name == "shop-whole"
    assert (first.images, first.failed, second.images, second.failed) == (4, 1, 5, 0)
    assert first.means["iou"].mean == pytest.approx((0.9 + 0.8 + 0.7 + 0.5) / 4)
    assert second.means["iou"].mean == pytest.approx((0.9 + 0.703 + 0.6 + 0.45 + 1.0) / 5)
    # b: +0.1, c: +0.003 (a tie), e: -0.05
    assert second.common == 3
    assert second.differences["iou"].mean == pytest.approx((0.1 + 0.003 - 0.05) / 3)
    assert second.differences["shadow_kept"].mean == pytest.approx(-(0.1 + 0.003 - 0.05) / 3)
    assert second.verdict is not None
    assert (second.verdict.wins, second.verdict.losses, second.verdict.ties) == (1, 1, 1)
    assert first.verdict is None
    assert "alpha_error" not in table.scores


def test_sets_of_one_run_only_are_shown_without_differences(pair: tuple[Path, Path], tmp_path: Path) -> None:
    write_evaluation(pair[1] / "evaluation" / "shop-box", tmp_path / "shop", {"a": 0.5}, prompt="box")
    alone = score_tables(runs_of(*pair))[1]
    assert (alone.name, [row.run for row in alone.rows]) == ("shop-box", ["second"])
    assert alone.rows[0].means["iou"].low is None


def test_runs_scored_on_different_data_are_told_so(
    pair: tuple[Path, Path], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    compare({str(folder): folder for folder in pair})
    assert not caplog.text
    third = write_run(tmp_path / "third")
    write_evaluation(third / "evaluation" / "other-whole", tmp_path / "other", SECOND)
    compare({str(folder): folder for folder in (pair[0], third)})
    assert "no two runs were scored on the same data" in caplog.text


def test_only_settings_that_differ_are_told(pair: tuple[Path, Path], tmp_path: Path) -> None:
    assert differing_settings(runs_of(*pair)) == {"loss.anchor": [0.5, 0.0], "train.seed": [0, 3]}
    assert differing_settings(runs_of(pair[0])) == {}
    # an older schema, and a folder without a configuration
    old = write_run(tmp_path / "old")
    text = (old / "config.yaml").read_text().replace("  dice: 1.0\n", "  lovasz: 2\n")
    (old / "config.yaml").write_text(text)
    scores = write_evaluation(tmp_path / "scores", tmp_path / "shop", FIRST)
    found = differing_settings(runs_of(pair[0], old, scores))
    assert found == {"loss.dice": [1.0, "-", "-"], "loss.lovasz": ["-", 2, "-"]}


def test_costs(pair: tuple[Path, Path]) -> None:
    found = costs(runs_of(*pair))
    assert found["seconds"] == [61.5, 61.5]
    assert found["images_per_second"] == [0.5, 0.5]  # the median over the rows
    assert found["iou_after"] == [0.9, None]
    assert "iou_before" not in found


def test_what_a_review_was_worth(pair: tuple[Path, Path]) -> None:
    """A run before corrections beside one after them."""
    file = pair[1] / "summary.json"
    facts = {"corrected": 3, "accepted": 20, "rejected": 1, "iou_before": 0.81, "iou_after": 0.93, "others": 76}
    file.write_text(json.dumps(json.loads(file.read_text()) | {"review": facts}))
    found = costs(runs_of(*pair))
    assert found["review.corrected"] == [None, 3]
    assert (found["review.iou_before"], found["review.iou_after"]) == ([None, 0.81], [None, 0.93])
    text, summary = compare({str(folder): folder for folder in pair})
    assert "IoU on the corrected photos after" in text
    assert summary["costs"]["review.accepted"] == {"first": None, "second": 20}
    file.write_text(json.dumps(json.loads(file.read_text()) | {"review": "lost"}))
    assert "review.corrected" not in costs(runs_of(*pair))


def test_curves_share_their_axes_and_important_ones_come_first(pair: tuple[Path, Path]) -> None:
    curves = learning_curves(runs_of(*pair))
    assert list(curves)[:3] == ["selection/score", "train/loss", "train/dice"]
    assert set(curves) - {"warmup/focal", "train/images_per_second"} == set(list(curves)[:3])
    steps, scores = curves["selection/score"]["second"]
    assert list(steps) == [0, 20, 40]
    assert list(scores) == pytest.approx([0.9, 0.92, 0.94])
    steps, losses = curves["train/loss"]["first"]
    assert list(steps) == list(range(1, 41))
    # windows of five: a tenth of 40 rows, two to each side
    assert losses[10] == pytest.approx(np.mean([1 / step for step in range(9, 14)]))
    assert losses[0] == pytest.approx(np.mean([1, 1 / 2, 1 / 3]))
    assert running_mean([1.0, 5.0]) == [1.0, 5.0]


def test_the_text_and_the_summary_agree(pair: tuple[Path, Path], tmp_path: Path) -> None:
    text, summary = compare({str(folder): folder for folder in pair})
    lines = [line.split() for line in text.splitlines()]
    assert ["first", "0.5", "0"] not in lines  # as many keys as runs: keys go down
    assert ["loss.anchor", "0.5", "0"] in lines
    assert [line[-1] for line in lines if line and line[0] == "second"][-1] == "1/1/1"
    row = summary["sets"]["shop-whole"]["second"]
    assert row["verdict"] == {"wins": 1, "losses": 1, "ties": 1}
    assert row["differences"]["iou"]["mean"] == pytest.approx(0.053 / 3, abs=1e-6)
    assert f"{0.053 / 3:+.3f} [{row['differences']['iou']['low']:+.3f}" in text
    assert summary["settings"]["train.seed"] == {"first": 0, "second": 3}
    widths = {len(line) for line in text.split("shop-whole\n")[1].splitlines()[:3]}
    assert len(widths) == 1


def test_the_csv_has_a_row_for_every_run_set_and_image(pair: tuple[Path, Path], tmp_path: Path) -> None:
    write_evaluation(pair[1] / "evaluation" / "shop-box", tmp_path / "shop", {"a": 0.5}, prompt="box")
    compare({str(folder): folder for folder in pair}, table=tmp_path / "all.csv")
    with (tmp_path / "all.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 5 + 5 + 1
    assert {row["set"] for row in rows} == {"shop-whole", "shop-box"}
    first = by_id(rows, "first")
    assert {name: float(row["iou"]) if row["iou"] else None for name, row in first.items()} == FIRST
    assert (first["d"]["error"], first["a"]["data"]) == ("broken", str(tmp_path / "shop"))
    assert (first["a"]["alpha_error"], first["a"]["inverted"]) == ("", "0.0")


def test_a_set_is_chosen_by_its_own_name_or_its_datas(pair: tuple[Path, Path], tmp_path: Path) -> None:
    folders = {str(folder): folder for folder in pair}
    write_evaluation(pair[1] / "evaluation" / "studio-whole", tmp_path / "studio", {"a": 0.5})
    assert list(compare(folders, data="studio")[1]["sets"]) == ["studio-whole"]
    assert list(compare(folders, data="shop-whole")[1]["sets"]) == ["shop-whole"]
    with pytest.raises(UsageError, match="--data barn: no run has scores of that name; there are shop-whole, studio-"):
        compare(folders, data="barn")


def test_tables_lie_down_where_there_are_more_runs_than_keys() -> None:
    assert across(["x", "y"], {"key": ["1", "2"]}) == [["", "key"], ["x", "1"], ["y", "2"]]
    assert across(["x"], {"key": ["1"], "other": ["3"]}) == [["", "x"], ["key", "1"], ["other", "3"]]
    assert [figure_text(value) for value in (None, 3, 0.12345, 1770.4, "box")] == ["-", "3", "0.1235", "1770", "box"]
