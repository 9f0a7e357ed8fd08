"""Serving the page until a signal ends it."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import FileResponse, JSONResponse
from starlette.concurrency import run_in_threadpool

from wesam_packshot.errors import UserError, first_line
from wesam_packshot.files.json_lines import parse_json
from wesam_packshot.review.access import ACTIONS, Access, user_name
from wesam_packshot.review.pictures import picture
from wesam_packshot.review.service import Service
from wesam_packshot.web.guard import Asgi, Guard
from wesam_packshot.web.ports import bound

log = logging.getLogger("wesam_packshot")

WEB = Path(__file__).parent / "web"
# Seconds between looks whether the COCO file has to be written anew, which takes a second for 10,000 photos.
SETTLING = 5.0
# Seconds that open requests have to end in after a signal.
GRACE = 8


def serve(service: Service, access: Access) -> dict[str, Any]:
    """Serve until SIGINT or SIGTERM, which are raised once open requests are answered.

    Raises:
        UserError: when the port is taken.
    """
    with bound(access.host, access.port) as listener:
        listener.listen()
        address = f"http://{access.host}:{access.port}"
        rows = len(service.review.manifest.rows)
        log.info("%s (%d photos of %s); Ctrl+C ends it", address, rows, service.review.folder)
        with server_of(service, access) as server:
            server.run([listener])
    return {"address": address}


@contextmanager
def server_of(service: Service, access: Access) -> Iterator[uvicorn.Server]:
    """A server that is yet to be run; with the end of the block the folder is up to date."""
    settings = uvicorn.Config(
        make_app(service, access),
        loop="asyncio",
        http="h11",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE,
    )
    ended = threading.Event()
    settler = threading.Thread(target=_settle, args=(service, ended))
    settler.start()
    try:
        yield uvicorn.Server(settings)
    finally:
        ended.set()
        settler.join()


def make_app(service: Service, access: Access) -> Asgi:
    """The page's addresses."""
    app = FastAPI(title="review", version=version("wesam-packshot"), openapi_url=None)
    app.add_exception_handler(UserError, _told)
    for path, name in ACTIONS.items():
        app.post(path)(_action(service, name))

    @app.get("/")
    def page() -> Response:
        return FileResponse(WEB / "review.html", headers=_HEADERS)

    @app.get("/web/{name}")
    def part(name: str) -> Response:
        known = {file.name: file for file in WEB.iterdir() if file.suffix in (".js", ".css")}
        return FileResponse(known[name], headers=_HEADERS) if name in known else Response(status_code=404)

    @app.get("/api/about")
    def about() -> dict[str, Any]:
        return {"folder": service.review.folder.name, "reviewer": user_name()}

    @app.get("/api/picture/{kind}")
    def shown(kind: str, id: str) -> Response:
        body, media = picture(service.review.outputs, service.review.row(id), kind, service.review.max_megapixels)
        return Response(body, media_type=media, headers={"Cache-Control": "private, max-age=3600"})

    return Guard(app, access)


# Nothing of other hosts is run or shown, and no other page may show this one.
_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'",
    "Cache-Control": "no-cache",
}


def _action(service: Service, name: str) -> Any:
    async def act(request: Request) -> Response:
        try:
            asked = parse_json(await request.body())
        except ValueError as error:
            raise UserError(f"the request is no JSON ({first_line(error)}); reload the page") from error
        if not isinstance(asked, dict):
            raise UserError("the page is of another version than its server; reload it")
        return JSONResponse(await run_in_threadpool(getattr(service, name), asked))

    return act


def _told(_: Request, error: Exception) -> Response:
    return JSONResponse({"error": str(error)})  # what a reviewer is told is no failure of the page


def _settle(service: Service, ended: threading.Event) -> None:
    while True:
        last = ended.wait(SETTLING)
        try:
            service.review.settle()
        except UserError as error:
            log.warning("%s", error)
        if last:
            return
