"""The web application: what can be asked, and what is answered."""

from __future__ import annotations

import difflib
import logging
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Header, HTTPException, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.middleware.trustedhost import TrustedHostMiddleware

from nanosieve import Host
from nanosieve.errors import NanosieveError, ReadError, ScaleError, UsageError, one_line
from nanosieve.models import sha256
from nanosieve.scale import parse_pixel_size
from nanosieve_registry.serving import metrics, wire
from nanosieve_registry.serving.access import Access
from nanosieve_registry.serving.analysing import analyze_request
from nanosieve_registry.serving.following import Follower
from nanosieve_registry.serving.formats import MEDIA_TYPES, Format, choose_format, encode
from nanosieve_registry.serving.pictures import open_picture
from nanosieve_registry.serving.queueing import GoneError, RefusedError, WorkQueue
from nanosieve_registry.serving.receiving import receive
from nanosieve_registry.serving.saying import image_said
from nanosieve_registry.serving.settings import ServerSettings

# What a browser may call this machine; a page elsewhere that points its own name here is turned away.
LOCAL_NAMES = ("localhost", "127.0.0.1", "[::1]")
CLOSED = 499  # the client has gone: nobody reads it, but it is counted

logger = logging.getLogger(__name__)


class Nothing(BaseModel):
    """No parameters."""

    model_config = ConfigDict(extra="forbid")


class PictureQuery(BaseModel):
    """Parameters of a picture."""

    model_config = ConfigDict(extra="forbid")

    pixel_size: str | None = Field(None, description='"7.34 nm", or "7.34 x 7.40 nm"; over that of the file.')
    name: str = Field(
        "picture", min_length=1, max_length=255, description="What the table calls the picture."
    )
    format: Format | None = Field(None, description="Over the header Accept.")


def make_app(follower: Follower, queue: WorkQueue, settings: ServerSettings, host: Host) -> FastAPI:
    """The application of one server."""
    app = FastAPI(
        title="nanosieve",
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json" if settings.openapi else None,
    )
    counts = metrics.Metrics(lambda: queue.inside, lambda: follower.current)
    access = Access(settings.token)
    _add_errors(app)
    app.include_router(_open(follower, queue, access))
    app.include_router(_guarded(follower, queue, settings, host, counts), dependencies=[Depends(access)])
    if settings.token is None:
        app.add_middleware(TrustedHostMiddleware, allowed_hosts=[*LOCAL_NAMES, settings.host])
    app.add_middleware(metrics.CountingMiddleware, metrics=counts)
    return app


def _open(follower: Follower, queue: WorkQueue, access: Access) -> APIRouter:
    router = APIRouter()

    @router.get("/health")
    async def health(request: Request, query: Annotated[Nothing, Query()]) -> dict[str, Any]:
        """Whether it works; which model, and what is wrong, for those who may know."""
        status = "degraded" if follower.warning else "ok"
        if not access.knows(request):
            return {"status": status}
        said = follower.current.model
        return {
            "status": status,
            "model": said["name"],
            "version": said["version"],
            "digest": said["digest"],
            "queue": queue.inside,
            "warnings": [*([follower.warning] if follower.warning else []), *follower.current.request.notes],
        }

    return router


