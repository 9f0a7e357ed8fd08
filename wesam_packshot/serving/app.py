"""The service's addresses, and their description in OpenAPI."""

from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import PlainTextResponse
from fastapi_offline import FastAPIOffline
from prometheus_client import CONTENT_TYPE_LATEST
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from wesam_packshot import __version__
from wesam_packshot.errors import UsageError, UserError
from wesam_packshot.serving.access import CUTOUT, REMBG, Access, Limits
from wesam_packshot.serving.answering import Answering, told
from wesam_packshot.serving.metrics import Measured, Metrics
from wesam_packshot.serving.options import CutoutOptions
from wesam_packshot.serving.rembg import RembgOptions
from wesam_packshot.serving.work_queue import WorkQueue
from wesam_packshot.web.access import RefusedError
from wesam_packshot.web.guard import Asgi, Guard

NO_URLS = "the service fetches nothing from other hosts; send the photo itself: POST, field file"
LINE: dict[str, Any] = {"content": {"text/plain": {}}}
FAILURES = {
    "400": "an option is wrong",
    "408": "not received in time",
    "413": "the file is too large",
    "415": "no picture in a known format",
    "422": "the photo cannot be read, or has too many pixels",
    "429": "too many requests are waiting",
    "503": "not answered in time",
}


def make_app(queue: WorkQueue, access: Access, limits: Limits) -> Asgi:
    """The service: what is asked of it is checked, counted and answered."""
    metrics = Metrics(lambda: queue.taken)
    answering = Answering(queue, limits, access.max_upload)
    app = FastAPIOffline(
        title="wesam_packshot",
        description="Cuts products out of packshots.",
        version=__version__,
        redoc_url=None,
        swagger_ui_parameters={"validatorUrl": None},  # Swagger UI would ask a foreign host
    )
    for kind in (UserError, RefusedError, ClientDisconnect):
        app.add_exception_handler(kind, lambda _, error: told(error))
    app.add_exception_handler(HTTPException, _plain)
    _add_cutting(app, answering, metrics)
    _add_watching(app, metrics)
    return Measured(Guard(app, access), metrics)


def _add_cutting(app: FastAPI, answering: Answering, metrics: Metrics) -> None:
    async def answered(request: Request, field: str, options: type[CutoutOptions] | type[RembgOptions]) -> Response:
        answer = await answering.answer(request, field, options)
        metrics.photos.labels(answer.status).inc()
        return Response(answer.body, media_type=answer.media_type, headers=dict(answer.headers))

    @app.post(
        CUTOUT, summary="Cut a photo out", openapi_extra=_described(CutoutOptions, "image"), responses=_responses()
    )
    async def cutout(request: Request) -> Response:
        return await answered(request, "image", CutoutOptions)

    @app.post(
        REMBG,
        summary="The same for clients of rembg",
        openapi_extra=_described(RembgOptions, "file"),
        responses=_responses(),
    )
    async def remove(request: Request) -> Response:
        return await answered(request, "file", RembgOptions)

    @app.get(REMBG, include_in_schema=False)
    async def remove_by_url() -> Response:
        raise UsageError(NO_URLS)


def _add_watching(app: FastAPI, metrics: Metrics) -> None:
    @app.get("/health", summary="200 as soon as photos are answered")
    async def health() -> dict[str, str]:
        return {"status": "ok", "version": __version__}

    @app.get("/metrics", summary="Counts for Prometheus", response_class=PlainTextResponse)
    async def counts() -> Response:
        return Response(metrics.text(), media_type=CONTENT_TYPE_LATEST)


def _plain(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return PlainTextResponse(f"{error.detail}\n", error.status_code, error.headers)


def _described(options: type[BaseModel], field: str) -> dict[str, Any]:
    """Parameters and bodies of a request, for OpenAPI; the options may be fields of the form as well."""
    properties = options.model_json_schema()["properties"]
    parameters = [
        {"name": name, "in": "query", "description": schema.get("description", ""), "schema": schema}
        for name, schema in properties.items()
    ]
    photo = {"type": "string", "format": "binary"}
    form = {"type": "object", "required": [field], "properties": {field: photo} | properties}
    content = {"multipart/form-data": {"schema": form}, "image/*": {"schema": photo}}
    return {"parameters": parameters, "requestBody": {"required": True, "content": content}}


def _responses() -> dict[int | str, dict[str, Any]]:
    picture = {"description": "the cut-out", "content": {"image/png": {}, "image/webp": {}, "application/json": {}}}
    failed: dict[int | str, dict[str, Any]] = {
        status: LINE | {"description": words} for status, words in FAILURES.items()
    }
    return {200: picture} | failed
