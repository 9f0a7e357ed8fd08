"""Random materials by name, and the printed, woven and grained pictures on them.

Ranges follow Disney's principled model (Burley 2012) and tables of measured metals; colours are drawn in HSV.
"""

import colorsys
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from wesam_packshot.studio.product import Colour, Material, Texture

Rng = np.random.Generator

# Reflectance at normal incidence, linear RGB (Hoffman, "Background: Physics and Math of Shading", 2013).
METALS: dict[str, Colour] = {
    "steel": (0.56, 0.57, 0.58),
    "chrome": (0.77, 0.78, 0.78),
    "aluminium": (0.91, 0.92, 0.92),
    "gold": (1.0, 0.71, 0.29),
    "brass": (0.89, 0.70, 0.38),
    "copper": (0.95, 0.64, 0.54),
    "black": (0.06, 0.06, 0.065),
}
WORDS = (
    "aura",
    "nimbus",
    "pure",
    "north",
    "field",
    "mono",
    "basic",
    "daily",
    "fresh",
    "no. 5",
    "soft",
    "bloom",
    "fine",
)


def colour(rng: Rng) -> Colour:
    """A colour of things in shops: every third grey, white or black, else of any hue."""
    if rng.random() < 0.33:
        level = float(rng.choice([0.02, 0.05, 0.2, 0.45, 0.75, 0.85]))
        return level, level, level
    return _linear(colorsys.hsv_to_rgb(rng.random(), rng.uniform(0.25, 0.9), rng.uniform(0.25, 0.95)))


def white(rng: Rng) -> Colour:
    """White paint, paper or china."""
    level = rng.uniform(0.72, 0.88)
    warm = rng.uniform(0.97, 1.0)
    return level, level * (1 + warm) / 2, level * warm


def plastic(rng: Rng, own: Colour | None = None) -> Material:
    """From matte to glossy plastic, lacquer among it."""
    return Material(own or colour(rng), roughness=rng.uniform(0.15, 0.6), clearcoat=float(rng.random() < 0.2))


def white_plastic(rng: Rng) -> Material:
    """Plastic, nearly white."""
    return plastic(rng, white(rng))


def ceramic(rng: Rng) -> Material:
    """Glazed: white half of the time."""
    own = white(rng) if rng.random() < 0.5 else colour(rng)
    return Material(own, roughness=rng.uniform(0.1, 0.5), clearcoat=rng.uniform(0, 1))


def rubber(rng: Rng) -> Material:
    """Dark rubber."""
    return Material(_grey(rng.uniform(0.015, 0.08)), roughness=rng.uniform(0.6, 0.9), specular=0.3)


def metal(rng: Rng, name: str | None = None) -> Material:
    """Polished to brushed; chrome and steel more often than others."""
    found = name or str(rng.choice(list(METALS), p=[0.25, 0.3, 0.15, 0.08, 0.08, 0.06, 0.08]))
    rough = rng.uniform(0.03, 0.12) if rng.random() < 0.5 else rng.uniform(0.15, 0.4)
    return Material(METALS[found], roughness=rough, metallic=1.0)


def chrome(rng: Rng) -> Material:
    """A mirror."""
    return Material(METALS["chrome"], roughness=rng.uniform(0.02, 0.08), metallic=1.0)


def brushed(rng: Rng) -> Material:
    """Brushed steel or aluminium."""
    return Material(METALS[str(rng.choice(["steel", "aluminium"]))], roughness=rng.uniform(0.2, 0.42), metallic=1.0)


def painted_metal(rng: Rng) -> Material:
    """Powder coating."""
    return Material(colour(rng), roughness=rng.uniform(0.3, 0.6))


def glass(rng: Rng, tinted: float = 0.35) -> Material:
    """Clear, or tinted with that probability."""
    own = (0.985, 0.99, 0.985)
    if rng.random() < tinted:
        own = _linear(colorsys.hsv_to_rgb(rng.random(), rng.uniform(0.05, 0.45), 0.97))
    return Material(own, ior=1.5, roughness=0.0)


def liquid(rng: Rng) -> Material:
    """What bottles hold, seen as a coloured body."""
    own = _linear(colorsys.hsv_to_rgb(rng.random(), rng.uniform(0.2, 0.9), rng.uniform(0.4, 0.95)))
    return Material(own, roughness=0.15, specular=0.25)


def wood(rng: Rng) -> Material:
    """Oiled or lacquered, with grain along the texture's columns."""
    hue, saturation, value = rng.uniform(0.05, 0.1), rng.uniform(0.3, 0.65), rng.uniform(0.25, 0.85)
    light = np.array(colorsys.hsv_to_rgb(hue, saturation, value))
    dark = light * rng.uniform(0.55, 0.85)
    x, y = np.meshgrid(np.linspace(0, 1, 128), np.linspace(0, 1, 128))
    wave = x * rng.uniform(4, 14) + 0.6 * np.sin(y * rng.uniform(2, 6) + rng.uniform(0, 6)) + _noise(rng, 128) * 0.8
    grain = (0.5 + 0.5 * np.sin(2 * np.pi * wave)) ** rng.uniform(0.5, 3)
    return Material(texture=_blend(light, dark, grain), repeats=rng.uniform(0.5, 1.5), roughness=rng.uniform(0.35, 0.7))


