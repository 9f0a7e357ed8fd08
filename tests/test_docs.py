"""Every command and example of the documentation runs, on a small studio of its own."""

import importlib
import json
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from docs.make_api import reference
from tests.conftest import draw_packshot
from wesam_packshot import config
from wesam_packshot.cli import common

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
# As little training as still makes an adapter.
SHORT = (
    "warmup.epochs=1",
    "train.min_steps=1",
    "train.max_steps=1",
    "train.batch_size=1",
    "selection.every=0",
    "pseudolabel.min_confidence=0",
    "pseudolabel.disabled_stages=[view,zoom]",
)
# Commands that are run elsewhere, and where.
ELSEWHERE = {
    "python3 -m venv": "`.ci/run` is the second of the set-up commands, and the first differs in its script",
    "source .venv": "a part of the set-up",
    "python scripts/demo.py": "tests/demo",
    "python scripts/serve.py": "tests/serving",
    "python scripts/review.py": "tests/review",
    "python scripts/adapt.py --config weak.yaml --data photos --corrections": "tests/adaptation/test_corrections.py",
    "wesam-packshot serve": "tests/serving",
    "curl ": "tests/serving",
    "uv pip install": "`.ci/run` installs all extras",
    "python -c": "the tutorial's first step, done by test_the_tutorial_begins_with_the_examples",
    "python scripts/sweep.py": "tests/test_sweep.py",
    "python scripts/render.py": "tests/studio; rendering needs LLVM",
    "python scripts/segment.py --input shelf --text": "tests/segment/test_text.py",
    "wandb sync": "tests/tracking",
    "wandb sweep": "tests/test_sweep.py",
    "wandb agent": "tests/test_sweep.py",
    "docker ": "tests/test_container.py",
    "python -m benchmarks.": "they take hours",
    "python benchmarks/": "they take hours on data that the repository does not have",
    "python docs/make_api.py": "test_the_reference_is_up_to_date",
}


def commands(page: Path) -> list[str]:
    """Lines of the page's shell blocks, and commands inside its sentences and tables."""
    text = page.read_text()
    blocks = "\n".join(re.findall(r"```sh\n(.*?)```", text, re.DOTALL)).replace("\\\n", " ")
    lines = [re.sub(r"\s+# .*", "", line).strip() for line in blocks.splitlines()]
    told = re.findall(
        r"`((?:python (?:scripts|docs)/|wesam-packshot )[^`]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    )
    found = [command for command in [*lines, *told] if command]
    return [command for command in found if not re.search(r"\b[A-Z]{3,}\b", command)]  # PHOTOS stands for a folder


def elsewhere(command: str) -> bool:
    return any(command.startswith(start) for start in ELSEWHERE)


@pytest.fixture(scope="module")
def hurried() -> Iterator[None]:
    """Configurations with hardly any training, whatever the command says."""
    load = config.load_config
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(common, "load_config", lambda name, given=(): load(name, [*given, *SHORT]))
        yield


@pytest.fixture(scope="module")
def studio(hurried: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with everything that the documentation's examples name."""
    folder = tmp_path_factory.mktemp("studio")
    for name in ("photos/images", "photos/masks", "shelf", "folder/images", "folder/masks"):
        (folder / name).mkdir(parents=True)
    image, _ = draw_packshot(600, 640)
    Image.fromarray(image).save(folder / "chair.jpg")
    small, small_mask = draw_packshot(150, 200)
    for place in ("photos/chair.jpg", "photos/images/chair.jpg", "folder/images/chair.jpg"):
        Image.fromarray(small).save(folder / place)
    for place in ("photos", "folder"):
        Image.fromarray(small_mask.astype(np.uint8) * 255).save(folder / place / "masks" / "chair.png")
    shutil.copytree(folder / "folder", folder / "renders")
    Image.fromarray(small).save(folder / "shelf" / "shelf.jpg")
    (folder / "found.json").write_text(json.dumps([{"image_id": "shelf", "category_id": 1, "bbox": [40, 30, 90, 90]}]))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        assert run("python scripts/adapt.py --data photos --output runs/mine") == 0
        for name in ("one", "two", "next"):
            shutil.copytree("runs/mine", f"runs/{name}")
        yield folder


def run(command: str) -> int:
    """The exit code of a command of `scripts/`, or of the installed one, run in this process."""
    program, *arguments = shlex.split(command)
    name = "main" if program == "wesam-packshot" else Path(arguments.pop(0)).stem
    main = importlib.import_module(f"wesam_packshot.cli.{name}").main
    _clear(arguments)
    code: int = main(arguments)
    return code


def _clear(arguments: Sequence[str]) -> None:
    """Examples begin a run of the same name more than once, each on a page of its own."""
    if "--resume" not in arguments and "--data" in arguments and "--output" in arguments:
        output = Path(arguments[arguments.index("--output") + 1])
        shutil.rmtree(output, ignore_errors=True)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_of_a_page_runs(page: Path, studio: Path) -> None:
    for command in commands(page):
        if not elsewhere(command):
            assert command.startswith(("python scripts/", "wesam-packshot ")), command
            assert run(command) == 0, command


def test_the_example_in_python_runs(studio: Path) -> None:
    Image.open("chair.jpg").save("photos/chair.jpg")
    call, lower = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "using.md").read_text(), re.DOTALL)
    called: dict[str, object] = {}
    exec(call, called)
    assert getattr(called["found"], "rgba").shape == (600, 640, 4)  # noqa: B009
    assert Path("chair.png").is_file()
    names: dict[str, object] = {}
    exec(lower, names)
    mask, found = names["mask"], names["found"]
    assert isinstance(mask, np.ndarray)
    assert mask.shape == (600, 640)
    assert getattr(found, "masks").shape == (1, 3, 600, 640)  # noqa: B009


def test_the_notebook_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    cells = json.loads((ROOT / "docs" / "cut_out.ipynb").read_text("utf-8"))["cells"]
    names: dict[str, object] = {}
    for cell in cells:
        if cell["cell_type"] == "code":
            exec("".join(cell["source"]), names)
    printed = [line for cell in cells for output in cell.get("outputs", []) for line in output.get("text", [])]
    shown = [line.split()[0] for line in printed if "confidence" in line]
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == shown
    assert len(shown) == 5
    assert {path.name for path in tmp_path.iterdir()} == {"basket.png", "basket.jpg"}


def test_the_tutorial_begins_with_the_examples(tmp_path: Path) -> None:
    (first,) = [command for command in commands(ROOT / "docs" / "tutorial.md") if command.startswith("python -c")]
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    subprocess.run([sys.executable, *shlex.split(first)[1:]], cwd=tmp_path, check=True)
    assert len(list((tmp_path / "photos" / "images").iterdir())) == 24


def test_commands_are_found() -> None:
    """A change of the pages' form must not leave this file without work."""
    assert len([command for page in PAGES for command in commands(page) if not elsewhere(command)]) >= 15


def test_the_reference_is_up_to_date() -> None:
    assert (ROOT / "docs" / "api.md").read_text() == reference()


def test_tables_are_what_the_benchmarks_have_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    tables = importlib.import_module("tables")
    for name, (page, _, _) in tables.TABLES.items():
        assert tables.filled(name) == (ROOT / page).read_text("utf-8"), f"run python benchmarks/tables.py for {page}"
