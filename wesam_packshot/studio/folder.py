"""A data folder of rendered pictures: its files, what is finished, and whose it is."""

import io
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from wesam_packshot.errors import UsageError
from wesam_packshot.files.atomic import make_folder, write_bytes, write_json
from wesam_packshot.files.json_lines import Row, append_row, parse_json, read_rows, write_rows
from wesam_packshot.studio.camera import jpeg
from wesam_packshot.studio.drawing import VERSION
from wesam_packshot.studio.picture import Picture
from wesam_packshot.studio.truth import Truth

LICENCE = "Apache-2.0"
LAYERS = ("masks", "alpha", "shadows", "reflections", "transparency")


@dataclass(frozen=True)
class Series:
    """Pictures that belong together: what decides, with an index, over each of them.

    Attributes:
        split: "train" or "test".
        size: longer side, pixels.
    """

    seed: int
    split: str
    size: int
    version: int = VERSION

    def name(self, index: int) -> str:
        """Id of a picture; their order is that of the indices."""
        return f"{self.split}-{self.seed}-{index:06d}"


class RenderFolder:
    """The folder of a series, made where it is missing.

    Raises:
        UsageError: when it holds another series, or something else.
        UserError: when it cannot be made.
    """

    def __init__(self, path: Path, series: Series) -> None:
        self.path, self.series = make_folder(path), series
        self.manifest = path / "manifest.jsonl"
        settings = path / ".render.json"
        if settings.is_file():
            self._check(settings)
        elif self.manifest.exists() or (path / "images").exists():
            raise UsageError(f"{path}: holds photos that were not rendered; choose another --output")
        else:
            write_json(settings, asdict(series))

    def finished(self) -> dict[int, Row]:
        """Rows of the pictures that are whole, by index."""
        rows = {row["index"]: row for row in read_rows(self.manifest) if isinstance(row.get("index"), int)}
        return {index: row for index, row in rows.items() if self._has_files(row)}

    def append(self, row: Row) -> None:
        """Note a picture whose files are all written."""
        append_row(self.manifest, row)

    def settle(self) -> dict[int, Row]:
        """Write the rows anew in order of their indices, and return them."""
        rows = dict(sorted(self.finished().items()))
        write_rows(self.manifest, rows.values())
        return rows

    def _check(self, settings: Path) -> None:
        wanted = asdict(self.series)
        try:
            found = parse_json(settings.read_bytes())
        except ValueError as error:
            raise UsageError(f"{settings}: is damaged ({error}); choose another --output") from error
        if found != wanted:
            kinds = f"{json.dumps(found)}, not of {json.dumps(wanted)}"
            raise UsageError(f"{self.path}: holds pictures of {kinds}; choose another --output")

    def _has_files(self, row: Row) -> bool:
        name = self.series.name(row["index"])
        return row.get("id") == name and all((self.path / file).is_file() for file in files(name))


def files(name: str) -> list[str]:
    """Paths within the folder of all files of a picture."""
    return [f"images/{name}.jpg", *(f"{layer}/{name}.png" for layer in LAYERS)]


def write_picture(folder: Path, name: str, picture: Picture) -> Row:
    """Write all files of a picture; returns its row."""
    write_bytes(folder / "images" / f"{name}.jpg", jpeg(picture.image, picture.quality))
    for layer, content in _layers(picture.truth):
        write_bytes(folder / layer / f"{name}.png", content)
    height, width = picture.image.shape[:2]
    row: dict[str, Any] = {"id": name, "file": f"images/{name}.jpg", "width": width, "height": height}
    return row | {"source": "wesam_packshot studio", "licence": LICENCE} | picture.facts


def _layers(truth: Truth) -> Iterator[tuple[str, bytes]]:
    shares = {"masks": truth.mask, "alpha": truth.alpha, "shadows": truth.shadow}
    shares |= {"reflections": truth.reflection, "transparency": truth.transparency}
    for layer in LAYERS:
        yield layer, _png(shares[layer])


def _png(share: NDArray[Any]) -> bytes:
    """A grey PNG of shares 0 to 1, (height, width)."""
    content = io.BytesIO()
    levels = (share.astype(np.float32).clip(0, 1) * 255 + 0.5).astype(np.uint8)
    Image.fromarray(levels).save(content, "PNG")
    return content.getvalue()
