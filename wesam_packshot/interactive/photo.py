"""A photo as a page shows it, and the turn that whoever uses a model has to wait for."""

from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from wesam_packshot.arrays import ResizedRgb, Rgb
from wesam_packshot.errors import ImageError
from wesam_packshot.io.photos import read_image
from wesam_packshot.io.picture_file import PictureFile
from wesam_packshot.sam.frame import Frame, resize_to_frame
from wesam_packshot.sam.model import IMAGE_SIZE

# Held while a model is in use: switching a LoRA on or off changes the model for everybody.
IN_USE = Lock()


@dataclass(frozen=True)
class Photo:
    """A photo and its preview.

    Attributes:
        name: of the file, without its ending.
        image: all pixels.
        preview: SAM's resized image; the photo itself when it is smaller.
    """

    name: str
    image: Rgb
    preview: ResizedRgb

    @classmethod
    def read(cls, file: PictureFile, max_megapixels: float) -> "Photo":
        """A photo from a file.

        Raises:
            ImageError: see `read_image`; it names the file without its folder, which visitors have not chosen.
        """
        path = Path(str(file))
        try:
            image = read_image(file, max_megapixels)
        except ImageError as error:
            raise ImageError(str(error).replace(str(path), path.name)) from error
        large = max(image.shape) > IMAGE_SIZE
        return cls(path.stem, image, resize_to_frame(image) if large else image)

    @property
    def frame(self) -> Frame:
        return Frame(*self.image.shape[:2])
