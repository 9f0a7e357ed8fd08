"""Candles: pillars, in glasses and tins, tea lights, tapers in sticks and candelabra."""

import numpy as np
import trimesh

from wesam_packshot.studio import materials, shapes
from wesam_packshot.studio.families import parts_vessels as pv
from wesam_packshot.studio.families.parts_rest import grounded, placed
from wesam_packshot.studio.families.parts_wire import Rng, one_of, wires
from wesam_packshot.studio.product import Build, Material, Part, Product, product
from wesam_packshot.studio.shapes import Floats

WICK = Material((0.03, 0.025, 0.02), roughness=1.0)
COTTON = Material((0.8, 0.76, 0.66), roughness=1.0)


def candle(rng: np.random.Generator) -> Product:
    """About 1 high."""
    kind = str(
        rng.choice(
            ["glass", "pillars", "stick", "branched", "tealights", "tin"], p=[0.27, 0.17, 0.22, 0.17, 0.09, 0.08]
        )
    )
    build = {
        "glass": _in_glass,
        "pillars": _pillars,
        "stick": _stick,
        "branched": _branched,
        "tealights": _tealights,
        "tin": _tin,
    }[kind]
    return product(
        grounded(build(rng)), *(("thin", "holes") if kind == "branched" else ("thin",) if kind == "stick" else ())
    )


def _wax(rng: Rng) -> Material:
    own = materials.white(rng) if rng.random() < 0.5 else materials.colour(rng)
    return Material(own, roughness=rng.uniform(0.25, 0.6), specular=0.4)


def _wick(rng: Rng, at: tuple[float, float, float], long: float = 0.09) -> Part:
    lean = rng.uniform(-0.03, 0.03, 2)
    path = shapes.curve([(0, 0, -0.02), (0.3 * lean[0], 0.3 * lean[1], 0.5 * long), (*lean, long)], 12) + np.array(at)
    return Part(shapes.tube(path, 0.009, sides=8), WICK if rng.random() < 0.6 else COTTON)


def _metal(rng: Rng) -> Material:
    return one_of(
        rng,
        lambda r: materials.metal(r, "brass"),
        lambda r: materials.metal(r, "black"),
        materials.chrome,
        materials.painted_metal,
        materials.metal,
    )


def _in_glass(rng: Rng) -> list[Part]:
    """Scented, in a tumbler with a label, perhaps its lid on or beside."""
    wide, high = rng.uniform(0.3, 0.42), rng.uniform(0.6, 1.0)
    outside = pv.filleted([(0.9 * wide, 0), (wide * rng.uniform(0.92, 1), 0.06), (wide, high)], rng.uniform(0.03, 0.15))
    own = pv.chosen(rng, materials.glass, materials.glass, materials.glass, materials.ceramic, materials.plastic)
    level = rng.uniform(0.55, 0.85) * high
    parts = [Part(pv.vessel(outside, 0.022, 0.05), own), Part(pv.filling(outside, 0.022, level, 0.05), _wax(rng))]
    count = int(rng.choice([1, 1, 3]))
    for angle in np.arange(count) * 2 * np.pi / count:
        reach = 0.0 if count == 1 else 0.45 * wide
        parts.append(_wick(rng, (reach * np.cos(angle), reach * np.sin(angle), level)))
    if rng.random() < 0.8:
        parts.append(pv.labelled(rng, outside, rng.uniform(0.15, 0.3) * high, rng.uniform(0.6, 0.8) * high))
    if rng.random() < 0.35:
        lid = pv.solid(pv.filleted([(wide + 0.01, 0), (wide + 0.01, 0.06), (0.02, 0.065)], 0.02))
        made = pv.chosen(rng, materials.wood, materials.metal, materials.plastic, lambda _: pv.CORK)
        parts.append(Part(shapes.moved(lid, (0, 0, high + 0.012)), made))
    return parts


