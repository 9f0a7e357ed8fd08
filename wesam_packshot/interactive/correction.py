"""One photo being mended: its present mask, and what a person draws on it.

A click or a box asks SAM, as in the demo; a stroke of the brush says itself which pixels are product. Only what has
changed is taken over: elsewhere the mask stays as it was, pixel for pixel.
"""

from collections.abc import Sequence
from itertools import takewhile
from threading import RLock
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import UInt8
from scipy import ndimage
from skimage.draw import line

from wesam_packshot.arrays import Mask, Rgb
from wesam_packshot.devices import autocast
from wesam_packshot.errors import UsageError
from wesam_packshot.interactive.photo import IN_USE, Photo
from wesam_packshot.interactive.steps import Step, Stroke, as_prompt, check_step
from wesam_packshot.io.overlays import cut_out
from wesam_packshot.io.prompt_file import PromptSpec
from wesam_packshot.masks.binary import bounding_box
from wesam_packshot.masks.matting import Boundary, refine_boundary
from wesam_packshot.masks.snapping import SURE_LOGIT
from wesam_packshot.masks.window import Window, resample, shrink
from wesam_packshot.pseudolabel.candidates import is_inverted
from wesam_packshot.pseudolabel.encoded_views import EncodedViews
from wesam_packshot.sam.frame import Frame
from wesam_packshot.segment.click_regions import Click, patch_at, thing_at
from wesam_packshot.segment.clicks import refine_by_click
from wesam_packshot.segment.refinement import Logits
from wesam_packshot.segment.segmenter import Segmenter

# Pixels of the preview around what has changed that are taken over too, so that no seam of the former edge is left.
SEAM = 3
# Steps of a correction: each keeps 4 MB, so that it can be taken back.
MOST_STEPS = 64


class Views(NamedTuple):
    """What has been encoded of a photo's preview: by the segmenter, and by SAM as published, its adapter off."""

    own: EncodedViews
    published: EncodedViews

    @classmethod
    def of(cls, segmenter: Segmenter, preview: Rgb) -> "Views":
        return cls(EncodedViews(segmenter.embed, preview), EncodedViews(segmenter.published().embed, preview))


