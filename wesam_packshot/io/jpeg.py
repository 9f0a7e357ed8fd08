"""How many scans a JPEG has: each goes over all pixels, so a small file of very many takes hours to decode."""

import re

from wesam_packshot.io.picture_file import PictureFile, read_picture

# libtiff's own limit for JPEG data (LIBTIFF_JPEG_MAX_ALLOWED_SCAN_NUMBER); writers use about 10.
MAX_SCANS = 100
_START_OF_SCAN, _END_OF_IMAGE = 0xDA, 0xD9
# In coded data 0xFF is followed by 0 or is a restart marker (ITU-T T.81, B.1.1.5).
_MARKER = re.compile(rb"\xff+([^\x00\xff\xd0-\xd7])")


def more_scans_than(limit: int, file: PictureFile) -> bool:
    """Whether the first image of a JPEG file has more scans than that."""
    content = read_picture(file)
    scans, place = 0, 2  # behind the marker of the start
    while scans <= limit and (marker := _MARKER.search(content, place)):
        kind = marker[1][0]
        if kind == _END_OF_IMAGE:
            break
        scans += kind == _START_OF_SCAN
        place = marker.end() + max(2, int.from_bytes(content[marker.end() : marker.end() + 2], "big"))
    return scans > limit
