"""Bags of film and paper: stand-up pouches, sachets, bags of crisps, coffee bags."""

import numpy as np
import trimesh

from wesam_packshot.studio import materials, shapes
from wesam_packshot.studio.families import parts_vessels as pv
from wesam_packshot.studio.families.cosmetics import lofted
from wesam_packshot.studio.materials import Rng
from wesam_packshot.studio.product import Build, Material, Part, Product, product
from wesam_packshot.studio.shapes import Floats


def pouch(rng: np.random.Generator) -> Product:
    """A pouch that stands on its gusset, or a bag that lies on its back."""
    makers = (_stand_up, _pillow, _coffee, _spouted)
    return makers[int(rng.choice(4, p=[0.42, 0.24, 0.2, 0.14]))](rng)


def _film(rng: Rng, shape: tuple[int, int] = (448, 320)) -> Material:
    """Printed film, metallised film, kraft paper, white film."""
    choice = rng.random()
    if choice < 0.45:
        return materials.label(rng, shape)
    if choice < 0.6:
        return Material(materials.printed(rng, shape).mean() / 255 * np.ones(3), roughness=0.25, metallic=1.0)
    return pv.chosen(rng, materials.cardboard, materials.white_plastic, materials.plastic, materials.brushed)


def _creased(rng: Rng, mesh: trimesh.Trimesh, depth: float) -> trimesh.Trimesh:
    """Dents and creases of film: a few waves across the front and the back."""
    waves = [(rng.uniform(3, 14, 2), rng.uniform(0, 6), rng.uniform(0.3, 1)) for _ in range(6)]

    def bend(points: Floats) -> Floats:
        shift = sum(size * np.sin(points[:, 0] * way[0] + points[:, 2] * way[1] + phase) for way, phase, size in waves)
        moved = points.copy()
        moved[:, 1] *= 1 + depth * np.asarray(shift)
        return moved

    return shapes.bent(mesh, bend)


def _seal(half: float, low: float, high: float, hole: bool) -> trimesh.Trimesh:
    """A flat strip at the top, pinked at its edge or not, perhaps with a hole to hang it by."""
    outline = [(-half, low), (half, low), (half, high), (-half, high)]
    angles = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    middle = (low + high) / 2
    round_hole = np.stack([0.045 * np.cos(angles), middle + 0.035 * np.sin(angles)], 1)
    return shapes.plate(outline, 0.014, [round_hole] if hole else [])


def _stand_up(rng: Rng) -> Product:
    """A doypack: an oval bottom, flat above, with zip, notch, window or label."""
    half, height, bottom = rng.uniform(0.35, 0.55), rng.uniform(0.9, 1.4), rng.uniform(0.14, 0.24)
    share = np.linspace(0, 1, 56)
    belly = bottom * (1 - share) ** rng.uniform(0.5, 0.9) * (1 + 0.6 * share) + 0.007
    widths = half * (1 - 0.03 * np.sin(np.pi * share))
    widths[0] *= 0.985
    body = _creased(rng, lofted(widths, belly, height * share, 96, 1.35), rng.uniform(0.01, 0.035))
    made = _film(rng)
    own = made if made.texture is None else pv.chosen(rng, materials.white_plastic, materials.plastic)
    top = height + rng.uniform(0.1, 0.25)
    hole = bool(rng.random() < 0.5)
    parts = [Part(body, made, "front"), Part(_seal(half, height - 0.01, top, hole), own)]
    zipper = [shapes.box((1.96 * half, 0.03, 0.008), (0, 0, height + z)) for z in (0.015, 0.035)]
    if rng.random() < 0.6:
        parts.append(Part(shapes.merge(zipper), own))
    if made.texture is None:
        parts.append(_front_patch(rng, widths, belly, height * share))
    return product(parts, *(("holes",) if hole else ()))


def _front_patch(rng: Rng, widths: Floats, depths: Floats, heights: Floats) -> Part:
    """A label on the front of a bag, flatter than the bag."""
    low, high = int(rng.integers(6, 16)), int(rng.integers(32, 44))
    across = np.linspace(-0.6, 0.6, 15) * rng.uniform(0.6, 1.2)
    a, b, z = (values[low:high, None] for values in (widths, depths, heights))
    front = -b * (1 - np.abs(across) ** 1.35) ** (1 / 1.35) - 0.012 - 0.06 * b
    grid = np.stack([a * across, front, z + 0 * across], -1)
    return Part(shapes.thick_grid(grid.reshape(-1, 3), high - low, 15, 0.01), materials.label(rng, (320, 256)), "front")


