"""Checks of COCO's three forms of a mask: polygons, and run lengths as numbers or as text.

pycocotools does not check its input, and where that is wrong it writes beyond its memory; so it never gets
anything that has not been checked here against the photo.
"""

import reprlib
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

# Pixels along an annotation's outline, of which pycocotools takes 0.2 kB each (measured); the edge of a photo of 100
# megapixels has 40,000.
MAX_OUTLINE = 1_000_000
CORNERS = 3
# Characters of one number in COCO's text; pycocotools shifts 5 bits each into 32.
DIGITS = 6


def check(segmentation: Any, height: int, width: int) -> None:
    """Refuse a segmentation that is none of a photo of that size.

    Raises:
        ValueError: saying why, in one line.
    """
    if isinstance(segmentation, list):
        _check_polygons(segmentation, height, width)
    elif isinstance(segmentation, dict):
        size, counts = segmentation.get("size"), segmentation.get("counts")
        if [*integers(size)] != [height, width]:
            raise ValueError(f"its size {size} is not the photo's [{height}, {width}]")
        runs = _parse_runs(counts) if isinstance(counts, str) else integers(counts)
        if min(runs, default=0) < 0 or sum(runs) != height * width:
            raise ValueError(f"its run lengths do not add up to {height} x {width} pixels")
    else:
        raise ValueError(f"{reprlib.repr(segmentation)} is neither polygons nor a run-length code")


def integers(values: Any) -> Sequence[int]:
    """The values, if they are a list of whole numbers.

    Raises:
        ValueError: for anything else.
    """
    if not isinstance(values, list) or not all(type(value) is int for value in values):
        raise ValueError(f"{reprlib.repr(values)} are no whole numbers")
    return values


def _check_polygons(polygons: list[Any], height: int, width: int) -> None:
    outline = 0.0
    for polygon in polygons:
        if not isinstance(polygon, list) or not all(type(value) in (int, float) for value in polygon):
            raise ValueError(f"{reprlib.repr(polygon)} is no polygon")
        if len(polygon) < 2 * CORNERS or len(polygon) % 2:
            raise ValueError(f"a polygon needs x and y of at least {CORNERS} corners, not {len(polygon)} numbers")
        corners = list(zip(polygon[::2], polygon[1::2], strict=True))
        for x, y in corners:
            # tools let people draw somewhat beyond the edge; "not" is true of nan as well
            if not (-width <= x <= 2 * width and -height <= y <= 2 * height):
                raise ValueError(f"a polygon's corner {reprlib.repr((x, y))} lies far off the photo")
        outline += sum(max(abs(b[0] - a[0]), abs(b[1] - a[1])) for a, b in pairwise([*corners, corners[0]]))
    if not len(polygons) > 0 or outline > MAX_OUTLINE:
        raise ValueError(f"its outline of {outline:.0f} pixels exceeds {MAX_OUTLINE}" if polygons else "it is empty")


def _parse_runs(counts: str) -> list[int]:
    """Run lengths of COCO's text; from the fourth on it holds differences to the last run but one."""
    runs: list[int] = []
    for number in _parse_numbers(counts):
        runs.append(number + runs[-2] if len(runs) > 2 else number)
    return runs


def _parse_numbers(text: str) -> Iterator[int]:
    """Signed numbers: in each character 5 bits, the lowest first, and a sixth that says that more follow."""
    value = digits = 0
    for character in text:
        bits = ord(character) - ord("0")
        if not 0 <= bits < 64 or digits == DIGITS:
            raise ValueError("its counts are no run-length code")
        value |= (bits & 31) << 5 * digits
        digits += 1
        if not bits & 32:
            yield value - (1 << 5 * digits) if bits & 16 else value
            value = digits = 0
    if digits:
        raise ValueError("its counts end within a number")
