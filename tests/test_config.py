"""Configuration: the shipped files, overrides, and every mistake in one line."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from wesam_packshot.config import Config, dump_config, find_config, load_config
from wesam_packshot.errors import UsageError
from wesam_packshot.resources import config_folder
from wesam_packshot.sam.lora import GROUPS


def flat(values: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in values.items():
        found |= flat(value, f"{prefix}{key}.") if isinstance(value, dict) else {prefix + key: value}
    return found


def test_weak_yaml_holds_every_key_at_its_default() -> None:
    shipped = yaml.safe_load((config_folder() / "weak.yaml").read_text())
    assert flat(shipped) == flat(Config().model_dump(mode="json"))


def test_weak_yaml_explains_every_key() -> None:
    lines = (config_folder() / "weak.yaml").read_text().splitlines()
    assert [line for line in lines if ": " in line and not line.startswith("#") and " # " not in line] == []


def test_overrides_win_and_are_read_as_yaml() -> None:
    config = load_config("weak.yaml", ["train.seed=7", "adapter.encoder.mlp=0", "data.path=photos", "loss.dice=2e-1"])
    assert config.train.seed == 7
    assert config.data.path == Path("photos")
    assert config.loss.dice == 0.2
    assert config.adapter.ranks["encoder.mlp"] == 0
    assert config.adapter.ranks["encoder.attention"] == 8
    assert set(config.adapter.ranks) == set(GROUPS)


def test_a_file_in_the_working_directory_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert find_config("weak.yaml") == config_folder() / "weak.yaml"
    (tmp_path / "weak.yaml").write_text("train: {seed: 3}")
    assert load_config("weak.yaml").train.seed == 3


def test_dumped_configurations_are_read_again(tmp_path: Path) -> None:
    config = load_config(None, ["train.seed=5", "output=somewhere", "model.name=sam_vit_b"])
    (tmp_path / "config.yaml").write_text(dump_config(config))
    assert load_config(tmp_path / "config.yaml") == config


def mistake(*overrides: str, text: str | None = None, folder: Path | None = None) -> str:
    path = None
    if text is not None and folder is not None:
        path = folder / "mine.yaml"
        path.write_text(text)
    with pytest.raises(UsageError) as raised:
        load_config(path, overrides)
    assert "\n" not in str(raised.value)
    return str(raised.value)


def test_unknown_keys_get_a_hint() -> None:
    assert "unknown key train.sed (did you mean train.seed?)" in mistake("train.sed=1")
    assert "unknown key train.lr_encodr (did you mean train.lr_encoder?)" in mistake("train.lr_encodr=1")
    assert "unknown key optim.learning_rate" in mistake("optim.learning_rate=1")


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    told = mistake(text="train: {batch_size: two, seeed: 1}\nviews: {flip: 1.5}", folder=tmp_path)
    assert "mine.yaml: " in told
    for part in ("train.batch_size", "'two'", "unknown key train.seeed", "views.flip", "1.5"):
        assert part in told


def test_what_is_no_configuration_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"absent\.yaml: no such configuration file .*weak\.yaml"):
        load_config("absent.yaml")
    assert "not readable as YAML" in mistake(text="a: [1", folder=tmp_path)
    assert "a mapping of sections" in mistake(text="- 1\n- 2", folder=tmp_path)
    assert "written key=value" in mistake("--seed=1")
    assert "written key=value" in mistake("seed")
    assert "not a section" in mistake("train.seed=1", "train.seed.deeper=2")
    assert "not readable as YAML" in mistake("train.seed=[1")


def test_configurations_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Config().train.seed = 2  # type: ignore[misc]
