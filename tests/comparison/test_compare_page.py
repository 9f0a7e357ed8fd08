"""The page of a comparison in a browser, and the command that writes it."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.browser import chromium, watched_page
from tests.run_folders import rectangle, write_evaluation, write_run, write_samples
from wesam_packshot.cli.compare import main

ROOT = Path(__file__).parents[2]


@pytest.fixture
def folders(packshot_folder: Callable[..., Path], tmp_path: Path) -> list[str]:
    """Three runs: two with scores and masks, one with samples alone, two of one name."""
    data = packshot_folder(3)
    first, second = write_run(tmp_path / "x" / "run"), write_run(tmp_path / "y" / "run", "loss.anchor=0", loss=2.0)
    third = write_run(tmp_path / "a_run_of_a_name_that_is_long_enough_for_phones", "train.seed=5")
    for run, shift in ((first, 0), (second, 9)):
        masks = {}
        for name in ("ball_0", "ball_1", "ball_2"):
            with Image.open(data / "masks" / f"{name}.png") as picture:
                masks[name] = np.roll(np.asarray(picture) > 128, shift, 1)
        write_evaluation(run / "evaluation" / "data-whole", data, dict.fromkeys(masks, 0.9 - shift / 50), masks)
    write_samples(third, {"<cup> & saucer": rectangle((60, 80), 10, 10, 40, 40)})
    return [str(first), str(second), str(third)]


@pytest.mark.parametrize(("width", "dark"), [(1200, False), (1200, True), (400, False)])
def test_the_page_is_whole_in_a_browser(folders: list[str], tmp_path: Path, width: int, dark: bool) -> None:
    page_file = tmp_path / "out" / "compare.html"
    assert main([*folders, "--html", str(page_file)]) == 0
    assert "http:" not in page_file.read_text()
    with chromium() as browser, watched_page(browser, width, dark=dark) as page:
        page.goto(page_file.as_uri())
        assert page.locator("h1").inner_text() == "3 runs compared"
        widths = page.evaluate("[...document.images].map(image => image.complete ? image.naturalWidth : 0)")
        assert len(widths) == 3 * 2 + 1
        assert min(widths) > 0
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.get_by_text("x/run", exact=True).count() >= 3
        assert page.get_by_text("<cup> & saucer").count() == 1
        assert page.get_by_text("0 / 3 / 0").count() == 1
        assert page.locator("td.bad").count() > 0
        assert page.locator(".charts svg:visible").count() == 2 + 3
        page.get_by_text("more figures").click()
        assert page.locator(".charts svg:visible").count() == 2 + 5
        background = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert background == ("rgb(22, 24, 28)" if dark else "rgb(255, 255, 255)")


def test_one_run_alone_and_runs_without_scores(folders: list[str], tmp_path: Path) -> None:
    page_file = tmp_path / "one.html"
    assert main([folders[2], "--html", str(page_file)]) == 0
    with chromium() as browser, watched_page(browser) as page:
        page.goto(page_file.as_uri())
        assert page.locator("h1").inner_text() == "1 run compared"
        assert page.get_by_text("No run has been scored").count() == 1
        assert page.evaluate("[...document.images].every(image => image.naturalWidth > 0)")


def test_the_script_prints_a_table_and_a_summary(folders: list[str], tmp_path: Path) -> None:
    table = tmp_path / "all.csv"
    command = [sys.executable, str(ROOT / "scripts" / "compare.py"), *folders, "--csv", str(table), "--data", "data"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "Settings that differ\n" in done.stdout
    summary = json.loads(done.stdout.splitlines()[-1])
    assert summary["runs"] == dict(zip(("x/run", "y/run", Path(folders[2]).name), folders, strict=True))
    assert summary["sets"]["data-whole"]["y/run"]["verdict"] == {"wins": 0, "losses": 3, "ties": 0}
    assert (summary["html"], summary["csv"]) == (None, str(table))
    assert len(table.read_text().splitlines()) == 1 + 6


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        ([], 2, "required: RUN; see --help"),
        (["absent"], 2, "absent: no such folder; give a run"),
        ([".", "--data", "barn"], 2, "neither a run nor scores"),
        (["run", "--data", "barn"], 2, "--data barn: no run has scores of that name; there are none"),
        (["run", "--csv", "run/config.yaml/x.csv"], 1, "cannot be made a folder"),
    ],
)
def test_mistakes_are_one_line(
    arguments: list[str],
    code: int,
    told: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    write_run(tmp_path / "run")
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == code
    captured = capsys.readouterr()
    (line,) = captured.err.splitlines()
    assert line.startswith("error: ")
    assert told in line
    assert captured.out == ""
