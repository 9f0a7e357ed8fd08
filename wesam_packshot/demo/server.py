"""Serving the page on this machine, without a request to any other."""

import logging
from collections.abc import Mapping
from pathlib import Path
from threading import Event, Thread
from typing import Any

import uvicorn

from wesam_packshot.config import Config
from wesam_packshot.demo.access import Access
from wesam_packshot.demo.app import make_app
from wesam_packshot.demo.service import Service
from wesam_packshot.errors import UserError
from wesam_packshot.interactive.models import Models
from wesam_packshot.io.picture_file import InMemory
from wesam_packshot.resources import EXAMPLE, example_photo
from wesam_packshot.web.pages import make_server
from wesam_packshot.web.ports import address_of, bound

log = logging.getLogger("wesam_packshot")


def serve(config: Config, adapters: Mapping[str, Path], access: Access) -> dict[str, Any]:
    """Serve the demo until SIGINT or SIGTERM, which are raised once open requests are answered.

    The page is there while the model is being loaded, and says so.

    Raises:
        UserError: when a model cannot be loaded, or the port is taken.
    """
    with bound(access.host, access.port) as listener:
        listener.listen()
        address = address_of(access.host, access.port)
        log.info("%s: loading %s (adapters: %s)", address, config.model.name, ", ".join(adapters) or "none")
        loader = Loader(Service(config, Models(config, adapters)))
        server = make_server(make_app(loader.service, access, loader.ready))
        thread = Thread(target=loader.load, args=(server, address))
        thread.start()
        server.run([listener])
        thread.join()
        if loader.error:
            raise loader.error
    return {"address": address}


class Loader:
    """Loads the model beside the page, which waits for it.

    Attributes:
        ready: set when it is loaded.
        error: why it could not be loaded.
    """

    def __init__(self, service: Service) -> None:
        self.service = service
        self.ready = Event()
        self.error: UserError | None = None

    def load(self, server: uvicorn.Server, address: str) -> None:
        """Cut a shipped photo out, so that no visitor waits for torch's first pass; ends a vain server."""
        try:
            photo = self.service.photo(InMemory(EXAMPLE, example_photo(EXAMPLE) or b""))
            adapter = next(iter(self.service.models.names), None)
            self.service.cut(photo | {"adapter": adapter, "refine": "fast"})
        except UserError as error:
            self.error = error
            server.should_exit = True
            return
        self.ready.set()
        log.info("%s is ready; Ctrl+C ends it", address)
