"""What a pseudo-label is made of; each part can be left out, to see what it brings or to be faster."""

from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True)
class Stages:
    """Which parts take part.

    Attributes:
        inversion: take the complement where SAM returns the background.
        reprompting: ask again with the box around the first guess.
        view: look at the photo with stretched highlights as well.
        zoom: look again, at a window around the product.
        snapping: move boundaries to the photo's edges.
        holes: open what shows the backdrop.
        reflection: cut mirror images off.
    """

    inversion: bool = True
    reprompting: bool = True
    view: bool = True
    zoom: bool = True
    snapping: bool = True
    holes: bool = True
    reflection: bool = True

    @classmethod
    def all_but(cls, names: Collection[str]) -> "Stages":
        return cls(**dict.fromkeys(names, False))
