"""The command: its options, its start and its end."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.serving.conftest import PATIENCE, decoded
from wesam_packshot.cli.serve import main

ROOT = Path(__file__).parents[2]


@pytest.fixture
def port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        found: int = listener.getsockname()[1]
    yield found


@pytest.mark.parametrize(
    "options",
    [
        ["--port", "0"],
        ["--queue", "0"],
        ["--timeout", "-1"],
        ["--max-upload", "0"],
        ["--allow-origin", "shop"],
        ["--adapter", "nowhere"],
        ["train.devise=cpu"],
    ],
)
def test_what_cannot_be_is_one_line(options: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(options) != 0
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: ")


def test_a_taken_port_is_told_before_the_model_is_loaded(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        assert main(["--port", str(port), "model.weights=nowhere.safetensors"]) != 0
    assert f"--port {port}" in capsys.readouterr().err


def test_it_serves_until_it_is_told_to_end_and_leaves_nothing(port: int, photo: bytes, tmp_path: Path) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    surroundings = os.environ | {"TMPDIR": str(temporary)}
    command = [sys.executable, ROOT / "scripts" / "serve.py", "--port", str(port), "train.device=cpu"]
    process = subprocess.Popen(
        [str(part) for part in command],
        env=surroundings,
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stderr is not None
        line = next(line for line in process.stderr if "http" in line)
        assert f"http://127.0.0.1:{port}" in line
        answer = httpx.post(f"http://127.0.0.1:{port}/cutout", files={"image": photo}, timeout=PATIENCE)
        assert decoded(answer).shape == (120, 160, 4)
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=PATIENCE)
    finally:
        process.kill()
    assert process.returncode == 143
    assert "Traceback" not in err
    assert not out or json.loads(out.splitlines()[-1])
    assert list(temporary.iterdir()) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["temporary"]
