"""A sweep on one machine: each combination is a run of the adapt command, and all are compared at the end."""

import logging
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wesam_packshot.adaptation.run_folder import check_settings
from wesam_packshot.comparison.compare import compare
from wesam_packshot.comparison.sources import Run, read_runs
from wesam_packshot.config import Config, load_config
from wesam_packshot.errors import UsageError
from wesam_packshot.files.holding import holding
from wesam_packshot.sweep.grid import Combination, Sweep, overrides

log = logging.getLogger(__name__)

# Not the path of a script: an installed package has none.
ADAPT = (sys.executable, "-c", "from wesam_packshot.cli.adapt import main; raise SystemExit(main())")


@dataclass(frozen=True)
class Job:
    """One run to be made; `config` is what its arguments mean."""

    folder: Path
    arguments: list[str]
    config: Config

    @property
    def finished(self) -> bool:
        return (self.folder / "summary.json").is_file()


def run_sweep(
    sweep: Sweep,
    data: Path | None,
    output: Path,
    more: Sequence[str] = (),
    seed: int = 0,
    adapt: Sequence[str] = ADAPT,
) -> tuple[str, dict[str, Any]]:
    """Make all runs of a sweep in folders of `output`, then `compare.html` and `compare.csv` of those that are whole.

    Finished runs are passed over, begun ones resumed. A run that fails is reported, and the others go on.

    Args:
        data: photos, instead of those of the configuration.
        more: `key=value` for every run; they win over the sweep's own.
        seed: of random combinations.
        adapt: the command that makes one run.

    Returns:
        A text for people and a summary for programs.

    Raises:
        UsageError: before any run is started, for a combination that is no configuration.
        UserError: when another sweep is at work there.
    """
    jobs = [_job(sweep, combination, data, output, more) for combination in sweep.combinations(seed)]
    with holding(output):
        return _run_all(sweep, jobs, output, adapt)


def _run_all(sweep: Sweep, jobs: Sequence[Job], output: Path, adapt: Sequence[str]) -> tuple[str, dict[str, Any]]:
    passed = sum(job.finished for job in jobs)
    failed = [job.folder.name for number, job in enumerate(jobs, 1) if not _done(job, f"{number}/{len(jobs)}", adapt)]
    whole = {str(job.folder): job.folder for job in jobs if job.folder.name not in failed}
    summary: dict[str, Any] = {
        "output": str(output),
        "runs": len(jobs),
        "passed_over": passed,
        "failed": len(failed),
        "failed_runs": failed,
    }
    if not whole:
        return "no run is finished, so there is nothing to compare", summary
    text, compared = compare(whole, output / "compare.html", output / "compare.csv")
    ranked = _ranked(sweep, read_runs(whole))
    if ranked:
        text += f"\n\n{sweep.metric}\n" + "\n".join(f"  {value:.4f}  {name}" for name, value in ranked)
    return text, summary | {"best": ranked[0][0] if ranked else None, "compared": compared}


def _job(sweep: Sweep, combination: Combination, data: Path | None, output: Path, more: Sequence[str]) -> Job:
    values = [*sweep.fixed, *overrides(combination), *more]
    folder = output / sweep.folder_name(combination)
    arguments = ["--config", sweep.base, "--output", str(folder), "--resume", *(["--data", str(data)] if data else [])]
    return Job(folder, [*arguments, *values], load_config(sweep.base, values))


def _done(job: Job, place: str, adapt: Sequence[str]) -> bool:
    """Make the run unless it is there; whether it is whole now."""
    name = job.folder.name
    if job.finished:
        try:
            check_settings(job.folder, job.config)
        except UsageError as error:
            log.error("%s: %s", place, error)
            return False
        log.info("%s: %s is finished", place, name)
        return True
    log.info("%s: %s", place, name)
    # progress and complaints go where this command's go; the summary on the standard output is in summary.json as well
    # (no shell: the user's own settings are words of adapt.py's command line)
    done = subprocess.run([*adapt, *job.arguments], stdout=subprocess.DEVNULL)  # noqa: S603
    if not job.finished:  # photos that cannot be read make the exit code 1 of a run that is whole
        log.error("%s: %s failed (exit code %d); the reason is above", place, name, done.returncode)
    return job.finished


def _ranked(sweep: Sweep, runs: Sequence[Run]) -> list[tuple[str, float]]:
    """Runs that have the sweep's metric, the best first."""
    found = [(run.name, metric_of(run, sweep.metric, sweep.maximize)) for run in runs] if sweep.metric else []
    known = [(name, value) for name, value in found if value is not None]
    return sorted(known, key=lambda one: -one[1] if sweep.maximize else one[1])


def metric_of(run: Run, metric: str, maximize: bool) -> float | None:
    """A run's best value of a `stage/figure` of `metrics.jsonl`, or what `summary.json` says; None where neither does.

    Of checks the best value counts, not the last, because it is the best adapter that is kept.
    """
    stage, _, name = metric.partition("/")
    values = [row[name] for row in run.rows if row.get("stage") == stage and isinstance(row.get(name), (int, float))]
    if values:
        return float(max(values) if maximize else min(values))
    value = run.summary.get(metric)
    return float(value) if isinstance(value, (int, float)) else None
