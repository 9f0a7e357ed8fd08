"""Types of arrays and of places in a photo that all of the package shares."""

import numpy as np
from jaxtyping import Bool
from numpy.typing import NDArray

# Pixels of a photo, (height, width, 3), uint8, sRGB.
Rgb = NDArray[np.uint8]
Mask = Bool[np.ndarray, "height width"]
# (left, top, right, bottom) as shares of the photo's width and height.
Region = tuple[float, float, float, float]
WHOLE: Region = (0.0, 0.0, 1.0, 1.0)
