"""The web application of one server."""

from __future__ import annotations

from fastapi import Depends, FastAPI
from starlette.middleware.trustedhost import TrustedHostMiddleware

from nanosieve import Host
from nanosieve_registry.serving.access import Access
from nanosieve_registry.serving.following import Follower
from nanosieve_registry.serving.metrics import CountingMiddleware, Metrics
from nanosieve_registry.serving.queueing import WorkQueue
from nanosieve_registry.serving.refusing import add_refusals
from nanosieve_registry.serving.routes import guarded_routes, open_routes
from nanosieve_registry.serving.settings import ServerSettings

# What a browser may call this machine; a page elsewhere that points its own name here is turned away.
LOCAL_NAMES = ("localhost", "127.0.0.1", "[::1]")


def make_app(follower: Follower, queue: WorkQueue, settings: ServerSettings, host: Host) -> FastAPI:
    """Answers for those who may ask, from the model that `follower` holds."""
    app = FastAPI(
        title="nanosieve",
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json" if settings.openapi else None,
    )
    counts = Metrics(lambda: queue.inside, lambda: follower.current)
    access = Access(settings.token)
    add_refusals(app)
    app.include_router(open_routes(follower, queue, access))
    app.include_router(
        guarded_routes(follower, queue, settings, host, counts), dependencies=[Depends(access)]
    )
    if settings.token is None:
        app.add_middleware(TrustedHostMiddleware, allowed_hosts=[*LOCAL_NAMES, settings.host])
    app.add_middleware(CountingMiddleware, metrics=counts)
    return app
