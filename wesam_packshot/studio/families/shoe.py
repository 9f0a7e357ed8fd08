"""Shoes: sneakers, boots, pumps, slippers, sandals; one or a pair, along x."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import trimesh

from wesam_packshot.studio import materials, shapes
from wesam_packshot.studio.families.parts_rest import grounded, placed
from wesam_packshot.studio.families.parts_shoe import (
    SIDES,
    fine,
    foot_outline,
    heel_block,
    opened,
    plain_mesh,
    shortened,
    sole_rubber,
    spring,
    tilted,
    under,
    upper_cloth,
    white_hide,
)
from wesam_packshot.studio.families.parts_soft import loft
from wesam_packshot.studio.families.parts_wire import Rng, one_of, swept
from wesam_packshot.studio.product import Build, Material, Part, Product, product
from wesam_packshot.studio.shapes import Floats


def shoe(rng: np.random.Generator) -> Product:
    """About 1 long, its toe to +x or -x."""
    kind = str(rng.choice(["sneaker", "sneaker", "boot", "pump", "slipper", "sandal", "sandal"]))
    build = {"sneaker": _sneaker, "boot": _boot, "pump": _pump, "slipper": _slipper, "sandal": _sandal}[kind]
    one = build(rng)
    parts = list(one)
    if rng.random() < 0.45:
        other = [replace(part, mesh=_mirrored(part.mesh)) for part in one]
        parts += placed(other, (rng.uniform(-0.3, 0.2), rng.uniform(0.5, 0.62), 0), rng.uniform(-0.25, 0.25))
    parts = placed(parts, turn=float(rng.choice([0, np.pi])) + rng.uniform(-0.5, 0.5))
    return product(grounded(parts), *(("thin", "holes") if kind == "sandal" else ()))


def _mirrored(mesh: trimesh.Trimesh) -> trimesh.Trimesh:
    return shapes.scaled(mesh, (1, -1, 1))


def _laces(rng: Rng, rings: Floats, picks: list[int], own: Material) -> list[Part]:
    """To and fro over the instep, and a bow at the last."""
    reach = int(rng.integers(5, 8))
    around = np.arange(-reach, reach + 1)
    lift = np.array([0.012, 0, 0.014])
    bars, share = [], np.linspace(0, 1, len(around))[:, None]
    for a, b in pairwise(picks):
        bars.append(rings[a][around] + lift)
        for one, other in ((a, b), (b, a)):
            bars.append(rings[one][around] * (1 - share) + rings[other][around] * share + lift * 1.25)
    knot = rings[picks[-1]][0] + lift * 1.4
    for side in (-1, 1):
        loop = [(0, 0, 0), (0.06, side * 0.1, 0.04), (0.12, side * 0.14, 0.0), (0.06, side * 0.06, -0.015), (0, 0, 0)]
        tail = [(0, 0, 0), (0.05, side * 0.06, 0.0), (0.11, side * 0.09, -0.05)]
        bars += [shapes.curve(np.array(loop) + knot, 30), shapes.curve(np.array(tail) + knot, 16)]
    return [Part(shapes.merge(shapes.tube(bar, 0.0095, sides=6) for bar in bars), own)]


def _sneaker(rng: Rng) -> list[Part]:
    """Low or up to the ankle, with laces, stripes, a thick sole."""
    foot, thick = foot_outline(rng, rng.uniform(0, 0.4)), rng.uniform(0.07, 0.13)
    high = rng.uniform(0.34, 0.42) if rng.random() < 0.65 else rng.uniform(0.5, 0.62)
    open_at = rng.uniform(0.5, 0.58)
    rows = fine(
        [
            (thick - 0.01, 1.0, 1.0, 0.0),
            (thick + 0.05, 1.0, 1.0, -0.005),
            (thick + 0.1, 0.955, 0.95, 0.0),
            (thick + 0.13, 0.85, 0.9, 0.005),
            (thick + 0.18, 0.72, 0.84, 0.01),
            (thick + 0.24, 0.61, 0.78, 0.012),
            (thick + high - 0.08, open_at, 0.72, 0.0),
            (thick + high, open_at, 0.74, -0.012),
        ],
        36,
    )
    rings = shortened(foot, rows)
    rings[..., 2] += 0.06 * ((np.arange(36) / 35)[:, None] ** 4) * (np.abs(rings[..., 0] + 0.2) / 0.3).clip(0, 1) ** 2
    own, sole = upper_cloth(rng), sole_rubber(rng)
    lace = one_of(rng, white_hide, plain_mesh, materials.rubber)
    parts = [Part(opened(rings, thick + 0.02), own), Part(under(foot, thick), sole)]
    parts += _laces(rng, rings, [17, 20, 23, 26, 29, 32], lace)
    trim = upper_cloth(rng)
    cap = loft(rings[:12] * [1.008, 1.01, 1])
    cap.vertices[:, 0] = np.where(cap.vertices[:, 0] < 0.28, 0.28 + 0.02 * cap.vertices[:, 0], cap.vertices[:, 0])
    if rng.random() < 0.5:
        parts.append(Part(cap, sole if rng.random() < 0.5 else trim))
    stripes = _stripes(rng, rings)
    return [*parts, Part(stripes, trim)] if rng.random() < 0.7 else parts


def _stripes(rng: Rng, rings: Floats) -> trimesh.Trimesh:
    """Bands on both sides from the sole up to the laces."""
    made = []
    for start in np.arange(int(rng.integers(1, 4))) * 3:
        for sign in (-1, 1):
            index = (sign * (22 + start - np.arange(18) * 0.35).round().astype(int)) % SIDES
            path = rings[np.arange(4, 22), index] + [0, sign * 0.006, 0.002]
            made.append(swept(path, (1, 0, 0), (0.035, 0.016), 4, 8))
    return shapes.merge(made)


def _boot(rng: Rng) -> list[Part]:
    """Ankle boots to rubber boots, with a heel."""
    foot, thick = foot_outline(rng, rng.uniform(0, 1)), rng.uniform(0.04, 0.09)
    high, shaft = rng.uniform(0.55, 1.2), rng.uniform(0.42, 0.5)
    rows = fine(
        [
            (thick - 0.01, 1.0, 1.0, 0.0),
            (thick + 0.06, 0.99, 1.0, -0.01),
            (thick + 0.12, 0.92, 0.95, -0.01),
            (thick + 0.17, 0.75, 0.88, 0.0),
            (thick + 0.24, 0.56, 0.8, 0.01),
            (thick + 0.34, 0.46, 0.75, 0.03),
            (thick + 0.5 * (0.34 + high), shaft, 0.85, 0.0),
            (thick + high, shaft + 0.03, 0.95, -0.02),
        ],
        44,
    )
    rings = shortened(foot, rows)
    own, sole = upper_cloth(rng), one_of(rng, materials.rubber, materials.wood, sole_rubber)
    rise = rng.uniform(0.0, 0.14)
    parts = [Part(opened(rings, thick + 0.3), own), Part(under(foot, thick, 1.03), sole)]
    if rise > 0.03:
        parts = placed(parts, (0, 0, rise))
        parts = [replace(part, mesh=shapes.bent(part.mesh, tilted(rise))) for part in parts]
        parts.append(Part(heel_block(foot, rise), sole))
    elif rng.random() < 0.5:
        parts += _laces(rng, rings, [21, 24, 27, 30, 33, 36], one_of(rng, materials.rubber, plain_mesh))
    loop = shapes.curve(
        [(-0.49, 0, high + thick - 0.04), (-0.53, 0, high + thick + 0.06), (-0.47, 0, high + thick + 0.02)], 16
    )
    pull = swept(loop + np.array([0, 0, rise]), (0, 1, 0), (0.05, 0.012), 4, 8)
    return [*parts, Part(pull, own)]


def _pump(rng: Rng) -> list[Part]:
    """Cut low, on a high or a low heel."""
    foot = foot_outline(rng, rng.uniform(0.5, 1.4)) * [1, 0.85]
    rise = rng.uniform(0.05, 0.36)
    cover = rng.uniform(0.72, 0.84)
    rows = fine(
        [
            (0.02, 1.0, 1.0, 0.0),
            (0.07, 0.995, 0.99, -0.01),
            (0.11, 0.95, 0.95, -0.012),
            (0.14, cover + 0.06, 0.9, -0.01),
            (0.16, cover, 0.86, 0.0),
        ],
        24,
    )
    rings = shortened(foot, rows)
    rings[..., 2] += 0.1 * (np.arange(24) / 23)[:, None] * ((-0.2 - rings[..., 0]) / 0.3).clip(0, 1)
    own = upper_cloth(rng)
    base = loft(np.stack([np.insert(foot * s, 2, z, 1) for z, s in ((0, 0.96), (0.012, 1.0), (0.03, 0.98))]))
    parts = [Part(opened(rings, 0.05), own), Part(base, one_of(rng, materials.rubber, materials.leather))]
    parts = [replace(part, mesh=shapes.bent(shapes.moved(part.mesh, (0, 0, rise)), tilted(rise))) for part in parts]
    slim = rng.uniform(0.02, 0.07)
    heel = shapes.tube(
        shapes.curve([(-0.4, 0, rise + 0.02), (-0.42, 0, 0.6 * rise), (-0.43, 0, 0)], 20),
        np.linspace(0.1, slim, 20) ** np.linspace(1, 1, 20),
    )
    return [*parts, Part(heel, own if rng.random() < 0.6 else materials.chrome(rng))]


def _slipper(rng: Rng) -> list[Part]:
    """A slip-on, loafer or clog, low and round."""
    foot, thick = foot_outline(rng, 0.0), rng.uniform(0.04, 0.09)
    cover = rng.uniform(0.5, 0.7)
    rows = fine(
        [
            (thick - 0.01, 1.0, 1.0, 0.0),
            (thick + 0.06, 1.0, 1.0, -0.01),
            (thick + 0.12, 0.93, 0.95, 0.0),
            (thick + 0.16, 0.8, 0.88, 0.0),
            (thick + 0.2, cover, 0.82, 0.01),
        ],
        28,
    )
    rings = shortened(foot, rows)
    own = upper_cloth(rng)
    parts = [Part(opened(rings, thick + 0.02), own), Part(under(foot, thick, 1.03), sole_rubber(rng))]
    index = np.arange(-14, 15)
    band = swept(rings[19][index] + [0.006, 0, 0.006], (0, 0, 1), (0.05, 0.02), 4, 10)
    return [*parts, Part(band, one_of(rng, upper_cloth, materials.metal))]


def _sandal(rng: Rng) -> list[Part]:
    """A sole with straps: two toe posts, broad bands, or narrow ones with a strap around the heel."""
    foot, thick = foot_outline(rng, rng.uniform(0, 0.4)), rng.uniform(0.04, 0.1)
    sole = under(foot, thick, 1.0, 0.02)
    own = one_of(rng, materials.leather, materials.plastic, white_hide, materials.metal)
    bed = np.stack([np.insert(foot * 0.95, 2, z, 1) for z in (thick - 0.01, thick + 0.008)])
    bed[..., 2] += spring(bed, 0.02)
    parts = [
        Part(sole, sole_rubber(rng)),
        Part(loft(bed), one_of(rng, materials.leather, materials.cardboard, sole_rubber)),
    ]
    kind = str(rng.choice(["toe", "bands", "narrow"]))
    if kind == "toe":
        runs = [
            shapes.curve(
                [
                    (0.3, 0, thick),
                    (0.28, 0, thick + 0.1),
                    (0.12, s * 0.14, thick + 0.13),
                    (-0.05, s * 0.135, thick - 0.01),
                ],
                30,
            )
            for s in (-1, 1)
        ]
        return [*parts, Part(shapes.merge(swept(run, (1, 1, 0), (0.035, 0.03), 3, 10) for run in runs), own)]
    places = (
        (rng.uniform(0.16, 0.26), rng.uniform(-0.06, 0.06))
        if kind == "bands"
        else np.linspace(0.3, -0.05, int(rng.integers(2, 5)))
    )
    width = rng.uniform(0.1, 0.18) if kind == "bands" else rng.uniform(0.025, 0.05)
    straps = [_over(foot, float(x), thick, 0.13 + 0.12 * (0.3 - float(x)), width) for x in places]
    if kind == "narrow" or rng.random() < 0.4:
        side = [(0.0, s * 0.13, thick) for s in (-1, 1)]
        around = shapes.curve(
            [side[0], (-0.25, -0.14, thick + 0.2), (-0.5, 0, thick + 0.26), (-0.25, 0.14, thick + 0.2), side[1]], 50
        )
        straps.append(swept(around, (0, 0, 1), (0.035, 0.016), 5, 10))
    buckle = shapes.moved(
        shapes.torus(0.032, 0.007, steps=20), (float(places[-1]), -0.15, thick + 0.09), np.pi / 2, (1, 0, 0)
    )
    return [*parts, Part(shapes.merge(straps), own), Part(buckle, materials.chrome(rng))]


def _over(foot: Floats, x: float, thick: float, high: float, width: float) -> trimesh.Trimesh:
    """A band over the foot at x."""
    left, right = (float(foot[(np.abs(foot[:, 0] - x) < 0.03) & (s * foot[:, 1] > 0), 1].mean()) for s in (-1, 1))
    t = np.linspace(np.pi, 0, 30)
    y = (left + right) / 2 + (right - left) / 2 * 0.98 * np.cos(t)
    path = np.stack([np.full(30, x), y, thick * 0.7 + high * np.sin(t)], 1)
    return swept(path, (1, 0, 0), (width, 0.018), 6, 10)


FAMILIES: dict[str, Build] = {"shoe": shoe}
