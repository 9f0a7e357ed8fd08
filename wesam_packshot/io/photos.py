"""Safe reading of photos."""

from PIL import ImageOps

from wesam_packshot.arrays import Rgb
from wesam_packshot.errors import ImageError, UnknownFormatError
from wesam_packshot.io.colours import rgb_of
from wesam_packshot.io.decoding import MAX_MEGAPIXELS, check_size, failures_named, opened
from wesam_packshot.io.picture_file import PictureFile
from wesam_packshot.io.tiff import is_tiff, misread, read_plain

MIN_SIDE = 16


def read_image(path: PictureFile, max_megapixels: float = MAX_MEGAPIXELS) -> Rgb:
    """Read a photo (JPEG, PNG, WebP or TIFF) as (height, width, 3), uint8, turned upright by its EXIF orientation.

    Transparency is laid on white; greyscale, palette, CMYK and 16-bit images are converted. Colour profiles are not
    applied.

    Raises:
        ImageError: not an image, broken, empty, too small or too large.
    """
    try:
        with opened(path) as image:
            if not misread(image):
                _check_sides(path, *image.size)
                check_size(path, *image.size, max_megapixels)
                ImageOps.exif_transpose(image, in_place=True)
                return rgb_of(image)
    except UnknownFormatError:
        if not is_tiff(path):
            raise
    with failures_named(path):
        rgb = read_plain(path, max_megapixels)
    _check_sides(path, rgb.shape[1], rgb.shape[0])
    return rgb


def _check_sides(path: PictureFile, width: int, height: int) -> None:
    if min(width, height) < MIN_SIDE:
        raise ImageError(f"{path}: {width}x{height} pixels are too few; leave it out, or take one of {MIN_SIDE} a side")