class Correction:
    """A photo, its present mask, and the steps of its correction.

    Args:
        mask: (height, width), at present; None where there is none.
        precision: of the model, as `train.precision`.
        views: what is encoded of the preview, where others need it too.

    Attributes:
        steps: clicks and boxes, each a prompt of its own, and strokes, in the order that they were drawn.
    """

    def __init__(
        self,
        photo: Photo,
        mask: Mask | None,
        segmenter: Segmenter,
        precision: str = "auto",
        views: Views | None = None,
    ) -> None:
        self.photo = photo
        self.segmenter = segmenter
        self.precision = precision
        self.steps: tuple[Step, ...] = ()
        self._former = mask
        self._drawing = RLock()
        self._views = views or Views.of(segmenter, photo.preview)
        self._embedded = False
        rows, columns = photo.preview.shape[:2]
        shares = np.zeros((rows, columns), np.float32) if mask is None else _shares(mask, (rows, columns))
        self._sure: Logits = ((shares - 0.5) * 2 * SURE_LOGIT).astype(np.float32)
        self._states: list[Logits] = [self._sure]

    def embed(self) -> None:
        """Have the model see the photo, which takes most of a first click's time."""
        with self._drawing:
            if self._embedded:
                return
            with IN_USE, autocast(self.segmenter.device, self.precision):
                found = self.segmenter.decode(self._views.own.whole, [], self.photo.frame).finest_logits(0, 0)
                _ = self._views.published.whole  # for clicks that the adapted model does not follow
            rows, columns = self._sure.shape
            begun = as_the_model(self._sure, resample(found, (rows, columns)))
            self._states = [np.where(state == self._sure, begun, state) for state in self._states]
            self._embedded = True

    def add(self, step: Step) -> None:
        """Take a step.

        Raises:
            UsageError: when it lies outside the photo, a stroke is longer or wider than the limits, or there are too
                many steps.
        """
        with self._drawing:
            if len(self.steps) == MOST_STEPS:
                raise UsageError(f"{MOST_STEPS} steps are the most for a photo; take some back, or accept")
            check_step(step, self.photo.frame)
            state = self._painted(step) if isinstance(step, Stroke) else self._answered(step)
            self.steps, self._states = (*self.steps, step), [*self._states, state]

    def follow(self, steps: Sequence[Step]) -> None:
        """Make these the steps: those after the first that differs are taken back, and the new ones taken.

        Raises:
            UsageError: see `add`; the steps before the wrong one are taken.
        """
        with self._drawing:
            same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(self.steps, steps, strict=False)))
            self.steps, self._states = self.steps[:same], self._states[: same + 1]
            for step in steps[same:]:
                self.add(step)

    def undo(self) -> None:
        """Take the last step back."""
        with self._drawing:
            if self.steps:
                self.steps, self._states = self.steps[:-1], self._states[:-1]

    def clear(self) -> None:
        """Take all steps back."""
        with self._drawing:
            self.steps, self._states = (), self._states[:1]

    @property
    def prompts(self) -> dict[str, Any]:
        """Box, points and labels, as in `prompts.jsonl`; strokes are in the mask alone."""
        specs = [step for step in self.steps if isinstance(step, PromptSpec)]
        boxes = [list(step.box) for step in specs if step.box]
        points = [list(place) for step in specs for place in step.points]
        found: dict[str, Any] = {"box": boxes[-1]} if boxes else {}
        return found | (
            {"points": points, "labels": [label for step in specs for label in step.labels]} if points else {}
        )

    def preview(self) -> UInt8[np.ndarray, "rows columns 4"]:
        """The cut-out at the preview's size."""
        boundary = refine_boundary(self.photo.preview, self._states[-1])
        return cut_out(boundary.colour, boundary.alpha)

    def mask(self) -> Mask:
        """The mask of all of the photo's pixels: the former one but for what has changed."""
        if self._former is None:
            return refine_boundary(self.photo.image, self._states[-1]).mask
        changed = self._changed(self.photo.image)
        if changed is None:
            return self._former
        found, touched = changed
        return np.where(touched, found.mask, self._former)

    def merged(self, former: Boundary, image: Rgb) -> Boundary:
        """A cut-out with what the steps have changed in it, and the rest of it as it was.

        Args:
            former: what the present mask is of, in the pixels of `image`.
            image: the photo or its preview.
        """
        with self._drawing:
            changed = self._changed(image)
            if changed is None:
                return former
            found, touched = changed
            alpha = np.where(touched, found.alpha, former.alpha)
            return Boundary(alpha, np.where(touched[..., None], found.colour, former.colour))

    def _changed(self, image: Rgb) -> tuple[Boundary, Mask] | None:
        """The cut-out of a picture of the photo, refined where the steps have changed it, and where that is.

        None where they have changed nothing.
        """
        changed = ndimage.binary_dilation((self._states[-1] > 0) != (self._states[0] > 0), iterations=SEAM)
        rows, columns = image.shape[:2]
        touched: Mask = resample(changed.astype(np.float32), (rows, columns)) > 0
        box = bounding_box(touched)
        if box is None:
            return None
        return refine_boundary(image, self._states[-1], Window.whole(Frame(rows, columns)).inner(box)), touched

    def _painted(self, stroke: Stroke) -> Logits:
        state = self._states[-1]
        scale = state.shape[1] / self.photo.frame.width
        covered = _near(stroke.places, stroke.radius * scale, scale, state.shape)
        return np.where(covered, SURE_LOGIT if stroke.label else -SURE_LOGIT, state).astype(np.float32)

    def _by_region(self, earlier: Logits, click: Click) -> Logits:
        """The answer to a click by which the model changes nothing."""
        published, features = self.segmenter.published(), self._views.published.whole
        found = thing_at(published, features, self.photo.frame, earlier, click)
        return found if found is not earlier else patch_at(self.photo.preview, self.photo.frame, earlier, click)

    def _answered(self, step: PromptSpec) -> Logits:
        self.embed()
        features, earlier, frame = self._views.own.whole, self._states[-1], self.photo.frame
        since = [one for one in self.steps if isinstance(one, PromptSpec)]
        with IN_USE, autocast(self.segmenter.device, self.precision):
            if step.box is None and (earlier > 0).any() and not is_inverted(earlier):
                clicks = [(one.points[0], one.labels[0]) for one in (*since, step) if one.points]
                found = refine_by_click(self.segmenter, features, frame, earlier, clicks)
                return found if found is not earlier else self._by_region(earlier, clicks[-1])
            prompt = as_prompt([step] if step.box else [*since, step], frame)
            found = self.segmenter.decode(features, [prompt], frame).finest_logits(0, 0)
        return resample(found.clip(-SURE_LOGIT, SURE_LOGIT), (earlier.shape[0], earlier.shape[1]))


def as_the_model(sure: Logits, found: Logits) -> Logits:
    """Logits of a mask as those in which the model would have answered it.

    SAM takes its own logits as a mask prompt; of a mask that is sure of everything it gives hardly anything up.

    Args:
        sure: positive on the product.
        found: the model's own answer. Where it agrees, it is taken over; elsewhere it is turned around.
    """
    logits: Logits = (np.sign(sure) * np.abs(found)).clip(-SURE_LOGIT, SURE_LOGIT).astype(np.float32)
    return logits


def _shares(mask: Mask, size: tuple[int, int]) -> Logits:
    """Shares of product, 0 to 1, in the pixels of a smaller map."""
    levels = np.repeat(mask[..., None].astype(np.uint8) * 255, 3, axis=2)
    return shrink(levels, size)[..., 0].astype(np.float32) / 255


def _near(places: tuple[tuple[float, float], ...], radius: float, scale: float, size: tuple[int, ...]) -> Mask:
    """Pixels of a map of `size` that lie within `radius` of the line through the places."""
    along = np.ones((size[0], size[1]), bool)
    pixels = [(min(int(y * scale), size[0] - 1), min(int(x * scale), size[1] - 1)) for x, y in places]
    for (row, column), (next_row, next_column) in zip(pixels, [*pixels[1:], pixels[-1]], strict=True):
        along[line(row, column, next_row, next_column)] = False
    return ndimage.distance_transform_edt(along) <= max(radius, 0.5)
