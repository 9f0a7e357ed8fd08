"""The completion script, sourced by a real bash."""

import subprocess
from pathlib import Path

import pytest

from wesam_packshot.cli.main import VERBS, main


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("completion") / "completion.bash"
    with pytest.MonkeyPatch.context() as patch, file.open("w") as stream:
        patch.setattr("sys.stdout", stream)
        assert main(["completion", "bash"]) == 0
    return file


def complete(script: Path, *words: str) -> list[str]:
    """What bash offers for the last of the words, in the script's folder."""
    quoted = " ".join(f"'{word}'" for word in ("wesam-packshot", *words))
    asked = f"COMP_WORDS=({quoted}); COMP_CWORD={len(words)}; _shtab_wesam_packshot; echo ${{COMPREPLY[@]}}"
    done = subprocess.run(
        ["bash", "-c", f"source {script}; {asked}"], capture_output=True, text=True, check=True, cwd=script.parent
    )
    return done.stdout.split()


def test_verbs_options_and_choices_are_completed(script: Path) -> None:
    assert complete(script, "co") == ["compare", "completion"]
    assert set(complete(script, "")) >= set(VERBS)
    assert complete(script, "cut", "--ref") == ["--refine"]
    assert complete(script, "cut", "--refine", "") == ["none", "fast", "best"]
    assert complete(script, "completion", "") == ["bash", "zsh"]


def test_files_are_completed_where_a_path_stands(script: Path) -> None:
    assert complete(script, "cut", "compl") == ["completion.bash"]
    assert complete(script, "adapt", "--data", "compl") == ["completion.bash"]


def test_an_unknown_shell_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", "fish"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: ")
    assert "fish" in line
    assert main(["completion", "zsh"]) == 0
    assert capsys.readouterr().out.startswith("#compdef wesam-packshot")
