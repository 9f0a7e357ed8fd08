"""Bodies of revolution: vases and the like."""

import numpy as np

from wesam_packshot.studio import materials, shapes
from wesam_packshot.studio.product import Part, Product, product


def vase(rng: np.random.Generator) -> Product:
    """A vase of any belly and neck, glazed, of glass or of metal."""
    height, belly = rng.uniform(1, 2), rng.uniform(0.25, 0.7)
    neck, foot, lip = (rng.uniform(low, high) * belly for low, high in ((0.25, 0.9), (0.4, 0.9), (0.3, 1.1)))
    at = rng.uniform(0.25, 0.5)
    outside = shapes.smooth_profile([foot, belly, neck, lip], [0, at * height, rng.uniform(0.7, 0.85) * height, height])
    make = (materials.ceramic, materials.glass, materials.metal)[int(rng.choice(3, p=[0.6, 0.25, 0.15]))]
    return product([Part(shapes.hollow(outside, 0.03 + 0.03 * rng.random()), make(rng), "around")])
