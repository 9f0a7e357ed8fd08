"""`segment`: cut products out of photos, with an adapter or with SAM as published."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from wesam_packshot.cli.adapter_option import add_adapter_option, chosen_adapter
from wesam_packshot.cli.common import Parser, add_batch_options, configure_batch, make_parser, parse_output_options, run
from wesam_packshot.cli.prompt_options import add_prompt_options, parse_prompts
from wesam_packshot.errors import UsageError

MODES = ("product", "instances", "everything", "edges")
# What a mode writes when no format is given.
FORMATS = {"everything": "everything,overlay", "edges": "edges", "instances": "coco,overlay"}


def build_parser() -> Parser:
    """The command's options."""
    parser = make_parser("segment", "Cut products out of photos.")
    add_batch_options(parser, "cutouts", default_format=None)
    add_adapter_option(parser, "what SAM has learnt; as published it needs prompts, or it takes the background")
    parser.add_argument("--multimask", action="store_true", help="the best of SAM's three masks instead of its one")
    parser.add_argument(
        "--refine",
        choices=("none", "fast", "best"),
        default="fast",
        help="the boundary: SAM's own, found by the photo's colours, or that after further looks (fast)",
    )
    parser.add_argument(
        "--shadow",
        choices=("drop", "keep", "separate"),
        default="drop",
        help="leave shadows out, keep them in the cut-out and in shadows/, or write them to shadows/ only (drop)",
    )
    parser.add_argument(
        "--mode", choices=MODES, default="product", help="what to find: one product, each prompt's, all masks, or edges"
    )
    parser.add_argument("--detections", type=Path, help="boxes of a detector, as COCO JSON, in place of prompts")
    add_prompt_options(parser)
    _add_search_options(parser)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    return run(build_parser(), _segment, configure_batch, arguments)


def _add_search_options(parser: argparse.ArgumentParser) -> None:
    words = parser.add_argument_group("text")
    words.add_argument("--text", help="what to cut out, in words; needs a CLIP: uv pip install -e '.[text]'")
    words.add_argument("--clip", default="ViT-B-32", help="open_clip's name of the CLIP (ViT-B-32)")
    words.add_argument("--clip-weights", default="laion2b_s34b_b79k", help="its checkpoint, or open_clip's name of one")
    every = parser.add_argument_group("everything mode, as in the original's amg.py")
    every.add_argument("--points-per-side", type=int, default=32, help="of the grid of points (32)")
    every.add_argument("--pred-iou-thresh", type=float, default=0.88, help="least predicted IoU (0.88)")
    every.add_argument("--stability-score-thresh", type=float, default=0.95, help="least stability (0.95)")
    every.add_argument("--box-nms-thresh", type=float, default=0.7, help="IoU of boxes of duplicates (0.7)")
    every.add_argument("--crop-n-layers", type=int, default=0, help="layers of crops to search as well (0)")
    every.add_argument("--min-mask-region-area", type=int, default=0, help="pixels of parts and holes to remove (0)")


def _segment(arguments: argparse.Namespace) -> dict[str, Any]:
    prompts = parse_prompts(arguments)
    mode = "text" if arguments.text else arguments.mode
    searching = mode in ("everything", "edges", "text")
    if searching and (prompts or arguments.detections):
        raise UsageError(f"--box, --point, --coarse and --detections go with products and instances, not with {mode}")
    if prompts and arguments.detections:
        raise UsageError("--detections takes the place of --box, --point and --coarse; leave one of them out")
    if arguments.shadow != "drop" and (searching or arguments.multimask):
        raise UsageError("--shadow goes with products and instances, and not with --multimask")
    if arguments.points_per_side < 1:
        raise UsageError(f"--points-per-side {arguments.points_per_side}: at least 1 is needed")
    arguments.format = arguments.format or FORMATS.get(mode, "mask")
    config, options = configure_batch(arguments), parse_output_options(arguments, mode)
    if searching:
        return _search(arguments, mode, config, options)
    from wesam_packshot.batch.segmentation import Request, segment_folder  # after the options, since torch loads slowly

    request = Request(
        prompts,
        arguments.detections,
        instances=mode == "instances",
        multimask=arguments.multimask,
        refine=arguments.refine,
        layers=arguments.shadow != "drop",
    )
    return segment_folder(config, chosen_adapter(arguments.adapter, config.model), options, request)


def _search(arguments: argparse.Namespace, mode: str, config: Any, options: Any) -> dict[str, Any]:
    from wesam_packshot.batch.mask_search import MaskSearch, search_folder
    from wesam_packshot.segment.everything import Thresholds

    thresholds = Thresholds(
        points_per_side=arguments.points_per_side,
        pred_iou_thresh=arguments.pred_iou_thresh,
        stability_score_thresh=arguments.stability_score_thresh,
        box_nms_thresh=arguments.box_nms_thresh,
        crop_n_layers=arguments.crop_n_layers,
        min_mask_region_area=arguments.min_mask_region_area,
    )
    search = MaskSearch(mode, thresholds, arguments.text or "", arguments.clip, arguments.clip_weights)  # type: ignore[arg-type]
    # what ships has learnt products, and these modes look for everything
    return search_folder(config, chosen_adapter(arguments.adapter or "none", config.model), options, search)
