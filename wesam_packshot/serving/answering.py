"""A request from its first byte to its answer, within its time."""

import asyncio
import logging
from http import HTTPStatus
from pathlib import Path

from fastapi import Request, Response
from fastapi.responses import PlainTextResponse
from starlette.requests import ClientDisconnect

from wesam_packshot.errors import UnknownFormatError, UsageError, UserError, failure
from wesam_packshot.serving.access import Limits
from wesam_packshot.serving.cutter import Answer
from wesam_packshot.serving.options import CutoutOptions, parse_options
from wesam_packshot.serving.rembg import RembgOptions
from wesam_packshot.serving.uploads import read_upload
from wesam_packshot.serving.work_queue import WorkQueue
from wesam_packshot.web.access import RefusedError

log = logging.getLogger("wesam_packshot")

# What logs of nginx call a request whose client has left; nobody gets to see it.
CLIENT_LEFT = 499
# Seconds after which a client that was refused for want of a place or of time may ask again.
AGAIN = "5"


class Answering:
    """Reads requests, has them worked on, and words what went wrong.

    Args:
        max_upload: bytes of a photo's file.
    """

    def __init__(self, queue: WorkQueue, limits: Limits, max_upload: int) -> None:
        self.queue = queue
        self.limits = limits
        self.max_upload = max_upload

    async def answer(self, request: Request, field: str, options: type[CutoutOptions] | type[RembgOptions]) -> Answer:
        """What a request is answered with.

        Args:
            field: of a form that holds the photo.

        Raises:
            RefusedError: for want of a place or of time, and for a photo that is too large.
            UserError: for wrong options, and whatever is wrong with the photo.
            ClientDisconnect: when the client has left.
        """
        ends = asyncio.get_running_loop().time() + self.limits.seconds
        self.queue.enter()
        try:
            async with asyncio.timeout_at(ends):
                photo, given = await read_upload(request, field, self.max_upload)
            wanted = parse_options(options, given).wanted()
        except TimeoutError as error:
            self.queue.leave()
            raise RefusedError(HTTPStatus.REQUEST_TIMEOUT, f"not received within {self._time}") from error
        except BaseException:
            self.queue.leave()
            raise
        work = self.queue.start(photo, wanted)
        try:
            return await self._while_there(request, work, ends)
        except (UserError, RefusedError, ClientDisconnect):
            raise
        except Exception as error:
            log.exception("%s: failed", photo.name)
            raise failure(error, Path(photo.name)) from error

    async def _while_there(self, request: Request, work: "asyncio.Task[Answer]", ends: float) -> Answer:
        """The work's result; ended with the request's time, or when its client leaves."""
        left = asyncio.ensure_future(request.receive())
        try:
            rest = ends - asyncio.get_running_loop().time()
            await asyncio.wait({work, left}, timeout=rest, return_when=asyncio.FIRST_COMPLETED)
            if work.done():
                return work.result()
            if left.done():
                raise ClientDisconnect
            message = f"not answered within {self._time}; try again, or ask for less, such as refine=none"
            raise RefusedError(HTTPStatus.SERVICE_UNAVAILABLE, message)
        finally:
            work.cancel()
            left.cancel()

    @property
    def _time(self) -> str:
        return f"{self.limits.seconds:g} seconds (--timeout)"


def told(error: Exception) -> Response:
    """The answer to a request that failed: one line."""
    if isinstance(error, ClientDisconnect):
        return Response(status_code=CLIENT_LEFT)
    status, headers = _status(error), dict[str, str]()
    if status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE):
        headers["Retry-After"] = AGAIN
    if isinstance(error, RefusedError):  # what is left of the request is not read
        headers["Connection"] = "close"
    return PlainTextResponse(f"{error}\n", status, headers)


def _status(error: Exception) -> HTTPStatus:
    match error:
        case RefusedError():
            return error.status
        case UsageError():
            return HTTPStatus.BAD_REQUEST
        case UnknownFormatError():
            return HTTPStatus.UNSUPPORTED_MEDIA_TYPE
        case _:
            return HTTPStatus.UNPROCESSABLE_ENTITY
