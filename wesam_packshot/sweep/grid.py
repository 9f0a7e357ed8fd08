"""Sweeps in the form of Weights & Biases: a YAML file, and the combinations of values that it means."""

import hashlib
import json
import math
import random
import re
import reprlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from wesam_packshot.config import find_config, read_yaml
from wesam_packshot.errors import UsageError

METHODS = ("grid", "random")
PROGRAM = "adapt.py"
MACRO = "${args_no_hyphens}"
_FOLDER_LENGTH = 150

Combination = Mapping[str, Any]
_Form = TypeVar("_Form")


@dataclass(frozen=True)
class Sweep:
    """A sweep.

    Attributes:
        file: it was read from.
        base: name or path of the configuration that is varied.
        fixed: `key=value` that every run has.
        values: by key.
        count: how many combinations are taken.
        drawn: whether they are drawn at random, instead of the first ones.
        metric: what the best run has most of, or least; None where the file does not say.
        maximize: most, not least.
    """

    file: Path
    base: str
    fixed: tuple[str, ...]
    values: Mapping[str, tuple[Any, ...]]
    count: int
    drawn: bool
    metric: str | None
    maximize: bool

    def combinations(self, seed: int) -> list[Combination]:
        """The combinations in the order of the grid, the last key changing fastest.

        Args:
            seed: of the draw, which is without repetition.
        """
        total = math.prod(len(values) for values in self.values.values())
        # drawn to be repeated, not to be secret
        drawn = random.Random(seed).sample(range(total), self.count) if self.drawn else range(self.count)  # noqa: S311
        places = sorted(drawn)
        return [self._combination(place) for place in places]

    def _combination(self, place: int) -> Combination:
        chosen = {}
        for key, values in reversed(list(self.values.items())):
            place, digit = divmod(place, len(values))
            chosen[key] = values[digit]
        return {key: chosen[key] for key in self.values}

    def folder_name(self, combination: Combination) -> str:
        """Such as `loss.anchor=0.5,train.seed=1`, of the keys that have several values."""
        varied = {key: value for key, value in combination.items() if len(self.values[key]) > 1}
        whole = ",".join(f"{key}={_plain(value)}" for key, value in varied.items()) or "only"
        name = re.sub(r"[^\w.,=+-]+", "-", whole)
        if name == whole and len(name) <= _FOLDER_LENGTH:
            return name
        # values that cannot be part of a name are distinguished by a hash
        return f"{name[:_FOLDER_LENGTH]}-{hashlib.sha256(whole.encode()).hexdigest()[:8]}"


def overrides(combination: Combination) -> list[str]:
    """`key=value` as the command line takes them."""
    return [f"{key}={json.dumps(value)}" for key, value in combination.items()]


def read_sweep(name: str | Path) -> Sweep:
    """The sweep of a file, which is looked for as a configuration is.

    Raises:
        UsageError: for a file that is missing or no sweep, and for what only W&B's server can do.
    """
    file = find_config(name)
    values = read_yaml(file)
    parameters = values.get("parameters")
    if not isinstance(parameters, dict) or not parameters:
        raise UsageError(f"{file}: no sweep; it needs parameters, as in sweep.yaml")
    method = values.get("method", "grid")
    if method not in METHODS:
        raise UsageError(f"{file}: method {method} needs W&B's server; take {' or '.join(METHODS)}, or `wandb sweep`")
    if Path(str(values.get("program", PROGRAM))).name != PROGRAM:
        raise UsageError(f"{file}: program {values['program']} is not run here; it is scripts/{PROGRAM}")
    cap = values.get("run_cap")
    if cap is not None and not (isinstance(cap, int) and cap > 0):
        raise UsageError(f"{file}: run_cap is {cap!r}; it is a number of runs")
    if method == "random" and cap is None:
        raise UsageError(f"{file}: method random needs run_cap, the number of runs")
    choices = {str(key): _choices(file, key, parameter) for key, parameter in parameters.items()}
    total = math.prod(len(one) for one in choices.values())
    base, fixed = _base(file, _part(file, values, "command", list, "a list of words"))
    metric = _part(file, values, "metric", dict, "a mapping with name and goal")
    return Sweep(
        file,
        base,
        fixed,
        choices,
        min(cap or total, total),
        method == "random",
        metric.get("name"),
        metric.get("goal", "minimize") == "maximize",  # W&B's default
    )


def _part(file: Path, values: Mapping[str, Any], key: str, form: type[_Form], expected: str) -> _Form:
    value = values.get(key) or form()
    if not isinstance(value, form):
        raise UsageError(f"{file}: {key} is {reprlib.repr(value)}; it is {expected}, as in sweep.yaml")
    return value


def _choices(file: Path, key: str, parameter: Any) -> tuple[Any, ...]:
    if isinstance(parameter, dict) and set(parameter) == {"value"}:
        return (parameter["value"],)
    if isinstance(parameter, dict) and set(parameter) == {"values"} and isinstance(parameter["values"], list):
        if parameter["values"]:
            return tuple(parameter["values"])
        raise UsageError(f"{file}: {key} has no values; give at least one")
    raise UsageError(f"{file}: {key} is not a list of values; only value and values are run here, not distributions")


def _base(file: Path, command: Any) -> tuple[str, tuple[str, ...]]:
    """Configuration and overrides out of W&B's `command`, of which macros are the rest."""
    words = iter(word for word in (str(word) for word in command) if not word.startswith("${") and word != "python")
    base, fixed = "weak.yaml", []
    for word in words:
        if word == "--config":
            base = next(words, base)
        elif "=" in word and not word.startswith("-"):
            fixed.append(word)
        else:
            raise UsageError(f"{file}: command: {word} is not understood here; it takes --config NAME and key=value")
    return base, tuple(fixed)


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
