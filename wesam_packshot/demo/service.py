"""The page's requests and their answers: plain dictionaries, and files."""

import hashlib
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Literal, get_args

import numpy as np
from jaxtyping import UInt8

from wesam_packshot.batch.outputs import parse_colour, shadow_levels
from wesam_packshot.config import Config
from wesam_packshot.demo.session import Session
from wesam_packshot.errors import UsageError
from wesam_packshot.interactive.correction import MOST_STEPS, Views
from wesam_packshot.interactive.models import Models
from wesam_packshot.interactive.photo import Photo
from wesam_packshot.interactive.steps import Step, parse_step
from wesam_packshot.io.encoding import PREVIEW, WHOLE, data_url, encode
from wesam_packshot.io.outcome import Outcome
from wesam_packshot.io.overlays import cropped, cut_out, flattened
from wesam_packshot.io.picture_file import InMemory
from wesam_packshot.pseudolabel.encoded_views import EncodedViews
from wesam_packshot.resources import example_photos
from wesam_packshot.segment.refinement import REFINEMENTS, Refine
from wesam_packshot.segment.segmenter import Segmenter
from wesam_packshot.web.stale import stale_page

# Photos that are kept in memory, of all visitors; one of 24 megapixels takes 100 MB. Pages send them again.
KEPT = 8
# Around the product of a cropped file, as a share of its longer side: the default of `segment.py`.
MARGIN = 0.05

Answer = dict[str, Any]
Format = Literal["PNG", "WEBP", "JPEG"]


@dataclass(frozen=True)
class Opened:
    """A photo and what has been made of it, by adapter (None for SAM as published) and refinement.

    Attributes:
        views: what each model has encoded of the preview.
        making: held while either is added to.
    """

    photo: Photo
    views: dict[Segmenter, EncodedViews] = field(default_factory=dict)
    sessions: dict[tuple[str | None, Refine], Session] = field(default_factory=dict)
    making: Lock = field(default_factory=Lock)

    def encoded(self, model: Segmenter) -> EncodedViews:
        """What a model has encoded, and will."""
        return self.views.setdefault(model, EncodedViews(model.embed, self.photo.preview))


class Service:
    """Answers all visitors."""

    def __init__(self, config: Config, models: Models) -> None:
        self.config = config
        self.models = models
        self._open: OrderedDict[str, Opened] = OrderedDict()
        self._opening = Lock()

    def about(self) -> Answer:
        """What the page can choose among."""
        return {"adapters": self.models.names, "examples": sorted(path.name for path in example_photos())}

    def photo(self, file: InMemory) -> Answer:
        """Take a photo; it is called by its content, so that a visitor cannot ask for another's.

        Raises:
            ImageError: when it cannot be read.
        """
        identity = hashlib.sha256(file.content).hexdigest()
        with self._opening:
            if identity not in self._open:
                photo = Photo.read(file, self.config.data.max_megapixels)
                self._open[identity] = Opened(photo)
            self._open.move_to_end(identity)
            while len(self._open) > KEPT:
                self._open.popitem(last=False)
            frame = self._open[identity].photo.frame
        return {"id": identity, "width": frame.width, "height": frame.height}

    def shown(self, identity: str) -> bytes | None:
        """The preview as a JPEG, for photos that a browser cannot read; None when the photo is forgotten."""
        found = self._open.get(identity)
        return encode(found.photo.preview, "JPEG", **PREVIEW["JPEG"]) if found else None

    def cut(self, asked: Mapping[str, Any]) -> Answer:
        """The preview's cut-out after the steps; `forgotten` where the photo has to be sent again.

        Raises:
            UserError: when the adapter cannot be loaded, or a step cannot be taken.
        """
        session = self.session(asked)
        if session is None:
            return {"forgotten": True}
        steps = _steps(asked)
        outcome = session.preview(steps)
        picture = encode(_rgba(outcome, asked), "WEBP", **PREVIEW["WEBP"])
        known = {} if steps else {"confidence": outcome.confidence, "doubt": outcome.error}
        return {"cut": data_url(picture, "WEBP")} | known

    def make_ready(self, asked: Mapping[str, Any]) -> None:
        """Have the model see a photo that was asked for, unless it is forgotten, for the first click on it.

        Not after a provisional answer: the page is about to ask for the real one, which would have to wait.
        """
        if not asked.get("provisional") and (session := self.session(asked)):
            session.make_ready()

    def download(self, asked: Mapping[str, Any]) -> tuple[bytes, Format] | None:
        """A file of all of the photo's pixels; None where the photo has to be sent again.

        Raises:
            UserError: as `cut`, or for an unknown format or colour.
        """
        session = self.session(asked)
        if session is None:
            return None
        kind: Format = asked.get("format", "PNG")
        if kind not in get_args(Format):
            raise stale_page()
        rgba = _rgba(session.whole(_steps(asked)), asked)
        if asked.get("crop"):
            rgba = cropped(rgba, MARGIN)
        background = asked.get("background") or ("white" if kind == "JPEG" else None)
        picture = flattened(rgba, parse_colour(str(background), "background")) if background else rgba
        return encode(picture, kind, **WHOLE[kind]), kind

    def session(self, asked: Mapping[str, Any]) -> Session | None:
        """The photo under the model that is asked for; None when it is forgotten.

        Raises:
            UserError: when the adapter cannot be loaded.
        """
        opened = self._open.get(str(asked.get("id")))
        if opened is None:
            return None
        adapter, refine = asked.get("adapter"), asked.get("refine")
        if refine not in REFINEMENTS or not isinstance(adapter, str | None):
            raise stale_page()
        key = (adapter if adapter in self.models.names else None, refine)
        with opened.making:
            if key not in opened.sessions:
                # Without a name, it is the one with the adapter's LoRA off, so that no model is loaded twice.
                name = key[0] or next(iter(self.models.names), None)
                pair = self.models.get(name)
                segmenter = pair.best if key[0] else pair.published
                views = Views(opened.encoded(segmenter), opened.encoded(pair.published))
                opened.sessions[key] = Session(opened.photo, segmenter, refine, self.config, views)
            return opened.sessions[key]


def _steps(asked: Mapping[str, Any]) -> Sequence[Step]:
    steps = asked.get("steps", [])
    if not isinstance(steps, list) or not all(isinstance(step, dict) for step in steps):
        raise stale_page()
    if len(steps) > MOST_STEPS:
        raise UsageError(f"{MOST_STEPS} steps are the most for a photo; take some back")
    return tuple(map(parse_step, steps))


def _rgba(outcome: Outcome, asked: Mapping[str, Any]) -> UInt8[np.ndarray, "height width 4"]:
    assert outcome.alpha is not None and outcome.colour is not None
    return cut_out(outcome.colour, outcome.alpha, shadow_levels(outcome) if asked.get("shadow") else None)
