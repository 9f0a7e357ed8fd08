"""Hostile folders: adapters, outputs of earlier runs, runs to be compared, checkpoints and labels."""

import json
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

import torch
from safetensors.torch import load, save

from tests.hostile.mutation import damaged, odd_json, odd_value, recoded
from tests.hostile.pictures import NAMES, encoded, write_picture
from tests.hostile.templates import adapter_files, checkpoint_files, label_files, output_files, run_files
from tests.hostile.texts import yaml_text

KINDS = (torch.float16, torch.bfloat16, torch.float64, torch.int8, torch.bool, torch.int64)


def _write(folder: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def _spoilt(rng: Random, name: str, content: bytes) -> bytes:
    """The file with values replaced where it holds some, or bytes anywhere."""
    if name.endswith((".json", ".jsonl")) and rng.random() < 0.7:
        rows = _rows(content) if name.endswith("l") else [json.loads(content)]
        chosen = rng.randrange(len(rows))
        rows[chosen] = odd_json(rng, rows[chosen])
        return recoded(rng, "\n".join(json.dumps(row, ensure_ascii=False) for row in rows) + "\n")
    return damaged(rng, content)


def _rows(content: bytes) -> list[Any]:
    """Whole lines of JSON; the last may be half a one."""
    lines = content.splitlines(keepends=True)
    return [json.loads(line) for line in lines if line.endswith(b"\n")]


def _hostile(rng: Random, folder: Path, files: dict[str, bytes], likely: Sequence[str]) -> Path:
    """The files with one or two spoilt, emptied, gone, or a folder."""
    files = dict(files)
    for name in rng.sample(list(likely), min(len(likely), rng.choice((1, 1, 2)))):
        match rng.randrange(12):
            case 0:
                files.pop(name, None)
            case 1:
                files[name] = b""
            case 2:
                files.pop(name, None)
                (folder / name).mkdir(parents=True)
            case _:
                files[name] = _spoilt(rng, name, files[name])
    return _write(folder, files)


def write_adapter(rng: Random, folder: Path) -> Path:
    """An adapter whose configuration or weights were meddled with."""
    files = dict(adapter_files())
    if rng.random() < 0.4:
        return _hostile(rng, folder, files, sorted(files))
    config = json.loads(files["adapter_config.json"])
    group = rng.choice(list(config["ranks"]))
    if rng.random() < 0.4:
        key = rng.choice(("ranks", "scales"))
        value = rng.choice((odd_value(rng), 10**6, 10**9, -1, 3, float("nan"), "2", [2], 2.5))
        config[key] = config[key] | {rng.choice((group, "nowhere")): value} if rng.random() < 0.8 else value
        files["adapter_config.json"] = json.dumps(config).encode()
    else:
        files["adapter_model.safetensors"] = save(_meddled(rng, files["adapter_model.safetensors"]))
    return _write(folder, files)


def _meddled(rng: Random, content: bytes) -> dict[str, torch.Tensor]:
    """Weights with one tensor not finite, of another shape or type, gone, or one too many."""
    state = load(content)
    name = rng.choice(sorted(state))
    tensor = state[name].clone()
    match rng.randrange(6):
        case 0:
            tensor.view(-1)[rng.randrange(tensor.numel())] = rng.choice((float("nan"), float("inf"), -float("inf")))
        case 1:
            tensor = rng.choice((tensor.new_ones(1), tensor.new_ones(1, 1), tensor[:1], tensor[..., :1], tensor[None]))
        case 2:
            tensor = tensor.to(rng.choice(KINDS))
        case 3:
            tensor = tensor.repeat(2, *[1] * (tensor.ndim - 1))
        case 4:
            return {key: value for key, value in state.items() if key != name}
        case _:
            return state | {rng.choice(("x", "image_encoder.none.lora_up.weight")): tensor}
    return state | {name: tensor.contiguous()}


def write_output(rng: Random, folder: Path) -> Path:
    """Two photos in `photos`, and what an earlier run has left of them in `out`, meddled with."""
    files = output_files()
    meddled = ["out/manifest.jsonl", "out/.manifest.settings.json", "out/.manifest.coco.jsonl", "out/masks/a.png"]
    return _hostile(rng, folder, files, meddled)


def write_runs(rng: Random, folder: Path) -> Path:
    """Two runs in folders, of which one is meddled with or oddly named."""
    files = run_files()
    _write(folder / "sound", files)
    other = folder / rng.choice(("other", "other", rng.choice(NAMES), "$\\frac{", "<script>"))
    _hostile(rng, other, files, sorted(files))
    if rng.random() < 0.3 and not (other / "config.yaml").is_dir():
        (other / "config.yaml").write_bytes(yaml_text(rng))
    photos = [path for path in sorted(other.glob("samples/*/photo.jpg")) if path.is_file()]
    if rng.random() < 0.2 and photos:
        write_picture(rng, photos[0].parent).replace(photos[0])  # `folder` may hold a run of the picture's name
    return folder


def write_checkpoint(rng: Random, folder: Path) -> Path:
    files = checkpoint_files()
    return _hostile(rng, folder, files, sorted(files))


def write_labels(rng: Random, folder: Path) -> Path:
    """A store of pseudo-labels of one photo, and a cache of the same."""
    files = label_files()
    folder = _hostile(rng, folder, files, sorted(files))
    (folder / "photo.png").write_bytes(encoded("RGB", "PNG"))
    return folder
