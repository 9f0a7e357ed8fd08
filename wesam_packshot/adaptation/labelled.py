"""Examples whose masks are known, learnt from beside the pseudo-labelled photos: renders, or labelled photos."""

import numpy as np

from wesam_packshot.adaptation.views import View
from wesam_packshot.config import LabelledConfig
from wesam_packshot.errors import UsageError, UserError
from wesam_packshot.io.photos import read_image
from wesam_packshot.io.prompt_file import IGNORE
from wesam_packshot.io.records import Record, read_records
from wesam_packshot.masks.binary import bounding_box

# Folders beside the masks, in the order of the branch's `LAYERS`; the first two hold what is no product, though it
# looks as if it belonged to it.
FOLDERS = ("shadows", "reflections", "transparency")


def labelled_records(config: LabelledConfig) -> list[Record]:
    """The examples of `labelled.path` that have a mask; none where no path is given.

    Raises:
        UsageError: when there is a path, and no example with a mask.
        UserError: see `read_records`.
    """
    if config.path is None:
        return []
    records = [record for record in read_records(config.path) if record.has_mask]
    if not records:
        raise UsageError(f"{config.path}: holds no photo with a mask; put masks/<id>.png beside images/")
    return records


def read_example(record: Record, max_megapixels: float) -> View:
    """The example and what is true of it; shadows and mirror images count as known, where it has these layers.

    The second output of the high-resolution branch learns from it if it has all three, transparency too.

    Raises:
        UserError: when a file cannot be read, or the mask is empty.
    """
    image = read_image(record.file, max_megapixels)
    size = image.shape[:2]
    levels = record.read_mask(*size)
    product = levels > IGNORE
    box = bounding_box(product)
    if box is None:
        raise UserError(f"{record.file}: its mask is empty; leave it out of `labelled.path`")
    colour = product.astype(np.float32)
    found = [record.read_layer(folder, *size) for folder in FOLDERS]
    for layer in found[:2]:
        if layer is not None:
            colour[(layer > IGNORE) & ~product] = -1
    known = [layer for layer in found if layer is not None]
    layers = np.stack(known, -1).astype(np.float32) / 255 if len(known) == len(FOLDERS) else None
    x0, y0, x1, y1 = (float(edge) for edge in box)
    weight = (levels != IGNORE).astype(np.float32)
    return View(image, product.astype(np.float32), weight, colour, (x0, y0, x1, y1), own=False, layers=layers)
