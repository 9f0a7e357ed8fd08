"""Serving the page until a signal ends it."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from wesam_packshot import __version__
from wesam_packshot.errors import UserError
from wesam_packshot.review.access import ACTIONS, Access, user_name
from wesam_packshot.review.pictures import picture
from wesam_packshot.review.service import Service
from wesam_packshot.web.guard import Asgi, Guard
from wesam_packshot.web.pages import add_page, make_server, read_request
from wesam_packshot.web.ports import address_of, bound

log = logging.getLogger("wesam_packshot")

WEB = Path(__file__).parent / "web"
# Seconds between looks whether the COCO file has to be written anew, which takes a second for 10,000 photos.
SETTLING = 5.0


def serve(service: Service, access: Access) -> dict[str, Any]:
    """Serve until SIGINT or SIGTERM, which are raised once open requests are answered.

    Raises:
        UserError: when the port is taken.
    """
    with bound(access.host, access.port) as listener:
        listener.listen()
        address = address_of(access.host, access.port)
        rows = len(service.review.manifest.rows)
        log.info("%s (%d photos of %s); Ctrl+C ends it", address, rows, service.review.folder)
        with server_of(service, access) as server:
            server.run([listener])
    return {"address": address}


@contextmanager
def server_of(service: Service, access: Access) -> Iterator[uvicorn.Server]:
    """A server that is yet to be run; with the end of the block the folder is up to date."""
    ended = threading.Event()
    settler = threading.Thread(target=_settle, args=(service, ended))
    settler.start()
    try:
        yield make_server(make_app(service, access))
    finally:
        ended.set()
        settler.join()


def make_app(service: Service, access: Access) -> Asgi:
    """The page's addresses."""
    app = FastAPI(title="review", version=__version__, openapi_url=None)
    add_page(app, WEB, "review.html")
    for path, name in ACTIONS.items():
        app.post(path)(_action(service, name))

    @app.get("/api/about")
    def about() -> dict[str, Any]:
        return {"folder": service.review.folder.name, "reviewer": user_name()}

    @app.get("/api/picture/{kind}")
    def shown(kind: str, id: str) -> Response:
        body, media = picture(service.review.outputs, service.review.row(id), kind, service.review.max_megapixels)
        return Response(body, media_type=media, headers={"Cache-Control": "private, max-age=3600"})

    return Guard(app, access)


def _action(service: Service, name: str) -> Any:
    async def act(request: Request) -> Response:
        return JSONResponse(await run_in_threadpool(getattr(service, name), await read_request(request)))

    return act


def _settle(service: Service, ended: threading.Event) -> None:
    while True:
        last = ended.wait(SETTLING)
        try:
            service.review.files.settle()
        except UserError as error:
            log.warning("%s", error)
        if last:
            return
