"""`wesam-packshot cut`: one photo or a folder of them, with input and output named in their order."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from wesam_packshot.cli import segment
from wesam_packshot.cli.adapter_option import add_adapter_option, chosen_adapter
from wesam_packshot.cli.common import Parser, make_parser, resolve, run
from wesam_packshot.cli.positional import as_options, given_places
from wesam_packshot.cli.prompt_options import add_prompt_options, parse_prompts


def build_parser() -> Parser:
    """The options of a folder; a single photo takes some of them."""
    return segment.build_parser()


def main(arguments: Sequence[str]) -> int:
    """Cut a photo out into a file, or whatever else `segment` takes into a folder; returns the exit code."""
    places, options = given_places(arguments, 2), as_options(arguments, ("--input", "--output"))
    if len(places) == 2 and Path(places[0]).is_file() and Path(places[1]).suffix:
        return _cut_photo(options)
    return segment.main(options if "--format" in options else [*options, "--format", "rgba"])


def _cut_photo(arguments: Sequence[str]) -> int:
    parser = make_parser("wesam-packshot cut", "Cut the product out of a photo.")
    parser.add_argument("--input", type=Path, required=True, help="the photo")
    parser.add_argument("--output", type=Path, required=True, help="the cut-out: .png, or .jpg on the background")
    parser.add_argument("--background", default="white", metavar="COLOUR", help="of a .jpg: white, #f4f4f4 (white)")
    parser.add_argument("--shadow", choices=("drop", "keep"), default="drop", help="leave it out, or keep it (drop)")
    parser.add_argument("--refine", choices=("none", "fast", "best"), default="fast", help="as in segment (fast)")
    add_adapter_option(parser, "what SAM has learnt")
    add_prompt_options(parser)
    return run(parser, _cut, resolve, arguments)


def _cut(arguments: argparse.Namespace) -> dict[str, Any]:
    config, specs = resolve(arguments), parse_prompts(arguments)
    from wesam_packshot.batch.loading import load_segmenter  # after the options are parsed, since torch loads slowly
    from wesam_packshot.batch.segmentation import Request, find_product
    from wesam_packshot.cutting import CutOut
    from wesam_packshot.io.photos import read_image

    image = read_image(arguments.input, config.data.max_megapixels)
    segmenter = load_segmenter(config, chosen_adapter(arguments.adapter, config.model))
    request = Request(refine=arguments.refine, layers=arguments.shadow == "keep")
    outcome = find_product(segmenter, image, specs, request, config)
    found = CutOut.of(outcome)
    (found.with_shadow() if arguments.shadow == "keep" else found).save(arguments.output, arguments.background)
    confidence = round(outcome.confidence, 3)
    summary: dict[str, Any] = {"output": str(arguments.output), "status": outcome.status, "confidence": confidence}
    if outcome.error:
        summary["doubt"] = outcome.error
    return summary | ({"backgrounds": 1} if outcome.inverted else {})
