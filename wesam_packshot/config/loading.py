"""Configurations from YAML files and `key=value` overrides, all mistakes reported at once."""

import difflib
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from wesam_packshot.config.plain_yaml import LONGEST, parse_yaml, shown
from wesam_packshot.config.schema import Config
from wesam_packshot.errors import UsageError
from wesam_packshot.resources import config_folder

# The shipped file that is no configuration, but a grid of them.
SWEEP = "sweep.yaml"
# Keys that were called otherwise in earlier versions.
RENAMED = {"pseudolabel.without": "pseudolabel.disabled_stages", "scenes": "composites"}
# Mistakes that are reported at once, and characters of each key or option that are quoted.
MISTAKES = 20
QUOTED = 100
# Parts of a dotted key; the longest has three.
DEEPEST = 8


def load_config(name: str | Path | None, overrides: Sequence[str] = ()) -> Config:
    """The configuration of a file (looked for in the working directory, then among the shipped ones).

    Args:
        name: file name or path; None takes the defaults.
        overrides: `key=value`, keys dotted, values in YAML.

    Raises:
        UsageError: naming the file and every mistake in it.
    """
    origin, values = "the command line", {}
    if name is not None:
        path = find_config(name)
        origin, values = f"{path}, with the command line" if overrides else str(path), read_yaml(path)
        if "parameters" in values:
            raise UsageError(f"{path}: a sweep, which is many configurations; give it to scripts/sweep.py")
    for override in overrides:
        _apply(values, override)
    try:
        return Config.model_validate(values)
    except ValidationError as error:
        mistakes = "; ".join(islice(_explained(error), MISTAKES))
        more = f"; and more, of {error.error_count()}" if error.error_count() > MISTAKES else ""
        raise UsageError(f"{origin}: {mistakes}{more}") from error


def find_config(name: str | Path) -> Path:
    """The file of that path, or the shipped one of that name.

    Raises:
        UsageError: when there is none.
    """
    for path in (Path(name), config_folder() / name):
        if path.is_file():
            return path
    known = ", ".join(sorted(path.name for path in config_folder().glob("*.yaml") if path.name != SWEEP))
    raise UsageError(f"{name}: no such configuration file here or among the shipped ones ({known})")


def dump_config(config: Config) -> str:
    """YAML from which the same configuration is read again."""
    return yaml.safe_dump(config.model_dump(mode="json"), sort_keys=False)


def flattened(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Dotted keys and values of nested sections; an empty section is a value."""
    for key, value in values.items():
        if isinstance(value, dict) and value:
            yield from flattened(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def read_yaml(path: Path) -> dict[str, Any]:
    """The mapping that a file holds.

    Raises:
        UsageError: when it is not readable, or holds something else.
    """
    try:
        if path.stat().st_size > LONGEST * 4:  # the longest character of UTF-8
            raise ValueError(f"more than {LONGEST:,} characters")
        values = parse_yaml(path.read_text("utf-8")) or {}
    except (ValueError, OSError) as error:
        raise UsageError(f"{path}: not readable as YAML ({error}); mend it, or take weak.yaml for a start") from error
    if not isinstance(values, dict):
        raise UsageError(f"{path}: a mapping of sections is expected, as in weak.yaml")
    return values


def _apply(values: dict[str, Any], override: str) -> None:
    key, sign, text = override.partition("=")
    if not sign or key.startswith("-"):
        raise UsageError(f"{override}: not understood; options of the configuration are written key=value")
    try:
        value = parse_yaml(text)
    except ValueError as error:
        raise UsageError(f"{override[:QUOTED]}: the value is not readable as YAML ({error})") from error
    *parents, last = key.split(".", DEEPEST)
    for parent in parents:
        values = values.setdefault(parent, {})
        if not isinstance(values, dict):
            raise UsageError(f"{override}: {parent} is not a section")
    values[last] = value


def _explained(error: ValidationError) -> Iterator[str]:
    for item in error.errors(include_url=False):
        key = ".".join(str(part) for part in item["loc"])
        if key in RENAMED:
            yield f"{key} is called {RENAMED[key]} now"
        elif item["type"] == "extra_forbidden":
            yield from (_unknown(leaf) for leaf, _ in flattened({key: item["input"]}))
        else:
            yield f"{key}: {item['msg'][:1].lower()}{item['msg'][1:]}, but it is {shown(item['input'])}"


def _unknown(key: str) -> str:
    key = key[:QUOTED]
    close = difflib.get_close_matches(key, list(_keys(Config)), n=1, cutoff=0.5)
    return f"unknown key {key}" + (f" (did you mean {close[0]}?)" if close else "")


def _keys(section: type[BaseModel], prefix: str = "") -> Iterator[str]:
    for name, field in section.model_fields.items():
        yield prefix + name
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from _keys(field.annotation, f"{prefix}{name}.")
