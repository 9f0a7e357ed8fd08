"""Writes `docs/api.md` from the docstrings: `python docs/make_api.py`; a test keeps the two equal."""

import importlib
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

MODULES = (
    "wesam_packshot.cutting",
    "wesam_packshot.segment.segmenter",
    "wesam_packshot.segment.refinement",
    "wesam_packshot.segment.everything",
    "wesam_packshot.sam.prompts",
    "wesam_packshot.sam.frame",
    "wesam_packshot.io.photos",
    "wesam_packshot.pseudolabel.label",
    "wesam_packshot.pseudolabel.labeler",
    "wesam_packshot.priors.backdrop",
    "wesam_packshot.priors.shadow",
    "wesam_packshot.priors.reflection",
    "wesam_packshot.adaptation.recipe",
    "wesam_packshot.adaptation.losses",
    "wesam_packshot.sam.weights",
    "wesam_packshot.sam.features",
    "wesam_packshot.sam.high_resolution",
    "wesam_packshot.sam.lora",
    "wesam_packshot.sam.lora_layers",
    "wesam_packshot.sam.adapter_file",
    "wesam_packshot.evaluation.metrics",
    "wesam_packshot.evaluation.evaluate",
    "wesam_packshot.comparison.intervals",
    "wesam_packshot.tracking.tracker",
    "wesam_packshot.samples",
    "wesam_packshot.config.loading",
)
SECTIONS = re.compile(r"^(Args|Attributes|Returns|Raises):$")
ITEM = re.compile(r"^    ([\w*, ]+): (.*)$")


def reference() -> str:
    """The whole page."""
    head = "# API reference\n\nMade from the docstrings by `python docs/make_api.py`.\n"
    contents = "".join(f"- [`{name}`](#{name.replace('.', '')})\n" for name in MODULES)
    return "\n".join([head, contents, *(_module(importlib.import_module(name)) for name in MODULES)])


def _module(module: ModuleType) -> str:
    parts = [f"## {module.__name__}", _prose(module), *_members(module)]
    return "\n\n".join(parts) + "\n"


def _members(module: ModuleType) -> Iterator[str]:
    for name, member in vars(module).items():
        own = getattr(member, "__module__", None) == module.__name__ and not name.startswith("_")
        if own and inspect.isclass(member):
            yield f"### class `{name}{_signature(member)}`"
            yield _prose(member)
            yield from _methods(name, member)
        elif own and inspect.isfunction(inspect.unwrap(member)):
            yield f"### `{name}{_signature(member)}`"
            yield _prose(member)


def _methods(owner: str, kind: type) -> Iterator[str]:
    for name, member in vars(kind).items():
        function = getattr(member, "__func__", None) or getattr(member, "fget", None) or getattr(member, "func", member)
        if name.startswith("_") or not inspect.isfunction(inspect.unwrap(function)) or not function.__doc__:
            continue
        plain = inspect.isfunction(member) or isinstance(member, classmethod | staticmethod)
        yield f"#### `{owner}.{name}{_signature(function) if plain else ''}`"
        yield _prose(function)


def _signature(member: Any) -> str:
    """Names and defaults; the shapes are in the text."""
    try:
        found = inspect.signature(member)
    except ValueError:
        return ""
    shown = [
        parameter.replace(annotation=inspect.Parameter.empty)
        for parameter in found.parameters.values()
        if parameter.name not in ("self", "cls")
    ]
    if inspect.isclass(member) and len(shown) > 8:
        return ""
    return str(found.replace(parameters=shown, return_annotation=inspect.Signature.empty))


def _prose(member: Any) -> str:
    """A docstring, its sections as lists."""
    lines = []
    for line in (inspect.getdoc(member) or "").splitlines():
        if SECTIONS.match(line):
            lines.append(f"*{line}*\n")
        elif item := ITEM.match(line):
            lines.append(f"- `{item[1]}`: {item[2]}")
        else:
            lines.append(f"  {line.strip()}" if line.startswith("        ") else line)
    return "\n".join(lines)


if __name__ == "__main__":
    (Path(__file__).parent / "api.md").write_text(reference())
