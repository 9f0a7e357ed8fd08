"""Configuration: the shipped files, overrides, and every mistake in one line."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import BaseModel

from wesam_packshot.config import Config, dump_config, find_config, load_config
from wesam_packshot.config.plain_yaml import parse_yaml
from wesam_packshot.errors import UsageError
from wesam_packshot.resources import config_folder
from wesam_packshot.sam.lora_layers import GROUPS


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
    assert "pseudolabel.without is called pseudolabel.disabled_stages now" in mistake("pseudolabel.without=[]")
    assert "scenes is called composites now" in mistake("scenes.share=0")
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


BOMB = "a0: &a0 [x, x]\n" + "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 12))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (BOMB, "line 2: *a0 repeats a list or a mapping; write it out"),
        ("train: &a {seed: *a}", "*a repeats a list or a mapping"),
        ("train: {seed: !!timestamp x}", "line 1: could not determine a constructor"),
        ("train:\n  seed: !!int x", "line 2: 'x' is no int"),
        ("train: {checkpointing: !!bool maybe}", "'maybe' is no bool"),
        ("train: {seed: 2001-99-99}", "train.seed: input should be a valid integer"),
        ("[" * 2000, "brackets are nested too deeply"),
        ("train: {seed: " + "9" * 5000 + "}", "is no int"),
        ("train: {seed: 0x" + "f" * 5000 + "}", "is no int"),
        ("x" * 500_000, "more than 100,000 characters"),
        ("ä" * 150_000, "150,000 characters, more than 100,000"),
        ("train: {seed: [*b]}", "undefined alias"),
        ('data: {path: "a\\0b"}', "data.path: value error, no path can hold a null character"),
        ("1: 2", "keys should be strings"),
        ("? [a]\n: 1", "unhashable key"),
        ("".join(f"k{number}: 1\n" for number in range(5000)), "and more, of 5000"),
        ("k" * 1000 + ": 1", "unknown key kkk"),
    ],
)
def test_hostile_texts_are_refused_at_once(text: str, told: str, tmp_path: Path) -> None:
    began = time.process_time()
    found = mistake(text=text, folder=tmp_path)
    assert time.process_time() - began < 10  # the bomb took half a minute
    assert "mine.yaml: " in found
    assert told in found
    assert len(found) < 1000 + len(str(tmp_path))


@pytest.mark.parametrize(
    "override",
    [
        "data.workers=1000000",
        "data.cache_mb=" + "9" * 40,
        "data.max_megapixels=1.0e+9",
        "train.lr_encoder=.inf",
        "train.lr_encoder=1e999",
        "train.lr_decoder=.nan",
        "train.epochs=1.0e+300",
        "train.max_steps=" + "9" * 4000,
        "train.seed=4294967296",
        "train.batch_size=100000",
        "warmup.images=100000000",
        "adapter.encoder.mlp=1000000",
        "adapter.decoder.scale=.inf",
        "prompts.box=1.0e+308",
        "loss.focal=.inf",
        "loss.temperature=1.0e-300",
        "tracking.timeout=99999999",
    ],
)
def test_every_number_has_a_limit(override: str) -> None:
    key = override.partition("=")[0]
    assert f"the command line: {key}: input should be " in mistake(override)


def numbers(section: type[BaseModel], prefix: str = "") -> Iterator[str]:
    """Dotted keys of all settings that take numbers."""
    for name, field in section.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from numbers(field.annotation, f"{prefix}{name}.")
        elif field.annotation in (int, float):
            yield prefix + name


@pytest.mark.parametrize("key", list(numbers(Config)))
def test_no_number_is_without_limits(key: str) -> None:
    for value in ("1.0e+300", ".inf", ".nan", "-1", "9" * 30):
        assert f"the command line: {key}: " in mistake(f"{key}={value}")


def test_scalars_may_be_repeated_by_aliases(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("train: {lr_encoder: &lr 1.0e-4, lr_decoder: *lr}\noutput: 2001-01-31")
    config = load_config(path)
    assert config.train.lr_encoder == config.train.lr_decoder == 1e-4
    assert config.output == Path("2001-01-31")


def test_configurations_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Config().train.seed = 2  # type: ignore[misc]


@pytest.mark.parametrize("text", ["method: 0x" + 5000 * "f", "seed: 0b" + 20_000 * "1"])
def test_numbers_that_cannot_be_written_are_none(text: str) -> None:
    """Python reads hexadecimals of any length, and then fails to say what it has read."""
    with pytest.raises(ValueError, match=r"line 1: .0[xb].* is no int"):
        parse_yaml(text)
    assert parse_yaml("seed: 0xff") == {"seed": 255}
