"""What Prometheus is told of the service."""

import time
from collections.abc import Callable
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest

from wesam_packshot.serving.access import CUTOUT, REMBG
from wesam_packshot.web.guard import Asgi

# Upper bounds of the histogram, in seconds: from a photo of 1 megapixel on a GPU to the default time limit and beyond.
BUCKETS = (0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 60, 120)
# Other paths share one label, so that strangers cannot make up ever more of them.
PATHS = (CUTOUT, REMBG, "/health", "/metrics", "/docs", "/openapi.json")


class Metrics:
    """Counts of one service.

    Args:
        taken: how many places of the queue are taken now.
    """

    def __init__(self, taken: Callable[[], int]) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.requests = Counter(
            "packshot_requests", "Requests by path and status.", ["path", "status"], registry=self.registry
        )
        self.seconds = Histogram(
            "packshot_request_seconds",
            "From the header to the answer.",
            ["path"],
            buckets=BUCKETS,
            registry=self.registry,
        )
        self.photos = Counter("packshot_photos", "Photos by status.", ["status"], registry=self.registry)
        queue = Gauge("packshot_queue_places_taken", "Requests that are read or worked on.", registry=self.registry)
        queue.set_function(taken)

    def text(self) -> bytes:
        """All of them, in Prometheus' text format."""
        return generate_latest(self.registry)


class Measured:
    """ASGI middleware that counts requests, also those that are refused."""

    def __init__(self, app: Asgi, metrics: Metrics) -> None:
        self.app = app
        self.metrics = metrics

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        path = scope["path"] if scope["path"] in PATHS else "other"
        status, began = 0, time.perf_counter()

        async def watched(message: dict[str, Any]) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        try:
            await self.app(scope, receive, watched)
        finally:
            self.metrics.requests.labels(path, str(status or 500)).inc()
            self.metrics.seconds.labels(path).observe(time.perf_counter() - began)
