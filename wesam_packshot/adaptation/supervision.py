"""What a run may know of its photos: nothing but the photos, a weak prompt for each instance, or true masks.

Masks that a person has settled in a review are of the second kind: few, and for training (see `corrections`).

`data.prompts_from_masks` is for research: it draws the prompts that a person might have given from true masks, which
are not looked at again.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from wesam_packshot.adaptation.corrections import take_decisions
from wesam_packshot.arrays import Mask
from wesam_packshot.config import DataConfig, PromptKind
from wesam_packshot.errors import UserError
from wesam_packshot.io.photos import read_image
from wesam_packshot.io.prompt_file import IGNORE, PromptSpec, write_levels
from wesam_packshot.io.records import Record
from wesam_packshot.masks.simulated_prompts import blocks_of, prompt_from_mask
from wesam_packshot.sam.frame import Frame


def prepare_records(records: Sequence[Record], config: DataConfig, folder: Path) -> list[Record]:
    """Records with the prompts that the configuration asks for, one per instance where it asks for that.

    Args:
        folder: receives drawn coarse masks, and copies of corrected ones.

    Raises:
        UserError: when a photo has no true mask to draw a prompt from, or is called as an instance of another.
    """
    prepared = list(records)
    if config.corrections:
        prepared = take_decisions(config.corrections, folder).apply(prepared)
        if not prepared:
            raise UserError(f"{config.corrections}: every photo was rejected; give --data others")
    if config.instances == "separate":
        prepared = [instance for record in prepared for instance in separate(record)]
        _check_ids(prepared)
    if config.prompts_from_masks:
        kind, limit = config.prompts_from_masks, config.max_megapixels
        prepared = [with_drawn_prompt(record, kind, folder, limit) for record in prepared]
    return prepared


def _check_ids(records: Sequence[Record]) -> None:
    for identity, count in Counter(record.id for record in records).items():
        if count > 1:
            one, other = (record.file for record in records if record.id == identity)
            raise UserError(f"{one}, {other}: an instance of the one is called {identity}, as the other; rename it")


def separate(record: Record) -> Iterator[Record]:
    """A record for each instance of a photo; a COCO annotation stays with its own box."""
    count = max(len(record.prompts), len(record.instances))
    if count < 2:
        yield record
        return
    paired = len(record.prompts) == len(record.instances)
    for number in range(count):
        instances = record.instances[number : number + 1] if paired else record.instances
        prompts = record.prompts[number : number + 1]
        yield replace(record, id=f"{record.id}.{number + 1}", prompts=prompts, instances=instances)


def with_drawn_prompt(record: Record, kind: PromptKind, folder: Path, max_megapixels: float) -> Record:
    """The record with one prompt of a kind, drawn from its true mask, in place of its own.

    A photo or mask that is of no use leaves a prompt that says so: labelling it fails, and nothing else does.

    Raises:
        UserError: when there is no mask.
    """
    if not record.has_mask:
        raise UserError(f"{record.file}: has no true mask to draw a prompt from; leave data.prompts_from_masks out")
    try:
        return replace(record, prompts=(_drawn(record, kind, folder, max_megapixels),))
    except UserError as error:
        mistake = str(error).removeprefix(f"{record.file}: ")
        return replace(record, prompts=(PromptSpec(mistake=mistake),))


def _drawn(record: Record, kind: PromptKind, folder: Path, max_megapixels: float) -> PromptSpec:
    height, width = read_image(record.file, max_megapixels).shape[:2]
    product: Mask = record.read_mask(height, width) > IGNORE
    if not product.any():
        raise UserError(f"{record.file}: its true mask is empty, so no prompt can be drawn from it; leave it out")
    drawn, coarse = prompt_from_mask(kind, product, Frame(height, width)), None
    if kind == "coarse":  # a file, as a user's would be
        coarse = folder / "prompts" / f"{record.id}.png"
        write_levels(coarse, blocks_of(product))
    return PromptSpec(drawn.box, drawn.points, drawn.labels, coarse)
