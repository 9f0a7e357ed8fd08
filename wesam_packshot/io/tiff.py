"""TIFFs that PIL does not read, or reads wrong: uncompressed ones of any depth, planes and extra channels."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import tifffile
from jaxtyping import Float
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageOps, TiffImagePlugin

from wesam_packshot.arrays import Rgb
from wesam_packshot.errors import ImageError
from wesam_packshot.io.colours import from_ink, strips, to_bytes, unit
from wesam_packshot.io.decoding import check_size
from wesam_packshot.io.picture_file import PictureFile, open_picture

# CMYK and a transparency; what has more is no photo.
MAX_SAMPLES = 5
# Photometric interpretations (TIFF 6.0, section 8) and how many of the samples are colours.
WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, INK = 0, 1, 2, 5
COLOURS = {WHITE_IS_ZERO: 1, BLACK_IS_ZERO: 1, RGB: 3, INK: 4}
PLANES = 2
PREMULTIPLIED, STRAIGHT = 1, 2  # kinds of extra samples


def is_tiff(path: PictureFile) -> bool:
    """Whether a file begins as a TIFF or BigTIFF does."""
    with open_picture(path) as file:
        return file.read(4) in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


def misread(image: Image.Image) -> bool:
    """Whether PIL opens a TIFF, but does not know how its samples are to be taken.

    Measured with Pillow 12.3 against tifffile: it does not invert deep greys, nor scale those of 12 or 32 bits, swaps
    bytes of compressed floats, and mixes planes up where they are deep or hold greys and a transparency.
    """
    if not isinstance(image, TiffImagePlugin.TiffImageFile):
        return False
    tags = image.tag_v2
    bits = tags.get(ExifTags.Base.BitsPerSample, (1,))
    if image.mode.startswith(("I", "F")):
        sixteen = image.mode.startswith("I;16") and bits == (16,)
        return not sixteen or tags.get(ExifTags.Base.PhotometricInterpretation, 0) != BLACK_IS_ZERO
    planes = tags.get(ExifTags.Base.PlanarConfiguration, 1) == PLANES
    raw = image.info.get("compression") == "raw"
    return planes and (image.mode in ("LA", "La", "PA") or (raw and max(bits) > 8))


@dataclass(frozen=True)
class _Layout:
    """Where the samples of a TIFF lie, and what they mean."""

    height: int
    width: int
    samples: int
    planes: bool
    photometric: int
    extra: tuple[int, ...]
    dtype: np.dtype[Any]
    offset: int
    orientation: int

    def colours(self, samples: Float[np.ndarray, "rows columns samples"]) -> Float[np.ndarray, "rows columns channels"]:
        """Levels of grey or of RGB, on white."""
        count = COLOURS[self.photometric]
        light, alpha = samples[..., :count], samples[..., count : count + 1]
        if self.photometric == WHITE_IS_ZERO:
            light = 1 - light
        if self.photometric == INK:
            light = from_ink(light)
        if self.extra[:1] == (STRAIGHT,):
            light = light * alpha
        if self.extra[:1] in ((STRAIGHT,), (PREMULTIPLIED,)):
            light = light + (1 - alpha)
        return light


def read_plain(path: PictureFile, max_megapixels: float) -> Rgb:
    """An uncompressed TIFF, turned upright.

    Raises:
        ImageError: larger than the limit, compressed, or of samples that are no photo's.
        Exception: whatever tifffile raises for a broken file.
    """
    with open_picture(path) as file, tifffile.TiffFile(file) as tiff:
        layout = _layout(path, tiff.pages.first, tiff.byteorder)
    check_size(path, layout.width, layout.height, max_megapixels)
    rgb = np.empty((layout.height, layout.width, 3), np.uint8)
    for rows, samples in _read_strips(path, layout):
        rgb[rows] = to_bytes(layout.colours(unit(samples)))
    if layout.orientation == 1:
        return rgb
    picture = Image.fromarray(rgb)
    picture.getexif()[ExifTags.Base.Orientation] = layout.orientation
    return np.asarray(ImageOps.exif_transpose(picture))


def _layout(path: PictureFile, page: Any, byteorder: str) -> _Layout:
    kinds = {"u": (8, 16, 32), "f": (32, 64)}
    bits = page.bitspersample
    known = page.photometric in COLOURS and page.dtype is not None and bits in kinds.get(page.dtype.kind, ())
    if not known or page.imagedepth != 1 or COLOURS[page.photometric] > page.samplesperpixel:
        raise ImageError(f"{path}: a TIFF of unusual samples; save it with 8 bits, or as PNG")
    if page.samplesperpixel > MAX_SAMPLES:
        raise ImageError(f"{path}: {page.samplesperpixel} samples a pixel are no photo's; save it as RGB")
    if not page.is_contiguous or page.fillorder != 1:
        raise ImageError(f"{path}: a TIFF of unusual samples; save it uncompressed, with 8 bits, or as PNG")
    orientation = page.tags.get(ExifTags.Base.Orientation)
    return _Layout(
        page.imagelength,
        page.imagewidth,
        page.samplesperpixel,
        page.planarconfig == PLANES and page.samplesperpixel > 1,
        page.photometric,
        tuple(page.extrasamples),
        page.dtype.newbyteorder(byteorder),
        page.dataoffsets[0],
        orientation.value if orientation else 1,
    )


def _read_strips(path: PictureFile, layout: _Layout) -> Iterator[tuple[slice, NDArray[np.generic]]]:
    """Rows, and their samples (rows, columns, samples)."""
    planes, depth = (layout.samples, 1) if layout.planes else (1, layout.samples)
    row = layout.width * depth
    with open_picture(path) as file:
        for rows in strips(layout.height, layout.width):
            parts, count = [], (rows.stop - rows.start) * row
            for plane in range(planes):
                file.seek(layout.offset + (plane * layout.height + rows.start) * row * layout.dtype.itemsize)
                samples = np.frombuffer(file.read(count * layout.dtype.itemsize), layout.dtype)
                parts.append(samples.reshape(-1, layout.width, depth))
            yield rows, np.concatenate(parts, axis=-1)