def _pillow(rng: Rng) -> Product:
    """A bag of crisps, sweets or powder: full in the middle, flat and toothed at both ends; it lies."""
    half, height, full = rng.uniform(0.3, 0.5), rng.uniform(0.6, 1.4), rng.uniform(0.05, 0.24)
    share = np.linspace(0, 1, 64)
    depths = full * np.sin(np.pi * share) ** rng.uniform(0.4, 0.7) + 0.007
    widths = half * (1 - 0.25 * full * np.sin(np.pi * share))
    body = _creased(rng, lofted(widths, depths, 0.1 + height * share, 96, 1.6), rng.uniform(0.01, 0.05))
    made = _film(rng)
    own = (
        made if made.texture is None else pv.chosen(rng, materials.brushed, materials.white_plastic, materials.plastic)
    )
    teeth = int(rng.choice([1, 30]))
    strips = []
    for low, high, edge in ((0.11, 0.02, -1), (height + 0.09, height + 0.18, 1)):
        zigzag = [
            (x, high + (edge * 0.018 if k % 2 else 0)) for k, x in enumerate(np.linspace(-half, half, 2 * teeth + 1))
        ]
        strips.append(shapes.plate([(-half, low), *zigzag, (half, low)], 0.014))
        strips += [shapes.box((2 * half, 0.022, 0.01), (0, 0, low + edge * step)) for step in (0.03, 0.05, 0.07)]
    parts = [Part(body, made, "front"), Part(shapes.merge(strips), own)]
    if made.texture is None:
        parts.append(_front_patch(rng, widths, depths, 0.1 + height * share))
    return product(parts, pose="lying")


def _coffee(rng: Rng) -> Product:
    """A bag with a square bottom, its top folded down and held by a clip; or rolled up, with a valve."""
    width, depth, height = rng.uniform(0.5, 0.8), rng.uniform(0.25, 0.4), rng.uniform(0.7, 1.3)
    share = np.linspace(0, 1, 48)
    closing = ((share - 0.72) / 0.28).clip(0, 1)
    depths = depth / 2 * (1 - closing) ** 0.8 + 0.012
    body = lofted(np.full(48, width / 2), depths, height * share, 96, 8)
    made = _film(rng, (448, 288))
    own = made if made.texture is None else pv.chosen(rng, materials.cardboard, materials.plastic)
    fold = shapes.rounded_box((width, 0.06, rng.uniform(0.1, 0.2)), 0.02, (0, -0.01, height + 0.04))
    parts = [Part(_creased(rng, body, 0.012), made, "front"), Part(fold, own)]
    wire = shapes.rounded_box((width * rng.uniform(1.0, 1.15), 0.085, 0.035), 0.01, (0, -0.01, height + 0.05))
    parts.append(Part(wire, pv.chosen(rng, materials.metal, materials.plastic, materials.white_plastic)))
    front = -depth / 2 - 0.012
    valve = shapes.moved(shapes.torus(0.035, 0.01), (0, front, 0.62 * height), np.pi / 2, (1, 0, 0))
    if rng.random() < 0.5:
        parts.append(Part(valve, materials.white_plastic(rng)))
    if made.texture is None:
        half, tall = rng.uniform(0.3, 0.45) * width, rng.uniform(0.3, 0.5) * height
        sticker = shapes.box((2 * half, 0.02, tall), (0, front, 0.1 * height + tall / 2))
        parts.append(Part(sticker, materials.label(rng, (288, 256)), "front"))
    return product(parts)


def _spouted(rng: Rng) -> Product:
    """A pouch of fruit puree or a refill: a spout with a cap at its top or at its corner."""
    half, height, bottom = rng.uniform(0.3, 0.45), rng.uniform(0.8, 1.2), rng.uniform(0.15, 0.22)
    share = np.linspace(0, 1, 56)
    widths = half * (1 - (share.clip(0.75) - 0.75) * rng.uniform(0, 2))
    depths = bottom * (1 - share) ** 0.6 * (1 + 0.5 * share) + 0.03 * share + 0.007
    body = _creased(rng, lofted(widths, depths, height * share, 96, 1.5), rng.uniform(0.01, 0.03))
    own = materials.plastic(rng)
    collar = pv.solid([(0.05, -0.1), (0.05, 0.06), (0.09, 0.065), (0.09, 0.08), (0.05, 0.085), (0.05, 0.12)])
    cap = pv.knurled(rng.uniform(0.08, 0.13), rng.uniform(0.1, 0.16), 0.1, int(rng.choice([0, 16])))
    spout = shapes.moved(shapes.merge([collar, cap]), (0, 0, height))
    made = _film(rng)
    parts = [Part(body, made, "front"), Part(spout, own)]
    if made.texture is None:
        parts.append(_front_patch(rng, widths, depths, height * share))
    return product(parts)


FAMILIES: dict[str, Build] = {"pouch": pouch}
