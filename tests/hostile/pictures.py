"""Hostile pictures: every kind of photo that is documented, others that are not, damaged, overlarge, oddly named."""

import io
import struct
import zlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import tifffile
from PIL import Image

from tests.hostile.mutation import damaged

HEIGHT, WIDTH = 48, 64
SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".JPG", "")
# Names that break lines of logs, are options to careless shells, or as long as a file system allows.
NAMES = ("photo",) * 12 + ("a\nb", "\x1b[2Jx", "n" * 240, "é" * 120, "-rf", " ", "\udcff", "con", "%s{0}", "$\\frac{")
# Writes a file and runs for ever, if anybody runs it.
POSTSCRIPT = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 64 48\n(escaped) (w) file closefile {} loop\n"


@cache
def levels(channels: int, kind: str = "u1") -> np.ndarray[Any, Any]:
    """Noise of (height, width, channels), or (height, width) for none."""
    shape = (HEIGHT, WIDTH, channels) if channels else (HEIGHT, WIDTH)
    values = np.random.default_rng(0).random(shape)
    return values.astype(kind) if kind[0] == "f" else (values * np.iinfo(kind).max).astype(kind)


def encoded(mode: str, kind: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(levels(3)).convert(mode).save(buffer, kind, **options)
    return buffer.getvalue()


def tiff(channels: int, kind: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, levels(channels, kind), **options)
    return buffer.getvalue()


@cache
def photos() -> list[bytes]:
    """Whole pictures in the documented formats."""
    found = [encoded(mode, "JPEG", progressive=late) for mode in ("L", "RGB", "CMYK") for late in (False, True)]
    found += [encoded(mode, "PNG") for mode in ("1", "L", "LA", "P", "RGB", "RGBA")]
    found += [encoded(mode, "WEBP", lossless=exact) for mode in ("RGB", "RGBA") for exact in (False, True)]
    found += [encoded(mode, "TIFF") for mode in ("1", "L", "RGB", "RGBA", "CMYK", "LAB", "I;16", "F")]
    for kind in ("u1", "u2", "u4", "f4", "f8", "i2"):
        found += [tiff(0, kind), tiff(3, kind, photometric="rgb"), tiff(3, kind, photometric="rgb", compression="zlib")]
        found += [tiff(4, kind, photometric="rgb", extrasamples=["unassalpha"])]
        found += [tiff(2, kind, photometric="minisblack", extrasamples=["unassalpha"], planarconfig="contig")]
    found += [tiff(4, "u2", photometric="separated"), tiff(1, "u2", photometric="minisblack")]
    exif = Image.Exif()
    exif[0x0112] = 6
    return [*found, encoded("RGB", "JPEG", exif=exif), encoded("I;16", "PNG")]


@cache
def strangers() -> list[bytes]:
    """Files of other formats, which are not to be decoded at all."""
    found = [
        encoded("RGB", kind) for kind in ("BMP", "PPM", "TGA", "PCX", "ICNS", "JPEG2000", "SGI", "PDF", "DDS", "AVIF")
    ]
    found += [encoded("P", "GIF"), encoded("RGB", "EPS"), encoded("1", "XBM"), encoded("RGB", "ICO")]
    return [*found, POSTSCRIPT, b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"PK\x03\x04", b"", b"\x00" * 4096]


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def _png(width: int, height: int, kind: tuple[int, int], row: bytes = b"", more: bytes = b"") -> bytes:
    """A PNG of bit depth and colour type `kind`, the same row all over; none where `row` is empty."""
    head, coder = struct.pack(">IIBBBBB", width, height, *kind, 0, 0, 0), zlib.compressobj(1)
    data = b"".join(coder.compress(row) for _ in range(height if row else 0)) + coder.flush()
    body = more + _chunk(b"IDAT", data) + _chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + body


def _wide(rng: Random) -> bytes:
    """Sides that no memory holds, of few bytes."""
    side = rng.choice((40_000, 65_500, 2**20, 2**31 - 1))
    other = rng.choice((1, 16, 40_000, 65_500))
    width, height = rng.sample((side, other), 2)
    return _png(width, height, rng.choice(((1, 0), (8, 2), (16, 6))))


def _large(rng: Random) -> bytes:
    """Legal in its size, and just so: the decoder has all its work."""
    width, height = 9000, rng.choice((3000, 11_000))
    if rng.random() < 0.3:
        buffer = io.BytesIO()
        deep = np.broadcast_to(np.uint16(700), (height, width, 3))
        tifffile.imwrite(buffer, deep, photometric="rgb", compression="zlib", rowsperstrip=64)
        return buffer.getvalue()
    depth, colour, samples = rng.choice(((1, 0, 1), (8, 0, 1), (8, 2, 3), (8, 6, 4), (16, 2, 3), (16, 0, 1)))
    return _png(width, height, (depth, colour), b"\0" * (1 + (width * samples * depth + 7) // 8))


def _samples(rng: Random) -> bytes:
    """Many samples in each pixel."""
    buffer, count = io.BytesIO(), rng.choice((5, 7, 300, 2000))
    side = 2000 if count == 300 and rng.random() < 0.1 else 40
    data = np.zeros((side, side, count), rng.choice(("u1", "u2", "f4")))
    tifffile.imwrite(buffer, data, photometric="minisblack", planarconfig="contig", compression="zlib")
    return buffer.getvalue()


def _odd_shape(rng: Random) -> bytes:
    """Arrays that are no picture."""
    shape = rng.choice(((1, 48), (48, 64, 1), (3, 48, 64), (5, 48, 64, 3), (2, 3, 48, 64), (16, 16, 2)))
    buffer = io.BytesIO()
    kind = rng.choice(("u1", "u2", "c8", "f2", "?", "i8"))
    tifffile.imwrite(buffer, np.ones(shape, kind), photometric="minisblack", metadata=None)
    return buffer.getvalue()


def _scans(rng: Random) -> bytes:
    """A progressive JPEG whose last scan comes again and again."""
    whole = encoded("RGB", "JPEG", progressive=True)
    start = whole.rfind(b"\xff\xda")
    return whole[:start] + whole[start:-2] * rng.choice((10, 500, 20_000)) + whole[-2:]


def _profile(rng: Random) -> bytes:
    """A PNG with a text that grows a thousandfold."""
    text = b"k\0\0" + zlib.compress(b"\0" * rng.choice((10**6, 10**8)), 9)
    return _png(WIDTH, HEIGHT, (8, 0), b"\0" * (WIDTH + 1), _chunk(b"zTXt", text))


BOMBS: tuple[Callable[[Random], bytes], ...] = (_wide, _samples, _odd_shape, _scans, _profile)


def picture(rng: Random) -> bytes:
    """A file that somebody takes for a photo."""
    chance = rng.random()
    if chance < 0.002:
        return _large(rng)
    if chance < 0.08:
        return rng.choice(BOMBS)(rng)
    if chance < 0.18:
        return rng.choice(strangers())
    if chance < 0.26:
        return damaged(rng, rng.choice(strangers()), rng.choice(photos()))
    if chance < 0.32:
        return rng.choice(photos())
    return damaged(rng, rng.choice(photos()), rng.choice(photos()))


def write_picture(rng: Random, folder: Path) -> Path:
    """A hostile photo in `folder`; its path."""
    path = folder / (rng.choice(NAMES) + rng.choice(SUFFIXES))
    path.write_bytes(picture(rng))
    return path
