"""The photos by which people judge a run: the same ones each time, small, with every stage's mask.

`samples/samples.jsonl` holds a row of facts for each, `samples/<number>/` its pictures.
"""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from wesam_packshot.files.atomic import write_picture
from wesam_packshot.files.json_lines import read_rows, write_rows
from wesam_packshot.io.decoding import load

SAMPLES = "samples"
ROWS = "samples.jsonl"
# Longer side of a sample, in pixels.
SIDE = 640
# What there may be of a photo, and the level, of 255, above which a pixel belongs to it.
LAYERS = {
    "anchor": 127,
    "pseudo": 127,
    "adapted": 127,
    "shadow": 10,
    "reflection": 127,
    "former": 127,
    "corrected": 127,
}


@dataclass(frozen=True)
class Sample:
    """A photo and what a run made of it.

    Attributes:
        facts: id, folder, status, error, confidence, and, where there is a true mask, iou_before, iou_pseudo and
            iou_after (None otherwise).
        photo: at most 640 pixels a side.
        layers: masks by the names of `LAYERS`, and the alpha of the shadow, as levels, in the photo's size.
    """

    facts: dict[str, Any]
    photo: Image.Image
    layers: Mapping[str, Image.Image] = field(default_factory=dict)

    def mask(self, layer: str) -> "np.ndarray[Any, np.dtype[np.bool_]]":
        """(height, width), True where the layer is; none of it if it is missing."""
        if layer not in self.layers:
            return np.zeros(self.photo.size[::-1], bool)
        return np.asarray(self.layers[layer]) > LAYERS[layer]


def reduced(photo: Image.Image) -> Image.Image:
    """The photo in a sample's size."""
    small = photo.copy()
    small.thumbnail((SIDE, SIDE))
    return small


def write_samples(run: Path, samples: Sequence[Sample]) -> None:
    """Write the samples of a run folder, in place of earlier ones.

    Raises:
        UserError: when a file cannot be written.
    """
    folder = run / SAMPLES
    for earlier in folder.glob("[0-9]*"):
        shutil.rmtree(earlier)
    for sample in samples:
        pictures = {"photo.jpg": sample.photo} | {f"{name}.png": levels for name, levels in sample.layers.items()}
        for name, picture in pictures.items():
            options: dict[str, Any] = {"quality": 85} if name == "photo.jpg" else {"optimize": True}
            write_picture(folder / sample.facts["folder"] / name, picture, **options)
    write_rows(folder / ROWS, (sample.facts for sample in samples))


def read_samples(run: Path) -> list[Sample]:
    """The samples of a run folder; none if it has none, and without those whose pictures are gone.

    Raises:
        ImageError: for a picture that is broken.
    """
    samples = []
    for facts in read_rows(run / SAMPLES / ROWS):
        folder = run / SAMPLES / facts["folder"]
        files = {name: folder / f"{name}.png" for name in LAYERS}
        if (folder / "photo.jpg").is_file():
            layers = {name: load(file) for name, file in files.items() if file.is_file()}
            samples.append(Sample(facts, load(folder / "photo.jpg"), layers))
    return samples
