"""What products have and pseudo-masks rarely get right, drawn so that it is known: holes, wires, white on white."""

from dataclasses import replace

import numpy as np
from jaxtyping import Float
from PIL import Image, ImageDraw
from scipy import ndimage

from wesam_packshot.arrays import Mask
from wesam_packshot.composites.cutouts import Colour, Cutout, Plane
from wesam_packshot.masks.window import resample

Generator = np.random.Generator
Curve = Float[np.ndarray, "points 2"]

# Shapes are drawn at twice the size and shrunk, for smooth edges.
FINE = 2


def punched(cutout: Cutout, generator: Generator) -> Cutout:
    """The product with holes: a lattice, slats, a few round windows, or legs with nothing between them."""
    height, width = cutout.alpha.shape
    y, x = np.mgrid[:height, :width].astype(np.float32)
    draw = (lattice, slats, windows, legs)[generator.integers(4)]
    holes = draw(x, y, generator)
    if draw is not legs:  # which are open below
        rim = max(1, int(0.02 * max(height, width)))
        holes &= ndimage.binary_erosion(cutout.alpha > 0.5, iterations=rim)
    open_share = ndimage.gaussian_filter(holes.astype(np.float32), 0.7)
    return replace(cutout, alpha=(cutout.alpha * (1 - open_share)).astype(np.float32))


def lattice(x: Plane, y: Plane, generator: Generator) -> Mask:
    """Square openings between bars in two directions, in all of the product or on one side."""
    u, v, pitch, bar = bars(x, y, generator)
    holes: Mask = ((u / pitch) % 1 > bar) & ((v / pitch) % 1 > bar)
    return holes & (u > np.quantile(u, generator.uniform(0.1, 0.6))) if generator.random() < 0.5 else holes


def slats(x: Plane, y: Plane, generator: Generator) -> Mask:
    """Long openings between parallel bars."""
    u, _, pitch, bar = bars(x, y, generator)
    return (u / pitch) % 1 > bar


def bars(x: Plane, y: Plane, generator: Generator) -> tuple[Plane, Plane, float, float]:
    """Coordinates across and along the bars of a lattice, their pitch, and the bars' share of it."""
    angle, pitch = generator.uniform(0, np.pi), max(x.shape) * generator.uniform(0.04, 0.2)
    across, along = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    return across, along, pitch, generator.uniform(0.12, 0.5)


def windows(x: Plane, y: Plane, generator: Generator) -> Mask:
    """One to four elliptic openings."""
    height, width = x.shape
    centres = generator.uniform(0.15, 0.85, (generator.integers(1, 5), 2)) * [height, width]
    radii = generator.uniform(0.05, 0.3, (len(centres), 2)) * [height, width]
    pairs = zip(centres, radii, strict=True)
    holes: Mask = np.any([((y - cy) / ry) ** 2 + ((x - cx) / rx) ** 2 < 1 for (cy, cx), (ry, rx) in pairs], axis=0)
    return holes


def legs(x: Plane, y: Plane, generator: Generator) -> Mask:
    """All below a certain height but two to four legs, as of tables, chairs and beds."""
    height, width = x.shape
    thickness = width * generator.uniform(0.02, 0.1)
    lean = generator.uniform(-0.1, 0.1)
    feet = np.linspace(0, width, generator.integers(2, 5)) + generator.uniform(-0.08, 0.08) * width
    feet = np.clip(feet, thickness, width - thickness)
    standing = np.any([np.abs(x - foot - lean * (y - height)) < thickness for foot in feet], axis=0)
    holes: Mask = (y > generator.uniform(0.15, 0.7) * height) & ~standing
    return holes


def painted_white(cutout: Cutout, generator: Generator) -> Cutout:
    """The product in white: its shading stays, its colours are gone."""
    grey = cutout.colour.mean(-1, keepdims=True)
    brightest = max(float(np.quantile(grey, 0.95)), 1e-3)
    shading = np.clip(grey / brightest, 0, 1) ** generator.uniform(0.15, 0.5)
    return replace(cutout, colour=(shading * generator.uniform(0.82, 0.96)).repeat(3, -1).astype(np.float32))


def wire_object(longest: int, generator: Generator) -> Cutout:
    """A thing of wires or bars, such as a basket, a rack, a stand, loops, or a table."""
    curves = (basket, rack, stand, loops, table)[generator.integers(5)](generator)
    points = np.concatenate(curves)
    low, extent = points.min(0), np.ptp(points, axis=0).max()
    thickness = longest * generator.choice([0.008, 0.02, 0.06]) * generator.uniform(0.7, 1.4)
    room = 2 * thickness
    scale = (longest - 2 * room) / extent
    size = np.maximum(np.ceil(np.ptp(points, axis=0) * scale + 2 * room), 8).astype(int)
    base = generator.uniform(0.02, 0.95) * (1 - generator.uniform(0, 0.5, 3) * generator.integers(0, 2))
    canvas, shine = (Image.new("L", (int(FINE * size[0]), int(FINE * size[1]))) for _ in range(2))
    for curve in curves:
        track = [(float(x), float(y)) for x, y in ((curve - low) * scale + room) * FINE]
        ImageDraw.Draw(canvas).line(track, 255, max(1, round(FINE * thickness)), "curve")
        lifted = [(x - 0.2 * FINE * thickness, y - 0.2 * FINE * thickness) for x, y in track]
        ImageDraw.Draw(shine).line(lifted, 255, max(1, round(0.35 * FINE * thickness)), "curve")
    rows, columns = int(size[1]), int(size[0])
    alpha, light = (resample(np.asarray(layer, np.float32) / 255, (rows, columns)) for layer in (canvas, shine))
    uneven = 1 + generator.uniform(0, 0.3) * np.sin(np.linspace(0, generator.uniform(2, 12), alpha.shape[1]))
    gloss = generator.uniform(0, 0.7)
    colour: Colour = base * uneven[None, :, None] + (1 - base) * gloss * light[..., None]
    return Cutout(np.clip(colour, 0, 1).astype(np.float32), alpha, np.ones_like(alpha))


