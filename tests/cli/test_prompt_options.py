"""Prompts on the command line, in both spellings."""

import argparse
from pathlib import Path

import pytest

from wesam_packshot.cli.common import make_parser
from wesam_packshot.cli.prompt_options import add_prompt_options, parse_prompts
from wesam_packshot.errors import UsageError
from wesam_packshot.io.prompt_file import PromptSpec


def parse(*arguments: str) -> tuple[PromptSpec, ...]:
    parser = make_parser("segment", "")
    add_prompt_options(parser)
    parsed: argparse.Namespace = parser.parse_intermixed_args(arguments)
    return parse_prompts(parsed)


def test_our_own_spelling() -> None:
    assert parse() == ()
    assert parse("--box", "1,2,30,40") == (PromptSpec((1, 2, 30, 40)),)
    assert parse("--box", "1,2,30,40", "--box", "5,6,7,8") == (PromptSpec((1, 2, 30, 40)), PromptSpec((5, 6, 7, 8)))
    both = PromptSpec((1, 2, 30, 40), ((5, 6), (7, 8)), (1, 0))
    assert parse("--box", "1,2,30,40", "--point", "5,6", "--point", "7,8,0") == (both,)
    assert parse("--coarse", "rough.png") == (PromptSpec(coarse=Path("rough.png")),)


def test_the_spelling_of_common_sam_scripts() -> None:
    points = ((100, 100), (110, 110), (0, 0))
    given = ("--input_point", "100,100;110,110;0,0", "--input_label", "1,1,0")
    assert parse(*given) == (PromptSpec(None, points, (1, 1, 0)),)
    assert parse(*given, "--input_box", "10,100,300,300") == (PromptSpec((10, 100, 300, 300), points, (1, 1, 0)),)
    assert parse("--input_point", "100,100;110,110;0,0") == (PromptSpec(None, points, (1, 1, 1)),)
    assert parse("--input_box", "1,2,3,4;5,6,7,8") == (PromptSpec((1, 2, 3, 4)), PromptSpec((5, 6, 7, 8)))


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--box", "1,2,3"), "--box 1,2,3: 4 numbers with commas between are needed"),
        (("--box", "a,b,c,d"), "--box a,b,c,d: 4 numbers"),
        (("--box", "30,2,1,40"), "x0 < x1 and y0 < y1 are needed"),
        (("--point", "1"), "--point 1: 2 or 3 numbers"),
        (("--point", "5,6,7"), "the label is 1 on the product or 0 off it"),
        (("--input_point", "5,6,7"), "--input_point 5,6,7: 2 numbers"),
        (("--input_point", "5,6;7,8", "--input_label", "1"), "one label of 0 or 1 for each of the 2 points"),
        (("--input_point", "5,6", "--input_label", "2"), "one label of 0 or 1"),
        (("--box", "1,2,3,4", "--box", "5,6,7,8", "--point", "2,3"), "go with one box"),
    ],
)
def test_malformed_prompts_are_told(arguments: tuple[str, ...], told: str) -> None:
    with pytest.raises(UsageError, match=told):
        parse(*arguments)
