"""Families of products: parametric builders, by name.

`TEST` families are never rendered for training; they are the public benchmark's.
"""

from wesam_packshot.studio.families import turned
from wesam_packshot.studio.product import Build

TRAIN: dict[str, Build] = {"vase": turned.vase}
TEST: dict[str, Build] = {}
