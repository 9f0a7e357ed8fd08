"""The audit of the pinned packages: what passes, and what does not."""

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

FILE = Path(__file__).parents[1] / ".ci" / "audit.py"


@pytest.fixture(scope="module")
def audit() -> ModuleType:
    spec = importlib.util.spec_from_file_location("audit", FILE)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def report(*fixes: str) -> dict[str, Any]:
    """As pip-audit 2.10 writes it, with one vulnerable package."""
    weakness = {"id": "PYSEC-2099-1", "aliases": ["CVE-2099-7"], "fix_versions": list(fixes), "description": "bad"}
    sound = {"name": "numpy", "version": "2.4.6", "vulns": []}
    unknown = {"name": "own", "skip_reason": "Dependency not found on PyPI and could not be audited: own (1)"}
    return {"dependencies": [sound, {"name": "old", "version": "1.0", "vulns": [weakness]}, unknown], "fixes": []}


def test_what_has_a_fix_fails(audit: ModuleType) -> None:
    lines, sound = audit.judge(report("1.1", "2.0"), {})
    assert lines == ["2 of 3 packages looked up", "old 1.0: PYSEC-2099-1, mended in 1.1, 2.0"]
    assert not sound


def test_what_has_none_or_is_accepted_passes(audit: ModuleType) -> None:
    assert audit.judge(report(), {})[1]
    accepted = audit.read_accepted("# why\n\nCVE-2099-7 only on Windows\n")
    lines, sound = audit.judge(report("1.1"), accepted)
    assert sound
    assert lines[1] == "old 1.0: PYSEC-2099-1, accepted: only on Windows"
    with pytest.raises(SystemExit, match="CVE-2099-7 is accepted without a reason"):
        audit.read_accepted("CVE-2099-7")


def test_a_service_out_of_reach_is_told_and_passes(audit: ModuleType) -> None:
    skipped = {"dependencies": [{"name": "own", "skip_reason": "not found"}], "fixes": []}
    assert audit.judge(skipped, {}) == (["skipped: the service of vulnerabilities was not reached"], True)


@pytest.mark.parametrize("answer", ["", "echo Traceback; exit 1"])
def test_a_tool_out_of_reach_is_told_and_passes(tmp_path: Path, answer: str) -> None:
    """The script beside a stand-in for uv, which fails as it does without a network."""
    uv = tmp_path / "uv"
    if answer:
        uv.write_text(f"#!/bin/sh\n{answer}\n")
        uv.chmod(0o755)
    code = f"import runpy, sys; sys.executable = {str(tmp_path / 'python')!r}; runpy.run_path({str(FILE)!r}, {{}}, "
    run = subprocess.run([sys.executable, "-c", code + "'__main__')"], capture_output=True, text=True)
    assert (run.returncode, run.stdout) == (
        0,
        "audit: skipped: pip-audit, or the service that it asks, was not reached\n",
    )
