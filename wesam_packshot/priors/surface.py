"""Smooth surfaces over a picture: polynomials of the position, fitted robustly.

By iteratively reweighted least squares with Huber weights (Huber 1964), so that a product or shadow in the sample
does not bend them.
"""

import numpy as np
from jaxtyping import Float

from wesam_packshot.arrays import WHOLE, Region

Surface = Float[np.ndarray, "powers powers 3"]
HUBER = 1.345
MAD_TO_SIGMA = 1.4826
# Below this, residuals are rounding and JPEG, not noise of the photo: one grey level of 255 at white.
NOISE_FLOOR = 0.004
SAMPLES = 6_000
# Keeps the normal equations solvable where the sample does not tell all terms apart.
RIDGE = 1e-6


def row_places(height: int, region: Region = WHOLE) -> Float[np.ndarray, "height"]:
    """Centres of the rows of a picture that shows `region`, as shares of the photo's height."""
    return region[1] + (np.arange(height) + 0.5) / height * (region[3] - region[1])


def evaluate(surface: Surface, height: int, width: int, region: Region = WHOLE) -> Float[np.ndarray, "height width 3"]:
    """The surface in a picture of `height` x `width` pixels that shows `region`."""
    degree = len(surface) - 1
    y, x = _powers(height, degree, region[1::2]), _powers(width, degree, region[::2])
    values: Float[np.ndarray, "height width 3"] = np.einsum("hj,jic,wi->hwc", y, surface, x, optimize=True)
    return values


def fit_surface(
    values: Float[np.ndarray, "height width 3"], weight: Float[np.ndarray, "height width"], degree: int
) -> Surface:
    """Coefficients of y**j * x**i in relative position, (j, i, 3), from the pixels of non-zero `weight`."""
    rows, columns = np.nonzero(weight)
    step = max(1, len(rows) // SAMPLES)
    rows, columns = rows[::step], columns[::step]
    y, x = _powers(weight.shape[0], degree)[rows], _powers(weight.shape[1], degree)[columns]
    terms = [(j, i) for j in range(degree + 1) for i in range(degree + 1 - j)]
    design = np.stack([y[:, j] * x[:, i] for j, i in terms], -1)
    surface = np.zeros((degree + 1, degree + 1, 3))
    for channel, levels in enumerate(values[rows, columns].T):
        surface[(*np.transpose(terms), channel)] = _huber(design, levels, weight[rows, columns])
    return surface


def _huber(
    design: Float[np.ndarray, "samples terms"],
    values: Float[np.ndarray, "samples"],
    prior: Float[np.ndarray, "samples"],
) -> Float[np.ndarray, "terms"]:
    trust = prior
    coefficients = np.zeros(design.shape[1])
    for _ in range(8):
        weighted = design * trust[:, None]
        normal = weighted.T @ design + RIDGE * np.eye(design.shape[1])
        coefficients = np.linalg.solve(normal, weighted.T @ values)
        deviation = np.abs(values - design @ coefficients)
        spread = max(MAD_TO_SIGMA * float(np.median(deviation)), NOISE_FLOOR / 2)
        trust = prior * np.minimum(1, HUBER * spread / np.maximum(deviation, 1e-9))
    return coefficients


def _powers(side: int, degree: int, share: tuple[float, ...] = (0, 1)) -> Float[np.ndarray, "side powers"]:
    """Powers 0 to `degree` of the pixel centres, from -1 to 1 over the photo, of which `share` is shown."""
    place = share[0] + (np.arange(side) + 0.5) / side * (share[1] - share[0])
    return (2 * place - 1)[:, None] ** np.arange(degree + 1)
