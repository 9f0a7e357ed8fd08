"""What the demo's page asks for."""

from dataclasses import dataclass
from typing import ClassVar

from wesam_packshot.web import access

UPLOAD = "/gradio_api/upload"


@dataclass(frozen=True)
class Access(access.Access):
    """What the demo answers; gradio would answer more, such as recordings and the editing of apps."""

    name: ClassVar[str] = "demo"
    posts: ClassVar[tuple[str, ...]] = (UPLOAD, "/gradio_api/queue/join", "/gradio_api/cancel", "/gradio_api/reset")
    uploads: ClassVar[tuple[str, ...]] = (UPLOAD,)

    host: str = "127.0.0.1"
    port: int = 7860
    origins: tuple[str, ...] = ()
    max_upload: int = 100 * access.MEGABYTE
