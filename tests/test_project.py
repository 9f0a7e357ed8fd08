"""What the repository promises of itself."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from wesam_packshot import __version__
from wesam_packshot.resources import config_folder, example_folder

ROOT = Path(__file__).parents[1]


def commands() -> list[str]:
    """The set-up commands of the README, one line each."""
    return [line for line in (ROOT / "README.md").read_text().splitlines() if line.startswith("python3 -m venv")]


def test_two_commands_do_everything() -> None:
    adapt, tests = commands()
    assert adapt.endswith("scripts/adapt.py --config weak.yaml")
    assert tests.endswith("-m pytest --cov -n 2 --dist loadfile")
    assert tests in (ROOT / ".ci" / "run").read_text().splitlines()


def test_examples_and_configurations_ship() -> None:
    assert len(list((example_folder() / "images").iterdir())) == 24
    assert len(list((example_folder() / "masks").iterdir())) == 24
    assert (config_folder() / "weak.yaml").is_file()


def test_scripts_and_console_scripts_are_the_same_commands() -> None:
    declared = re.findall(r'wesam-(\w+) = "wesam_packshot\.cli\.(\w+):main"', (ROOT / "pyproject.toml").read_text())
    declared.remove(("packshot", "main"))  # all of them under one name, see tests/cli/test_main.py
    assert {first for first, _ in declared} == {path.stem for path in (ROOT / "scripts").glob("*.py")}
    assert all(first == second for first, second in declared)


def test_the_wheel_holds_what_users_need(tmp_path: Path) -> None:
    built = subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--no-deps", "--quiet", "--wheel-dir", str(tmp_path), str(ROOT)],
        capture_output=True,
        text=True,
    )
    assert built.returncode == 0, built.stderr
    wheel = tmp_path / f"wesam_packshot-{__version__}-py3-none-any.whl"
    target = tmp_path / "site"
    subprocess.run([sys.executable, "-m", "zipfile", "-e", str(wheel), str(target)], check=True)
    assert (target / "wesam_packshot" / "configs" / "weak.yaml").is_file()
    adapter = target / "wesam_packshot" / "adapters" / "mobile_sam"
    shipped = {file.name for file in adapter.iterdir()}
    assert shipped == {"adapter_config.json", "adapter_model.safetensors", "README.md"}
    assert len(list((target / "wesam_packshot" / "examples" / "packshots" / "images").iterdir())) == 24


@pytest.mark.parametrize("module", ["adaptation.run", "batch.segmentation", "batch.pseudolabels"])
def test_torchs_compiler_is_not_loaded_for_nothing(module: str) -> None:
    """It takes as long to load as all the rest."""
    code = f"import sys, wesam_packshot.{module}; sys.exit('torch._dynamo' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_importing_the_command_lines_is_quick() -> None:
    """`--help` must not wait for torch."""
    names = ", ".join(f"wesam_packshot.cli.{name}" for name in ("adapt", "demo", "segment"))
    code = f"import sys, {names}; sys.exit(bool({{'torch', 'fastapi'}} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_loading_an_adapter_does_not_import_the_compiler() -> None:
    code = """
import sys
from wesam_packshot.sam.adapter_file import load_adapter, named_adapter
from wesam_packshot.sam.weights import load_model
sam, base = load_model("mobile_sam", None, None)
load_adapter(sam, named_adapter("packshot", "mobile_sam"), base, "student")
sys.exit("torch._dynamo" in sys.modules)
"""
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
