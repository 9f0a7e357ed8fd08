"""What people at a terminal are told beside the JSON, and what progress promises."""

import json
import logging
import os
import pty
from collections.abc import Iterator
from pathlib import Path

import pytest

from wesam_packshot.cli import closing, pseudolabel
from wesam_packshot.progress import track

ADAPTED = {
    "run": "runs/mine",
    "photos": 272,
    "labelled": 268,
    "abstained": 3,
    "failed": 1,
    "iou_before": 0.018,
    "iou_after": 0.914,
    "seconds": 1860.4,
}


def test_an_adaptation_tells_scores_report_and_what_is_next() -> None:
    assert closing.closing_words("adapt", ADAPTED) == [
        "Adapted to 268 of 272 photos (3 abstained, 1 failed) in 31 minutes.",
        "IoU with the true masks: 0.018 before, 0.914 after.",
        "Report: runs/mine/report.html",
        "Next: python scripts/segment.py --input PHOTOS --output cutouts --adapter runs/mine",
    ]
    without = closing.closing_words(
        "adapt", ADAPTED | {"iou_after": None, "abstained": 0, "failed": 0, "seconds": 90.2}
    )
    assert without[0] == "Adapted to 268 of 272 photos in 90 seconds."
    assert not any("IoU" in line for line in without)


def test_an_adaptation_that_did_not_pay_says_so() -> None:
    worse = closing.closing_words("adapt", ADAPTED | {"iou_before": 0.924})
    assert any("did not pay" in line for line in worse)
    assert not any("did not pay" in line for line in closing.closing_words("adapt", ADAPTED))


def test_a_folder_tells_counts_and_where_the_reasons_are() -> None:
    summary = {"output": "cutouts", "images": 5, "ok": 3, "abstained": 2, "failed": 0}
    assert closing.closing_words("segment", summary) == [
        "3 of 5 photos have a mask (2 abstained); cutouts/manifest.jsonl tells why.",
        "Written to cutouts.",
    ]
    rehearsed = {"dry_run": True, "steps": 48, "photos": 24}
    (line,) = closing.closing_words("adapt", rehearsed)
    assert "48 steps on 24 photos" in line


def test_words_are_for_terminals_and_the_json_stays_last(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    summary = {"output": "labels", "images": 2, "ok": 2, "abstained": 0, "failed": 0}
    monkeypatch.setattr(pseudolabel, "_pseudolabel", lambda _: summary)
    master, slave = pty.openpty()
    with os.fdopen(slave, "w") as terminal:
        monkeypatch.setattr("sys.stderr", terminal)
        assert pseudolabel.main(["--input", str(tmp_path)]) == 0
        terminal.flush()
        shown = os.read(master, 4096).decode()
    os.close(master)
    assert "2 of 2 photos have a mask." in shown
    assert json.loads(capfd.readouterr().out.splitlines()[-1]) == summary
    monkeypatch.undo()
    monkeypatch.setattr(pseudolabel, "_pseudolabel", lambda _: summary)
    assert pseudolabel.main(["--input", str(tmp_path)]) == 0
    assert "photos have a mask" not in capfd.readouterr().err


def test_no_time_is_foretold_of_the_first_steps(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The first step takes 100 seconds, as one that loads everything, and the others take 11."""

    def clock() -> Iterator[float]:
        yield 0.0
        now = 100.0
        while True:
            yield now
            now += 11.0

    monkeypatch.setattr("wesam_packshot.progress.time.monotonic", clock().__next__)
    monkeypatch.setattr("sys.stderr.isatty", lambda: False, raising=False)
    with caplog.at_level(logging.INFO):
        list(track(range(5), "stage 2 of 3, warm-up", 5))
    assert [record.message for record in caplog.records] == [
        "stage 2 of 3, warm-up 0/5",  # before anything is loaded, so that a log tells what is under way
        "stage 2 of 3, warm-up 1/5",
        "stage 2 of 3, warm-up 2/5",
        "stage 2 of 3, warm-up 3/5, 81 s left",
        "stage 2 of 3, warm-up 4/5, 33 s left",
        "stage 2 of 3, warm-up 5/5, 0 s left",
    ]
