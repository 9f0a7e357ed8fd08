"""Serving until a signal ends it."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn

from wesam_packshot.batch.loading import load_segmenter
from wesam_packshot.config import Config
from wesam_packshot.io.picture_file import InMemory
from wesam_packshot.resources import EXAMPLE, example_photo
from wesam_packshot.serving.access import Access, Limits
from wesam_packshot.serving.app import make_app
from wesam_packshot.serving.cutter import Cutter
from wesam_packshot.serving.options import Wanted
from wesam_packshot.serving.work_queue import WorkQueue
from wesam_packshot.web.pages import make_server
from wesam_packshot.web.ports import address_of, bound

log = logging.getLogger("wesam_packshot")


def serve(config: Config, adapter: Path | None, access: Access, limits: Limits) -> dict[str, Any]:
    """Serve until SIGINT or SIGTERM, which are raised once open requests are answered, or after `web.pages.GRACE`.

    Raises:
        UserError: when the port is taken, or the model cannot be loaded.
    """
    with bound(access.host, access.port) as listener:
        cutter = Cutter(load_segmenter(config, adapter), config)
        warm_up(cutter)
        listener.listen()  # whoever reads the line below may ask at once
        address = address_of(access.host, access.port)
        log.info("%s (adapter: %s; %s/docs tells what it answers); Ctrl+C ends it", address, adapter or "none", address)
        with server_of(cutter, access, limits) as server:
            server.run([listener])
    return {"address": address}


@contextmanager
def server_of(cutter: Cutter, access: Access, limits: Limits) -> Iterator[uvicorn.Server]:
    """A server that is yet to be run; what it works on ends with the block."""
    queue = WorkQueue(cutter, limits.places)
    try:
        yield make_server(make_app(queue, access, limits))
    finally:
        queue.close()


def warm_up(cutter: Cutter) -> None:
    """Answer a shipped photo, so that the first client need not wait for what torch sets up at its first pass."""
    photo, wanted = InMemory(EXAMPLE, example_photo(EXAMPLE) or b""), Wanted()
    image = cutter.read(photo, wanted)
    cutter.write(cutter.cut(image, wanted), wanted)
