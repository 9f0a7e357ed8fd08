"""`export`: the adapted model for other programs."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from wesam_packshot.cli.adapter_option import add_adapter_option, chosen_adapter
from wesam_packshot.cli.common import Parser, make_parser, resolve, run
from wesam_packshot.errors import UsageError

FORMATS = ("weights", "onnx")


def build_parser() -> Parser:
    """The command's options."""
    parser = make_parser("export", "Write the adapted model for other programs: merged weights, ONNX graphs.")
    add_adapter_option(parser, "what is exported with SAM")
    parser.add_argument("--output", type=Path, default=Path("exported"), help="folder for the files (exported)")
    parser.add_argument("--format", default="weights,onnx", help="comma-separated: weights, onnx (both)")
    parser.add_argument("--scale", type=float, default=1.0, help="of the adapter: 1 as trained, 0 not at all")
    parser.add_argument("--check", type=Path, metavar="PHOTO", help="compare the graphs with torch on a photo")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    return run(build_parser(), _export, resolve, arguments)


def _export(arguments: argparse.Namespace) -> dict[str, Any]:
    formats = [part.strip() for part in arguments.format.split(",")]
    for unknown in set(formats) - set(FORMATS):
        raise UsageError(f"--format {unknown}: unknown; choose among {', '.join(FORMATS)}")
    if arguments.check and "onnx" not in formats:
        raise UsageError("--check compares ONNX graphs; leave --format out")
    config = resolve(arguments, train__device="cpu")
    from wesam_packshot.batch.loading import load_segmenter
    from wesam_packshot.files.holding import holding
    from wesam_packshot.io.photos import read_image  # after the options, since torch loads slowly
    from wesam_packshot.segment import export

    image = read_image(arguments.check, config.data.max_megapixels) if arguments.check else None
    segmenter = load_segmenter(config, chosen_adapter(arguments.adapter, config.model))
    segmenter.scale = arguments.scale
    folder = arguments.output
    with holding(folder):
        files = export.export_files(segmenter, folder, formats)
        differences = {} if image is None else export.check(segmenter, image, files["encoder"], files["decoder"])
    written = {name: str(file) for name, file in files.items() if file.is_file()}
    return {"output": str(folder), "files": written, "largest_differences": differences}
