"""Damage to bytes, and to values of JSON and YAML, that follows from a random number generator alone."""

from collections.abc import Callable, Sequence
from random import Random
from typing import Any, Literal

# Lengths, counts and offsets at which readers of binary formats go wrong.
WORDS = (0, 1, 2, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF)
# Bytes in which most formats keep their sizes.
HEADER = 256


def damaged(rng: Random, content: bytes, other: bytes = b"") -> bytes:
    """The content with one to four changes; parts of `other` may get in."""
    for _ in range(rng.choice((1, 1, 2, 4))):
        content = rng.choice(_DAMAGES)(rng, content, other or content)
    return content


def _cut(rng: Random, content: bytes, _: bytes) -> bytes:
    return content[: rng.randrange(len(content) + 1)]


def _flip(rng: Random, content: bytes, _: bytes) -> bytes:
    changed = bytearray(content)
    for _bit in range(rng.choice((1, 3, 30)) if changed else 0):
        changed[rng.randrange(_reach(rng, changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def _word(rng: Random, content: bytes, _: bytes) -> bytes:
    if not content:
        return content
    place, size = rng.randrange(_reach(rng, content)), rng.choice((1, 2, 4, 8))
    word = rng.choice(WORDS) & ((1 << 8 * size) - 1)
    order: Literal["big", "little"] = rng.choice(("big", "little"))
    return content[:place] + word.to_bytes(size, order) + content[place + size :]


def _without(rng: Random, content: bytes, _: bytes) -> bytes:
    start, end = _span(rng, content)
    return content[:start] + content[end:]


def _twice(rng: Random, content: bytes, _: bytes) -> bytes:
    start, end = _span(rng, content)
    return content[:end] + content[start:end] * rng.choice((1, 2, 20)) + content[end:]


def _spliced(rng: Random, content: bytes, other: bytes) -> bytes:
    return content[: rng.randrange(len(content) + 1)] + other[rng.randrange(len(other) + 1) :]


def _noise(rng: Random, content: bytes, _: bytes) -> bytes:
    start, end = _span(rng, content)
    return content[:start] + rng.randbytes(end - start) + content[end:]


_DAMAGES: tuple[Callable[[Random, bytes, bytes], bytes], ...] = (
    _cut,
    _flip,
    _flip,
    _word,
    _word,
    _without,
    _twice,
    _spliced,
    _noise,
)


def _reach(rng: Random, content: Sequence[int]) -> int:
    """Half of the changes hit the header."""
    return min(len(content), HEADER) if rng.random() < 0.5 else len(content)


def _span(rng: Random, content: bytes) -> tuple[int, int]:
    start = rng.randrange(len(content) + 1)
    return start, min(len(content), start + rng.choice((1, 4, 64, 1024)))


def odd_value(rng: Random) -> Any:
    """A value of JSON that hardly any reader expects."""
    nested: Any = 0
    for _ in range(rng.choice((1, 50, 300))):
        nested = [nested]
    return rng.choice(
        (
            *(None, True, False, 0, -1, 0.5, -0.0, 1e308, float("nan"), float("inf"), -float("inf")),
            *(2**31, 2**63, -(2**63) - 1, 10**400, 1e9, 100_000),
            *("", "x", "\x00", "\n", "../../escape", "a" * 5000, "\ud800", "1e400", "nan", "é\u2028b\x1b[31m"),
            *([], {}, [[]], [None], {"a": 1}, [1, 2], [0, 0, 0, 0], ["a", "b", "c", "d"], nested),
        )
    )


def odd_json(rng: Random, value: Any, changes: int | None = None) -> Any:
    """A copy of a JSON value with a few of its parts replaced, removed, doubled or renamed."""
    for _ in range(changes or rng.choice((1, 1, 2, 5))):
        value = _changed(rng, value)
    return value


def _changed(rng: Random, value: Any) -> Any:
    if isinstance(value, dict) and value and rng.random() < 0.9:
        key = rng.choice(list(value))
        rest = {name: each for name, each in value.items() if name != key}
        match rng.randrange(8):
            case 0:
                return rest
            case 1:
                return rest | {str(odd_value(rng))[:50]: value[key]}
            case 2:
                return value | {key: odd_value(rng)}
            case _:
                return value | {key: _changed(rng, value[key])}
    if isinstance(value, list) and value and rng.random() < 0.9:
        place = rng.randrange(len(value))
        match rng.randrange(8):
            case 0:
                return value[:place] + value[place + 1 :]
            case 1:
                return value * rng.choice((2, 3))
            case _:
                return [*value[:place], _changed(rng, value[place]), *value[place + 1 :]]
    if isinstance(value, (int, float)) and abs(value) < 1e300 and rng.random() < 0.4:
        return rng.choice((-value, value * 1000, value + 1, value / 3, str(value)))
    return odd_value(rng)


def recoded(rng: Random, text: str) -> bytes:
    """The text in UTF-8, or once in a while in what other systems write."""
    code = rng.choice(("utf-8",) * 8 + ("utf-8-sig", "utf-16", "latin-1", "utf-32"))
    return text.encode(code, "replace" if code == "latin-1" else "surrogatepass")
