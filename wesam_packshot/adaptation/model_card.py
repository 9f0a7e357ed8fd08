"""The model card of an adapter: what it is, what it was made from, and where it ends."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from wesam_packshot import __version__
from wesam_packshot.config import AdapterConfig, Config, PromptsConfig, PseudolabelConfig
from wesam_packshot.files.atomic import write_text
from wesam_packshot.pages.report import SCORES, STAGES, anchor_words
from wesam_packshot.sam.registry import MODELS
from wesam_packshot.sam.weights import Base


def write_model_card(folder: Path, summary: Mapping[str, Any], base: Base, config: Config) -> None:
    """`README.md` of an adapter's folder, with the header that model hubs read.

    Args:
        summary: of the run.
        base: the weights that the adapter belongs to.

    Raises:
        UserError: when it cannot be written.
    """
    write_text(
        folder / "README.md",
        f"""---
library_name: wesam-packshot
license: apache-2.0
base_model: {MODELS[config.model.name].hub.repository}
pipeline_tag: image-segmentation
tags: [segment-anything, lora, packshot, background-removal]
---

# Adapter for {config.model.name}: products on plain backgrounds

LoRA adapters that make Segment Anything return the product, and not the background, of a packshot when it is prompted
with the whole-image box; made by wesam-packshot {__version__}.

## Use

`python scripts/segment.py --input PHOTOS --output OUT --adapter FOLDER`, where FOLDER is this one, or

    Segmenter.load(adapter=Path("FOLDER")).segment(image).mask

## Made from

| | |
| --- | --- |
| base | {base.name}, SHA-256 `{base.sha256}`{"" if base.official else " (not the official file)"} |
| photos | {summary["photos"]}, without masks (SHA-256 of the set: `{summary["photos_sha256"][:16]}`) |
| trained on | {_labels(config.pseudolabel)} of {summary["labelled"]} |
| left out | {summary["abstained"]} as uncertain, {summary["failed"]} not readable |
| prompts | {_prompts(config.prompts)} |
| LoRA ranks | {_ranks(config.adapter)} |
| training | {summary["steps"]} steps of {config.train.batch_size}, seed {config.train.seed} |
| time | {summary["seconds"] / 60:.1f} minutes on {summary["device"]} |

## Scores

{_scores(summary, config)}

## Limits

- Made for one product on a plain, lit backdrop; on other photos it may be worse than the base.
- It was fitted to the photos above: products, cameras or backdrops that these do not show are to be checked, and what
  the pseudo-masks take for product (strong mirror images, shadows under wire and metal), it does too.
- It belongs to the base named above and is refused with another.

## Licence

The base model is Apache-2.0. The adapter holds no photo; whose rights in the photos reach as far as a model made from
them, you have to know.
""",
    )


def _labels(config: PseudolabelConfig) -> str:
    by_anchor = config.source == "anchor"
    return "pseudo-masks, by the frozen anchor and colour priors," if by_anchor else "true masks"


def _prompts(config: PromptsConfig) -> str:
    return ", ".join(f"{kind} {share:.0%}" for kind, share in config.shares.items() if share)


def _ranks(config: AdapterConfig) -> str:
    return ", ".join(f"{name} {rank}" for name, rank in config.ranks.items() if rank)


def _scores(summary: Mapping[str, Any], config: Config) -> str:
    if "scores_after" not in summary:
        return "The photos had no true masks, so nothing was scored."
    lines = [
        f"On {summary['scores_after']['images']} of the photos that it was adapted to, whole-image box:",
        "",
        f"| | {' | '.join((STAGES | {'before': f'before: {anchor_words(config)}'}).values())} |",
        f"| --- |{' --- |' * len(STAGES)}",
    ]
    for key, words in SCORES.items():
        values = [summary[f"scores_{stage}"][key] for stage in STAGES]
        if None not in values:
            lines.append(f"| {words} | {' | '.join(f'{value:.3f}' for value in values)} |")
    return "\n".join(lines)
