"""Hostile texts: prompts, COCO files, detections and configurations."""

import json
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from random import Random
from typing import Any

import yaml

from tests.hostile.mutation import damaged, odd_json, odd_value, recoded
from tests.hostile.pictures import HEIGHT, NAMES, WIDTH, encoded, write_picture

PROMPTS: list[Any] = [
    {"id": "photo", "box": [4, 2, 61, 45]},
    {"id": "photo", "points": [[30, 20], [2.5, 3]], "labels": [1, 0]},
    {"id": "photo", "box": [0, 0, WIDTH, HEIGHT], "points": [[30, 20]]},
    {"id": "photo", "coarse": "coarse.png"},
    {"id": "absent", "box": [4, 2, 61, 45], "coarse": "coarse.png"},
]
SEGMENTATIONS: list[Any] = [
    [[4, 2, 60, 2, 60, 40, 4, 40], [1, 1, 3, 1, 2, 3]],
    {"size": [HEIGHT, WIDTH], "counts": [100, 200, 300, HEIGHT * WIDTH - 600]},
    {"size": [HEIGHT, WIDTH], "counts": "T3X1i03M3M3N2N2N2O1N2O1N2O1O1O0O2O"},
]
SECTIONS: dict[str, Any] = {
    "data": {"limit": 3, "workers": 0, "max_megapixels": 50.0, "cache_mb": 100},
    "train": {"seed": 1, "lr_encoder": 1e-4, "max_steps": 10, "device": "cpu", "precision": "fp32"},
    "adapter": {"encoder": {"attention": 4, "scale": 0.5}, "decoder": {"mlp": 2}},
    "pseudolabel": {"min_confidence": 0.2, "disabled_stages": ["zoom"], "source": "anchor"},
    "tracking": {"mode": "disabled", "tags": ["a"]},
    "output": "runs/x",
}
SWEEP: dict[str, Any] = {
    "method": "grid",
    "metric": {"name": "selection/score", "goal": "maximize"},
    "command": ["python", "${program}", "--config", "weak.yaml", "data.limit=2"],
    "parameters": {"train.seed": {"values": [0, 1]}, "loss.dice": {"value": 0.5}},
}
# What YAML can do besides telling settings.
YAML_TRICKS = (
    "!!timestamp x",
    "!!python/object/apply:os.system ['touch escaped']",
    "!!binary '%'",
    "!!int x",
    "!!float [1]",
    "!!set {a, b}",
    "&a [*a]",
    "*nobody",
    "2026-02-30",
    "2026-13-45 99:99:99",
    "0x" + "f" * 5000,
    "1" * 5000,
    "1e" + "9" * 400,
    "190:20:30",
    "0b",
    "{? {a: 1} : 2}",
    "[" * 2000,
    "{a: " * 500,
    ".inf",
    "-.inf",
    ".nan",
    "1000000",
    "-1",
    '"\\ud800"',
    "| \n  text\n",
    "%YAML 9.9",
    "~",
    "yes",
    "'",
)


def _lines(rng: Random, rows: list[Any]) -> bytes:
    kept = [rng.choice(rows) for _ in range(rng.choice((1, 3, 8)))]
    texts = [json.dumps(odd_json(rng, row) if rng.random() < 0.6 else row, ensure_ascii=False) for row in kept]
    content = recoded(rng, rng.choice(("\n", "\r\n", "\n\n")).join(texts) + rng.choice(("", "\n")))
    return damaged(rng, content) if rng.random() < 0.3 else content


def write_prompts(rng: Random, folder: Path) -> Path:
    """A data folder whose prompts, and once in a while the coarse mask, are hostile."""
    (folder / "photo.png").write_bytes(encoded("RGB", "PNG"))
    (folder / "prompts.jsonl").write_bytes(_lines(rng, PROMPTS))
    if rng.random() < 0.3:
        write_picture(rng, folder).replace(folder / "coarse.png")
    else:
        (folder / "coarse.png").write_bytes(encoded("L", "PNG"))
    return folder


def _segmentation(rng: Random) -> Any:
    match rng.randrange(6):
        case 0:
            size = rng.choice(([100_000, 100_000], [2**40, 1], [HEIGHT, WIDTH - 1], [0, 0], [-1, 5], [1e3, 1e3], "ab"))
            return {"size": size, "counts": rng.choice(([0, 5], "0" * 9, [2**33], [10**12, 1], ""))}
        case 1:
            reach = rng.choice((1e3, 1e6, 1e9, 1e18, 1e300, -1e9))
            return [[0, 0, reach, 0, reach, reach, 0, reach]]
        case 2:
            return {"size": [HEIGHT, WIDTH], "counts": "".join(chr(rng.randrange(32, 127)) for _ in range(40))}
        case 3:
            return {"size": [HEIGHT, WIDTH], "counts": [rng.choice((0, 7, -7, 2**31, 2**63)) for _ in range(9)]}
        case _:
            return odd_json(rng, rng.choice(SEGMENTATIONS))


