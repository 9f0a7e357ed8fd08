"""Adapters on disk, and the bases that they are refused for."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from tests.conftest import tiny_sam
from wesam_packshot.errors import UserError
from wesam_packshot.sam.adapter_file import find_adapter, load_adapter, save_adapter
from wesam_packshot.sam.lora import adapters, inject_loras, lora_parameters, lora_state
from wesam_packshot.sam.lora_layers import GROUPS
from wesam_packshot.sam.model import SegmentAnything
from wesam_packshot.sam.weights import Base

RANKS = dict.fromkeys(GROUPS, 2)
SCALES = dict.fromkeys(GROUPS, 1.0)
BASE = Base("mobile_sam", "a" * 64, official=False)


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    sam, folder = tiny_sam(), tmp_path_factory.mktemp("saved")
    inject_loras(sam, RANKS, ["teacher"], seed=0)
    for parameter in lora_parameters(sam, "teacher"):
        torch.nn.init.normal_(parameter)
    save_adapter(sam, "teacher", RANKS, SCALES, BASE, folder)
    return folder


@pytest.fixture
def folder(saved: Path, tmp_path: Path) -> Path:
    """The adapter of a run, to be spoilt."""
    return Path(shutil.copytree(saved, tmp_path / "run" / "adapter"))


@pytest.fixture(scope="module")
def bare() -> SegmentAnything:
    """A model that no adapter is ever put into."""
    return tiny_sam()


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


def refusal(sam: SegmentAnything, folder: Path, file: str) -> str:
    """The one line that a damaged file of the adapter is refused with; nothing has been put into the model by then."""
    with pytest.raises(UserError, match=r"; copy the adapter folder again$") as raised:
        load_adapter(sam, folder, BASE)
    assert str(raised.value).startswith(f"{folder / file}: ")
    assert "\n" not in str(raised.value)
    assert len(str(raised.value)) < 500 + len(str(folder))
    assert adapters(sam) == []
    return str(raised.value)


UP, DOWN = "image_encoder.neck.0.lora_up.weight", "image_encoder.neck.0.lora_down.weight"


@pytest.mark.parametrize(
    ("name", "change", "told"),
    [
        (UP, lambda tensor: tensor * float("nan"), "holds values that are no numbers, or infinite"),
        (DOWN, lambda tensor: tensor / 0, "holds values that are no numbers, or infinite"),
        (UP, lambda _: torch.ones(1), "has shape (1,), not ("),  # would be broadcast
        (UP, lambda tensor: tensor[:1], "has shape (1, "),
        (DOWN, lambda tensor: tensor.flatten(), "has shape ("),
        (UP, lambda tensor: tensor.long(), "is of type I64, not F32 or F16 or BF16"),
        (UP, lambda tensor: tensor > 0, "is of type BOOL"),
        (UP, lambda _: None, "is missing"),
        ("image_encoder.neck.9.lora_up.weight", lambda _: torch.ones(1), "is of no layer that has a rank"),
        ("x" * 5000, lambda _: torch.ones(1), "xxx"),
    ],
)
def test_weights_that_do_not_fit_are_refused(
    bare: SegmentAnything,
    folder: Path,
    name: str,
    change: Callable[[torch.Tensor | None], torch.Tensor | None],
    told: str,
) -> None:
    state = load_file(folder / "adapter_model.safetensors")
    changed = change(state.pop(name, None))
    save_file(state | ({} if changed is None else {name: changed}), folder / "adapter_model.safetensors")
    found = refusal(bare, folder, "adapter_model.safetensors")
    assert told in found


@pytest.mark.parametrize(
    "content", [b"", b"\0" * 8, b"\xff" * 64, (1 << 62).to_bytes(8, "little") + b"{}", b"\x02" + bytes(7) + b"[]"]
)
def test_what_is_no_safetensors_file_is_refused(bare: SegmentAnything, folder: Path, content: bytes) -> None:
    (folder / "adapter_model.safetensors").write_bytes(content)
    refusal(bare, folder, "adapter_model.safetensors")


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("ranks", {"encoder.neck": 1_000_000}, "ranks.encoder.neck: Input should be less than or equal to 1024"),
        ("ranks", {"encoder.neck": -1}, "ranks.encoder.neck"),
        ("ranks", {"encoder.neck": 2.5}, "ranks.encoder.neck"),
        ("ranks", {"encoder.neck": "2"}, "ranks.encoder.neck"),
        ("ranks", {"encoder.nose": 2}, "no group of layers"),
        ("ranks", [2], "ranks: Input should be a valid dict"),
        ("ranks", None, "ranks"),
        ("scales", {"encoder.neck": float("inf")}, "scales.encoder.neck: Input should be a finite number"),
        ("scales", {"encoder.neck": float("nan")}, "scales.encoder.neck"),
        ("scales", {"encoder.neck": "1"}, "scales.encoder.neck"),
        ("scales", 1, "scales"),
        ("base", "sam_vit_z", "base"),
        ("base", ["mobile_sam"], "base"),
        ("base_sha256", 7, "base_sha256"),
        ("base_official", "yes", "base_official"),
    ],
)
def test_configurations_of_adapters_that_cannot_be(
    bare: SegmentAnything, folder: Path, key: str, value: object, told: str
) -> None:
    config = json.loads((folder / "adapter_config.json").read_text())
    (folder / "adapter_config.json").write_text(json.dumps(config | {key: value}))
    assert told in refusal(bare, folder, "adapter_config.json")


@pytest.mark.parametrize(
    "content", [b"[]", b"null", b"{", b"\xff\xfe", b"[" * 100_000, b'{"base": ' + b"9" * 5000 + b"}"]
)
def test_what_is_no_configuration_of_an_adapter(bare: SegmentAnything, folder: Path, content: bytes) -> None:
    (folder / "adapter_config.json").write_bytes(content)
    assert "not an adapter's configuration (" in refusal(bare, folder, "adapter_config.json")


def test_a_rank_is_compared_with_the_file_before_memory_is_taken(bare: SegmentAnything, folder: Path) -> None:
    config = json.loads((folder / "adapter_config.json").read_text())
    config["ranks"] = dict.fromkeys(GROUPS, 1024)
    (folder / "adapter_config.json").write_text(json.dumps(config))
    assert ", not (1024, " in refusal(bare, folder, "adapter_model.safetensors")


def test_halves_are_taken_and_stand_beside_others(folder: Path) -> None:
    file = folder / "adapter_model.safetensors"
    whole = load_file(file)
    sam = tiny_sam()
    load_adapter(sam, folder, BASE, "first")
    save_file({name: tensor.half() for name, tensor in whole.items()}, file)
    load_adapter(sam, folder, BASE, "second")
    for name, tensor in lora_state(sam, "second").items():
        assert torch.equal(tensor, whole[name].half().float())
        assert torch.equal(lora_state(sam, "first")[name], whole[name])


def test_the_same_adapter_gives_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    sam = tiny_sam()
    load_adapter(sam, folder, BASE)
    for number in range(8):
        save_adapter(sam, "student", RANKS, SCALES, BASE, tmp_path / str(number))
    assert len({(tmp_path / str(number) / "adapter_model.safetensors").read_bytes() for number in range(8)}) == 1
