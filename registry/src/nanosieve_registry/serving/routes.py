"""What can be asked of a server, and what is answered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Header, HTTPException, Query, Request, Response

from nanosieve import Host
from nanosieve.errors import UsageError
from nanosieve.models import sha256
from nanosieve.scale import parse_pixel_size
from nanosieve_registry.serving import metrics, wire
from nanosieve_registry.serving.access import Access
from nanosieve_registry.serving.analysing import analyze_request
from nanosieve_registry.serving.asking import Nothing, PictureQuery
from nanosieve_registry.serving.following import Follower
from nanosieve_registry.serving.formats import MEDIA_TYPES, choose_format, encode
from nanosieve_registry.serving.pictures import open_picture
from nanosieve_registry.serving.queueing import WorkQueue
from nanosieve_registry.serving.receiving import receive
from nanosieve_registry.serving.saying import image_said
from nanosieve_registry.serving.settings import ServerSettings


def open_routes(follower: Follower, queue: WorkQueue, access: Access) -> APIRouter:
    """What everybody may ask."""
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


def guarded_routes(
    follower: Follower,
    queue: WorkQueue,
    settings: ServerSettings,
    host: Host,
    counts: metrics.Metrics,
) -> APIRouter:
    """What those may ask who know the token."""
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
