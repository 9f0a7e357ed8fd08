"""What is done with hostile input, and what must hold whatever it is: a result of the right form, or a `UserError`."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random

import numpy as np
import torch

from tests.hostile import folders, harms, pictures, templates, texts
from wesam_packshot.adaptation.cache import LabelCache
from wesam_packshot.adaptation.checkpoints import load_checkpoint
from wesam_packshot.adaptation.store import LabelStore
from wesam_packshot.adaptation.supervision import separate
from wesam_packshot.batch.folder import process
from wesam_packshot.comparison.compare import compare
from wesam_packshot.config import Config, dump_config, load_config
from wesam_packshot.errors import UserError
from wesam_packshot.files.json_lines import read_rows
from wesam_packshot.io.detections import read_detections
from wesam_packshot.io.photos import read_image
from wesam_packshot.io.prompt_file import PromptSpec, read_levels
from wesam_packshot.io.records import Record, read_records
from wesam_packshot.sam.adapter_file import load_adapter
from wesam_packshot.sam.frame import Frame
from wesam_packshot.sam.lora import adapters, eject_loras, inject_loras, lora_parameters, lora_state
from wesam_packshot.sam.prompts import prompt_tensors
from wesam_packshot.sweep.grid import read_sweep

SIZE = (pictures.HEIGHT, pictures.WIDTH)
# Characters beyond which an error is no line that anybody reads.
LONGEST = 5000


@dataclass(frozen=True)
class Fuzzer:
    """One kind of hostile input.

    Attributes:
        write: makes an input in a folder, and returns the path that is attacked.
        attack: uses it as the product does; raises `UserError` where the product refuses it.
        short: inputs in the test suite.
    """

    write: Callable[[Random, Path], Path]
    attack: Callable[[Path], None]
    short: int


def check_line(error: UserError) -> None:
    """An error is one printable line of bearable length."""
    text = str(error)
    assert text.strip(), "an error that says nothing"
    assert len(text) <= LONGEST, f"an error of more than {LONGEST} characters"
    assert len(text.splitlines()) == 1, "an error of several lines"
    assert not any(letter < " " or letter == "\x7f" for letter in text), "an error with control characters"


@contextmanager
def perhaps_refused() -> Iterator[None]:
    try:
        yield
    except UserError as error:
        check_line(error)


def attack_image(path: Path) -> None:
    with perhaps_refused():
        levels = read_levels(path, SIZE)
        assert levels.shape == SIZE and levels.dtype == np.uint8
    image = read_image(path)
    assert image.ndim == 3 and image.shape[2] == 3 and image.dtype == np.uint8, f"{image.shape}, {image.dtype}"


def use_prompt(spec: PromptSpec) -> None:
    """As a command does for a photo; a refusal fails that photo alone."""
    with perhaps_refused():
        spec.check_inside(Frame(*SIZE))
        tensors = prompt_tensors([spec.prompt(Frame(*SIZE))], Frame(*SIZE))
        assert torch.isfinite(tensors.coords).all()
        assert tensors.masks is None or torch.isfinite(tensors.masks).all()


def use_record(record: Record) -> None:
    assert record.id and isinstance(record.id, str)
    for spec in record.prompts:
        use_prompt(spec)
    if record.has_mask:
        with perhaps_refused():
            levels = record.read_mask(*SIZE)
            assert levels.shape == SIZE and levels.dtype == np.uint8


def attack_records(path: Path) -> None:
    for record in read_records(path):
        use_record(record)
        with perhaps_refused():
            for one in separate(record):
                use_record(one)


def attack_detections(path: Path) -> None:
    for name, specs in read_detections(path).items():
        assert isinstance(name, str)
        for spec in specs:
            use_prompt(spec)
            assert isinstance(spec.category, str)


def attack_yaml(folder: Path) -> None:
    with perhaps_refused():
        _keep(load_config(None, [(folder / "override.txt").read_text()]))
    with perhaps_refused():
        read_sweep(folder / "settings.yaml")
    _keep(load_config(folder / "settings.yaml"))


def _keep(config: Config) -> None:
    """What was read is written to the run folder, and read again from there."""
    text = dump_config(config)
    assert not any(word in text for word in (".nan", ".inf")), "not finite"
    text.encode()


def attack_adapter(folder: Path) -> None:
    sam = templates.model()
    try:
        load_adapter(sam, folder, templates.BASE)
        state = lora_state(sam, "student")
        assert all(torch.isfinite(tensor).all() for tensor in state.values()), "not finite"
        assert all(np.isfinite(each.lora_scales["student"]) for each in adapters(sam)), "strength is not finite"
        assert state, "nothing was loaded"
    finally:
        eject_loras(sam)


def attack_output(folder: Path) -> None:
    """The run goes on: two rows, whole files, and a manifest of these two rows."""
    rows = list(process(templates.photo_records(folder), templates.output_job(folder), templates.stand_in))
    # a folder where a mask is to be written fails that photo alone
    masks = {name: folder / "out" / "masks" / f"{name}.png" for name in ("a", "b")}
    expected = {name: "failed" if mask.is_dir() else "ok" for name, mask in masks.items()}
    assert {row["id"]: row["status"] for row in rows} == expected, "a row that is not ok"
    written = {row["id"]: row["status"] for row in read_rows(folder / "out" / "manifest.jsonl")}
    assert written == expected, "a manifest of other rows"
    levels = [read_levels(mask, SIZE) for name, mask in masks.items() if expected[name] == "ok"]
    # the other file may be the damaged one: what it shows is the earlier run's affair
    assert all(each.shape == SIZE for each in levels)


def attack_runs(folder: Path) -> None:
    runs = sorted(path for path in folder.iterdir() if path.is_dir())
    _, summary = compare({str(path): path for path in runs}, None, folder / "out.csv")
    assert summary["runs"]


def attack_page(folder: Path) -> None:
    runs = sorted(path for path in folder.iterdir() if path.is_dir())
    compare({str(path): path for path in runs}, folder / "out.html")
    page = (folder / "out.html").read_text()
    assert "<script>alert" not in page and page.rstrip().endswith("</html>")


def attack_checkpoint(folder: Path) -> None:
    sam = templates.model()
    try:
        inject_loras(sam, templates.RANKS, ["student", "teacher"], seed=0)
        optimizer = torch.optim.AdamW(lora_parameters(sam, "student"))
        load_checkpoint(folder, sam, optimizer)
        for parameter in lora_parameters(sam, "student"):
            parameter.grad = torch.ones_like(parameter)
        optimizer.step()
        assert all(torch.isfinite(parameter).all() for parameter in lora_parameters(sam, "student")), "not finite"
    finally:
        eject_loras(sam)


def attack_labels(folder: Path) -> None:
    cache = LabelCache(templates.BASE, templates.label_config(), torch.device("cpu"))
    cache.folder = folder / "cache"
    cache.get(templates.KEY)
    store = LabelStore(folder / "store")
    with suppress(KeyError):  # a photo without a row is labelled anew before its label is asked for
        for label in store.labels([Record("photo", folder / "photo.png")]):
            assert np.isfinite(label.confidence)
            store.read_maps("photo")


# Beside them `harmful`, which is for the test of the watch.
HARMFUL = Fuzzer(harms.write, harms.attack, len(harms.HARMS))
FUZZERS = {
    "images": Fuzzer(pictures.write_picture, attack_image, 150),
    "prompts": Fuzzer(texts.write_prompts, attack_records, 200),
    "coco": Fuzzer(texts.write_coco, attack_records, 200),
    "detections": Fuzzer(texts.write_detections, attack_detections, 200),
    "yaml": Fuzzer(texts.write_yaml, attack_yaml, 150),
    "adapters": Fuzzer(folders.write_adapter, attack_adapter, 100),
    "manifests": Fuzzer(folders.write_output, attack_output, 150),
    "runs": Fuzzer(folders.write_runs, attack_runs, 100),
    "pages": Fuzzer(folders.write_runs, attack_page, 2),
    "checkpoints": Fuzzer(folders.write_checkpoint, attack_checkpoint, 60),
    "labels": Fuzzer(folders.write_labels, attack_labels, 40),
}
