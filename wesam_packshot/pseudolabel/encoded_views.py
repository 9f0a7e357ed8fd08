"""A photo as the model sees it: each view of it is encoded once, however many prompts ask for it."""

from collections.abc import Callable
from functools import cached_property

import numpy as np

from wesam_packshot.arrays import Rgb
from wesam_packshot.masks.window import Window
from wesam_packshot.sam.features import ImageFeatures
from wesam_packshot.sam.frame import Frame, resize_to_frame

# Exponent of the tone curve: 0.9 becomes 0.73, 1 stays 1.
STRETCH = 3.0


class EncodedViews:
    """Features of one photo, computed on first use and kept.

    Args:
        encode: the features of a picture, such as `Segmenter.embed`.
        image: the photo.
        features: of the photo as it is, where they are known.
    """

    def __init__(
        self, encode: Callable[[Rgb], ImageFeatures], image: Rgb, features: ImageFeatures | None = None
    ) -> None:
        self.encode = encode
        self.image = image
        self.frame = Frame(*image.shape[:2])
        self._windows = {} if features is None else {Window.whole(self.frame): features}

    @property
    def whole(self) -> ImageFeatures:
        """The photo as it is."""
        return self.through(Window.whole(self.frame))

    @cached_property
    def stretched(self) -> ImageFeatures:
        """The photo with its highlights stretched."""
        return self.encode(stretch_highlights(resize_to_frame(self.image)))

    def through(self, window: Window) -> ImageFeatures:
        """What a window shows."""
        if window not in self._windows:
            self._windows[window] = self.encode(window.cut(self.image))
        return self._windows[window]


def stretch_highlights(image: Rgb) -> Rgb:
    """The image under a tone curve that spreads its highlights."""
    curve = np.round(255 * (np.arange(256) / 255) ** STRETCH).astype(np.uint8)
    stretched: Rgb = curve[image]
    return stretched
