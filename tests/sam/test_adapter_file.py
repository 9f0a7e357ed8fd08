"""Adapters on disk, and the bases that they are refused for."""

import json
from pathlib import Path

import pytest
import torch

from tests.conftest import tiny_sam
from wesam_packshot.errors import UserError
from wesam_packshot.sam.adapter_file import find_adapter, load_adapter, save_adapter
from wesam_packshot.sam.lora import GROUPS, inject_loras, lora_parameters, lora_state
from wesam_packshot.sam.weights import Base

RANKS = dict.fromkeys(GROUPS, 2)
SCALES = dict.fromkeys(GROUPS, 1.0)
BASE = Base("mobile_sam", "a" * 64, official=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    sam = tiny_sam()
    inject_loras(sam, RANKS, ["teacher"], seed=0)
    for parameter in lora_parameters(sam, "teacher"):
        torch.nn.init.normal_(parameter)
    save_adapter(sam, "teacher", RANKS, SCALES, BASE, tmp_path / "run" / "adapter")
    return tmp_path / "run" / "adapter"


def test_an_adapter_comes_back_from_its_folder_or_run(folder: Path) -> None:
    states = []
    for path in (folder, folder.parent):
        sam = tiny_sam()
        load_adapter(sam, path, BASE)
        states.append(lora_state(sam, "student"))
    assert all(torch.equal(states[0][name], states[1][name]) for name in states[0])
    assert states[0]["image_encoder.neck.0.lora_up.weight"].abs().sum() > 0


def test_another_backbone_is_refused(folder: Path) -> None:
    with pytest.raises(UserError, match=r"made for mobile_sam, not sam_vit_b; use it with model.name=mobile_sam"):
        load_adapter(tiny_sam(), folder, Base("sam_vit_b", "a" * 64, official=False))


def test_other_weights_are_refused_unless_both_are_official(folder: Path) -> None:
    with pytest.raises(UserError, match="made for mobile_sam weights of SHA-256 aaaaaaaaaaaa"):
        load_adapter(tiny_sam(), folder, Base("mobile_sam", "b" * 64, official=True))
    config = json.loads((folder / "adapter_config.json").read_text())
    (folder / "adapter_config.json").write_text(json.dumps(config | {"base_official": True}))
    load_adapter(tiny_sam(), folder, Base("mobile_sam", "b" * 64, official=True))


def test_damage_is_named(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="holds no adapter"):
        find_adapter(tmp_path)
    weights = folder / "adapter_model.safetensors"
    whole = weights.read_bytes()
    weights.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(UserError, match=r"adapter_model\.safetensors: damaged"):
        load_adapter(tiny_sam(), folder, BASE)
    (folder / "adapter_config.json").write_text("{}")
    with pytest.raises(UserError, match="not an adapter's configuration"):
        load_adapter(tiny_sam(), folder, BASE)


def test_the_same_adapter_gives_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    sam = tiny_sam()
    load_adapter(sam, folder, BASE)
    for number in range(8):
        save_adapter(sam, "student", RANKS, SCALES, BASE, tmp_path / str(number))
    assert len({(tmp_path / str(number) / "adapter_model.safetensors").read_bytes() for number in range(8)}) == 1