def fabric(rng: Rng) -> Material:
    """Woven: plain, striped or checked."""
    first, second = np.array(colour(rng)) ** (1 / 2.2), np.array(colour(rng)) ** (1 / 2.2)
    x, y = np.meshgrid(np.arange(128), np.arange(128))
    weave = 0.85 + 0.15 * ((x // 2 + y // 2) % 2)
    kind, width = rng.choice(["plain", "stripes", "checks"], p=[0.6, 0.2, 0.2]), int(rng.choice([8, 16, 32]))
    amount = {"plain": np.zeros((128, 128)), "stripes": x // width % 2, "checks": (x // width + y // width) % 2}[kind]
    picture = _blend(first, second, amount) * weave[..., None]
    return Material(texture=picture.astype(np.uint8), repeats=rng.uniform(1, 5), roughness=0.9, specular=0.15)


def leather(rng: Rng) -> Material:
    """Leather, often brown."""
    own = _linear(colorsys.hsv_to_rgb(rng.uniform(0.02, 0.1), rng.uniform(0.3, 0.8), rng.uniform(0.1, 0.7)))
    return Material(own if rng.random() < 0.6 else colour(rng), roughness=rng.uniform(0.4, 0.7), specular=0.4)


def cardboard(rng: Rng) -> Material:
    """Brown cardboard."""
    return Material(_linear(colorsys.hsv_to_rgb(0.09, rng.uniform(0.2, 0.45), rng.uniform(0.55, 0.85))), roughness=0.9)


def rattan(rng: Rng) -> Material:
    """Rattan or straw."""
    return Material(_linear(colorsys.hsv_to_rgb(rng.uniform(0.07, 0.11), 0.5, rng.uniform(0.35, 0.85))), roughness=0.75)


def leaf(rng: Rng) -> Material:
    """A leaf's green."""
    own = _linear(colorsys.hsv_to_rgb(rng.uniform(0.22, 0.4), rng.uniform(0.4, 0.85), rng.uniform(0.2, 0.65)))
    return Material(own, roughness=rng.uniform(0.3, 0.6))


def opaque(rng: Rng) -> Material:
    """Any of what housings and boxes are made of."""
    makers: list[Callable[[Rng], Material]] = [plastic, white_plastic, ceramic, painted_metal, metal, wood]
    return makers[int(rng.integers(len(makers)))](rng)


def printed(rng: Rng, shape: tuple[int, int] = (384, 256)) -> Texture:
    """A label or a carton's front: a ground with blocks, dots and words of our own, (rows, columns, 3)."""
    ground, ink = _rgb(rng), _rgb(rng)
    if rng.random() < 0.35:
        ground = (245, 245, 243)
    picture = Image.new("RGB", (shape[1], shape[0]), ground)
    draw = ImageDraw.Draw(picture)
    for _ in range(int(rng.integers(1, 5))):
        left, top = rng.uniform(0, shape[1]), rng.uniform(0, shape[0])
        corners = [left, top, left + rng.uniform(0.1, 0.9) * shape[1], top + rng.uniform(0.03, 0.3) * shape[0]]
        (draw.ellipse if rng.random() < 0.4 else draw.rectangle)(corners, fill=_rgb(rng))
    for number in range(int(rng.integers(1, 4))):
        font = ImageFont.load_default(size=shape[1] * rng.uniform(0.06, 0.2 if number else 0.3))
        text = str(rng.choice(WORDS)).title()
        draw.text((shape[1] * 0.08, rng.uniform(0.05, 0.85) * shape[0]), text, fill=ink, font=font)
    return np.array(picture)


def label(rng: Rng, shape: tuple[int, int] = (384, 256)) -> Material:
    """Printed paper or film."""
    return Material(texture=printed(rng, shape), roughness=rng.uniform(0.25, 0.7))


def _noise(rng: Rng, side: int) -> NDArray[np.float64]:
    """Smooth noise of about unit range, stretched along the rows."""
    coarse = Image.fromarray(rng.random((4, 24)).astype(np.float32))
    return np.asarray(coarse.resize((side, side), Image.Resampling.BICUBIC), np.float64)


def _blend(first: NDArray[np.float64], second: NDArray[np.float64], amount: NDArray[Any]) -> Texture:
    mixed = first * (1 - amount[..., None]) + second * amount[..., None]
    picture: Texture = (mixed * 255).clip(0, 255).astype(np.uint8)
    return picture


def _linear(srgb: tuple[float, float, float]) -> Colour:
    """sRGB to linear, by its power law of 2.2."""
    red, green, blue = (channel**2.2 for channel in srgb)
    return red, green, blue


def _grey(level: float) -> Colour:
    return level, level, level


def _rgb(rng: Rng) -> tuple[int, int, int]:
    red, green, blue = (int(255 * channel ** (1 / 2.2)) for channel in colour(rng))
    return red, green, blue
