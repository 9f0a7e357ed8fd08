"""Pages that need no other file and no network: templates, with pictures and charts inside them."""

import base64
import io
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from PIL import Image

from wesam_packshot.files.atomic import write_text

_TEMPLATES = Environment(
    loader=PackageLoader("wesam_packshot.pages"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def write_page(path: Path, template: str, **values: Any) -> None:
    """Write a page from a template of `wesam_packshot/pages/templates`; what it is given is escaped.

    Raises:
        UserError: when the file cannot be written.
    """
    write_text(path, _TEMPLATES.get_template(template).render(**values))


def embedded(picture: Image.Image | Path) -> Markup:
    """A picture, or the file of one, as a data URL: photos as JPEG, what is transparent or bilevel as PNG."""
    if isinstance(picture, Path):
        content, kind = picture.read_bytes(), "png" if picture.suffix == ".png" else "jpeg"
    else:
        kind = "png" if picture.mode in ("RGBA", "L", "1", "P") else "jpeg"
        buffer = io.BytesIO()
        picture.save(buffer, kind, **({"optimize": True} if kind == "png" else {"quality": 82}))
        content = buffer.getvalue()
    # base64 has no characters of HTML
    return Markup(f"data:image/{kind};base64,{base64.b64encode(content).decode()}")  # noqa: S704
