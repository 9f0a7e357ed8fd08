"""Photos that are none, or that were made to harm: documented formats alone, bounded, and right or refused."""

import io
import struct
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray
from PIL import Image

import wesam_packshot
from wesam_packshot.errors import ImageError, UserError
from wesam_packshot.io.colours import STRIP
from wesam_packshot.io.decoding import load
from wesam_packshot.io.photos import read_image
from wesam_packshot.io.picture_file import InMemory
from wesam_packshot.io.prompt_file import read_levels

CHANNELS = {"minisblack": 1, "miniswhite": 1, "rgb": 3, "separated": 4}
FULL = {"uint8": 255, "uint16": 65535, "uint32": 2**32 - 1, "float32": 1}
# PIL cuts 16 bits to 8 without rounding; inks and transparency mix what it has cut.
ROUNDING = 3


def picture(height: int = 40, width: int = 60, channels: int = 3) -> NDArray[np.uint8]:
    noise = np.random.default_rng(0).integers(0, 256, (5, 6, channels), dtype=np.uint8)
    return np.stack([np.asarray(Image.fromarray(noise[..., n]).resize((width, height))) for n in range(channels)], -1)


def refuses(path: Path, told: str) -> None:
    with pytest.raises(ImageError, match=told) as raised:
        read_image(path)
    assert str(raised.value).startswith(f"{path}: ")
    assert "\n" not in str(raised.value)


def test_postscript_is_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Image.fromarray(picture()).save(tmp_path / "a.jpg", "EPS")
    monkeypatch.setattr(subprocess, "check_call", lambda *_, **__: pytest.fail("Ghostscript was started"))
    refuses(tmp_path / "a.jpg", "not an image in a known format")
    with pytest.raises(UserError, match="the mask cannot be read"):
        read_levels(tmp_path / "a.jpg", (40, 60))
    with pytest.raises(ImageError, match="not an image in a known format"):
        load(tmp_path / "a.jpg")


@pytest.mark.parametrize("name", ["AVIF", "BMP", "DDS", "GIF", "ICO", "JPEG2000", "PCX", "PPM", "SGI", "TGA"])
def test_undocumented_formats_are_not_decoded(name: str, tmp_path: Path) -> None:
    Image.fromarray(picture()).save(tmp_path / "a.jpg", name)
    refuses(tmp_path / "a.jpg", r"not an image in a known format \(JPEG, PNG, WebP, TIFF\)")


def test_pictures_are_opened_in_one_place() -> None:
    package = Path(wesam_packshot.__file__).parent
    found = [file.name for file in package.rglob("*.py") if "Image.open(" in file.read_text()]
    assert found == ["decoding.py"]


def test_what_is_no_regular_file_is_refused(tmp_path: Path) -> None:
    refuses(tmp_path, "is no file")
    refuses(Path("/dev/zero"), "is no file")


def as_light(samples: NDArray[Any], kind: str, alpha: str | None) -> NDArray[np.float64]:
    """RGB on white, by the definitions of TIFF 6.0, sections 4, 6, 16 and 18."""
    count = CHANNELS[kind]
    light = samples[..., :count]
    if kind == "separated":
        light = (1 - light[..., :3]) * (1 - light[..., 3:])
    if kind == "miniswhite":
        light = 1 - light
    if alpha in ("unassalpha", "assocalpha"):
        opacity = samples[..., count : count + 1]
        light = (light * opacity if alpha == "unassalpha" else light) + 1 - opacity
    return np.broadcast_to(light.clip(0, 1) * 255, (*light.shape[:2], 3))


def written(path: Path, dtype: str, kind: str, alpha: str | None, **options: Any) -> NDArray[np.float64]:
    """Writes a TIFF; returns what it shows, from the samples that tifffile reads back."""
    count = CHANNELS[kind] + bool(alpha)
    levels = np.random.default_rng(1).random((24, 30, count))
    if alpha == "assocalpha":
        levels[..., :-1] *= levels[..., -1:]
    samples = (levels * FULL[dtype]).astype(dtype)
    separate = options.get("planarconfig") == "separate"
    data = samples[..., 0] if count == 1 else samples.transpose(2, 0, 1) if separate else samples
    tifffile.imwrite(path, data, photometric=kind, extrasamples=[alpha] if alpha else None, **options)
    back = tifffile.imread(path).reshape(data.shape)
    back = back[..., None] if count == 1 else back.transpose(1, 2, 0) if separate else back
    return as_light(back / FULL[dtype], kind, alpha)


