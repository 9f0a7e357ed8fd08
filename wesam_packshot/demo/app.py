"""The demo's addresses."""

from pathlib import Path
from threading import Event
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool

from wesam_packshot import __version__
from wesam_packshot.demo.access import CUT, DOWNLOAD, UPLOAD, Access, Guard
from wesam_packshot.demo.service import Service
from wesam_packshot.io.picture_file import InMemory
from wesam_packshot.resources import example_photo
from wesam_packshot.web.guard import Asgi
from wesam_packshot.web.pages import add_page, read_request

WEB = Path(__file__).parent / "web"
# Characters of a file's name that errors quote; names come from the page and have no limit there.
LONGEST = 80
MEDIA = {"PNG": "image/png", "WEBP": "image/webp", "JPEG": "image/jpeg"}


def make_app(service: Service, access: Access, ready: Event) -> Asgi:
    """The page and what it asks.

    Args:
        ready: set when the model is loaded.
    """
    app = FastAPI(title="demo", version=__version__, openapi_url=None)
    add_page(app, WEB, "demo.html")
    _add_looks(app, service, access, ready)
    _add_work(app, service)
    return Guard(app, access)


def _add_looks(app: FastAPI, service: Service, access: Access, ready: Event) -> None:
    @app.get("/api/about")
    def about() -> dict[str, Any]:
        return service.about() | {"limit": access.max_upload, "loading": not ready.is_set()}

    @app.get("/api/example/{name}")
    def shipped(name: str) -> Response:
        return _file(example_photo(name), "JPEG")

    @app.get("/api/preview/{identity}")
    def preview(identity: str) -> Response:
        return _file(service.shown(identity), "JPEG")


def _add_work(app: FastAPI, service: Service) -> None:
    @app.post(UPLOAD)
    async def photo(request: Request, name: str = "photo") -> Response:
        file = InMemory(Path(name).name[:LONGEST] or "photo", await request.body())
        return JSONResponse(await run_in_threadpool(service.photo, file))

    @app.post(CUT)
    async def cut(request: Request) -> Response:
        asked = await read_request(request)
        answer = await run_in_threadpool(service.cut, asked)
        return JSONResponse(answer, background=BackgroundTask(service.make_ready, asked))

    @app.post(DOWNLOAD)
    async def download(request: Request) -> Response:
        found = await run_in_threadpool(service.download, await read_request(request))
        return _file(*found) if found else JSONResponse({"forgotten": True})


def _file(content: bytes | None, kind: str) -> Response:
    return Response(status_code=404) if content is None else Response(content, media_type=MEDIA[kind])
