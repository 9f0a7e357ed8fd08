"""One photo under one model: what it makes of the photo, and what a visitor's steps make of that."""

from collections.abc import Sequence
from dataclasses import replace
from threading import Lock

from wesam_packshot.arrays import Rgb
from wesam_packshot.batch.segmentation import Request, find_product
from wesam_packshot.config import Config
from wesam_packshot.interactive.correction import Correction, Views
from wesam_packshot.interactive.photo import IN_USE, Photo
from wesam_packshot.interactive.steps import Step
from wesam_packshot.io.outcome import Outcome
from wesam_packshot.masks.matting import Boundary
from wesam_packshot.pseudolabel.encoded_views import EncodedViews
from wesam_packshot.segment.refinement import Refine
from wesam_packshot.segment.segmenter import Segmenter


class Session:
    """A photo, cut out as `segment.py` does, and mended by steps.

    Without steps it is the same, to the pixel. Steps change what they point at and nothing else, see `Correction`.

    Args:
        config: precision, and least confidence.
        views: what is encoded of the preview, which sessions of other refinements share.
    """

    def __init__(
        self,
        photo: Photo,
        segmenter: Segmenter,
        refine: Refine,
        config: Config,
        views: Views | None = None,
    ) -> None:
        self.photo = photo
        self.segmenter = segmenter
        self.refine: Refine = refine
        self.config = config
        self._views = views or Views.of(segmenter, photo.preview)
        self._first = self._found(self._views.own)
        self._correction = Correction(photo, self._first.mask, segmenter, config.train.precision, self._views)
        self._busy = Lock()

    def preview(self, steps: Sequence[Step]) -> Outcome:
        """The product in the preview.

        Raises:
            UsageError: for a step that cannot be taken, see `Correction.add`.
        """
        return self._mended(self._first, self.photo.preview, steps)

    def whole(self, steps: Sequence[Step]) -> Outcome:
        """The product in all of the photo's pixels.

        Raises:
            UsageError: see `preview`.
        """
        image, found = self.photo.image, self._first
        if self.photo.preview is not image:  # which SAM sees as the same picture
            found = self._found(EncodedViews(self.segmenter.embed, image, self._views.own.whole))
        return self._mended(found, image, steps)

    def make_ready(self) -> None:
        """Have the model see the photo for the first click."""
        self._correction.embed()

    def _found(self, views: EncodedViews) -> Outcome:
        request = Request(refine=self.refine, layers=True)
        with IN_USE:
            return find_product(self.segmenter, views.image, (), request, self.config, views)

    def _mended(self, found: Outcome, image: Rgb, steps: Sequence[Step]) -> Outcome:
        assert found.alpha is not None and found.colour is not None
        with self._busy:
            self._correction.follow(steps)
            made = self._correction.merged(Boundary(found.alpha, found.colour), image)
        if not steps:
            return found
        return replace(found, mask=made.mask, alpha=made.alpha, colour=made.colour, status="ok", error="")
