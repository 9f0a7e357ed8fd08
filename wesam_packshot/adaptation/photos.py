"""Photos as they were when they were labelled: one that is gone or replaced since is left out and reported."""

import logging
from collections.abc import Iterator, Sequence

from wesam_packshot.adaptation.store import StoredLabel
from wesam_packshot.arrays import Rgb
from wesam_packshot.errors import UserError
from wesam_packshot.files.hashing import file_sha256
from wesam_packshot.io.photos import read_image

log = logging.getLogger(__name__)


def read_labelled(label: StoredLabel, max_megapixels: float) -> Rgb:
    """The photo of a label, (height, width, 3), uint8.

    Raises:
        UserError: when it is gone, or another one by now.
    """
    file = label.record.file
    try:
        found = file_sha256(file)
    except OSError as error:
        raise UserError(f"{file}: gone since it was labelled ({error.strerror}) and left out; put it back") from error
    if found != label.sha256:
        raise UserError(f"{file}: replaced since it was labelled and left out; put it back, or adapt anew")
    return read_image(file, max_megapixels)


def still_there(labels: Sequence[StoredLabel], max_megapixels: float) -> Iterator[tuple[StoredLabel, Rgb]]:
    """Labels and their photos, read one by one; a warning for each that is left out."""
    for label in labels:
        try:
            yield label, read_labelled(label, max_megapixels)
        except UserError as error:
            log.warning("%s", error)


class NoPhotoLeftError(UserError):
    """None of the photos that were labelled can be read any more."""

    def __init__(self, _: str = "") -> None:  # a data worker's error is made again from its traceback
        super().__init__("none of the photos is left as it was labelled; put them back and go on with --resume")
