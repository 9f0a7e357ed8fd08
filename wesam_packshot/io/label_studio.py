"""Masks as Label Studio's brush labels: a task with a prediction, to be imported and corrected there, and back.

The run-length code is that of the package rle-pack (thi.ng): a header, then runs of which each says, in bits, that it
is a run, how many bits its length takes, its length less one, and its value.
"""

import reprlib
from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import UInt8

from wesam_packshot.arrays import Mask
from wesam_packshot.files.json_lines import finite_number, finite_numbers
from wesam_packshot.io.coco import decode_mask
from wesam_packshot.io.outcome import Instance
from wesam_packshot.io.segmentations import check, integers

# Bits that a run's length can take.
SIZES = (3, 4, 8, 16)
WORD = 8
CHANNELS = 4
# Bytes of a code that is read, each of which takes 8 of memory; brushes of photos take some 10,000.
MAX_CODE = 20_000_000


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


def draw(regions: Any, size: tuple[int, int]) -> Mask:
    """All regions of an annotation together: brushes, polygons and rectangles.

    Args:
        regions: `result` of the annotation.
        size: (height, width) of the photo.

    Raises:
        ValueError: when a region is of another size or type, or broken.
    """
    mask = np.zeros(size, bool)
    for region in regions:
        mask |= _drawn(region, size)
    return mask


def _drawn(region: Any, size: tuple[int, int]) -> Mask:
    if [*integers([region["original_height"], region["original_width"]])] != [*size]:
        raise ValueError(f"a region is not of the photo's size, {size[1]}x{size[0]} pixels")
    value, kind = region["value"], region["type"]
    if region.get("image_rotation") or value.get("rotation"):
        raise ValueError("a region is turned; draw it without rotation")
    match kind:
        case "brushlabels" | "brush":
            return decode(value["rle"], size)
        case "rectanglelabels" | "rectangle":
            x, y, width, height = (finite_number(value[key]) for key in ("x", "y", "width", "height"))
            corners: list[tuple[float, ...]] = [(x, y), (x + width, y), (x + width, y + height), (x, y + height)]
        case "polygonlabels" | "polygon":
            corners = [finite_numbers(point, 2) for point in value["points"]]
        case _:
            raise ValueError(f"a region is of type {reprlib.repr(kind)}; draw brushes, polygons or rectangles")
    percent = (size[1] / 100, size[0] / 100)
    polygons = [[place * scale for corner in corners for place, scale in zip(corner, percent, strict=True)]]
    check(polygons, *size)
    return decode_mask(polygons, *size)


def decode(code: Any, size: tuple[int, int]) -> Mask:
    """The mask that a run-length code tells: where the last of four channels is at least half opaque.

    Raises:
        ValueError: when it is none, or not of that size.
    """
    if len(integers(code)) > MAX_CODE:
        raise ValueError(f"a brush's run-length code exceeds {MAX_CODE} bytes")
    data = bytes(code)
    bits = f"{int.from_bytes(data, 'big'):0{len(data) * 8}b}" if data else ""
    place = 0

    def number(length: int) -> int:
        nonlocal place
        place += length
        if place > len(bits):
            raise ValueError("a brush's run-length code ends too early")
        return int(bits[place - length : place], 2)

    total, word = number(32), number(5) + 1
    sizes = [number(4) + 1 for _ in SIZES]
    if total != size[0] * size[1] * CHANNELS or word != WORD:
        raise ValueError(f"a brush's run-length code is not of {size[1]}x{size[0]} pixels")
    levels, filled = np.zeros(total, np.uint8), 0
    while filled < total:
        is_run = number(1)
        count = number(sizes[number(2)]) + 1
        if filled + count > total:
            raise ValueError("a brush's run-length code is too long")
        levels[filled : filled + count] = number(WORD) if is_run else [number(WORD) for _ in range(count)]
        filled += count
    return levels.reshape(*size, CHANNELS)[..., -1] > 127
