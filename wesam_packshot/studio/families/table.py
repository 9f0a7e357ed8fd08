"""Tables, lengths in metres."""

from wesam_packshot.studio import materials, shapes
from wesam_packshot.studio.families.parts_rest import grounded
from wesam_packshot.studio.families.parts_wire import Rng, along_x, board, deck, finish, one_of, oval
from wesam_packshot.studio.families.table_bases import (
    drum_base,
    frame_base,
    hairpin_base,
    legs_base,
    pedestal_base,
    trestle_base,
)
from wesam_packshot.studio.product import Build, Part, Product, product
from wesam_packshot.studio.shapes import Floats


def table(rng: Rng) -> Product:
    """A coffee, side, dining or writing table: a top of any outline on any base that suits it."""
    low = rng.random() < 0.5
    high = rng.uniform(0.35, 0.6) if low else rng.uniform(0.68, 0.78)
    x = rng.uniform(0.2, 0.55) if low else rng.uniform(0.4, 0.95)
    round_top = rng.random() < 0.5
    y = x * (1.0 if round_top and rng.random() < 0.75 else rng.uniform(0.45, 0.85))
    outline = oval(x, y, 2.0 if round_top else float(rng.choice([6, 12, 40])), 80)
    top = _top(rng, outline, high)
    bases = (
        (hairpin_base, legs_base, pedestal_base, drum_base, frame_base, legs_base)
        if round_top
        else (hairpin_base, legs_base, trestle_base, frame_base, frame_base, legs_base)
    )
    make = bases[int(rng.integers(len(bases)))]
    base = make(rng, x, y, high)
    parts, shelved = [*base, *top], rng.random() < 0.2 and not round_top
    if shelved:
        parts.append(_shelf(rng, base[0], high))
    open_base = make in (hairpin_base, drum_base, frame_base, trestle_base) or shelved
    return product(
        grounded(parts), *(["holes"] if open_base else []), *(["thin"] if make in (hairpin_base, drum_base) else [])
    )


def _top(rng: Rng, outline: Floats, high: float) -> list[Part]:
    """A board, glass, stone, or a tray with a rim; its underside at z = high."""
    kind = rng.choice(["wood", "paint", "glass", "stone", "tray"], p=[0.35, 0.2, 0.2, 0.1, 0.15])
    thick = rng.uniform(0.012, 0.045)
    if kind == "glass":
        return [Part(deck(outline, rng.uniform(0.008, 0.015), high + 0.001), materials.glass(rng))]
    if kind == "tray":
        rim = shapes.merge(
            [deck(outline, 0.008, high), deck(outline, rng.uniform(0.02, 0.05), high, [outline * 0.985])]
        )
        return [Part(rim, finish(rng))]
    own = {
        "wood": lambda r: along_x(materials.wood(r)),
        "paint": lambda r: one_of(r, materials.white_plastic, materials.plastic),
        "stone": materials.ceramic,
    }[str(kind)](rng)
    meshes = [deck(outline, thick * 0.75, high), deck(outline * 0.99, thick, high)]
    return [Part(shapes.merge(meshes), own)]


def _shelf(rng: Rng, base: Part, high: float) -> Part:
    """A lower board that reaches all legs."""
    x, y, _ = base.mesh.extents
    return Part(board((x, y, 0.015), (0, 0, high * rng.uniform(0.25, 0.4))), along_x(base.material))


FAMILIES: dict[str, Build] = {"table": table}
