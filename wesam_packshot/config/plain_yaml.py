"""YAML as far as configurations need it: plain values, read in a time that the length of the text bounds."""

import reprlib
from typing import Any

import yaml

# Characters; the longest shipped configuration has 9,000. PyYAML reads some 100,000 a second.
LONGEST = 100_000
# Characters of an error that quotes the text.
QUOTED = 200
TAG = "tag:yaml.org,2002:"
# What JSON knows as well; dates are texts, as folders are named by them.
PLAIN = {f"{TAG}{kind}" for kind in ("null", "bool", "int", "float", "str", "seq", "map")} | {None}


class _Loader(yaml.SafeLoader):
    """Refuses aliases of lists and mappings, by which a short text says endlessly much, or holds itself."""

    yaml_constructors = {  # noqa: RUF012, as in its parent
        tag: make for tag, make in yaml.SafeLoader.yaml_constructors.items() if tag in PLAIN
    }
    yaml_implicit_resolvers = {  # noqa: RUF012
        first: [(tag, pattern) for tag, pattern in known if tag != f"{TAG}timestamp"]
        for first, known in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            event = self.peek_event()  # type: ignore[no-untyped-call]
            if not isinstance(self.anchors.get(event.anchor), yaml.ScalarNode | None):
                problem = f"*{event.anchor} repeats a list or a mapping; write it out"
                raise yaml.constructor.ConstructorError(None, None, problem, event.start_mark)
        return super().compose_node(parent, index)

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        """A node's value, as PyYAML makes it; what that cannot make is an error of YAML, too."""
        try:
            made = super().construct_object(node, deep)
            if isinstance(made, int):
                str(made)  # as decimals, Python writes 4300 digits at most; hexadecimals could hold more
            return made
        except yaml.YAMLError:
            raise
        except (ValueError, LookupError, OverflowError) as error:  # of PyYAML's own constructors, as on `!!int x`
            kind = node.tag.rpartition(":")[2]
            problem = f"{shown(getattr(node, 'value', ''))} is no {kind}"
            raise yaml.constructor.ConstructorError(None, None, problem, node.start_mark) from error


def parse_yaml(text: str) -> Any:
    """What a YAML text says.

    Raises:
        ValueError: in one short line, for a text that is none, too long, nested too deeply, or that repeats lists or
            mappings by aliases.
    """
    if len(text) > LONGEST:
        raise ValueError(f"{len(text):,} characters, more than {LONGEST:,}")
    try:
        return yaml.load(text, _Loader)  # noqa: S506, it is a SafeLoader
    except yaml.MarkedYAMLError as error:
        line = f"line {error.problem_mark.line + 1}: " if error.problem_mark else ""
        raise ValueError(f"{line}{error.problem or error.context}"[:QUOTED]) from error
    except yaml.YAMLError as error:
        raise ValueError(" ".join(str(error).split())[:QUOTED]) from error
    except RecursionError as error:
        raise ValueError("brackets are nested too deeply") from error


def shown(value: Any) -> str:
    """A value as a complaint quotes it, shortened."""
    try:
        return reprlib.repr(value)
    except ValueError:  # Python writes no number of more than 4300 digits
        return "a number of thousands of digits"