def _pillar(rng: Rng, wide: float, high: float, wax: Material) -> list[Part]:
    """Smooth, fluted, twisted or dripping; hollowed at the wick."""
    edge = 0.03
    line = pv.filleted(
        [(wide, 0), (wide, high), (wide - edge, high + 0.01), (0.6 * wide, high - 0.03), (0.02, high - 0.04)], 0.015
    )
    body: trimesh.Trimesh = pv.solid(line, 120)
    kind = pv.pick(rng, "smooth", "smooth", "fluted", "twisted", "rough")
    if kind in ("fluted", "twisted"):
        body = shapes.bent(
            body, pv.lobed(int(rng.integers(6, 20)), rng.uniform(0.08, 0.3), rng.uniform(1, 4) * (kind == "twisted"))
        )
    if kind == "rough":
        drips = []
        for angle in rng.uniform(0, 2 * np.pi, int(rng.integers(4, 12))):
            low = high * rng.uniform(0.3, 0.85)
            root = np.array([np.cos(angle), np.sin(angle), 0]) * wide
            drips.append(
                shapes.tube(
                    root + np.outer(np.linspace(high, low, 12), (0, 0, 1)),
                    np.r_[np.full(10, 0.02), 0.028, 0.012],
                    sides=8,
                )
            )
        body = shapes.merge([body, *drips])
    return [Part(body, wax), _wick(rng, (0, 0, high - 0.04))]


def _pillars(rng: Rng) -> list[Part]:
    """One, or three of rising heights, perhaps on a tray."""
    count = int(rng.choice([1, 1, 2, 3]))
    wax, parts = _wax(rng), []
    for number in range(count):
        wide = rng.uniform(0.17, 0.25) if count > 1 else rng.uniform(0.2, 0.35)
        angle = number * 2 * np.pi / 3 + 0.5
        at = (0.36 * np.cos(angle), 0.3 * np.sin(angle), 0.0) if count > 1 else (0, 0, 0)
        own = wax if rng.random() < 0.7 else _wax(rng)
        parts += placed(_pillar(rng, wide, rng.uniform(0.4, 1.1), own), at)
    if rng.random() < 0.4:
        tray = pv.vessel(pv.filleted([(0.6, 0), (0.66, 0.05)], []), 0.025)
        parts = [Part(tray, one_of(rng, _metal, materials.wood, materials.ceramic)), *placed(parts, (0, 0, 0.026))]
    return parts


def _taper(rng: Rng, at: tuple[float, float, float], wax: Material, long: float) -> list[Part]:
    thick = rng.uniform(0.035, 0.05)
    profile = shapes.smooth_profile(
        [thick, thick * 0.95, thick * 0.75, 0.3 * thick], [-0.05, 0.3 * long, 0.95 * long, long], 30
    )
    body = pv.solid(profile, 32)
    if rng.random() < 0.2:
        body = shapes.bent(body, pv.lobed(4, 0.35, 14.0))
    x, y, z = at
    return [Part(shapes.moved(body, at), wax), _wick(rng, (x, y, z + long - 0.01), 0.06)]


def _stick(rng: Rng) -> list[Part]:
    """A taper, or several sticks of it side by side, each in a turned stick of metal, wood, china or glass."""
    own = pv.chosen(rng, _metal, _metal, materials.wood, materials.ceramic, materials.glass)
    wax, parts = _wax(rng), []
    count = int(rng.choice([1, 1, 2, 3]))
    heights = rng.uniform(0.15, 0.8, count)
    knots = rng.uniform(0.02, 0.09, 6)
    for number, high in enumerate(heights):
        foot = rng.uniform(0.16, 0.24)
        radii = np.r_[foot, foot * 0.9, knots.clip(min=0.025), 0.06, 0.075]
        levels = np.r_[0, 0.025, np.linspace(0.08, 0.85, 6) * high + 0.02, 0.95 * high + 0.02, high + 0.06]
        body = pv.solid(shapes.smooth_profile(radii, levels, 90), 48)
        lift = 0.06 if own.ior else 0.05
        one = [Part(body, own), *_taper(rng, (0, 0, high + 0.06 + lift - 0.04), wax, rng.uniform(0.5, 0.9))]
        if own.ior:
            cup = pv.vessel(pv.filleted([(0.05, high + 0.065), (0.055, high + 0.16)], []), 0.006)
            one.append(Part(cup, _metal(rng)))
        parts += placed(one, ((number - (count - 1) / 2) * 0.55, rng.uniform(-0.1, 0.1) * (count > 1), 0))
    return parts


