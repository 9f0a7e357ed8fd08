"""Errors for people: one line that can be read."""

import pytest

from wesam_packshot.config import load_config
from wesam_packshot.errors import BEGIN, END, UserError


def test_a_line_that_quotes_without_end_keeps_its_beginning_and_its_remedy() -> None:
    text = str(UserError(f"a.jsonl: the name {'x' * 100_000} is not known; mend it"))
    assert text.startswith("a.jsonl: the name xxx")
    assert text.endswith("xxx is not known; mend it")
    assert len(text) == BEGIN + len(" ... ") + END
    assert str(UserError("x" * (BEGIN + END))) == "x" * (BEGIN + END)


def test_what_stands_for_one_letter_counts_as_it_is_shown() -> None:
    text = str(UserError("\x1b" * 3000))
    assert "\x1b" not in text
    assert len(text) < BEGIN + END + 10


@pytest.mark.parametrize("override", ["-x=" + "1" * 5000, "y" * 100_000])
def test_options_as_well(override: str) -> None:
    with pytest.raises(UserError) as raised:
        load_config(None, [override])
    assert len(str(raised.value)) < BEGIN + END + 10
    assert len(str(raised.value).splitlines()) == 1
