"""Reading photos of every kind."""

from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from wesam_packshot.errors import ImageError
from wesam_packshot.io.photos import read_image


def gradient(height: int = 20, width: int = 30) -> Image.Image:
    rows, columns = np.mgrid[:height, :width]
    return Image.fromarray(np.stack([rows * 8, columns * 8, rows * 0 + 90], -1).astype(np.uint8))


def test_colour_is_read_as_it_is(tmp_path: Path) -> None:
    gradient().save(tmp_path / "a.png")
    assert np.array_equal(read_image(tmp_path / "a.png"), np.asarray(gradient()))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_turns_the_photo_upright(tmp_path: Path, orientation: int) -> None:
    inverse = {
        1: None,
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }[orientation]
    stored = gradient() if inverse is None else gradient().transpose(inverse)
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored.save(tmp_path / "a.png", exif=exif)
    assert np.array_equal(read_image(tmp_path / "a.png"), np.asarray(gradient()))


def test_transparency_is_laid_on_white(tmp_path: Path) -> None:
    pixels = np.zeros((20, 20, 4), np.uint8)
    pixels[..., 0] = 200
    pixels[:, :10, 3] = 255
    pixels[:, 10:, 3] = 128
    Image.fromarray(pixels).save(tmp_path / "a.png")
    image = read_image(tmp_path / "a.png")
    assert image[0, 0].tolist() == [200, 0, 0]
    assert np.abs(image[0, 15].astype(int) - [227, 127, 127]).max() <= 1  # 128/255 of (200,0,0), the rest white


def test_palette_with_transparency(tmp_path: Path) -> None:
    picture = Image.new("P", (20, 20), 0)
    picture.putpalette([10, 20, 30, 200, 100, 50])
    picture.putpixel((3, 4), 1)
    picture.save(tmp_path / "a.png", transparency=0)
    image = read_image(tmp_path / "a.png")
    assert image[0, 0].tolist() == [255, 255, 255]
    assert image[4, 3].tolist() == [200, 100, 50]


def test_greyscale_cmyk_and_one_bit(tmp_path: Path) -> None:
    Image.new("L", (20, 20), 77).save(tmp_path / "grey.png")
    assert read_image(tmp_path / "grey.png")[5, 5].tolist() == [77, 77, 77]
    Image.new("1", (20, 20), 1).save(tmp_path / "bit.png")
    assert read_image(tmp_path / "bit.png")[5, 5].tolist() == [255, 255, 255]
    Image.new("CMYK", (20, 20), (0, 255, 255, 0)).save(tmp_path / "cmyk.jpg", quality=100)
    assert np.abs(read_image(tmp_path / "cmyk.jpg")[5, 5].astype(int) - [255, 0, 0]).max() <= 3


def test_sixteen_bits_are_scaled_down(tmp_path: Path) -> None:
    grey = np.full((20, 20), 65535 // 2, np.uint16)
    Image.fromarray(grey).save(tmp_path / "grey16.png")
    assert read_image(tmp_path / "grey16.png")[0, 0].tolist() == [127, 127, 127]
    colour = np.zeros((20, 20, 3), np.uint16)
    colour[..., 1] = 65535
    tifffile.imwrite(tmp_path / "colour16.tif", colour)
    assert read_image(tmp_path / "colour16.tif")[0, 0].tolist() == [0, 255, 0]


def test_bad_files_are_named_with_a_remedy(tmp_path: Path) -> None:
    (tmp_path / "empty.jpg").touch()
    (tmp_path / "text.jpg").write_text("not a photo")
    gradient(200, 300).save(tmp_path / "whole.jpg")
    whole = (tmp_path / "whole.jpg").read_bytes()
    (tmp_path / "cut.jpg").write_bytes(whole[: len(whole) // 2])
    Image.new("RGB", (1, 1)).save(tmp_path / "dot.png")
    for name, message in {
        "empty.jpg": "the file is empty",
        "text.jpg": "not an image in a known format",
        "cut.jpg": "truncated",
        "dot.png": "1x1 pixels are too few",
        "absent.jpg": "No such file",
    }.items():
        with pytest.raises(ImageError, match=message) as raised:
            read_image(tmp_path / name)
        assert name in str(raised.value)
        assert "\n" not in str(raised.value)


def test_large_images_are_refused_before_they_are_decoded(tmp_path: Path) -> None:
    Image.new("1", (12_000, 9_000)).save(tmp_path / "vast.png")
    with pytest.raises(ImageError, match=r"12000x9000 pixels exceed the limit of 100 megapixels.*data\.max_megapixels"):
        read_image(tmp_path / "vast.png")
    gradient(100, 100).save(tmp_path / "small.png")
    with pytest.raises(ImageError, match=r"limit of 0\.005 megapixels"):
        read_image(tmp_path / "small.png", max_megapixels=0.005)
