"""Pages and their server: what the demo and the review share."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import FileResponse, JSONResponse

from wesam_packshot.errors import UserError, first_line
from wesam_packshot.files.json_lines import parse_json
from wesam_packshot.web.guard import Asgi
from wesam_packshot.web.stale import stale_page

# Parts that all pages have.
SHARED = Path(__file__).parent / "static"
# Seconds that open requests have to end in after a signal: `docker stop` kills after 10.
GRACE = 8
# Nothing of other hosts is run or shown, and no other page may show this one.
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data: blob:; frame-ancestors 'none'",
    "Cache-Control": "no-cache",
}


def add_page(app: FastAPI, folder: Path, name: str) -> None:
    """Serve a page at `/`, its own parts and the shared ones at `/web/`; errors are told to it as JSON.

    Args:
        folder: of the page and its parts.
        name: of the page's file.
    """
    app.add_exception_handler(UserError, _told)

    @app.get("/")
    def page() -> Response:
        return FileResponse(folder / name, headers=HEADERS)

    @app.get("/web/{part}")
    def part(part: str) -> Response:
        files = [file for place in (SHARED, folder) for file in place.iterdir()]
        known = {file.name: file for file in files if file.suffix in (".js", ".css")}
        return FileResponse(known[part], headers=HEADERS) if part in known else Response(status_code=404)


async def read_request(request: Request) -> Mapping[str, Any]:
    """A request's JSON.

    Raises:
        UserError: when it is none, or no object.
    """
    try:
        asked = parse_json(await request.body())
    except ValueError as error:
        raise UserError(f"the request is no JSON ({first_line(error)}); reload the page") from error
    if not isinstance(asked, dict):
        raise stale_page()
    return asked


def make_server(app: Asgi) -> uvicorn.Server:
    """A server that is yet to be run, and ends by SIGINT or SIGTERM."""
    return uvicorn.Server(
        uvicorn.Config(
            app,
            loop="asyncio",
            http="h11",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=GRACE,
        )
    )


def _told(_: Request, error: Exception) -> Response:
    return JSONResponse({"error": str(error)})  # what a person is told is no failure of the page
