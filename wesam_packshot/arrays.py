"""Types of arrays and of places in a photo that all of the package shares."""

import numpy as np
from jaxtyping import Bool, UInt8

# Pixels of a photo, sRGB.
Rgb = UInt8[np.ndarray, "height width 3"]
# The same of another size than the maps beside it.
ResizedRgb = UInt8[np.ndarray, "rows columns 3"]
Mask = Bool[np.ndarray, "height width"]
# (left, top, right, bottom) as shares of the photo's width and height.
Region = tuple[float, float, float, float]
WHOLE: Region = (0.0, 0.0, 1.0, 1.0)
