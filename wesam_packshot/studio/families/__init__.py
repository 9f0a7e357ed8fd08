"""Families of products: parametric builders, by name.

`TEST` families are never rendered for training; they are the public benchmark's.
"""

from wesam_packshot.studio.families import (
    bench,
    bottles,
    cable,
    cage,
    cartons,
    chain,
    chair,
    cosmetics,
    cutlery,
    hand_tool,
    hanger,
    held_out_wire,
    jars,
    lamp,
    pouches,
    shelf,
    storage,
    table,
    tableware,
    turned,
    whisk,
    wire_basket,
)
from wesam_packshot.studio.product import Build

_KINDS = (
    bench, bottles, cable, cage, cartons, chain, chair, cosmetics, cutlery, hand_tool, hanger, jars, lamp, pouches,
    shelf, storage, table, tableware, turned, whisk, wire_basket,
)  # fmt: skip
TRAIN: dict[str, Build] = {name: build for kind in _KINDS for name, build in kind.FAMILIES.items()}
TEST: dict[str, Build] = held_out_wire.FAMILIES
