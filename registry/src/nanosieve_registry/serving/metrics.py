"""What a server counts, in the text format of Prometheus."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from nanosieve_registry.serving.served import Served

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
# From a threshold on a small picture to a network on a mosaic without a graphics card.
SECONDS = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250)


class Metrics:
    """Counts of one server.

    Parameters
    ----------
    inside : requests that wait or are at work now
    served : the model of now
    """

    def __init__(self, inside: Callable[[], int], served: Callable[[], Served]) -> None:
        self._registry = CollectorRegistry()
        self._served = served
        self._requests = Counter(
            "nanosieve_requests", "Requests answered.", ("path", "status"), registry=self._registry
        )
        self._seconds = Histogram(
            "nanosieve_request_seconds",
            "Time from request to answer, waiting included.",
            ("path",),
            buckets=SECONDS,
            registry=self._registry,
        )
        queue = Gauge("nanosieve_queue_length", "Requests that wait or are at work.", registry=self._registry)
        queue.set_function(inside)
        self._model = Gauge(
            "nanosieve_model",
            "1 for the model that is served.",
            ("name", "version", "digest"),
            registry=self._registry,
        )

    def text(self) -> bytes:
        """All counts."""
        said = self._served().model
        self._model.clear()
        self._model.labels(said["name"], said["version"], said["digest"]).set(1)
        return generate_latest(self._registry)

    def count(self, path: str, status: int, seconds: float) -> None:
        """One more request."""
        self._requests.labels(path, str(status)).inc()
        self._seconds.labels(path).observe(seconds)


class CountingMiddleware:
    """Counts every answer, those of the framework included."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and note how it ended."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begin, status = monotonic(), 500

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noting)
        finally:
            # any other path is somebody's guess: it must not become a label
            path = getattr(scope.get("route"), "path", "other")
            self._metrics.count(path, status, monotonic() - begin)