@pytest.mark.parametrize("dtype", FULL)
@pytest.mark.parametrize("kind", CHANNELS)
@pytest.mark.parametrize("alpha", [None, "unassalpha", "assocalpha", "unspecified"])
def test_a_tiff_has_its_right_colours_or_is_refused(dtype: str, kind: str, alpha: str | None, tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    layouts: list[dict[str, Any]] = [{}, {"byteorder": ">"}, {"compression": "zlib"}, {"tile": (16, 16)}]
    layouts += [{"byteorder": ">", "compression": "zlib"}]
    if CHANNELS[kind] + bool(alpha) > 1:
        layouts += [layout | {"planarconfig": "separate"} for layout in layouts]
    for layout in layouts:
        expected = written(path, dtype, kind, alpha, **layout)
        try:
            image = read_image(path)
        except ImageError:
            assert layout, "the plainest layout is read, whatever the samples"
        else:
            assert np.abs(image - expected).max() < ROUNDING, layout


@pytest.mark.parametrize("layout", [{}, {"planarconfig": "separate"}, {"compression": "zlib"}, {"byteorder": ">"}])
def test_cmyk_of_sixteen_bits(layout: dict[str, Any], tmp_path: Path) -> None:
    expected = written(tmp_path / "a.tif", "uint16", "separated", None, **layout)
    assert np.abs(read_image(tmp_path / "a.tif") - expected).max() < ROUNDING


def test_a_tiff_of_deep_samples_is_turned_upright(tmp_path: Path) -> None:
    grey = (picture(20, 30, 1)[..., 0] * np.uint16(257)).astype(np.uint16)
    tifffile.imwrite(tmp_path / "a.tif", 65535 - grey, photometric="miniswhite", extratags=[(274, "H", 1, 6, True)])
    upright = Image.fromarray((grey // 257).astype(np.uint8)).transpose(Image.Transpose.ROTATE_270)
    assert np.array_equal(read_image(tmp_path / "a.tif")[..., 0], np.asarray(upright))


@pytest.mark.parametrize("shape", [(20, 30, 1), (1, 20, 30, 3), (2, 20, 30, 3)])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_a_tiff_of_more_dimensions_is_its_first_page(shape: tuple[int, ...], dtype: Any, tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a.tif", np.full(shape, np.iinfo(dtype).max, dtype))
    assert np.array_equal(read_image(tmp_path / "a.tif"), np.full((20, 30, 3), 255, np.uint8))


@pytest.mark.filterwarnings("ignore:.*zero-size array")
def test_an_empty_tiff(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a.tif", np.zeros((0, 20, 30, 3), np.uint8))
    refuses(tmp_path / "a.tif", "a TIFF of unusual samples|pixels are too few|cannot be read")


def test_a_tiff_of_many_samples_is_refused(tmp_path: Path) -> None:
    tifffile.imwrite(
        tmp_path / "a.tif", np.zeros((20, 30, 300), np.uint8), photometric="minisblack", planarconfig="contig"
    )
    refuses(tmp_path / "a.tif", "300 samples a pixel are no photo's; save it as RGB")


def test_tiles_beyond_the_picture_are_refused(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a.tif", picture(20, 30), tile=(16, 4112), compression="zlib")
    refuses(tmp_path / "a.tif", "its tiles exceed 4096 pixels a side")


def test_a_jpeg_of_very_many_scans_is_refused(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    Image.fromarray(picture()).save(buffer, "JPEG", progressive=True)
    content = buffer.getvalue()
    last = content.rindex(b"\xff\xda")
    scan = content[last:-2]
    (tmp_path / "few.jpg").write_bytes(content[:last] + scan * 10 + content[-2:])
    assert read_image(tmp_path / "few.jpg").shape == (40, 60, 3)
    (tmp_path / "many.jpg").write_bytes(content[:last] + scan * 1000 + content[-2:])
    refuses(tmp_path / "many.jpg", "the JPEG has more than 100 scans")
    thumbnail = struct.pack(">H", 2 + 4 * 400) + b"\xff\xda\x00\x02" * 400  # in a segment that decoders pass over
    (tmp_path / "segment.jpg").write_bytes(content[:2] + b"\xff\xed" + thumbnail + content[2:])
    assert read_image(tmp_path / "segment.jpg").shape == (40, 60, 3)


def test_a_large_mask_is_refused_before_it_is_decoded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Image.new("1", (9_000, 9_000)).save(tmp_path / "mask.png")
    monkeypatch.setattr(Image.Image, "convert", lambda *_: pytest.fail("the mask was decoded"))
    with pytest.raises(UserError, match=r"mask\.png: the mask is 9000x9000, but its photo 60x40"):
        read_levels(tmp_path / "mask.png", (40, 60))


def test_strips_join_without_a_seam(tmp_path: Path) -> None:
    width = 3000
    height = 3 * (STRIP // width) + 7
    pixels = np.random.default_rng(2).integers(0, 256, (height, width), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "a.png", compress_level=0)
    assert np.array_equal(read_image(tmp_path / "a.png"), np.dstack([pixels] * 3))
    tifffile.imwrite(tmp_path / "a.tif", 65535 - pixels * np.uint16(257), photometric="miniswhite")
    assert np.array_equal(read_image(tmp_path / "a.tif"), np.dstack([pixels] * 3))


def test_whatever_a_decoder_raises_is_an_error_that_names_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Image.fromarray(picture()).save(tmp_path / "a.png")
    for surprise in (MemoryError(), RuntimeError("first\nsecond"), KeyError(3), RecursionError("deep")):
        with monkeypatch.context() as patched:
            patched.setattr(Image.Image, "crop", lambda *_, error=surprise: (_ for _ in ()).throw(error))
            refuses(tmp_path / "a.png", r"cannot be read \((MemoryError|first|3|deep)\); fetch or export it again")


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.webp", "a.tif", "deep.tif"])
def test_a_file_in_memory_reads_as_on_disk(name: str, tmp_path: Path) -> None:
    if name == "deep.tif":
        tifffile.imwrite(tmp_path / name, picture() * np.uint32(1 << 24), photometric="rgb")
    else:
        Image.fromarray(picture()).save(tmp_path / name)
    content = (tmp_path / name).read_bytes()
    assert np.array_equal(read_image(InMemory(name, content)), read_image(tmp_path / name))
    for broken in (b"", content[: len(content) // 2], b"GIF89a" + content):
        (tmp_path / name).write_bytes(broken)
        with pytest.raises(ImageError) as on_disk:
            read_image(tmp_path / name)
        with pytest.raises(ImageError) as in_memory:
            read_image(InMemory(name, broken))
        assert str(in_memory.value) == str(on_disk.value).replace(str(tmp_path / name), name)
