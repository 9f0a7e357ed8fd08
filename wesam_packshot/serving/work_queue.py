"""One model for many requests: so many wait at once, one is with the model, and a cancelled one leaves.

Threads cannot be ended: a photo that the model is at when its client leaves keeps its place until the model is done.
"""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from http import HTTPStatus
from typing import Any, TypeVar

from wesam_packshot.io.picture_file import InMemory
from wesam_packshot.serving.cutter import Answer, Cutter
from wesam_packshot.serving.options import Wanted
from wesam_packshot.web.access import RefusedError

# Photos whose pixels are in memory at once: one is with the model, one is read before it, one is written behind it.
DECODED = 3

Result = TypeVar("Result")


class WorkQueue:
    """Answers requests in the order that they come in; those that are read side by side may change places.

    Args:
        places: requests at once, those that are still being received included.
    """

    def __init__(self, cutter: Cutter, places: int) -> None:
        self.cutter = cutter
        self.places = places
        self.taken = 0
        self._decoded = asyncio.Semaphore(DECODED)
        self._model = ThreadPoolExecutor(1, "model")
        self._pictures = ThreadPoolExecutor(DECODED - 1, "pictures")

    def enter(self) -> None:
        """Take a place; whoever does has it given back by `leave`, or by the end of `start`'s task.

        Raises:
            RefusedError: when all are taken.
        """
        if self.taken >= self.places:
            message = f"{self.places} requests are waiting already (--queue); try again in a moment"
            raise RefusedError(HTTPStatus.TOO_MANY_REQUESTS, message)
        self.taken += 1

    def leave(self) -> None:
        """Give a place back."""
        self.taken -= 1

    def start(self, photo: InMemory, wanted: Wanted) -> "asyncio.Task[Answer]":
        """Work for a request that has a place, which goes back with the end of the task."""
        task = asyncio.create_task(self._work(photo, wanted))
        task.add_done_callback(lambda _: self.leave())
        return task

    def close(self) -> None:
        """Wait for the photos that are being worked on; drop the others."""
        for pool in (self._model, self._pictures):
            pool.shutdown(cancel_futures=True)

    async def _work(self, photo: InMemory, wanted: Wanted) -> Answer:
        async with self._decoded:
            image = await _done(self._pictures, partial(self.cutter.read, photo, wanted))
            outcome = await _done(self._model, partial(self.cutter.cut, image, wanted))
            return await _done(self._pictures, partial(self.cutter.write, outcome, wanted))


def _done(pool: ThreadPoolExecutor, call: Callable[[], Result]) -> Coroutine[Any, Any, Result]:
    """The result of a call in a thread; cancelled before it begins, or not before it ends."""
    return _awaited(pool.submit(call))


async def _awaited(future: Any) -> Any:
    try:
        return await asyncio.wrap_future(future)
    except asyncio.CancelledError:
        if not future.cancel() and not future.done():
            with suppress(Exception):
                await asyncio.shield(asyncio.wrap_future(future))
        raise
