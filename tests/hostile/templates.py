"""Sound folders, as files by their paths, for others to be made of: what the product itself writes of a tiny model."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch
from PIL import Image

from tests.conftest import tiny_sam
from tests.hostile.pictures import HEIGHT, WIDTH, encoded
from tests.run_folders import rectangle, write_evaluation, write_run, write_samples
from wesam_packshot.adaptation.anchor import Opinion
from wesam_packshot.adaptation.cache import LabelCache
from wesam_packshot.adaptation.checkpoint_selector import SelectorState
from wesam_packshot.adaptation.checkpoints import save_checkpoint
from wesam_packshot.adaptation.store import LabelStore
from wesam_packshot.arrays import Rgb
from wesam_packshot.batch.folder import Job, process
from wesam_packshot.config import Config, load_config
from wesam_packshot.io.outcome import Outcome
from wesam_packshot.io.records import Record
from wesam_packshot.sam.adapter_file import save_adapter
from wesam_packshot.sam.lora import inject_loras, lora_parameters
from wesam_packshot.sam.model import SegmentAnything
from wesam_packshot.sam.weights import Base

BASE = Base("mobile_sam", "a" * 64, official=False)
RANKS = {"encoder.neck": 2, "decoder.hypernetworks": 1}
KEY = "0" * 64


@cache
def model() -> SegmentAnything:
    return tiny_sam()


def label_config() -> Config:
    return load_config(None, ["data.cache_mb=100"])


def stand_in(_: Record, image: Rgb) -> Callable[[], Outcome]:
    """Cuts out the same rectangle of every photo."""
    mask = rectangle((image.shape[0], image.shape[1]), 4, 4, 20, 20)
    return lambda: Outcome(mask, "ok", "", 0.9, False, 0.0, 0.0, "whole")


def output_job(folder: Path) -> Job:
    return Job(folder / "out", ("mask", "coco"), {"made": "by the test"})


def photo_records(folder: Path) -> list[Record]:
    return [Record(name, folder / "photos" / f"{name}.png") for name in ("a", "b")]


def _read(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@cache
def adapter_files() -> dict[str, bytes]:
    with TemporaryDirectory() as name:
        sam = tiny_sam()
        inject_loras(sam, RANKS, ["student"], seed=0)
        for parameter in lora_parameters(sam, "student"):
            torch.nn.init.normal_(parameter)
        save_adapter(sam, "student", RANKS, dict.fromkeys(RANKS, 1.0), BASE, Path(name))
        return _read(Path(name))


@cache
def checkpoint_files() -> dict[str, bytes]:
    with TemporaryDirectory() as name:
        sam = tiny_sam()
        inject_loras(sam, RANKS, ["student", "teacher"], seed=0)
        optimizer = torch.optim.AdamW(lora_parameters(sam, "student"))
        for parameter in lora_parameters(sam, "student"):
            parameter.grad = torch.ones_like(parameter)
        optimizer.step()
        save_checkpoint(Path(name), 2, sam, optimizer, SelectorState())
        return {path: content for path, content in _read(Path(name)).items() if path.startswith("2/")}


@cache
def output_files() -> dict[str, bytes]:
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "photos").mkdir()
        for record in photo_records(folder):
            record.file.write_bytes(encoded("RGB", "PNG"))
        assert [row["status"] for row in process(photo_records(folder), output_job(folder), stand_in)] == ["ok", "ok"]
        return _read(folder)


@cache
def run_files() -> dict[str, bytes]:
    with TemporaryDirectory() as name:
        run = write_run(Path(name) / "run")
        masks = {f"p{number}": rectangle((HEIGHT, WIDTH), 4, 4, 30 + number, 40) for number in range(2)}
        data = Path(name) / "data"
        for kind in ("images", "masks"):
            (data / kind).mkdir(parents=True)
        for identity, mask in masks.items():
            Image.new("RGB", (WIDTH, HEIGHT)).save(data / "images" / f"{identity}.png")
            Image.fromarray(mask).save(data / "masks" / f"{identity}.png")
        write_evaluation(run / "evaluation" / "shop-whole", data, {"p0": 0.9, "p1": None}, masks)
        write_samples(run, masks, (HEIGHT, WIDTH))
        return _read(run)


@cache
def label_files() -> dict[str, bytes]:
    maps, layers = np.full((24, 32, 4), 0.5, np.float32), np.zeros((24, 32, 2), np.float32)
    row = {"status": "ok", "error": "", "confidence": 0.9, "inverted": False, "box": [4.0, 4.0, 30.0, 40.0]}
    prototypes, embedding = np.ones((3, 256), np.float32), np.ones((1, 256, 64, 64), np.float16)
    with TemporaryDirectory() as name:
        store = LabelStore(Path(name) / "store")
        store.add({"id": "photo", "sha256": "0" * 64} | row, maps, layers, prototypes)
        cache_folder = LabelCache(BASE, label_config(), torch.device("cpu"))
        cache_folder.folder = Path(name) / "cache"
        cache_folder.put(KEY, Opinion(row, maps, layers, prototypes, embedding))
        return _read(Path(name))
