"""The one place where pictures are opened: in the documented formats alone.

PIL would open EPS as well, which runs a program, and formats whose decoders are little tested.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader, BytesIO

from PIL import ExifTags, Image, TiffImagePlugin, UnidentifiedImageError

from wesam_packshot.errors import ImageError, UnknownFormatError, UserError, first_line
from wesam_packshot.io.jpeg import MAX_SCANS, more_scans_than
from wesam_packshot.io.picture_file import InMemory, PictureFile, open_picture

FORMATS = ("JPEG", "PNG", "WebP", "TIFF")
MAX_MEGAPIXELS = 100.0
# A decoder holds whole tiles in memory, however small the picture; writers use 64 to 1024 a side.
MAX_TILE_SIDE = 4096

Image.MAX_IMAGE_PIXELS = None  # `check_size` has a limit of its own, with an error that names the file


@contextmanager
def opened(path: PictureFile) -> Iterator[Image.Image]:
    """A picture whose pixels are yet to be decoded; the caller first checks its size.

    Raises:
        UnknownFormatError: no picture, or of another format than `FORMATS`.
        ImageError: for whatever else goes wrong, here or while the caller decodes it.
    """
    with failures_named(path):
        _check_file(path)
        with open_picture(path) as file, _recognized(path, file) as image:
            _check_layout(path, image)
            yield image


def _recognized(path: PictureFile, file: BytesIO | BufferedReader) -> Image.Image:
    try:
        return Image.open(file, formats=FORMATS)
    except UnidentifiedImageError as error:
        raise UnknownFormatError(
            f"{path}: not an image in a known format ({', '.join(FORMATS)}); remove it or convert it to PNG or JPEG"
        ) from error


@contextmanager
def failures_named(path: PictureFile) -> Iterator[None]:
    """Turns whatever a decoder raises into an error that names the file: they fail in as many ways as files do."""
    try:
        yield
    except UserError:
        raise
    except Exception as error:
        raise ImageError(f"{path}: cannot be read ({first_line(error)}); fetch or export it again") from error


def load(path: PictureFile, max_megapixels: float = MAX_MEGAPIXELS) -> Image.Image:
    """A picture as it is, decoded.

    Raises:
        ImageError: not a picture, broken, or larger than the limit.
    """
    with opened(path) as image:
        check_size(path, *image.size, max_megapixels)
        image.load()
        return image.copy()


def check_size(path: PictureFile, width: int, height: int, max_megapixels: float) -> None:
    """Refuse a picture of too many pixels.

    Raises:
        ImageError: naming size and limit.
    """
    if width * height > max_megapixels * 1e6:
        raise ImageError(
            f"{path}: {width}x{height} pixels exceed the limit of {max_megapixels:g} megapixels; "
            "shrink it, or raise data.max_megapixels"
        )


def _check_file(path: PictureFile) -> None:
    empty = not path.content if isinstance(path, InMemory) else path.stat().st_size == 0 and path.is_file()
    if empty:
        raise ImageError(f"{path}: the file is empty; fetch it again")
    if not isinstance(path, InMemory) and not path.is_file():  # a pipe would never end
        raise ImageError(f"{path}: is no file; give a photo's path")


def _check_layout(path: PictureFile, image: Image.Image) -> None:
    """Refuse what takes a decoder far more memory or time than the number of pixels tells."""
    if isinstance(image, TiffImagePlugin.TiffImageFile):
        sides = [image.tag_v2.get(tag, 0) for tag in (ExifTags.Base.TileWidth, ExifTags.Base.TileLength)]
        if max(sides) > MAX_TILE_SIDE:
            raise ImageError(f"{path}: its tiles exceed {MAX_TILE_SIDE} pixels a side; save it without tiles")
    elif image.format in ("JPEG", "MPO") and more_scans_than(MAX_SCANS, path):
        raise ImageError(f"{path}: the JPEG has more than {MAX_SCANS} scans; save it again as JPEG or PNG")
