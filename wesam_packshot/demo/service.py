"""The page's requests and their answers: plain dictionaries with pictures as data URLs."""

import base64
from collections.abc import Mapping
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import numpy as np
from jaxtyping import UInt8
from PIL import Image

from wesam_packshot.config import Config
from wesam_packshot.errors import UserError
from wesam_packshot.interactive.models import Models
from wesam_packshot.interactive.session import Cut, Photo, Session
from wesam_packshot.io.decoding import load
from wesam_packshot.resources import example_folder
from wesam_packshot.segment.refinement import Refine

PUBLISHED = "SAM as published"
INVERTED = f"{PUBLISHED} took the background for the product."
# Side of the examples' thumbnails, in pixels.
THUMBNAIL = 112
# Characters of a file's name that a complaint quotes; names come from the page and have no limit there.
LONGEST = 80

Answer = dict[str, Any]


class Service:
    """Answers all visitors.

    Args:
        folder: for the files that visitors upload and download.
    """

    def __init__(self, config: Config, models: Models, folder: Path) -> None:
        self.config = config
        self.models = models
        self.folder = folder

    def act(self, session: Session | None, asked: Mapping[str, Any]) -> Session:
        """Do what a visitor has done on the photo; returns the session, a new one for a new photo.

        Args:
            asked: kind (photo, example, point, box, undo, clear), and what belongs to it.

        Raises:
            UserError: for a photo that cannot be read, or a place that lies outside it.
        """
        match asked:
            case {"kind": "photo", "path": str(path)}:
                return self._open(self._uploaded(Path(path)), session)
            case {"kind": "example", "name": str(name)}:
                return self._open(example_folder() / "images" / Path(name).name, session)
            case _ if session is None:
                raise UserError("the server has forgotten the photo; drop it again")
            case {"kind": "point", "place": [int() | float() as x, int() | float() as y], "label": 0 | 1 as label}:
                session.add_point(x, y, label)
            case {
                "kind": "box",
                "place": [int() | float() as x0, int() | float() as y0, int() | float() as x1, int() | float() as y1],
            }:
                session.add_box((x0, y0, x1, y1))
            case {"kind": "undo"}:
                session.undo()
            case {"kind": "clear"}:
                session.clear()
            case _:
                raise UserError("the page is of another version than its server; load it again")
        return session

    def cuts(self, session: Session, adapter: str | None, refine: Refine, final: bool) -> Answer | None:
        """The preview cut out by SAM as published, if there is an adapter, and by the best that there is.

        Returns None when the visitor has gone on in the meantime.

        Args:
            final: no finer boundary is going to follow.

        Raises:
            UserError: when the adapter cannot be loaded.
        """
        version, pair = session.version, self.models.get(adapter)
        after = session.preview(pair.best, refine)
        before = session.preview(pair.published, refine) if pair.adapted else None
        if session.version != version:
            return None
        return {
            "after": _cut_url(after),
            "before": _cut_url(before) if before else None,
            "left": PUBLISHED,
            "right": adapter if pair.adapted else PUBLISHED,
            "note": INVERTED if (before or after).inverted else "",
            "state": "final" if final else "first",
        }

    def download(self, session: Session, adapter: str | None, refine: Refine) -> Path:
        """The cut-out with all of the photo's pixels as a PNG, named after the photo.

        Raises:
            UserError: when the adapter cannot be loaded.
        """
        rgba = session.cut_out(self.models.get(adapter).best, refine)
        path = Path(mkdtemp(dir=self.folder)) / f"{session.photo.name}.png"
        Image.fromarray(rgba).save(path, compress_level=3)
        return path

    def _open(self, path: Path, earlier: Session | None) -> Session:
        photo = Photo.read(path, self.config.data.max_megapixels)
        if earlier:
            earlier.close()
        return Session(photo, self.config.train.precision)

    def _uploaded(self, path: Path) -> Path:
        """The path, which comes from the page and so could be anything."""
        with suppress(ValueError, OSError):  # a path that no system would take
            if path.resolve().is_relative_to(self.folder.resolve()):
                return path
        raise UserError(f"{path.name[:LONGEST]}: is no upload; drop it on the page")


def photo_answer(session: Session) -> Answer:
    """The photo as the page shows it, with its true size."""
    height, width = session.photo.image.shape[:2]
    return {"photo": data_url(session.photo.preview, "JPEG", quality=88), "width": width, "height": height}


def prompts_answer(session: Session) -> Answer:
    """Points and box as the page draws them, in the photo's pixels."""
    spec = session.spec
    points = [[x, y, label] for (x, y), label in zip(spec.points, spec.labels, strict=True)]
    return {"points": points, "box": list(spec.box) if spec.box else None}


def thumbnails() -> dict[str, str]:
    """Small pictures of the shipped photos, as data URLs by file name."""
    found = {}
    for path in sorted((example_folder() / "images").iterdir()):
        image = load(path)
        image.thumbnail((THUMBNAIL, THUMBNAIL))
        found[path.name] = data_url(np.asarray(image.convert("RGB")), "JPEG", quality=80)
    return found


def data_url(picture: UInt8[np.ndarray, "height width channels"], kind: str, **options: int) -> str:
    buffer = BytesIO()
    Image.fromarray(picture).save(buffer, kind, **options)
    return f"data:image/{kind.lower()};base64,{base64.b64encode(buffer.getvalue()).decode()}"


def _cut_url(cut: Cut) -> str:
    return data_url(cut.rgba, "WEBP", quality=85, method=0)
