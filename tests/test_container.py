"""The container's recipe: linted, and its commands as far as they go without a container engine."""

import ast
import json
import re
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from wesam_packshot.cli.segment import main
from wesam_packshot.serving.access import Access
from wesam_packshot.web.pages import GRACE

ROOT = Path(__file__).parents[1]


@pytest.fixture
def lines() -> list[str]:
    text = re.sub(r"\\\n\s*", "", (ROOT / "Dockerfile").read_text())
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def test_hadolint_finds_nothing() -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    found = subprocess.run([hadolint, ROOT / "Dockerfile"], capture_output=True, text=True, check=False)
    assert (found.returncode, found.stdout) == (0, "")


def test_whatever_is_copied_or_run_is_there(lines: list[str]) -> None:
    copied = [name for line in lines if line.startswith("COPY") for name in line.split()[1:-1]]
    assert {"pyproject.toml", "wesam_packshot", "scripts", "docker"} <= set(copied)
    assert all((ROOT / name).exists() for name in copied)
    scripts = re.findall(r"docker/[\w-]+", " ".join(line for line in lines if line.startswith("RUN")))
    assert len(scripts) == 2
    for script in scripts:
        assert (ROOT / script).stat().st_mode & 0o111
        subprocess.run(["sh", "-n", ROOT / script], check=True)
    ignored = (ROOT / ".dockerignore").read_text().split()
    assert not set(copied) & set(ignored)


def test_the_default_command_segments_a_mounted_folder(
    lines: list[str], packshot_folder: Callable[..., Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (command,) = (json.loads(line.removeprefix("CMD ")) for line in lines if line.startswith("CMD"))
    (entry,) = (json.loads(line.removeprefix("ENTRYPOINT ")) for line in lines if line.startswith("ENTRYPOINT"))
    assert (ROOT / Path(entry[1]).relative_to("/app")).is_file()
    mounted = {"/photos": str(packshot_folder(1)), "/cutouts": str(tmp_path / "out")}
    assert main([mounted.get(argument, argument) for argument in command]) == 0
    summary = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (summary["ok"], summary["abstained"], summary["failed"]) == (1, 0, 0)
    assert (tmp_path / "out" / "rgba" / "ball_0.png").is_file()


def test_the_composed_service_is_started_as_the_command_allows() -> None:
    service = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]["cutout"]
    python, script = service["entrypoint"]
    assert (ROOT / Path(script).relative_to("/app")).is_file()
    assert "'.[serve]'" in (ROOT / "docker" / "install").read_text()
    (published,) = service["ports"]
    access = Access.of("0.0.0.0", int(published.rpartition(":")[2]), [], 50)
    assert access.port == Access.port
    assert service["command"] == ["--host", "0.0.0.0"]
    check = service["healthcheck"]["test"]
    assert check[:3] == ["CMD", python, "-c"]
    ast.parse(check[3])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "gethostname", lambda: service["hostname"])
        for host in ("cutout:8000", "localhost:8000"):
            assert access.check("GET", "/health", [(b"host", host.encode())]) == 0
    assert int(service["stop_grace_period"].removesuffix("s")) > GRACE
