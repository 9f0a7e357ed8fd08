"""A smooth robust model of the studio backdrop.

The logarithm of each channel is a low-order polynomial of the position: a sweep lit from one side, with
vignetting, is smooth, and shadows and reflections become differences. Fitted by iteratively reweighted least
squares with Huber weights (Huber 1964), so that a product or shadow in the sample does not bend it.
"""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float, UInt8

LogRgb = Float[np.ndarray, "height width 3"]
Mask = Bool[np.ndarray, "height width"]
Rgb = UInt8[np.ndarray, "height width 3"]
Surface = Float[np.ndarray, "powers powers 3"]
# (left, top, right, bottom) as shares of the photo's width and height.
Region = tuple[float, float, float, float]

WHOLE: Region = (0.0, 0.0, 1.0, 1.0)

# Below this, residuals are rounding and JPEG, not noise of the photo: one grey level of 255 at white.
NOISE_FLOOR = 0.004
# A robust spread above this means that what surrounds the product is no plain backdrop.
PLAIN_LIMIT = 0.03
# Share of the picture that must look like the backdrop for the fit to be believed.
COVERAGE_LIMIT = 0.1
HUBER = 1.345
MAD_TO_SIGMA = 1.4826
SAMPLES = 6_000
# Keeps the normal equations solvable where the sample does not tell all terms apart.
RIDGE = 1e-6


@dataclass(frozen=True)
class Backdrop:
    """A backdrop fitted to a photo.

    Attributes:
        surface: coefficients of y**j * x**i in relative position, (j, i, 3).
        residual: log(photo) - log(backdrop), (height, width, 3): 0 is backdrop, -0.7 half as bright.
        noise: robust spread of the residual on the backdrop.
        plain: whether this is a plain backdrop at all; if not, nothing may be concluded from colour.
    """

    surface: Surface
    residual: LogRgb
    noise: float
    plain: bool


def log_colour(image: Rgb) -> LogRgb:
    """Logarithm of the channels in [-4.9, 0], with an offset that keeps dark noise small."""
    return np.log((image.astype(np.float64) + 2) / 257)


def border_ring(height: int, width: int, share: float = 0.03) -> Mask:
    """The outermost `share` of the shorter side, at least two pixels."""
    depth = max(2, round(share * min(height, width)))
    ring = np.ones((height, width), bool)
    ring[depth:-depth, depth:-depth] = False
    return ring


def fit_backdrop(image: Rgb, background: Mask) -> Backdrop:
    """Fit the backdrop from the border and from pixels held for background.

    Args:
        image: the photo, best at about 256 pixels: the model is smooth and the sample large enough.
        background: where someone else (SAM) sees background; may hold shadows, may be empty.
    """
    colour = log_colour(image)
    sample = background | border_ring(*colour.shape[:2])
    surface = _fit_surface(colour, border_ring(*colour.shape[:2]) + 0.3 * background, degree=3)
    fitted = _judge(colour, surface, sample)
    for _ in range(3):  # refit on what the last fit explains, with a higher degree
        known = sample & (np.abs(fitted.residual).max(-1) < 3 * fitted.noise)
        if known.mean() < COVERAGE_LIMIT / 2:
            break
        fitted = _judge(colour, _fit_surface(colour, known.astype(float), degree=4), sample)
    return fitted


def seen_through(backdrop: Backdrop, image: Rgb, region: Region = WHOLE) -> Backdrop:
    """The same backdrop under another picture of the scene: of another resolution, or of a part.

    Args:
        image: the picture.
        region: which part of the photo it shows.
    """
    return replace(backdrop, residual=_residual(log_colour(image), backdrop.surface, region))


def _residual(colour: LogRgb, surface: Surface, region: Region = WHOLE) -> LogRgb:
    height, width, _ = colour.shape
    degree = len(surface) - 1
    y, x = _powers(height, degree, region[1::2]), _powers(width, degree, region[::2])
    residual: LogRgb = colour - np.einsum("hj,jic,wi->hwc", y, surface, x, optimize=True)
    return residual


def _judge(colour: LogRgb, surface: Surface, background: Mask) -> Backdrop:
    residual = _residual(colour, surface)
    deviation = np.abs(residual).max(-1)
    spread = MAD_TO_SIGMA * float(np.median(deviation[background])) if background.any() else 0.0
    noise = max(spread, NOISE_FLOOR)
    plain = noise < PLAIN_LIMIT and float((deviation < 3 * noise).mean()) >= COVERAGE_LIMIT
    return Backdrop(surface, residual, noise, plain)


def _fit_surface(colour: LogRgb, weight: Float[np.ndarray, "height width"], degree: int) -> Surface:
    rows, columns = np.nonzero(weight)
    step = max(1, len(rows) // SAMPLES)
    rows, columns = rows[::step], columns[::step]
    y, x = _powers(weight.shape[0], degree)[rows], _powers(weight.shape[1], degree)[columns]
    terms = [(j, i) for j in range(degree + 1) for i in range(degree + 1 - j)]
    design = np.stack([y[:, j] * x[:, i] for j, i in terms], -1)
    surface = np.zeros((degree + 1, degree + 1, 3))
    for channel, values in enumerate(colour[rows, columns].T):
        surface[(*np.transpose(terms), channel)] = _huber(design, values, weight[rows, columns])
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
    powers: Float[np.ndarray, "side powers"] = (2 * place - 1)[:, None] ** np.arange(degree + 1)
    return powers