def _instances(rng: Random, segmented: bool) -> dict[str, Any]:
    rows = []
    for number in range(rng.choice((1, 2, 5))):
        box = [rng.randrange(WIDTH - 8), rng.randrange(HEIGHT - 8), 1 + rng.randrange(8), 1 + rng.randrange(8)]
        row = {"id": number, "image_id": 1, "category_id": 1, "bbox": box, "iscrowd": rng.choice((0, 0, 1))}
        if segmented:
            row["segmentation"] = _segmentation(rng) if rng.random() < 0.5 else rng.choice(SEGMENTATIONS)
        rows.append(row)
    images = [{"id": 1, "file_name": "photo.png", "height": HEIGHT, "width": WIDTH}]
    return {"images": images, "annotations": rows, "categories": [{"id": 1, "name": "chair"}]}


def write_coco(rng: Random, folder: Path) -> Path:
    """A COCO instances file and the photo that it names."""
    (folder / "photo.png").write_bytes(encoded("RGB", "PNG"))
    content: Any = _instances(rng, segmented=True)
    return _written(rng, folder / "instances.json", odd_json(rng, content) if rng.random() < 0.5 else content)


def write_detections(rng: Random, folder: Path) -> Path:
    """A detector's boxes, in either form."""
    whole = _instances(rng, segmented=False)
    name = rng.choice(("photo.png", "photo", rng.choice(NAMES)))
    rows = [row | {"image_id": name, "score": 0.5} for row in whole["annotations"]]
    content: Any = rng.choice((whole, rows))
    return _written(rng, folder / "found.json", odd_json(rng, content) if rng.random() < 0.8 else content)


def _written(rng: Random, path: Path, value: Any) -> Path:
    content = recoded(rng, json.dumps(value, ensure_ascii=False))
    path.write_bytes(damaged(rng, content) if rng.random() < 0.2 else content)
    return path


def _aliases(rng: Random) -> str:
    """Nine aliases of nine aliases and so on: a few hundred bytes, 10^9 values."""
    depth = rng.choice((3, 9, 30))
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, depth)]
    return "\n".join([*lines, f"data: *a{depth - 1}"])


def _merges(rng: Random) -> str:
    """The same by merge keys."""
    depth = rng.choice((3, 20))
    lines = ["a0: &a0 {x: 1}"]
    lines += [f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 9)}], y{n}: 1}}" for n in range(1, depth)]
    return "\n".join([*lines, f"data: *a{depth - 1}"])


BOMBS: tuple[Callable[[Random], str], ...] = (_aliases, _merges)


def _tricked(rng: Random, values: dict[str, Any]) -> str:
    """The settings with one value written as a trick."""
    lines = yaml.safe_dump(values).splitlines()
    place = rng.choice([number for number, line in enumerate(lines) if ":" in line])
    lines[place] = lines[place].partition(":")[0] + ": " + rng.choice(YAML_TRICKS)
    return "\n".join(lines)


def yaml_text(rng: Random) -> bytes:
    """A configuration, or a sweep."""
    values = deepcopy(rng.choice((SECTIONS, SECTIONS, SWEEP)))
    chance = rng.random()
    if chance < 0.1:
        return rng.choice(BOMBS)(rng).encode()
    if chance < 0.5:
        return recoded(rng, _tricked(rng, values))
    if chance < 0.6:
        return damaged(rng, yaml.safe_dump(values).encode())
    # JSON is YAML, and tells the odd values that YAML's own writer refuses
    text = json.dumps(odd_json(rng, values))
    return recoded(rng, text)


def write_yaml(rng: Random, folder: Path) -> Path:
    """`settings.yaml`, and `override.txt` with a `key=value` as the command line takes it."""
    (folder / "settings.yaml").write_bytes(yaml_text(rng))
    sections = {section: values for section, values in SECTIONS.items() if isinstance(values, dict)}
    section = rng.choice(list(sections))
    key = rng.choice((f"{section}.{rng.choice(list(sections[section]))}", section, "a.b.c", "", "data.path.x", "-x"))
    value = rng.choice((rng.choice(YAML_TRICKS), json.dumps(odd_value(rng))))
    (folder / "override.txt").write_text(f"{key}={value}")
    return folder