def basket(generator: Generator) -> list[Curve]:
    """A lattice on the sides of a box that is wider above, seen from a little higher."""
    taper, drop = generator.uniform(0.6, 1.0), generator.uniform(0.4, 1.0)
    columns, rows, depth = generator.integers(4, 12), generator.integers(3, 9), generator.uniform(0.1, 0.4)
    curves = []
    for shift, rise in ((0.0, 0.0), (0.15 * generator.random(), -depth)):
        for s in np.linspace(-1, 1, columns):
            curves.append(np.array([[s + shift, rise], [s * taper + shift, rise * 0.8 + drop]]))
        for t in np.linspace(0, 1, rows):
            half = 1 + (taper - 1) * t
            y = rise * (1 - 0.2 * t) + drop * t
            curves.append(np.array([[-half + shift, y], [half + shift, y]]))
    return curves


def rack(generator: Generator) -> list[Curve]:
    """Parallel bars on two or three beams, as of a comb, a fork, a fence or a dish rack."""
    count, length = generator.integers(3, 12), generator.uniform(0.3, 1.5)
    lean = generator.uniform(-0.4, 0.4)
    bars = [np.array([[s, 0.0], [s + lean, -length]]) for s in np.linspace(0, 1, count)]
    beams = [np.array([[lean * t, -length * t], [1 + lean * t, -length * t]]) for t in generator.random(2) * 0.9]
    turned = generator.uniform(-0.6, 0.6)
    rotation = np.array([[np.cos(turned), np.sin(turned)], [-np.sin(turned), np.cos(turned)]])
    return [curve @ rotation for curve in (*bars, *beams, np.array([[0.0, 0.0], [1.0, 0.0]]))]


def stand(generator: Generator) -> list[Curve]:
    """Two rings above each other with legs between them, as of a small table."""
    flat, height, legs = generator.uniform(0.1, 0.4), generator.uniform(0.6, 1.8), generator.integers(3, 9)
    lower = generator.uniform(0.5, 1.1)
    rings = [ring(1.0, flat, (0.0, 0.0)), ring(lower, flat * lower, (0.0, height))]
    twist = generator.uniform(-0.8, 0.8)
    angles = np.linspace(0, 2 * np.pi, legs, endpoint=False) + generator.random()
    feet = [
        np.array(
            [[np.cos(a), flat * np.sin(a)], [lower * np.cos(a + twist), height + flat * lower * np.sin(a + twist)]]
        )
        for a in angles
    ]
    return [*rings, *feet]


def table(generator: Generator) -> list[Curve]:
    """A solid top, seen from a little above, on four legs."""
    depth, slant, height = generator.uniform(0.15, 0.6), generator.uniform(-0.4, 0.4), generator.uniform(0.5, 1.4)
    corners = np.array([[0.0, 0.0], [1.0, 0.0], [1 + slant, -depth], [slant, -depth]])
    shares = np.linspace(0, 1, 60)
    edge = np.stack([corners[0], corners[1]])
    top = [edge + share * np.array([slant, -depth]) for share in shares]  # hatched so closely that it is solid
    inset = generator.uniform(0.0, 0.1) * (corners.mean(0) - corners)
    spread = generator.uniform(-0.1, 0.05)
    feet = corners + inset + np.array([[spread, height], [-spread, height], [-spread, height], [spread, height]])
    return [*top, *np.stack([corners + inset, feet], 1)]


def loops(generator: Generator) -> list[Curve]:
    """Rings side by side or in a chain, as of glasses, handles, scissors and jewellery."""
    count, spread = generator.integers(1, 7), generator.uniform(0.6, 2.2)
    turn = generator.uniform(0, np.pi)
    centres = np.outer(np.arange(count), [np.cos(turn), np.sin(turn)]) * spread
    rings = [ring(1.0, generator.uniform(0.4, 1.2), (float(x), float(y))) for x, y in centres]
    tail = np.array([[0.0, 1.0], generator.uniform(-3, 3, 2)])
    return [*rings, tail] if generator.random() < 0.5 else rings


def ring(a: float, b: float, centre: tuple[float, float]) -> Curve:
    """An ellipse of half axes a and b."""
    t = np.linspace(0, 2 * np.pi, 60)
    return np.stack([centre[0] + a * np.cos(t), centre[1] + b * np.sin(t)], 1)
