"""Takes the noise of few samples out of a rendered picture, guided by what the first surfaces are.

An edge-avoiding a-trous wavelet filter (Dammertz et al. 2010) with the luminance weights of SVGF (Schied et al. 2017),
whose variance is estimated in space. Written for pictures of a handful of samples; what noise it leaves is less than
a camera's. It runs in Dr.Jit, the renderer's own compiler, since it would take longer than the rendering in NumPy.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from wesam_packshot.studio.scene import renderer

Floats = NDArray[np.float32]

# B3 spline in three taps; distances double with each of the levels (Dammertz et al.).
KERNEL = (0.25, 0.5, 0.25)
LEVELS = 5
# How far albedo, normal and the logarithm of depth may differ before a neighbour counts as another surface, and the
# luminance, in standard deviations of the noise; of SVGF's order, chosen on pictures of eight vases.
SIGMAS = (0.06,) * 3 + (0.25,) * 3 + (0.04,)
SIGMA_LUMINANCE = 4.0
# No pixel stays lighter than so many times the third lightest of its neighbours.
FIREFLY = 2.5
# Luminance weights of sRGB.
LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)


def denoised(radiance: Floats, guides: Floats) -> Floats:
    """The picture without most of its noise.

    Args:
        radiance: (height, width, 3), linear.
        guides: albedo (3), normal (3), depth (1) of the first surface, (height, width, 7).
    """
    features = guides.copy()
    features[..., 6] = np.log(features[..., 6].clip(1e-3))
    features /= np.array(SIGMAS, np.float32)
    picture = _without_fireflies(radiance)
    filter_ = _Filter(features)
    state = np.concatenate([picture, filter_.variance(picture @ LUMINANCE)[..., None]], -1)
    for level in range(LEVELS):
        state = filter_.level(state, 2**level)
    return state[..., :3]


def _without_fireflies(radiance: Floats) -> Floats:
    light = radiance @ LUMINANCE
    height, width = light.shape
    padded = np.pad(light, 1, mode="edge")
    around = [padded[y : y + height, x : x + width] for y in range(3) for x in range(3) if (y, x) != (1, 1)]
    third = np.partition(np.stack(around), 5, axis=0)[5]
    limited: Floats = radiance * np.minimum(1, FIREFLY * third.clip(1e-4) / light.clip(1e-6))[..., None]
    return limited


class _Filter:
    """One level of the filter, for pictures of one set of features (height, width, 7)."""

    def __init__(self, features: Floats) -> None:
        mi, dr = renderer()
        self.size = features.shape[:2]
        # opaque, since a size within the code would make a kernel of its own
        self.height, self.width = (dr.opaque(mi.Int32, length) for length in self.size)
        self.features = mi.Float(features.reshape(-1))
        index = dr.arange(mi.Int32, self.size[0] * self.size[1])
        self.y = index // self.width
        self.x = index - self.y * self.width
        self.own = self._gather(self.features, 7, 0, 0)

    def variance(self, light: Floats) -> Floats:
        """Variance of the luminance among the neighbours on the same surface, two pixels apart within 7 x 7."""
        mi, dr = renderer()
        source = mi.Float(light.reshape(-1))
        first = second = total = mi.Float(0)
        for dy in range(-3, 4, 2):
            for dx in range(-3, 4, 2):
                weight = self._similarity(dy, dx)
                value = self._gather(source, 1, dy, dx)[0]
                first, second, total = first + weight * value, second + weight * value * value, total + weight
        total = dr.maximum(total, 1e-3)
        mean = first / total
        return np.array(dr.maximum(second / total - mean * mean, 1e-8)).reshape(self.size)

    def level(self, state: Floats, step: int) -> Floats:
        """Colour and the variance of its luminance, (height, width, 4), filtered over pixels `step` apart."""
        mi, dr = renderer()
        source, distance = mi.Float(state.reshape(-1)), dr.opaque(mi.Int32, step)
        light = _luminance(self._gather(source, 4, 0, 0))
        spread = sum(self._gather(source, 4, dy, dx)[3] for dy in (-1, 0, 1) for dx in (-1, 0, 1)) / 9
        scale = 1 / (SIGMA_LUMINANCE * dr.sqrt(spread) + 1e-4)
        sums, total = [mi.Float(0)] * 4, mi.Float(0)
        for row in (-1, 0, 1):
            for column in (-1, 0, 1):
                values = self._gather(source, 4, row * distance, column * distance)
                weight = KERNEL[row + 1] * KERNEL[column + 1] * self._similarity(row * distance, column * distance)
                weight *= dr.exp(-dr.abs(light - _luminance(values)) * scale)
                total += weight
                sums = [own + weight * value for own, value in zip(sums, values[:3], strict=False)] + [
                    sums[3] + weight * weight * values[3]
                ]
        columns = [own / total for own in sums[:3]] + [sums[3] / (total * total)]
        dr.eval(columns)
        return np.stack([np.array(column) for column in columns], -1).reshape(*self.size, 4)

    def _similarity(self, dy: Any, dx: Any) -> Any:
        _, dr = renderer()
        others = self._gather(self.features, 7, dy, dx)
        apart = sum((one - other) * (one - other) for one, other in zip(self.own, others, strict=True))
        return dr.exp(-apart)

    def _gather(self, source: Any, channels: int, dy: Any, dx: Any) -> list[Any]:
        """The channels of the pixels at (y + dy, x + dx); the border repeats."""
        mi, dr = renderer()
        rows = dr.clip(self.y + dy, 0, self.height - 1)
        columns = dr.clip(self.x + dx, 0, self.width - 1)
        start = (rows * self.width + columns) * channels
        return [dr.gather(mi.Float, source, mi.UInt32(start + channel)) for channel in range(channels)]


def _luminance(colour: list[Any]) -> Any:
    return sum(float(weight) * channel for weight, channel in zip(LUMINANCE, colour, strict=False))
