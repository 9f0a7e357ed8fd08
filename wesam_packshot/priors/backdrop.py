"""A smooth robust model of the studio backdrop.

The logarithm of each channel is a low-order polynomial of the position: a sweep lit from one side, with
vignetting, is smooth, and shadows and reflections become differences. Where wall and floor meet in a horizon, each
has a surface of its own.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, UInt8

from wesam_packshot.arrays import WHOLE, Mask, Region
from wesam_packshot.priors.surface import MAD_TO_SIGMA, NOISE_FLOOR, Surface, evaluate, fit_surface, row_places

LogRgb = Float[np.ndarray, "height width 3"]
Rgb = UInt8[np.ndarray, "height width 3"]

# A robust spread above this means that what surrounds the product is no plain backdrop.
PLAIN_LIMIT = 0.03
# Share of the picture that must look like the backdrop for the fit to be used.
COVERAGE_LIMIT = 0.1
# A horizon is looked for in the outermost columns, of this share of the width, as a step between medians over this
# share of the height above and below it, of so many log steps.
SIDE_SHARE = 0.04
STEP_SHARE = 0.03
HORIZON_STEP = 0.06


@dataclass(frozen=True)
class Backdrop:
    """A backdrop fitted to a photo.

    Attributes:
        wall: surface of the backdrop, or of what lies above the horizon.
        floor: surface of what lies below it.
        horizon: share of the photo's height above it; 1 where there is none.
        residual: log(photo) - log(backdrop), (height, width, 3): 0 is backdrop, -0.7 half as bright.
        noise: robust spread of the residual on the backdrop.
        plain: whether this is a plain backdrop at all; if not, nothing may be concluded from colour.
    """

    wall: Surface
    floor: Surface
    horizon: float
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
    ring = border_ring(*colour.shape[:2])
    sample, horizon = background | ring, find_horizon(colour, background | ring)
    fitted = _judge(colour, _fit(colour, ring + 0.3 * background, 3, horizon), horizon, sample)
    for _ in range(3):  # refit on what the last fit explains, with a higher degree
        known = sample & (np.abs(fitted.residual).max(-1) < 3 * fitted.noise)
        if known.mean() < COVERAGE_LIMIT / 2:
            break
        fitted = _judge(colour, _fit(colour, known.astype(float), 4, horizon), horizon, sample)
    return fitted


def find_horizon(colour: LogRgb, sample: Mask) -> float:
    """Share of the height above the line at which wall and floor of different tone meet; 1 where there is none.

    The line is level, and seen at both sides of the picture: in the medians of the outermost columns.
    """
    height, width, _ = colour.shape
    depth, reach = max(3, round(SIDE_SHARE * width)), max(4, round(STEP_SHARE * height))
    found = []
    for side in (np.s_[:, :depth], np.s_[:, -depth:]):
        known = np.where(sample[side], colour[side].mean(-1), np.nan)
        if np.isnan(known).all(1).any():
            return 1.0
        levels = np.nanmedian(known, axis=1)
        rows = np.arange(2 * reach, height - 2 * reach)
        above, below = (np.array([np.median(levels[part(row)]) for row in rows]) for part in _beside(reach))
        found.append((rows, below - above))
    (rows, left), (_, right) = found
    step = np.where(np.sign(left) == np.sign(right), np.minimum(np.abs(left), np.abs(right)), 0)
    # a slope has a step everywhere, a horizon in one place
    if not len(step) or step.max() < max(HORIZON_STEP, 4 * float(np.median(step))):
        return 1.0
    steepest = rows[step > 0.9 * step.max()]
    return float(steepest.mean() + 0.5) / height if np.ptp(steepest) <= 2 * reach else 1.0


def _beside(reach: int) -> tuple[Callable[[int], slice], Callable[[int], slice]]:
    """Rows above and below a row, which itself is part of neither."""
    return lambda row: slice(row - reach, row - 1), lambda row: slice(row + 2, row + 1 + reach)


def seen_through(backdrop: Backdrop, image: Rgb, region: Region = WHOLE) -> Backdrop:
    """The same backdrop under another picture of the scene: of another resolution, or of a part.

    Args:
        image: the picture.
        region: which part of the photo it shows.
    """
    surfaces = (backdrop.wall, backdrop.floor)
    return replace(backdrop, residual=_residual(log_colour(image), surfaces, backdrop.horizon, region))


def _fit(
    colour: LogRgb, weight: Float[np.ndarray, "height width"], degree: int, horizon: float
) -> tuple[Surface, Surface]:
    above = (row_places(len(colour)) < horizon)[:, None]
    wall = fit_surface(colour, weight * above, degree)
    return wall, fit_surface(colour, weight * ~above, degree) if horizon < 1 else wall


def _residual(colour: LogRgb, surfaces: tuple[Surface, Surface], horizon: float, region: Region = WHOLE) -> LogRgb:
    height, width, _ = colour.shape
    wall, floor = surfaces
    expected = evaluate(wall, height, width, region)
    if horizon < 1:
        above = (row_places(height, region) < horizon)[:, None, None]
        expected = np.where(above, expected, evaluate(floor, height, width, region))
    residual: LogRgb = colour - expected
    return residual


def _judge(colour: LogRgb, surfaces: tuple[Surface, Surface], horizon: float, background: Mask) -> Backdrop:
    residual = _residual(colour, surfaces, horizon)
    deviation = np.abs(residual).max(-1)
    spread = MAD_TO_SIGMA * float(np.median(deviation[background])) if background.any() else 0.0
    noise = max(spread, NOISE_FLOOR)
    plain = noise < PLAIN_LIMIT and float((deviation < 3 * noise).mean()) >= COVERAGE_LIMIT
    return Backdrop(*surfaces, horizon, residual, noise, plain)
