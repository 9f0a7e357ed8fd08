"""Where the camera stands, so that a product fills its frame as it should; and what a camera makes of light."""

import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import gaussian_filter

from wesam_packshot.studio.product import Pose

Floats = NDArray[np.float64]
LONGEST = 768
# Where the lightest parts of a product but its highlights come to lie at most: what shops do, so that white on white
# keeps its form. 240 of 255 in sRGB.
EXPOSED = 0.87
ASPECTS = ((1, 1), (4, 5), (5, 4), (3, 4), (2, 3), (3, 2))


@dataclass(frozen=True)
class View:
    """A pinhole camera.

    Attributes:
        origin, target: where it is and what it looks at.
        up: direction that is up in the picture.
        fov: angle of view over the longer side, degrees.
        size: height and width, pixels.
    """

    origin: tuple[float, float, float]
    target: tuple[float, float, float]
    up: tuple[float, float, float]
    fov: float
    size: tuple[int, int]


def draw_view(rng: np.random.Generator, points: Floats, pose: Pose, longest: int = LONGEST) -> View:
    """A view in which `points` (count, 3) fill 45 to 97 % of the frame; one in seven nearly touches its border."""
    fill = rng.uniform(0.93, 0.97) if rng.random() < 0.15 else rng.uniform(0.45, 0.92)
    wide, high = ASPECTS[int(rng.choice(len(ASPECTS), p=[0.4, 0.16, 0.12, 0.12, 0.1, 0.1]))]
    size = (round(longest * high / max(wide, high)), round(longest * wide / max(wide, high)))
    low, top = {"standing": (0, 45), "lying": (40, 89), "hanging": (-4, 12)}[pose]
    elevation = np.radians(rng.uniform(low, top) if pose != "standing" else min(top, abs(rng.normal(12, 14))))
    azimuth = np.radians(rng.uniform(-12, 12))
    away = np.array([np.sin(azimuth) * np.cos(elevation), -np.cos(azimuth) * np.cos(elevation), np.sin(elevation)])
    up = np.array([0.0, 0.0, 1.0]) if elevation < np.radians(80) else np.array([0.0, 1.0, 0.0])
    fov = float(np.exp(rng.uniform(np.log(12), np.log(45))))
    return _fitted(points, away, up, fov, size, fill)


def _fitted(points: Floats, away: Floats, up: Floats, fov: float, size: tuple[int, int], fill: float) -> View:
    """Move the target and the distance until the points' rectangle is central and fills the frame."""
    height, width = size
    half = np.tan(np.radians(fov) / 2)
    extent = np.array([half, half]) * np.array([width, height]) / max(size)
    target, distance = points.mean(0), 3.0 / half
    right = np.cross(-away, up)
    right /= np.linalg.norm(right)
    over = np.cross(right, -away)
    for _ in range(8):
        local = points - (target + away * distance)
        depth = -(local @ away)
        seen = np.stack([local @ right, local @ over], 1) / depth[:, None]
        low, high = seen.min(0), seen.max(0)
        middle = (low + high) / 2 * distance
        target = target + right * middle[0] + over * middle[1]
        share = ((high - low) / 2 / extent).max()
        distance *= 1 + 0.9 * (share / fill - 1)
    origin = target + away * distance
    x, y, z = (float(value) for value in origin)
    a, b, c = (float(value) for value in target)
    d, e, f = (float(value) for value in up)
    return View((x, y, z), (a, b, c), (d, e, f), fov, size)


@dataclass(frozen=True)
class Development:
    """What a camera does to light.

    Attributes:
        exposure: factor of the radiance.
        blur: of lens and demosaicing, standard deviation in pixels.
        balance: factors of red, green and blue.
        noise: standard deviation at mid grey, of 1.
        sharpening: strength of the unsharp mask.
        quality: of the JPEG, 1 to 95.
    """

    exposure: float
    blur: float
    balance: tuple[float, float, float]
    noise: float
    sharpening: float
    quality: int


def draw_development(
    rng: np.random.Generator, backdrop: float, product: float, level: float, burnt_out: bool
) -> Development:
    """Settings that bring the backdrop to the lightness that its reflectance asks for, but keep the product in range.

    Args:
        backdrop: radiance of the backdrop where it is light (85th percentile).
        product: radiance of the product where it is light (70th percentile).
        level: reflectance of the backdrop.
        burnt_out: whether light backdrops are to clip.
    """
    wanted = level * rng.uniform(0.85, 1.25)
    if burnt_out and level > 0.5:
        wanted = rng.uniform(0.98, 1.5)
    warm = rng.uniform(-0.06, 0.06) if rng.random() < 0.5 else 0.0
    exposure = min(wanted / max(backdrop, 1e-6), EXPOSED / max(product, 1e-6))
    return Development(
        exposure,
        rng.uniform(0.35, 0.75),
        (1 + warm, 1.0, 1 - warm),
        rng.uniform(0, 0.012),
        rng.uniform(0, 0.8) * float(rng.random() < 0.7),
        int(rng.integers(72, 96)),
    )


def develop(radiance: NDArray[np.floating], how: Development, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Radiance (height, width, 3) to sRGB, uint8: blur of the lens, balance, a soft shoulder, noise, sharpening."""
    light = gaussian_filter(radiance, (how.blur, how.blur, 0))
    light = light * how.exposure * np.array(how.balance)
    light = np.where(light > 0.8, 0.8 + 0.2 * np.tanh((light - 0.8) / 0.2 * 0.9) * 1.03, light)
    shown = light.clip(0, 1)
    encoded = np.where(shown <= 0.0031308, shown * 12.92, 1.055 * shown.clip(1e-9) ** (1 / 2.4) - 0.055)
    grain = rng.normal(0, how.noise, encoded.shape) * (0.3 + encoded * (1 - encoded) * 2.8)
    encoded = encoded + grain
    blurred = gaussian_filter(encoded, (1, 1, 0))
    sharpened = encoded + how.sharpening * (encoded - blurred)
    image: NDArray[np.uint8] = (sharpened.clip(0, 1) * 255 + 0.5).astype(np.uint8)
    return image


def jpeg(image: NDArray[np.uint8], quality: int) -> bytes:
    """A JPEG file of an image (height, width, 3)."""
    content = io.BytesIO()
    Image.fromarray(image).save(content, "JPEG", quality=quality, subsampling=2 if quality < 85 else 0)
    return content.getvalue()