def _guarded(
    follower: Follower,
    queue: WorkQueue,
    settings: ServerSettings,
    host: Host,
    counts: metrics.Metrics,
) -> APIRouter:
    router = APIRouter()

    async def answer(request: Request, job: Callable[[bytes], Response]) -> Response:
        with queue.place():
            data = await receive(request, most_bytes=settings.max_bytes, seconds=settings.upload_s)
            return await queue.work(lambda: job(data), request.is_disconnected)

    @router.get("/metrics")
    async def metrics_text(query: Annotated[Nothing, Query()]) -> Response:
        """Counts for Prometheus."""
        return Response(counts.text(), media_type=metrics.MEDIA_TYPE)

    @router.get("/model")
    async def model(query: Annotated[Nothing, Query()]) -> dict[str, Any]:
        """The model that is served, with all settings."""
        return follower.current.describe()

    @router.post("/analyze")
    async def analyze(
        request: Request,
        query: Annotated[PictureQuery, Query()],
        x_pixel_size: Annotated[str | None, Header()] = None,
    ) -> Response:
        """The table, or the label image, of the PNG or TIFF file in the body."""
        if query.pixel_size and x_pixel_size:
            raise UsageError("the pixel size is given twice, by pixel_size and by X-Pixel-Size")
        text = query.pixel_size or x_pixel_size
        pixel_size = parse_pixel_size(text) if text else None
        chosen = choose_format(query.format, request.headers.get("Accept"))
        if chosen is None:
            raise HTTPException(406, f"Accept must allow one of {', '.join(MEDIA_TYPES.values())}")

        def job(data: bytes) -> Response:
            served = follower.current
            micrograph = open_picture(
                data,
                host.readers,
                name=query.name,
                pixel_size=pixel_size or served.request.pixel_size,
                polarity=served.request.polarity,
                scaled=served.request.unit == "nm",
                most_pixels=settings.most_pixels,
            )
            analysis = analyze_request(served.request, micrograph)
            said = {**served.describe(), **image_said(analysis, sha256(data))}
            return Response(
                encode(analysis, said, chosen), media_type=MEDIA_TYPES[chosen], headers=served.headers
            )

        return await answer(request, job)

    @router.post("/segment")
    async def segment(
        request: Request,
        query: Annotated[Nothing, Query()],
        if_match: Annotated[str | None, Header()] = None,
    ) -> Response:
        """Labels and foreground of a micrograph; what the segmenter `remote` of another machine asks."""

        def job(data: bytes) -> Response:
            served = follower.current
            fingerprint = served.segmenter["fingerprint"]
            if if_match is not None and if_match.strip('"') != fingerprint:
                raise HTTPException(
                    412, "another model is served now; start anew, so that one run has one model"
                )
            micrograph = wire.unpack_micrograph(data, settings.most_pixels)
            segmentation = served.request.segmenter.tool.segment(micrograph)
            return Response(
                wire.pack_segmentation(segmentation), media_type=wire.MEDIA_TYPE, headers=served.headers
            )

        return await answer(request, job)

    return router


def _add_errors(app: FastAPI) -> None:
    @app.exception_handler(RequestValidationError)
    async def wrong_parameter(request: Request, error: RequestValidationError) -> JSONResponse:
        return _refusal(422, _parameter_text(error))

    @app.exception_handler(RefusedError)
    async def full(request: Request, error: RefusedError) -> JSONResponse:
        return _refusal(503, one_line(error), {"Retry-After": str(error.retry_s)})

    @app.exception_handler(GoneError)
    async def gone(request: Request, error: GoneError) -> Response:
        return Response(status_code=CLOSED)

    @app.exception_handler(NanosieveError)
    async def failed(request: Request, error: NanosieveError) -> JSONResponse:
        if isinstance(error, (ReadError, ScaleError, UsageError)):
            return _refusal(422, one_line(error))
        logger.error("%s", one_line(error))
        return _refusal(500, one_line(error))

    @app.exception_handler(MemoryError)
    async def no_memory(request: Request, error: MemoryError) -> JSONResponse:
        return _refusal(500, "the memory of the server does not suffice for this picture; cut it into parts")


def _refusal(status: int, detail: str, headers: dict[str, str] | None = None) -> JSONResponse:
    return JSONResponse({"detail": detail}, status, headers)


def _parameter_text(error: RequestValidationError) -> str:
    """The first thing wrong, with the close match of a misspelt name."""
    first = error.errors()[0]
    place, name = first["loc"][0], str(first["loc"][-1])
    if first["type"] != "extra_forbidden":
        return f"{place} parameter {name!r} = {first.get('input')!r}: {first['msg']}"
    known = [*PictureQuery.model_fields]
    close = difflib.get_close_matches(name, known, n=1)
    hint = f"; did you mean {close[0]!r}?" if close else ""
    return f"there is no {place} parameter {name!r} here{hint}"
