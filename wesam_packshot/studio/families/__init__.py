"""Families of products: parametric builders, by name.

`TEST` families are never rendered for training; they are the public benchmark's.
"""

from wesam_packshot.studio.families import (
    bench,
    bottles,
    bulb,
    cable,
    cage,
    can,
    candle,
    cartons,
    chain,
    chair,
    cosmetics,
    crate,
    cushion,
    cutlery,
    garment,
    hand_tool,
    handbag,
    hanger,
    headphones,
    held_out_eyeglasses,
    held_out_kettle,
    held_out_wheel,
    held_out_wire,
    jars,
    lamp,
    plant,
    pouches,
    set_of_things,
    shelf,
    shoe,
    storage,
    table,
    tableware,
    toy,
    turned,
    whisk,
    wire_basket,
)
from wesam_packshot.studio.product import Build

_KINDS = (
    bench, bottles, bulb, cable, cage, can, candle, cartons, chain, chair, cosmetics, crate, cushion, cutlery,
    garment, hand_tool, handbag, hanger, headphones, jars, lamp, plant, pouches, set_of_things, shelf, shoe,
    storage, table, tableware, toy, turned, whisk, wire_basket,
)  # fmt: skip
_HELD_OUT = (held_out_eyeglasses, held_out_kettle, held_out_wheel, held_out_wire)
TRAIN: dict[str, Build] = {name: build for kind in _KINDS for name, build in kind.FAMILIES.items()}
TEST: dict[str, Build] = {name: build for kind in _HELD_OUT for name, build in kind.FAMILIES.items()}
