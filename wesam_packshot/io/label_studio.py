"""Masks as Label Studio's brush labels: a task with a prediction, to be imported and corrected there.

The run-length code is that of the package rle-pack (thi.ng): a header, then runs of which each says, in bits, that it
is a run, how many bits its length takes, its length less one, and its value.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import UInt8

from wesam_packshot.arrays import Mask
from wesam_packshot.io.outcome import Instance

# Bits that a run's length can take.
SIZES = (3, 4, 8, 16)
WORD = 8
CHANNELS = 4


def task(name: str, masks: Sequence[tuple[Instance, Mask]], size: tuple[int, int], version: str) -> dict[str, Any]:
    """A task with one brush region per mask, for `<BrushLabels name="tag" toName="image">`.

    Args:
        name: of the photo, below the root of Label Studio's local storage.
        size: (height, width) of the photo.
        version: of the model, which Label Studio shows.
    """
    regions = [_region(number, instance, mask, size) for number, (instance, mask) in enumerate(masks)]
    score = min((instance.score for instance, _ in masks), default=0.0)
    prediction = {"model_version": version, "score": round(score, 4), "result": regions}
    return {"data": {"image": f"/data/local-files/?d={name}"}, "predictions": [prediction]}


def _region(number: int, instance: Instance, mask: Mask, size: tuple[int, int]) -> dict[str, Any]:
    return {
        "id": f"region-{number}",
        "type": "brushlabels",
        "from_name": "tag",
        "to_name": "image",
        "original_width": size[1],
        "original_height": size[0],
        "image_rotation": 0,
        "score": round(instance.score, 4),
        "value": {"format": "rle", "rle": encode(mask), "brushlabels": [instance.label]},
    }


def encode(mask: Mask) -> list[int]:
    """Bytes of a mask's run-length code, as an RGBA picture of 255 in all channels on the mask, and 0 off it."""
    levels: UInt8[np.ndarray, pixels] = mask.ravel().astype(np.uint8) * 255
    starts = np.concatenate([[0], np.flatnonzero(np.diff(levels)) + 1])
    lengths = np.diff(np.append(starts, len(levels))) * CHANNELS
    bits = [f"{len(levels) * CHANNELS:032b}{WORD - 1:05b}", *(f"{size - 1:04b}" for size in SIZES)]
    for length, level in zip(lengths.tolist(), levels[starts].tolist(), strict=True):
        longest = 2 ** SIZES[-1]
        bits += [_run(longest, level)] * (length // longest)
        if length % longest:
            bits.append(_run(length % longest, level))
    text = "".join(bits)
    text += "0" * (-len(text) % 8)
    return list(int(text, 2).to_bytes(len(text) // 8, "big"))


def _run(length: int, level: int) -> str:
    kind, size = next((kind, size) for kind, size in enumerate(SIZES) if length <= 2**size)
    return f"1{kind:02b}{length - 1:0{size}b}{level:0{WORD}b}"