def _branched(rng: Rng) -> list[Part]:
    """Arms of wire or tube that carry cups with tapers."""
    own, wax = _metal(rng), _wax(rng)
    arms, high = int(rng.integers(2, 7)), rng.uniform(0.3, 0.9)
    reach, thick = rng.uniform(0.35, 0.6), rng.uniform(0.012, 0.024)
    flat = rng.random() < 0.5
    angles = np.linspace(0, np.pi, arms) if flat else np.arange(arms) * 2 * np.pi / arms
    tips = [
        np.array([np.cos(a) * reach, 0 if flat else np.sin(a) * reach, high + 0.12 * (flat and abs(np.cos(a)) < 0.5)])
        for a in angles
    ]
    middle = rng.uniform(0.2, 0.7) * high
    paths: list[Floats] = []
    for tip in tips:
        low = np.array([0.5 * tip[0], 0.5 * tip[1], middle - rng.uniform(0, 0.15)])
        paths.append(
            shapes.curve(
                [(0, 0, middle), tuple(low), (tip[0] * 0.98, tip[1] * 0.98, 0.5 * (middle + high)), tuple(tip)], 40
            )
        )
    post = pv.solid(
        shapes.smooth_profile(
            [0.25, 0.24, 0.03, 0.025, 0.05, 0.02], [0, 0.025, 0.06, 0.5 * middle, middle, middle + 0.06], 60
        )
    )
    cup = pv.vessel(pv.filleted([(0.03, 0), (0.07, 0.03), (0.065, 0.09)], 0.01), 0.008)
    pan = pv.solid([(0.05, -0.01), (0.11, 0.012), (0.1, 0.016), (0.02, 0.006)])
    parts = [
        Part(
            shapes.merge(
                [post, wires(paths, thick), *(shapes.moved(mesh, tip) for tip in tips for mesh in (cup, pan))]
            ),
            own,
        )
    ]
    long = rng.uniform(0.35, 0.7)
    for tip in tips:
        parts += _taper(rng, (float(tip[0]), float(tip[1]), float(tip[2]) + 0.06), wax, long)
    return parts


def _tealights(rng: Rng) -> list[Part]:
    """In cups of aluminium, one to five."""
    parts: list[Part] = []
    wax, count = _wax(rng), int(rng.integers(1, 6))
    outside = pv.filleted([(0.19, 0), (0.2, 0.15), (0.21, 0.16)], 0.01)
    for number in range(count):
        one = [
            Part(pv.vessel(outside, 0.008), materials.metal(rng, "aluminium")),
            Part(pv.filling(outside, 0.008, 0.13), wax),
            _wick(rng, (0, 0, 0.13), 0.07),
        ]
        row, column = divmod(number, 3)
        parts += placed(one, (0.44 * column + 0.2 * row, 0.42 * row, 0))
    return parts


def _tin(rng: Rng) -> list[Part]:
    """In a flat tin, its lid leaning on it."""
    wide, high = rng.uniform(0.4, 0.5), rng.uniform(0.25, 0.4)
    outside = pv.filleted([(wide, 0), (wide, high)], [])
    own = one_of(rng, materials.metal, materials.painted_metal, materials.brushed)
    parts = [
        Part(pv.vessel(outside, 0.014), own),
        Part(pv.filling(outside, 0.014, 0.8 * high), _wax(rng)),
        _wick(rng, (0, 0, 0.8 * high)),
    ]
    parts.append(pv.labelled(rng, outside, 0.15 * high, 0.85 * high))
    lid = pv.vessel(pv.filleted([(wide + 0.02, 0), (wide + 0.02, 0.09)], []), 0.014)
    flat = shapes.moved(lid, (0.4 * wide, -2.1 * wide, 0))
    return [*parts, Part(flat, own)] if rng.random() < 0.5 else parts


FAMILIES: dict[str, Build] = {"candle": candle}
