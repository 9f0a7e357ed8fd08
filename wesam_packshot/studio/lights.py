"""How products are lit: ten kinds of studio light, two of which are kept for the test split.

Lengths are in radii of the product's bounding sphere around the origin of the light's aim; z up, camera towards -y.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from wesam_packshot.studio.product import Colour

Rng = np.random.Generator


@dataclass(frozen=True)
class Lamp:
    """A rectangle that shines to its front.

    Attributes:
        at: its centre; it faces the product.
        size: width and height.
        power: irradiance over pi where it aims, seen straight on, so that lamps of any size and place compare.
        tint: colour of its light.
    """

    at: tuple[float, float, float]
    size: tuple[float, float]
    power: float
    tint: Colour = (1.0, 1.0, 1.0)

    @property
    def radiance(self) -> float:
        """Radiance of its surface."""
        return float(np.pi * self.power * np.square(self.at).sum() / (self.size[0] * self.size[1]))


@dataclass(frozen=True)
class Lighting:
    """Lamps, and what comes from all around.

    Attributes:
        ambient: radiance of the surroundings.
        burnt_out: the exposure sends a light backdrop to pure white.
    """

    kind: str
    lamps: tuple[Lamp, ...]
    ambient: float
    burnt_out: bool = False


def softbox(rng: Rng) -> Lighting:
    """One large softbox from the side and above."""
    lamp = _lamp(
        rng.choice([-1, 1]) * rng.uniform(25, 80), rng.uniform(25, 65), rng.uniform(3, 7), rng.uniform(1, 3.5), 1
    )
    return Lighting("softbox", (lamp,), rng.uniform(0.1, 0.5))


def two_softboxes(rng: Rng) -> Lighting:
    """Key and fill from both sides."""
    key = _lamp(-rng.uniform(30, 75), rng.uniform(20, 55), rng.uniform(3, 6), rng.uniform(1.5, 3.5), 1)
    fill = _lamp(
        rng.uniform(30, 75), rng.uniform(20, 55), rng.uniform(3, 6), rng.uniform(1.5, 3.5), rng.uniform(0.3, 1)
    )
    return Lighting("two_softboxes", (key, fill), rng.uniform(0.1, 0.5))


def overhead(rng: Rng) -> Lighting:
    """A wide panel above."""
    lamp = _lamp(rng.uniform(-180, 180), rng.uniform(72, 90), rng.uniform(3, 6), rng.uniform(2, 6), 1)
    return Lighting("overhead", (lamp,), rng.uniform(0.15, 0.6))


def tent(rng: Rng) -> Lighting:
    """Light from everywhere: shadows are faint and soft."""
    lamp = _lamp(
        rng.uniform(-180, 180), rng.uniform(40, 85), rng.uniform(4, 7), rng.uniform(3, 6), rng.uniform(0.3, 0.8)
    )
    return Lighting("tent", (lamp,), rng.uniform(0.8, 1.4), bool(rng.random() < 0.5))


def flash(rng: Rng) -> Lighting:
    """A small flash on the camera, or near it."""
    lamp = _lamp(rng.uniform(-25, 25), rng.uniform(10, 40), rng.uniform(6, 10), rng.uniform(0.3, 0.8), 1)
    return Lighting("flash", (lamp,), rng.uniform(0.1, 0.4))


def hard_sun(rng: Rng) -> Lighting:
    """A small strong source far away: sharp dark shadows."""
    lamp = _lamp(rng.uniform(-160, 160), rng.uniform(20, 60), 25, rng.uniform(0.4, 1.6), 1)
    return Lighting("hard_sun", (lamp,), rng.uniform(0.12, 0.45))


def window(rng: Rng) -> Lighting:
    """Daylight from one side, low and wide, bluish or warm."""
    blue = rng.uniform(-0.12, 0.12)
    lamp = _lamp(
        rng.choice([-1, 1]) * rng.uniform(60, 110), rng.uniform(5, 35), rng.uniform(2.5, 5), rng.uniform(2, 4), 1
    )
    tinted = Lamp(lamp.at, lamp.size, lamp.power, (1 - blue, 1.0, 1 + blue))
    return Lighting("window", (tinted,), rng.uniform(0.08, 0.4))


def high_key(rng: Rng) -> Lighting:
    """White burnt out to paper: much light on the backdrop, from behind and above, and a fill."""
    back = _lamp(180 + rng.uniform(-40, 40), rng.uniform(45, 75), rng.uniform(4, 7), rng.uniform(3, 6), 1)
    fill = _lamp(rng.uniform(-60, 60), rng.uniform(20, 60), rng.uniform(4, 7), rng.uniform(2, 4), rng.uniform(0.3, 0.9))
    return Lighting("high_key", (back, fill), rng.uniform(0.5, 1.2), True)


def rim_strips(rng: Rng) -> Lighting:
    """Two tall strips behind the product, left and right, and little else (test split)."""
    sides = (_lamp(side * rng.uniform(105, 150), rng.uniform(5, 30), rng.uniform(3, 5), 0.5, 1) for side in (-1, 1))
    tall = tuple(Lamp(lamp.at, (lamp.size[0], 4 * lamp.size[1]), lamp.power) for lamp in sides)
    return Lighting("rim_strips", tall, rng.uniform(0.15, 0.4))


def spots(rng: Rng) -> Lighting:
    """Three to five small spots of several colours: many crossing shadows (test split)."""
    lamps = []
    for _ in range(int(rng.integers(3, 6))):
        lamp = _lamp(rng.uniform(-120, 120), rng.uniform(25, 70), rng.uniform(6, 12), rng.uniform(0.2, 0.7), 0.5)
        warm = rng.uniform(-0.15, 0.15)
        lamps.append(Lamp(lamp.at, lamp.size, lamp.power * rng.uniform(0.4, 1.2), (1 + warm, 1.0, 1 - warm)))
    return Lighting("spots", tuple(lamps), rng.uniform(0.1, 0.35))


TRAIN: tuple[Callable[[Rng], Lighting], ...] = (
    softbox, two_softboxes, overhead, tent, flash, hard_sun, window, high_key
)  # fmt: skip
TEST: tuple[Callable[[Rng], Lighting], ...] = (rim_strips, spots)
HARD = frozenset({"hard_sun", "flash", "spots"})


def _lamp(azimuth: float, elevation: float, distance: float, side: float, power: float) -> Lamp:
    """A square lamp; azimuth 0 is the camera's side, 90 the right, degrees."""
    turn, lift = np.radians(azimuth), np.radians(elevation)
    at = distance * np.array([np.sin(turn) * np.cos(lift), -np.cos(turn) * np.cos(lift), np.sin(lift)])
    return Lamp((float(at[0]), float(at[1]), float(at[2])), (side, side), power)
