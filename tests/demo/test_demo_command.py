"""The demo's command line: what it refuses before it serves anything."""

import importlib.util
import socket
from pathlib import Path

import pytest

from wesam_packshot.cli.demo import main


def complaint(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    """Exit code, and the one line on standard error."""
    code = main(arguments)
    (line,) = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error: ")]
    return code, line


def test_a_missing_package_is_named(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    code, line = complaint(capsys)
    assert code == 1
    assert "needs fastapi, uvicorn; install it with: uv pip install -e '.[demo]'" in line


def test_ports_and_adapters_that_cannot_be(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    code, line = complaint(capsys, "--port", "70000")
    assert (code, line) == (2, "error: --port 70000: a number from 1 to 65535 is needed")
    code, line = complaint(capsys, "--allow-origin", "demo.example.com")
    assert (code, line.partition(":")[0]) == (2, "error")
    assert "--allow-origin demo.example.com: an address such as" in line
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        code, line = complaint(capsys, "--port", port)
    assert code == 2
    assert f"--port {port}: cannot be listened on" in line
    code, line = complaint(capsys, "--adapter", str(tmp_path / "absent"))
    assert code == 1
    assert "absent: holds no adapter" in line
